"""Leads every entity of klue-ner from characters to units, to tags and back, and lists what does not come back exactly.

Run: python benchmarks/alignment.py; needs ../shared/data beside the repository and the extras minilm and korean.
Exit 1 when an entity is not accounted for.
"""

import gzip
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from seqwise.prepare.tags import Alignment, Reason, tag_units
from seqwise.prepare.tokens import TextPreparation, fit_preparation
from seqwise.prepare.units import Split, tokenized_units, unit_texts
from seqwise.read.checkpoints import find_checkpoint
from seqwise.records import Annotation
from seqwise.settings.stations import PrepareSettings
from seqwise.spans.particles import has_particle_behind
from seqwise.spans.schemes import BIO, spans_of

FILE = Path(__file__).resolve().parents[2] / "shared" / "data" / "klue-ner" / "klue-ner-v1.1_dev.tsv.gz"
N_ENTITIES = 14_257  # of its 5,000 sentences
MINILM = "all-MiniLM-L6-v2"
WAYS: tuple[tuple[str, Split], ...] = (
    (MINILM, "pieces"),
    (MINILM, "morphemes"),
    (MINILM, "characters"),
    ("subword", "pieces"),
    ("subword", "morphemes"),
    ("morpheme", "pieces"),
    ("morpheme", "morphemes"),
    ("word", "pieces"),
    ("character", "pieces"),
)


def sentences() -> Iterator[tuple[str, Annotation]]:
    """Raw text and entities: a line is a character and its tag, an empty line ends a sentence, ``## `` is a comment."""
    rows: list[list[str]] = []
    for line in [*gzip.decompress(FILE.read_bytes()).decode().split("\n"), ""]:
        if line and not line.startswith("## "):
            rows.append(line.split("\t"))
        elif rows and not line:
            text, tags = "".join(character for character, _ in rows), [tag for _, tag in rows]
            yield text, Annotation(entities=tuple(spans_of(tags, BIO)))
            rows = []


def preparation_of(name: str, texts: list[str], split: Split) -> TextPreparation:
    if name == MINILM:
        return fit_preparation([], PrepareSettings(tokens="checkpoint"), checkpoint=find_checkpoint(MINILM))
    return fit_preparation(list(unit_texts(texts, split=split)), PrepareSettings(tokens=name))


def particles_among(alignment: Alignment, texts: list[str]) -> int:
    """Entities whose last unit goes on into particles."""
    beyond = (each for each in alignment.misaligned if each.found and each.found.end > each.entity.end)
    return sum(has_particle_behind(texts[each.text], each.entity.end) for each in beyond)


def main() -> int:
    texts, annotations = map(list, zip(*sentences(), strict=True))
    print(f"{len(texts):,} sentences, {sum(len(each.entities) for each in annotations):,} entities")
    reasons: tuple[Reason, ...] = ("inside_unit", "shared_unit", "no_unit", "edge_outside")
    print(f"{'tokenizer':<18}{'units':<12}{'n units':>9}{'exact':>8}", *(f"{name:>13}" for name in reasons), end="")
    print(f"{'at particles':>14}{'sum':>8}{'seconds':>9}")
    totals: list[int] = []
    for name, split in WAYS:
        preparation = preparation_of(name, texts, split)
        begin = time.perf_counter()
        units = tokenized_units(texts, preparation, split=split).units
        _, alignment = tag_units(texts, annotations, units=units, scheme=BIO)
        elapsed_s = time.perf_counter() - begin
        totals.append(alignment.n_exact + sum(alignment.reasons.values()))
        print(f"{name:<18}{split:<12}{len(units.edges):>9,}{alignment.n_exact:>8,}", end=" ")
        print(*(f"{alignment.reasons[reason]:>13,}" for reason in reasons), end="")
        print(f"{particles_among(alignment, texts):>14,}{totals[-1]:>8,}{elapsed_s:>9.1f}", flush=True)
    return 0 if set(totals) == {N_ENTITIES} else 1


if __name__ == "__main__":
    sys.exit(main())
