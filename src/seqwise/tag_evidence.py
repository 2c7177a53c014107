"""Spans of entities, and the tags of a split as the checks on tagging see them; ``records.py`` builds on these."""

from collections.abc import Sequence
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
