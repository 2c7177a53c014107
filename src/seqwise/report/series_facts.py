"""What a report knows of a run that forecasts series: the part ``series`` of ``details.json`` as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from seqwise.records import Interval

TestName = Literal["diebold_mariano", "mcnemar"]


@dataclass(frozen=True)
class StepScores:
    """One metric at each step of the horizon, of the model and of the verdict's baseline (``()`` without one)."""

    metric: str
    model: tuple[Interval, ...]
    baseline: tuple[Interval, ...]


@dataclass(frozen=True)
class UnitScores:
    """The metrics of one unit over its ``n`` windows, of the model and of the verdict's baseline."""

    unit: str
    n: int
    model: Mapping[str, float]
    baseline: Mapping[str, float]


@dataclass(frozen=True)
class PairedTest:
    """A paired test of the model against the verdict's baseline on ``n`` cases; None where it cannot be computed."""

    name: TestName
    n: int
    p: float | None


@dataclass(frozen=True)
class ForecastScores:
    """One split beyond ``scores.json``.

    Attributes:
        baseline: of the verdict; empty without one.
        steps: by metric.
        units: by the loss of the model, worst first; of many the first and the last.
        n_units: all of them.
        tests: of the model against the baseline.
    """

    baseline: str
    steps: tuple[StepScores, ...]
    units: tuple[UnitScores, ...]
    n_units: int
    tests: tuple[PairedTest, ...] = ()


@dataclass(frozen=True)
class Period:
    """How often each state occurs in a stretch of time, in the rows of one split."""

    split: str
    name: str
    counts: tuple[int, ...]


@dataclass(frozen=True)
class IndexPlot:
    """Codes of the states of units over time, -1 where unknown: ``true[unit][time]`` and ``predicted[unit][time]``."""

    split: str
    units: tuple[str, ...]
    times: tuple[str, ...]
    true: tuple[tuple[int, ...], ...]
    predicted: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class StateCorrelations:
    """Correlations of the learnt vectors of states; of unrelated ones 95 % lie within plus and minus ``band``."""

    band: float
    width: int
    values: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class ShownForecast:
    """One forecast that begins at a place of `Track.times`; ``low`` and ``high`` are () for points alone."""

    start: int
    point: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True)
class Track:
    """The last values of one channel of one unit, and forecasts of them that do not overlap.

    Attributes:
        split: of the forecasts.
        unit: its name.
        channel: its name.
        times: of the values.
        actual: None where missing.
        split_at: place in ``times`` where the split begins; None where the whole unit is in it.
        forecasts: in order of time.
        confidence: share of truths that the outermost quantiles are to hold; None for points alone.
    """

    split: str
    unit: str
    channel: str
    times: tuple[str, ...]
    actual: tuple[float | None, ...]
    split_at: int | None
    forecasts: tuple[ShownForecast, ...]
    confidence: float | None = None


@dataclass(frozen=True)
class SeriesFacts:
    """The part ``series`` of ``details.json``; numbers have a track, states have all else."""

    states: tuple[str, ...]
    scores: Mapping[str, ForecastScores] = field(default_factory=dict[str, ForecastScores])
    periods: tuple[Period, ...] = ()
    transitions: tuple[tuple[int, ...], ...] = ()
    index: IndexPlot | None = None
    correlations: StateCorrelations | None = None
    track: Track | None = None
