"""Spans of entities, and what the checks on tagging see: the tags of a split, and what a run extends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TagNumbers = NDArray[np.int64]


@dataclass(frozen=True)
class Span:
    """An entity from ``start`` up to, not including, ``end``: characters of the raw text, or units such as word pieces.

    Characters are code points of the text as it was read: no normalisation comes between a span and its text.
    """

    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Misalignment:
    """An entity that the tags of its units do not hold exactly.

    Attributes:
        place: ``FILE:LINE`` of its text.
        entity: as annotated, its characters.
        found: what comes back from the tags; empty: nothing.
        reason: ``inside_unit``, ``shared_unit``, ``no_unit`` or ``edge_outside``, as ``prepare/tags.py`` tells them.
    """

    place: str
    entity: str
    found: str
    reason: str


@dataclass(frozen=True)
class TagEvidence:
    """The tags of one split, of all texts on one axis, for the checks on tagging.

    Attributes:
        names: of the tags.
        texts: raw, or joined from the units of a file that has no texts.
        offsets: the units of text ``i`` are those from ``offsets[i]`` up to ``offsets[i + 1]``, shape (text + 1,).
        surfaces: what is written in each unit.
        truth: tag number of each unit, -1 where none is given; None when unknown.
        predicted: the same for the predicted tags.
        has_entities: the tags are those of entities; False where each unit has one of its own.
        gold: entities of each text, as characters; None when unknown.
        found: predicted entities; None when there are none or words have tags of their own.
        misaligned: entities that the tags of the units do not hold.
    """

    names: tuple[str, ...]
    texts: Sequence[str]
    offsets: TagNumbers
    surfaces: Sequence[str]
    truth: TagNumbers | None = None
    predicted: TagNumbers | None = None
    has_entities: bool = False
    gold: Sequence[tuple[Span, ...]] | None = None
    found: Sequence[tuple[Span, ...]] | None = None
    misaligned: tuple[Misalignment, ...] = ()


@dataclass(frozen=True)
class Retention:
    """What is left of an old run's skill after it was extended, on texts that the old run did not train on.

    Attributes:
        split: that these texts were to the old run.
        n: texts.
        metric: ``entity_f1``, or ``accuracy`` where words have tags of their own; old labels only.
        before: of the old model.
        after: of the new one.
        low: end of the paired interval of ``after - before``.
        high: its other end.
        max_drop: largest fall that is allowed.
        labels: F1 of each old label before and after.
    """

    split: str
    n: int
    metric: str
    before: float
    after: float
    low: float
    high: float
    max_drop: float
    labels: Mapping[str, tuple[float, float]]

    @property
    def is_lost(self) -> bool:
        """Whether the fall is larger than allowed; equal numbers may differ by rounding."""
        return self.before - self.after > self.max_drop + 1e-9


@dataclass(frozen=True)
class Extension:
    """A run that goes on from an old one.

    Attributes:
        run: folder of the old one.
        old: its labels: types of entities, or tags of words.
        new: labels that came with the new texts.
        n_new: new training texts.
        n_rehearsed: old training texts beside them.
        n_old_marked: entities of old labels in the new texts.
        n_new_marked: entities of new labels there.
        old_unmarked: names of old labels that stand in new texts outside of entities, with how often.
        new_unmarked: names of new labels that stand in rehearsed texts outside of entities, with how often.
        retention: None before training.
        n_held_seen: held-out texts of the old run that the new training texts hold; left out of the retention.
        n_scored_old: new validation and test texts that the old run was trained on.
    """

    run: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    n_new: int
    n_rehearsed: int
    n_old_marked: int
    n_new_marked: int
    old_unmarked: Mapping[str, int]
    new_unmarked: Mapping[str, int]
    retention: Retention | None = None
    n_held_seen: int = 0
    n_scored_old: int = 0
