"""What a report knows of a run: the content of the run folder's files as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from seqwise.gradient_evidence import FlowFacts
from seqwise.records import (
    Calibration,
    EvaluationPoint,
    FileFacts,
    Finding,
    Language,
    Predictions,
    Scores,
    SplitScores,
    Truncation,
)
from seqwise.report.series_facts import SeriesFacts
from seqwise.report.tag_facts import TagFacts
from seqwise.report.translation_facts import TranslationFacts
from seqwise.report.words import Wording


@dataclass(frozen=True, slots=True)
class StepPoint:
    """One update of ``events.jsonl``; the gradient norm is None where no update was applied."""

    step: int
    epoch: float
    loss: float
    lr: float
    tokens: int = 0
    tokens_per_s: float = 0.0
    grad_norm: float | None = None


@dataclass(frozen=True)
class PlanCurve:
    """The planned learning rate: ``rates[i]`` is the rate of update ``steps[i]``, thinned."""

    schedule: str
    peak: float
    n_updates: int
    n_warmup: int
    rates: tuple[float, ...] = ()
    steps: tuple[int, ...] = ()
    declared_updates: int | None = None


@dataclass(frozen=True)
class LabelScores:
    """Precision, recall and F1 of one label, and its number of rows."""

    label: str
    precision: float
    recall: float
    f1: float
    n: int


@dataclass(frozen=True)
class WorstRow:
    """A row that the model got wrong, with its text and the probabilities of the truth and of what was predicted."""

    split: str
    id: str
    place: str
    text: str
    truth: str
    prediction: str
    p_truth: float
    p_prediction: float


@dataclass(frozen=True)
class Details:
    """The content of ``details.json``; whatever the run did not write is empty or None."""

    labels: tuple[str, ...] = ()
    stop_on: str = ""
    class_counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    calibration: tuple[Calibration, ...] = ()
    plan: PlanCurve | None = None
    truncation: Mapping[str, Truncation] = field(default_factory=dict[str, Truncation])
    per_class: Mapping[str, tuple[LabelScores, ...]] = field(default_factory=dict[str, tuple[LabelScores, ...]])
    worst: tuple[WorstRow, ...] = ()
    tags: TagFacts | None = None
    series: SeriesFacts | None = None
    translation: TranslationFacts | None = None
    flows: tuple[FlowFacts, ...] = ()
    files: tuple[FileFacts, ...] = ()
    n_parameters: int | None = None
    n_trainable: int | None = None
    encoder: str = ""
    baseline_rows: int | None = None
    baseline_seconds: Mapping[str, float] = field(default_factory=dict[str, float])
    advice: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunFacts:
    """A run folder as it lies on the disk; ``missing`` names the files that are not there."""

    folder: Path
    settings: Mapping[str, object]
    settings_text: str
    scores: Scores | None
    findings: tuple[Finding, ...]
    steps: tuple[StepPoint, ...]
    evaluations: tuple[EvaluationPoint, ...]
    predictions: Mapping[str, Predictions]
    details: Details
    environment: Mapping[str, object]
    missing: tuple[str, ...]

    @property
    def task(self) -> str:
        """The task, as the settings name it; empty when unknown."""
        return str(self.settings.get("task", "")) or (self.scores.task if self.scores else "")

    @property
    def wording(self) -> Wording:
        """What the words of the report call a row."""
        if self.task == "translate":
            return "texts"
        if self.task != "tag":
            return "rows" if self.details.series is None else "windows"
        return "entities" if self.details.tags and self.details.tags.has_entities else "tags"

    @property
    def language(self) -> Language:
        """The language of the run's settings, English when they do not say."""
        runtime = self.settings.get("runtime")
        return "ko" if isinstance(runtime, dict) and runtime.get("lang") == "ko" else "en"

    @property
    def split_scores(self) -> Mapping[str, SplitScores]:
        """Scores by split, the test rows first: they alone were not used to choose anything."""
        splits = self.scores.splits if self.scores else {}
        return {name: splits[name] for name in sorted(splits, key=lambda name: (name != "test", name != "validation"))}

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in the order of the run, from the details or else from the predictions."""
        if self.details.labels:
            return self.details.labels
        return next((predictions.labels for predictions in self.predictions.values()), ())
