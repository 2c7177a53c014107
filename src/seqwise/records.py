"""The frozen values that travel between the rooms: rows, token arrays, predictions, scores, evidence, findings.

Nothing here imports torch. Arrays are numpy; text is ``str``; every row knows its file and line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from seqwise.gradient_evidence import GradientEvidence
from seqwise.horizons import Horizons
from seqwise.mapped import MappedTexts
from seqwise.series_evidence import SeriesEvidence
from seqwise.tag_evidence import Extension, Span, TagEvidence

Level = Literal["error", "warning", "info", "pass"]
Language = Literal["en", "ko"]
Array = NDArray[np.float64]
Indices = NDArray[np.int64]

EMPTY_EVIDENCE: Mapping[str, object] = {}


@dataclass(frozen=True)
class Annotation:
    """What annotators marked in one raw text: words, each with its own tag, or entities; all places are characters.

    Attributes:
        words: start and end of each word that the file has, in the order of the text; () for a file of plain text.
        tags: one for each word where every word has a tag of its own, such as parts of speech; else ().
        entities: in the order of the text, not overlapping; their edges need not be those of words.
    """

    words: tuple[tuple[int, int], ...] = ()
    tags: tuple[str, ...] = ()
    entities: tuple[Span, ...] = ()


@dataclass(frozen=True)
class FileFacts:
    """What the reader found out about one file."""

    path: str
    sha256: str
    n_bytes: int
    n_rows: int
    encoding: str
    encoding_guessed: bool = False
    notes: tuple[str, ...] = ()
    n_empty: int = 0
    n_skipped: int = 0


@dataclass(frozen=True)
class Rows:
    """Rows of text in file order, each with its file and line; labels, groups, times where the settings name them.

    ``annotations`` stand beside the texts of tagged rows, ``targets`` beside those that are to be answered by a text;
    then there are no labels.

    Rows of a file are mapped from a disk: take what is wanted of them while they pass by, and keep no list of them.
    """

    ids: Sequence[str]
    texts: Sequence[str]
    files: tuple[str, ...]
    file_of: Indices
    lines: Indices
    labels: Sequence[str] | None = None
    groups: Sequence[str] | None = None
    times: Sequence[str] | None = None
    annotations: Sequence[Annotation] | None = None
    targets: Sequence[str] | None = None

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.texts)

    def place(self, row: int) -> str:
        """``FILE:LINE`` of a row; lines count from 1 and the header is line 1."""
        return f"{self.files[self.file_of[row]]}:{self.lines[row]}"

    def take(self, rows: Sequence[int] | Indices) -> "Rows":
        """The rows of these numbers, in this order."""
        index = np.asarray(rows, dtype=np.int64)
        columns: dict[str, Any] = {role: pick(cells, index) for role, cells in self.columns().items()}
        annotations = self.annotations and tuple(self.annotations[i] for i in index.tolist())
        return replace(self, **columns, file_of=self.file_of[index], lines=self.lines[index], annotations=annotations)

    def columns(self) -> dict[str, Sequence[str]]:
        """The columns of text by their names here, those left out that are not there."""
        columns = {
            "ids": self.ids,
            "texts": self.texts,
            "labels": self.labels,
            "groups": self.groups,
            "times": self.times,
            "targets": self.targets,
        }
        return {role: cells for role, cells in columns.items() if cells is not None}


def pick(values: Sequence[str], index: Indices) -> Sequence[str]:
    """The texts at these places, in this order; those of a file stay on the disk."""
    if isinstance(values, MappedTexts):
        return values.take(index)
    numbers: list[int] = index.tolist()
    return tuple(values[i] for i in numbers)


@dataclass(frozen=True)
class Splits:
    """The rows of a task by split; ``test`` is None when none was given."""

    train: Rows
    validation: Rows
    test: Rows | None
    files: tuple[FileFacts, ...]

    def named(self) -> dict[str, Rows]:
        """Split name to rows, in the order train, validation, test; an absent test set is left out."""
        splits = {"train": self.train, "validation": self.validation}
        return splits if self.test is None else {**splits, "test": self.test}


@dataclass(frozen=True)
class FlatTokens:
    """Token ids of all rows on one axis: row ``i`` is ``ids[offsets[i]:offsets[i + 1]]``; no padding."""

    ids: NDArray[np.int32]
    offsets: Indices

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.offsets) - 1

    @property
    def lengths(self) -> Indices:
        """Tokens of each row, shape (row,)."""
        return np.diff(self.offsets)


@dataclass(frozen=True)
class FlatUnits:
    """What gets a tag, of all texts on one axis: words, or tokens where the file has no words.

    Attributes:
        edges: start and end of each unit, characters of its own raw text, shape (unit, 2), in the order of the text.
        offsets: the units of text ``i`` are ``edges[offsets[i]:offsets[i + 1]]``, shape (text + 1,).
    """

    edges: Indices
    offsets: Indices

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.offsets) - 1


@dataclass(frozen=True)
class UnitPlaces:
    """Which tokens of a row's sequence hold each unit, for all rows on one axis.

    Attributes:
        tokens: first token and the one behind the last, counted from 0 in the row's own sequence, shape (unit, 2).
        offsets: the units of row ``i`` are ``tokens[offsets[i]:offsets[i + 1]]``, shape (row + 1,).
        words: number of each unit's word, 0 for unknown ones, shape (unit,), where the network looks at words.
    """

    tokens: Indices
    offsets: Indices
    words: NDArray[np.int32] | None = None


@dataclass(frozen=True)
class Truncation:
    """What the length limit cut away in one split."""

    limit: int
    n_rows: int
    n_rows_cut: int
    n_tokens: int
    n_tokens_cut: int


@dataclass(frozen=True)
class Examples:
    """One split, prepared: flat tokens, a target a row, a baseline's log-probabilities if the head stands on one.

    Where ``units`` are given, targets and priors are those of the units, on the units' axis.

    Attributes:
        features: what is known of each token beside its id, shape (token, feature).
        values: where numbers are forecast these, in place of targets, shape (unit, channel).
        answers: where a row is answered by a sequence of tokens these, in place of targets.
    """

    tokens: FlatTokens
    targets: Indices | None = None
    priors: NDArray[np.float32] | None = None
    units: UnitPlaces | None = None
    features: NDArray[np.float32] | None = None
    values: NDArray[np.float32] | None = None
    answers: FlatTokens | None = None

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.tokens)

    @property
    def n_outputs(self) -> int:
        """Number of what gets an output: of rows, or of their units."""
        return len(self) if self.units is None else len(self.units.tokens)


@dataclass(frozen=True)
class TaggedTexts:
    """Whose units a table of predictions is about, and the entities of each text, as characters of the raw text.

    Attributes:
        units: of all texts; one row of the table each.
        found: the entities that the decoded tags hold.
        gold: the entities of the data, all of them; None where every unit has a tag of its own, or when unknown.
    """

    units: FlatUnits
    found: Sequence[tuple[Span, ...]] = ()
    gold: Sequence[tuple[Span, ...]] | None = None


@dataclass(frozen=True)
class Predictions:
    """Probabilities (row, label) for rows with ids; ``truth`` holds label numbers, or None when unknown.

    Where units inside texts were tagged a row is a unit, ``tagged`` says of which text, and ``decoded`` holds the tags
    that were chosen for whole texts. Where states were forecast a row is a step, ``horizons`` says of which window, and
    ``decoded`` holds the states that were chosen for whole windows by rules.
    """

    ids: Sequence[str]
    labels: tuple[str, ...]
    probabilities: Array
    truth: Indices | None = None
    decoded: Indices | None = None
    tagged: TaggedTexts | None = None
    horizons: Horizons | None = None

    @property
    def predicted(self) -> Indices:
        """The chosen label number of each row, shape (row,): the most probable one, or that of the decoding."""
        return self.probabilities.argmax(axis=1) if self.decoded is None else self.decoded


@dataclass(frozen=True)
class Interval:
    """A score with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Verdict:
    """Better than the best baseline, or not: ``difference`` is in favour of the model when positive."""

    metric: str
    best_baseline: str
    difference: float
    low: float
    high: float
    better: bool
    sentence: str


@dataclass(frozen=True)
class SplitScores:
    """Scores of one split: metrics, the same metrics of each baseline, and the verdict."""

    n: int
    metrics: Mapping[str, Interval]
    baselines: Mapping[str, Mapping[str, Interval]]
    verdict: Verdict


@dataclass(frozen=True)
class Scores:
    """The content of ``scores.json``."""

    task: str
    splits: Mapping[str, SplitScores]

    def to_json(self) -> dict[str, object]:
        """Plain dictionaries and numbers, as in the contract of ``scores.json``."""
        return asdict(self)


@dataclass(frozen=True)
class Finding:
    """What a check says: the level, what it means, the evidence, the causes in order of likelihood, and the fix."""

    check: str
    level: Level
    title: str
    message: str
    ids: tuple[str, ...]
    evidence: Mapping[str, object] = field(default_factory=lambda: EMPTY_EVIDENCE)
    causes: tuple[str, ...] = ()
    fix: str = ""
    silenced: str = ""

    def to_json(self) -> dict[str, object]:
        """Plain dictionaries, as in the contract of ``findings.json``."""
        return {**asdict(self), "evidence": dict(self.evidence), "causes": list(self.causes), "ids": list(self.ids)}


@dataclass(frozen=True)
class PlanFacts:
    """The learning-rate plan, simulated for the real number of updates: one rate an update, shape (update,)."""

    schedule: str
    peak: float
    n_updates: int
    n_warmup: int
    rates: Array
    declared_updates: int | None = None


@dataclass(frozen=True)
class EvaluationPoint:
    """One evaluation on validation rows while training runs."""

    step: int
    epoch: float
    train_loss: float
    validation_loss: float
    metric: float


@dataclass(frozen=True)
class SettingUse:
    """A value that a settings file sets; ``is_read`` is False when nothing in this run looks at it."""

    key: str
    value: str
    is_read: bool
    reason: str = ""


@dataclass(frozen=True)
class Calibration:
    """Temperature fitted on validation rows, and log loss of a split before and after dividing the logits by it."""

    temperature: float
    split: str
    log_loss_before: float
    log_loss_after: float
    n_fitted_on: int


@dataclass(frozen=True)
class Evidence:
    """All that checks may look at. A part that a run lacks is None or empty, and checks that need it stay silent."""

    task: str
    language: Language = "en"
    labels: tuple[str, ...] = ()
    n_outputs: int | None = None
    rows: Mapping[str, Rows] = field(default_factory=dict[str, Rows])
    files: tuple[FileFacts, ...] = ()
    truncation: Mapping[str, Truncation] = field(default_factory=dict[str, Truncation])
    predictions: Mapping[str, Predictions] = field(default_factory=dict[str, Predictions])
    baselines: Mapping[str, Mapping[str, Predictions]] = field(default_factory=dict[str, Mapping[str, Predictions]])
    scores: Scores | None = None
    calibration: tuple[Calibration, ...] = ()
    plan: PlanFacts | None = None
    history: tuple[EvaluationPoint, ...] = ()
    settings: tuple[SettingUse, ...] = ()
    n_parameters: int | None = None
    tagged: Mapping[str, TagEvidence] = field(default_factory=dict[str, TagEvidence])
    extension: Extension | None = None
    claims: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    series: SeriesEvidence | None = None
    gradients: GradientEvidence | None = None
