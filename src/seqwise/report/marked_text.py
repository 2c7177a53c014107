"""A text with gold and predicted marks in, its pieces out, each with the marks over it, for the page to colour."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from seqwise.report.tag_facts import Kind, Mark, MarkedPair, TagFacts, WorstText

# Steps on the circle of hues that keep neighbours far apart: the golden angle in degrees.
GOLDEN_ANGLE = 137.508


@dataclass(frozen=True)
class Piece:
    """A stretch of a text between two edges of marks; a mark's name is written where it begins."""

    text: str
    gold: Mark | None
    predicted: Mark | None
    begins_gold: bool
    begins_predicted: bool
    is_wrong: bool


@dataclass(frozen=True)
class MarkedText:
    """A text in pieces; its errors by kind, the most frequent first; the labels that they are about, sorted."""

    worst: WorstText
    pieces: tuple[Piece, ...]
    errors: Mapping[Kind, int]
    labels: tuple[str, ...]


def marked_text(worst: WorstText) -> MarkedText:
    """A text as the page shows it; its pieces joined are the text."""
    edges = {0, len(worst.text)} | {edge for mark in _marks(worst.pairs) for edge in (mark.start, mark.end)}
    wrong = [pair for pair in worst.pairs if pair.kind != "correct"]
    errors: Counter[Kind] = Counter(pair.kind for pair in wrong)
    return MarkedText(
        worst=worst,
        pieces=tuple(_piece(worst, start, end) for start, end in pairwise(sorted(edges))),
        errors=dict(errors.most_common()),
        labels=tuple(sorted({mark.label for mark in _marks(wrong)})),
    )


def _marks(pairs: Iterable[MarkedPair]) -> list[Mark]:
    return [mark for pair in pairs for mark in (pair.gold, pair.predicted) if mark]


def _piece(worst: WorstText, start: int, end: int) -> Piece:
    gold = _over(((pair.gold, pair) for pair in worst.pairs), start)
    predicted = _over(((pair.predicted, pair) for pair in worst.pairs), start)
    return Piece(
        text=worst.text[start:end],
        gold=gold[0],
        predicted=predicted[0],
        begins_gold=gold[0] is not None and gold[0].start == start,
        begins_predicted=predicted[0] is not None and predicted[0].start == start,
        is_wrong=any(pair is not None and pair.kind != "correct" for _, pair in (gold, predicted)),
    )


def _over(marks: Iterable[tuple[Mark | None, MarkedPair]], place: int) -> tuple[Mark | None, MarkedPair | None]:
    return next(((mark, pair) for mark, pair in marks if mark and mark.start <= place < mark.end), (None, None))


def hues(tags: TagFacts) -> dict[str, int]:
    """A hue in degrees for each label of the worst texts, far from those of its neighbours in the alphabet."""
    labels = sorted({mark.label for one in tags.worst for mark in _marks(one.pairs)})
    return {label: round((210 + number * GOLDEN_ANGLE) % 360) for number, label in enumerate(labels)}
