"""Tagged text as files of a word and its tag a line, and its F1: by seqeval, and by our scorer with intervals."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Literal

from seqeval.metrics import f1_score
from seqeval.scheme import IOB2
from turns import Spread

from seqwise.evaluate.entities import EntityCounts, count_entities
from seqwise.evaluate.tallies import Tally, entity_tally
from seqwise.evaluate.uncertainty import paired_interval, resample
from seqwise.spans.schemes import BIO, chunks, spans_of

Sentence = list[tuple[str, str]]  # words with their tags
Tags = Sequence[Sequence[str]]  # of each sentence
Mode = Literal["strict", "default"]  # of seqeval
READ = {"strict": spans_of, "default": chunks}
F1, CONFIDENCE, N_DRAWS = "entity_f1", 0.95, 1000


def read_conll(path: Path) -> list[Sentence]:
    """The sentences of a file; a line of blanks alone ends one, as a TAB does in WNUT 2017."""
    lines = path.read_text(encoding="utf-8").split("\n")  # not splitlines: words may hold other line separators
    groups = groupby(lines, key=lambda line: bool(line.strip()))
    return [[_word(line) for line in group] for has_words, group in groups if has_words]


def write_conll(sentences: Sequence[Sentence], path: Path) -> None:
    """Write sentences with an empty line behind each."""
    text = "".join("".join(f"{word}\t{tag}\n" for word, tag in sentence) + "\n" for sentence in sentences)
    path.write_text(text, encoding="utf-8")


def words_of(sentences: Sequence[Sentence]) -> list[list[str]]:
    """The words of each sentence."""
    return [[word for word, _ in sentence] for sentence in sentences]


def tags_of(sentences: Sequence[Sentence]) -> list[list[str]]:
    """The tags of each sentence."""
    return [[tag for _, tag in sentence] for sentence in sentences]


def by_seqeval(gold: Tags, found: Tags, mode: Mode) -> float:
    """Entity F1 as seqeval gives it."""
    strict = {"mode": "strict", "scheme": IOB2} if mode == "strict" else {}
    return float(f1_score(gold, found, **strict))


def pooled(gold: Tags, answers: Sequence[Tags], mode: Mode) -> Tally:
    """The entities of each sentence, right, predicted and gold, summed over several answers, such as those of seeds."""
    true, found = (
        [READ[mode](tags, BIO) for tags in side] for side in (gold, [own for each in answers for own in each])
    )
    counts = count_entities(true * len(answers), found)
    table = counts.table.reshape(len(answers), len(gold), *counts.table.shape[1:]).sum(axis=0)
    return entity_tally(EntityCounts(counts.labels, table))


def f1(tally: Tally) -> Spread:
    """F1 with its interval, from a bootstrap by sentence."""
    (drawn,) = resample([tally], n_draws=N_DRAWS, seed=0)
    return Spread(tally.values[F1], *drawn.interval(F1, CONFIDENCE))


def f1_difference(ours: Tally, theirs: Tally) -> Spread:
    """How far our F1 is above theirs, with the interval of a bootstrap that draws the same sentences for both."""
    drawn = [each.values[F1] for each in resample([ours, theirs], n_draws=N_DRAWS, seed=0)]
    sums = [each.table.reshape(len(each.table), 3, -1).sum(axis=2) for each in (ours, theirs)]
    n_different = int((sums[0] != sums[1]).any(axis=1).sum())
    interval = paired_interval(drawn[0] - drawn[1], CONFIDENCE, n_rows=n_different)
    return Spread(ours.values[F1] - theirs.values[F1], *interval)


def _word(line: str) -> tuple[str, str]:
    word, tag = line.split("\t")
    return word, tag
