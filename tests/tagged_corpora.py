"""Tags for tests: random sequences, and those of the real corpora, read here with a few lines of their own."""

import gzip
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
CORPORA = {
    "klue-ner": ("klue-ner-v1.1_dev.tsv.gz", 5_000, 14_257),
    "korean-ner-kmou": ("kmou_ner.conll.gz", 19_263, 60_991),
    "wnut17": ("wnut17train.conll", 3_394, 1_975),
}
# The largest takes the other packages half a minute.
COMPARED = ["klue-ner", "wnut17", pytest.param("korean-ner-kmou", marks=pytest.mark.slow)]
NEEDED = [DATA / folder / name for folder, (name, _, _) in CORPORA.items()]
ABSENT = "" if all(path.is_file() for path in NEEDED) else f"not all of the tagged corpora are in {DATA}"


def random_tags(n: int, *, letters: str, seed: int = 0) -> list[list[str]]:
    """Sequences of up to 9 tags over three labels, most of them invalid."""
    rng = random.Random(seed)
    pool = ["O", "O", *(f"{letter}-{label}" for letter in letters for label in ("PS", "LC", "a-b"))]
    return [[rng.choice(pool) for _ in range(rng.randint(1, 9))] for _ in range(n)]


def disturbed(sequences: list[list[str]], *, letters: str, seed: int = 0) -> list[list[str]]:
    """The sequences after one tag in twenty has become another one at random, as a poor tagger's answer."""
    rng = random.Random(seed)
    labels = sorted({tag[2:] for tags in sequences for tag in tags if tag != "O"})
    pool = ["O", *(f"{letter}-{label}" for letter in letters for label in labels)]
    return [[rng.choice(pool) if rng.random() < 0.05 else tag for tag in tags] for tags in sequences]


@cache
def tags_in(corpus: str) -> list[list[str]]:
    """The tags of every sentence of a corpus: its last column; a line of blanks or nothing ends a sentence."""
    return [[row[-1] for row in rows] for rows in sentences_in(corpus)]


def sentences_in(corpus: str) -> Iterator[list[list[str]]]:
    """The rows of every sentence of a corpus, by column."""
    rows: list[list[str]] = []
    for line in [*_lines(DATA / corpus / CORPORA[corpus][0]), ""]:
        if line.strip("\t") and not line.startswith("## ") and line != "##":
            rows.append(line.split("\t"))
        elif rows and not line.startswith("##"):
            yield rows
            rows = []


def _lines(path: Path) -> list[str]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return content.decode("utf-8").split("\n")
