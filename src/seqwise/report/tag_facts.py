"""What a report knows of a run whose units have tags: the part ``tags`` of ``details.json`` as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from seqwise.records import Interval

Kind = Literal["correct", "type", "boundary", "both", "missed", "spurious"]
Level = Literal["character", "unit", "eojeol"]


@dataclass(frozen=True)
class EntityCount:
    """Entities of one label on one split: right, predicted, and those of the data."""

    label: str
    n_right: int
    n_predicted: int
    n_gold: int


@dataclass(frozen=True)
class LevelScores:
    """Precision, recall and F1 when the edges of entities are those of characters, units or eojeols."""

    level: Level
    scores: Mapping[str, Interval]


@dataclass(frozen=True)
class KnownWords:
    """Accuracy on words that stand in the training texts, letter for letter, and on those that do not."""

    n_known: int
    n_unknown: int
    known: Interval
    unknown: Interval


@dataclass(frozen=True)
class TagScores:
    """One split beyond ``scores.json``: what is there of entities, or of words with tags of their own.

    Attributes:
        labels: of entities, sorted.
        kinds: matches of gold and predicted entities by what is wrong with them.
        n_at_particles: boundary errors that a particle makes; None where no text has Hangul.
        levels: from the finest to the coarsest.
        known_words: None for entities.
    """

    labels: tuple[EntityCount, ...] = ()
    kinds: Mapping[Kind, int] = field(default_factory=dict[Kind, int])
    n_at_particles: int | None = None
    levels: tuple[LevelScores, ...] = ()
    known_words: KnownWords | None = None


@dataclass(frozen=True)
class NotHeld:
    """An entity that the tags of units cannot hold, with the text around it; ``found`` is what they hold instead."""

    place: str
    reason: str
    label: str
    before: str
    entity: str
    after: str
    found: str


@dataclass(frozen=True)
class AlignedSplit:
    """How the texts of a split became windows and units, and what the tags of these cannot hold.

    Attributes:
        n_texts: of the split.
        n_units: that have a tag.
        n_windows: sequences that the network is given.
        n_long: texts of more than one window.
        n_units_cut: units with more tokens than windows share, which lost some.
        n_entities: None where words have tags of their own.
        reasons: entities that do not come back, by reason.
        examples: the first of them.
    """

    n_texts: int
    n_units: int
    n_windows: int
    n_long: int
    n_units_cut: int
    n_entities: int | None = None
    reasons: Mapping[str, int] = field(default_factory=dict[str, int])
    examples: tuple[NotHeld, ...] = ()


@dataclass(frozen=True)
class Mark:
    """A stretch of a text with its label, of the data or predicted; predicted ones have a probability."""

    start: int
    end: int
    label: str
    probability: float | None = None


@dataclass(frozen=True)
class MarkedPair:
    """A gold and a predicted mark that belong together, and what is wrong with them; one of them may be None."""

    kind: Kind
    gold: Mark | None
    predicted: Mark | None


@dataclass(frozen=True)
class WorstText:
    """A text that the model got wrong, or a part of it that begins with ``start``; marks count from there.

    ``loss`` is minus the log-probability of all its true tags, in nats. ``n_elsewhere`` errors are not in the part.
    """

    split: str
    id: str
    place: str
    start: int
    text: str
    is_cut: bool
    loss: float
    n_elsewhere: int
    pairs: tuple[MarkedPair, ...]


@dataclass(frozen=True)
class TagFacts:
    """The part ``tags`` of ``details.json``."""

    has_entities: bool
    scores: Mapping[str, TagScores] = field(default_factory=dict[str, TagScores])
    alignment: Mapping[str, AlignedSplit] = field(default_factory=dict[str, AlignedSplit])
    worst: tuple[WorstText, ...] = ()
