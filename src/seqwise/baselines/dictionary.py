"""The baseline ``dictionary``: longest match of the training texts' entities."""

from collections.abc import Iterable
from typing import Self, cast

import numpy as np

from seqwise.baselines.contract import Baseline, BaselineSpec, BaselineState, TextUnits, normalised, packed, unpacked
from seqwise.baselines.folds import stratified_folds
from seqwise.baselines.name_matches import Names, learn_names
from seqwise.errors import Problem, UsageError
from seqwise.records import Array, Indices, Span
from seqwise.spans.schemes import OUTSIDE, Scheme, SchemeName, Spelling, chunks, tags_of
from seqwise.spans.units import character_spans, unit_spans

# Texts are matched with the names of the other folds to learn how often a match is right.
FOLDS = 3
LEAD = 0.01  # by which a match's own tag leads at least, in natural logarithms


class Dictionary(Baseline[TextUnits]):
    """Finds the names of the training texts again; every other unit is outside.

    p(tag | tag of the match) is counted on texts whose own names are left out. A matched tag is never less probable
    than another one, so the most probable tags are those of the matches.
    """

    def __init__(self) -> None:
        """Not fitted yet."""
        self._names = Names({})
        self._tags: tuple[str, ...] = ()
        self._scheme = Scheme("BIO")
        self._scores: Array = np.zeros((1, 1))

    def fit(self, rows: TextUnits, targets: Indices, /, *, n_labels: int, seed: int) -> Self:
        """Learn the names, and how far to trust them.

        Raises:
            UsageError: if the tags are not those of entities.
        """
        if rows.scheme is None:
            what = 'found "dictionary", which looks for entities; here every unit has a tag of its own.'
            raise UsageError(
                Problem("evaluate.baselines, head.stand_on", what, 'Leave it out; "unit_tag" has the words.')
            )
        self._tags, self._scheme = rows.tags, rows.scheme
        entities = _entities(rows, targets, rows.scheme)
        folds = stratified_folds(rows.texts, np.zeros(len(rows.texts), dtype=np.int64), folds=FOLDS, seed=seed)
        matched = np.zeros(len(rows), dtype=np.int64)
        fold_of_unit = np.repeat(folds, np.diff(rows.units.offsets))
        for fold in range(FOLDS):
            others: list[int] = np.flatnonzero(folds != fold).tolist()
            self._names = learn_names([rows.texts[i] for i in others], [entities[i] for i in others])
            matched[fold_of_unit == fold] = self._matched(rows)[fold_of_unit == fold]
        self._names = learn_names(rows.texts, entities)
        self._scores = _trust(matched, targets, n_tags=n_labels)
        return self

    def log_probabilities(self, rows: TextUnits, /) -> Array:
        """What a match, or none, says of each unit, shape (unit, tag)."""
        return self._scores[self._matched(rows)]

    def state(self) -> BaselineState:
        """Names and their labels, the tags, and what each matched tag says."""
        names = self._names.labels
        settings = {"tags": list(self._tags), "scheme": self._scheme.name, "spelling": self._scheme.spelling}
        arrays = {"names": packed(list(names)), "labels": packed(list(names.values())), "scores": self._scores}
        return BaselineState(settings, arrays)

    def restore(self, state: BaselineState) -> None:
        """Take over the names."""
        self._tags = tuple(cast("list[str]", state.settings["tags"]))
        spelt = (state.settings["scheme"], state.settings["spelling"])
        self._scheme = Scheme(*cast("tuple[SchemeName, Spelling]", spelt))
        names, labels = unpacked(state.arrays["names"]), unpacked(state.arrays["labels"])
        self._names = Names(dict(zip(names, labels, strict=True)))
        self._scores = state.arrays["scores"].astype(np.float64)

    def _matched(self, rows: TextUnits) -> Indices:
        """The tag of each unit by the names, the number behind the last tag where no name is, shape (unit,)."""
        none = len(self._tags)
        number_of = {tag: number for number, tag in enumerate(self._tags) if tag != OUTSIDE}
        numbers: list[int] = []
        for text, edges in rows.by_text():
            spans = _apart(unit_spans(self._names.matches(text), edges))
            tags = tags_of(spans, len(edges), scheme=self._scheme)
            numbers += [number_of.get(tag, none) for tag in tags]
        return np.array(numbers, dtype=np.int64)


def _entities(rows: TextUnits, targets: Indices, scheme: Scheme) -> list[list[Span]]:
    """The entities of each text, spans of its characters."""
    tags = [rows.tags[number] for number in targets.tolist()]
    offsets: list[int] = rows.units.offsets.tolist()
    found: list[list[Span]] = []
    for i, (text, edges) in enumerate(rows.by_text()):
        spans = character_spans(chunks(tags[offsets[i] : offsets[i + 1]], scheme), edges, text=text)
        found.append([span for span in spans if span is not None])
    return found


def _apart(spans: Iterable[Span | None]) -> list[Span]:
    """The spans of units without those that share a unit with the one before."""
    kept: list[Span] = []
    for span in spans:
        if span is not None and (not kept or kept[-1].end <= span.start):
            kept.append(span)
    return kept


def _trust(matched: Indices, targets: Indices, *, n_tags: int) -> Array:
    """Log-probabilities of the tags given the tag of a match, or none, shape (tag + 1, tag)."""
    shares = np.bincount(targets, minlength=n_tags) / len(targets)
    counts = np.zeros((n_tags + 1, n_tags))
    np.add.at(counts, (matched, targets), 1)
    with np.errstate(divide="ignore"):
        scores = np.log(counts + shares)
    own = np.arange(n_tags)
    scores[own, own] = np.maximum(scores[own, own], scores[:-1].max(axis=1) + LEAD)
    return normalised(scores)


BASELINE = BaselineSpec(
    name="dictionary",
    build=Dictionary,
    paper="Palmer and Day (1997), A Statistical Profile of the Named Entity Task, https://aclanthology.org/A97-1028/",
    tasks=("tag",),
)
