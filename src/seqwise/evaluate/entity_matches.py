"""How predicted entities miss: gold and predicted spans of a sentence come in, pairs with their errors come out.

Two ways stand side by side. :func:`match` pairs entities one to one and names each error: the classes of MUC-5
(Chinchor and Sundheim 1993, "MUC-5 evaluation metrics"), the incorrect ones split by what is wrong with them.
:func:`lenient_counts` gives the four schemas of SemEval 2013 task 9.1 (Segura-Bedmar et al. 2013, "Extraction of
drug-drug interactions from biomedical texts") as the package nervaluate counts them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from seqwise.records import Span
from seqwise.spans.particles import is_particles

MatchKind = Literal["correct", "type", "boundary", "both", "missed", "spurious"]
Schema = Literal["strict", "exact", "partial", "ent_type"]
# A pair is taken for the mildest error that it can be.
_MILDEST_FIRST: tuple[MatchKind, ...] = ("correct", "type", "boundary", "both")


@dataclass(frozen=True)
class Match:
    """A gold and a predicted entity that belong together; one of them is None when it is missed or spurious.

    ``type``: the boundaries are right and the label is wrong. ``boundary``: the reverse, and they overlap. ``both``:
    they overlap, and neither is right.
    """

    kind: MatchKind
    gold: Span | None
    predicted: Span | None


@dataclass(frozen=True)
class LenientCounts:
    """Entities of a schema: with ``+`` sentences are added up."""

    correct: int = 0
    incorrect: int = 0
    partial: int = 0
    missed: int = 0
    spurious: int = 0

    def __add__(self, other: "LenientCounts") -> "LenientCounts":
        """The counts of both."""
        return LenientCounts(
            correct=self.correct + other.correct,
            incorrect=self.incorrect + other.incorrect,
            partial=self.partial + other.partial,
            missed=self.missed + other.missed,
            spurious=self.spurious + other.spurious,
        )

    @property
    def precision(self) -> float:
        """Right among predicted entities, a partial one counting half; 0 when there are none."""
        return _share(self.correct + self.partial / 2, self._paired + self.spurious)

    @property
    def recall(self) -> float:
        """Right among gold entities, a partial one counting half; 0 when there are none."""
        return _share(self.correct + self.partial / 2, self._paired + self.missed)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return _share(2 * self.correct + self.partial, 2 * self._paired + self.spurious + self.missed)

    @property
    def _paired(self) -> int:
        return self.correct + self.incorrect + self.partial


def match(gold: Sequence[Span], predicted: Sequence[Span]) -> list[Match]:
    """Pair the entities of one sentence, each at most once, and name what is wrong with each pair.

    Pairs are taken from the mildest error to the worst, and among equals from the longest overlap on. So a gold entity
    that is found counts once: not as one missed and one spurious, as it does in strict precision and recall.

    Returns:
        Every gold and every predicted entity in exactly one match, in the order of the text.

    Example:
        >>> [found.kind for found in match([Span(0, 2, "PS"), Span(3, 5, "LC")], [Span(0, 3, "PS"), Span(3, 5, "OG")])]
        ['boundary', 'type']
    """
    pairs = [
        (_MILDEST_FIRST.index(_kind(true, found)), -_overlap(true, found), i, j)
        for i, true in enumerate(gold)
        for j, found in enumerate(predicted)
        if _overlap(true, found) > 0
    ]
    gold_left, predicted_left = dict(enumerate(gold)), dict(enumerate(predicted))
    matches: list[Match] = []
    for kind, _, i, j in sorted(pairs):
        if i in gold_left and j in predicted_left:
            matches.append(Match(_MILDEST_FIRST[kind], gold_left.pop(i), predicted_left.pop(j)))
    matches += [Match("missed", span, None) for span in gold_left.values()]
    matches += [Match("spurious", None, span) for span in predicted_left.values()]
    return sorted(matches, key=_place)


def is_at_particle(found: Match, text: str) -> bool:
    """Whether a boundary error is a particle (조사) at the end, one side with it and the other without.

    A blank before it counts for nothing: texts joined from morphemes have one.

    Args:
        found: a match of spans of characters.
        text: raw.

    Example:
        >>> is_at_particle(match([Span(0, 3, "PS")], [Span(0, 4, "PS")])[0], "송재우는 갔다")
        True
    """
    if found.kind != "boundary" or found.gold is None or found.predicted is None:
        return False
    short, long = sorted((found.gold.end, found.predicted.end))
    start = found.gold.start
    return start == found.predicted.start and is_particles(text[short:long].lstrip(), behind=text[start:short])


def count_kinds(sentences: Iterable[Iterable[Match]]) -> dict[MatchKind, int]:
    """How many matches of each kind there are; kinds that do not occur count 0."""
    counted = Counter(found.kind for matches in sentences for found in matches)
    return {kind: counted[kind] for kind in (*_MILDEST_FIRST, "missed", "spurious")}


def lenient_counts(gold: Sequence[Span], predicted: Sequence[Span], *, schema: Schema) -> LenientCounts:
    """Count the entities of one sentence by a schema of SemEval 2013, as nervaluate 1.2 does.

    Predicted entities take a gold one that overlaps them and is not yet taken, in the order of the text: one that is
    right if there is any, else the first. Right means: ``strict`` boundaries and label; ``exact`` and ``partial``
    boundaries; ``ent_type`` label, and of several the one with the nearest boundaries. Another overlap is incorrect, in
    ``partial`` partial.

    Two things differ from nervaluate. There a gold entity overlaps only where one per cent of it is predicted, so one
    of more than 100 units may be missed and the single unit predicted of it spurious; here any overlap counts. And
    there the order of the input decides which of several is taken; here the order of the text.

    nervaluate's counts of one label take the entities of that label alone, and so do these when given those alone. A
    wrong label, one incorrect entity of the whole, is then missed under one label and spurious under the other, and the
    labels do not add up to the whole. Its older releases counted a predicted entity as incorrect once for each gold one
    that it overlapped (MantisAI/nervaluate, pull request 85); in 1.2, as here, no entity is in two pairs.

    Example:
        >>> lenient_counts([Span(0, 2, "PS")], [Span(0, 3, "PS")], schema="partial").precision
        0.5
    """
    left = sorted(gold, key=_edges)
    kinds: Counter[str] = Counter()
    for found in sorted(predicted, key=_edges):
        near = [true for true in left if _overlap(true, found) > 0]
        right = [true for true in near if _is_right(true, found, schema)]
        if near:
            left.remove(min(right, key=lambda true: _distance(true, found)) if right else near[0])
        wrong = "partial" if schema == "partial" else "incorrect"
        kinds["correct" if right else wrong if near else "spurious"] += 1
    return LenientCounts(missed=len(left), **kinds)


def _kind(true: Span, found: Span) -> MatchKind:
    same_edges, same_label = _edges(true) == _edges(found), true.label == found.label
    if same_edges:
        return "correct" if same_label else "type"
    return "boundary" if same_label else "both"


def _is_right(true: Span, found: Span, schema: Schema) -> bool:
    if schema == "ent_type":
        return true.label == found.label
    return _edges(true) == _edges(found) and (schema != "strict" or true.label == found.label)


def _edges(span: Span) -> tuple[int, int]:
    return span.start, span.end


def _overlap(one: Span, other: Span) -> int:
    return min(one.end, other.end) - max(one.start, other.start)


def _distance(one: Span, other: Span) -> int:
    return abs(one.start - other.start) + abs(one.end - other.end)


def _place(found: Match) -> tuple[int, int]:
    """Where a match begins; one of its sides is there."""
    span = found.gold or found.predicted
    assert span is not None
    return _edges(span)


def _share(part: float, whole: int) -> float:
    return part / whole if whole else 0.0
