"""What the checks on series see: plain facts of windows, scalers, forecasts, seeds, and what probes found.

Every part may be absent, so that whoever has only some of them can have these judged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

NO_COUNTS: Mapping[str, int] = {}


@dataclass(frozen=True)
class Telltale:
    """A given column that says the target of its own step.

    Attributes:
        column: its name.
        target: the channel that it says.
        kind: ``equal``, the same number; or ``partner``, one value for each state and one state for each value.
        share: of the training rows where it does; of rows outside the most frequent target, where that is less.
        n: training rows.
    """

    column: str
    target: str
    kind: Literal["equal", "partner"]
    share: float
    n: int


@dataclass(frozen=True)
class SharedTargets:
    """Times of units that are targets in two splits.

    Attributes:
        first: name of the split that is learned from, or that comes first.
        second: name of the other.
        n_shared: targets that are in both.
        n: targets of the second.
    """

    first: str
    second: str
    n_shared: int
    n: int


@dataclass(frozen=True)
class Scale:
    """What a scaler subtracts and then divides by: mean and standard deviation, or minimum and range."""

    center: float
    spread: float


@dataclass(frozen=True)
class ScalerFacts:
    """The scale of a column as it was fitted, and what the training rows, and all rows, give for it."""

    column: str
    fitted: Scale
    training: Scale
    all_rows: Scale


@dataclass(frozen=True)
class OrderFacts:
    """What changes when the steps of inputs are shuffled.

    Attributes:
        error: largest difference between outputs of inputs as they are and of shuffled ones, shuffled back.
        scale: size of the outputs: root of their mean square.
        metric: name; "" where nothing was scored.
        score: of the inputs as they are.
        shuffled: scores of inputs shuffled again and again.
    """

    error: float
    scale: float
    metric: str = ""
    score: float | None = None
    shuffled: tuple[float, ...] = ()


@dataclass(frozen=True)
class RepresentationFacts:
    """How much hidden states differ between the positions of an input, and between distinct inputs at a position.

    Attributes:
        n_states: states that were compared.
        n_inputs: distinct inputs they are of.
        position_cosine: mean cosine of two positions of one input; None where no input has two.
        input_cosine: mean cosine of two inputs at one position; None where no position has two.
        position_share: share of the states' mean square that positions of one input vary by, 0 to 1.
        input_share: share that inputs at one position vary by.
        effective_rank: of the states, from 1.
    """

    n_states: int
    n_inputs: int
    position_cosine: float | None
    input_cosine: float | None
    position_share: float | None
    input_share: float | None
    effective_rank: float


@dataclass(frozen=True)
class ForecastFacts:
    """Forecasts of one channel of a split beside their truths, in the unit of the channel.

    Attributes:
        split: its name.
        channel: its name.
        n: forecasts whose truth is known.
        variance: of the forecasts.
        truth_variance: of their truths.
        low: lowest forecast.
        high: highest forecast.
        n_at_low: forecasts at the lowest one.
        n_at_high: forecasts at the highest one.
        n_below: truths below the lowest forecast.
        n_above: truths above the highest one.
    """

    split: str
    channel: str
    n: int
    variance: float
    truth_variance: float
    low: float
    high: float
    n_at_low: int
    n_at_high: int
    n_below: int
    n_above: int


@dataclass(frozen=True)
class SeedFacts:
    """One model trained with several seeds.

    Attributes:
        metric: name.
        baseline: name of the best one.
        differences: of each seed, from that baseline, in favour of the model when positive.
    """

    metric: str
    baseline: str
    differences: tuple[float, ...]


@dataclass(frozen=True)
class CorrelationFacts:
    """Correlations between learnt vectors, as a figure shows them.

    Attributes:
        names: of the vectors.
        matrix: shape (name, name).
        band: what correlations of unrelated vectors of that size stay within, 95 % of them.
    """

    names: tuple[str, ...]
    matrix: NDArray[np.float64]
    band: float


@dataclass(frozen=True)
class RuleFacts:
    """Steps of a split that break the rules of the states.

    Attributes:
        split: its name.
        n: steps.
        n_free: that break a rule where each step has its most probable state.
        n_ruled: where the states were chosen by the rules.
        n_true: of the truth.
        free_right: steps whose most probable state is true.
        ruled_right: steps whose chosen state is true.
    """

    split: str
    n: int
    n_free: int
    n_ruled: int
    n_true: int
    free_right: int
    ruled_right: int


@dataclass(frozen=True)
class ForcingFacts:
    """Steps of a split that a decoder gets right when it is told the true state before each, and when it is not.

    Attributes:
        split: its name.
        n: steps.
        forced_right: told the truth, as in training.
        free_right: told its own answers, as in use.
    """

    split: str
    n: int
    forced_right: int
    free_right: int


@dataclass(frozen=True)
class SeriesEvidence:
    """All that checks may look at beyond what other tasks have; what is absent is None or empty.

    Attributes:
        input: steps that a window sees.
        horizon: steps it foretells.
        is_recurrent: whether the network is a recurrent one.
        n_windows: by split.
        n_targets: different targets by split: a unit, a time, a channel.
        n_blocks: by split, units or stretches of time that do not depend on each other; intervals are drawn from them.
        lead: steps from the last one that a window sees to the first that it foretells, the least of all windows.
        telltales: columns given for the steps to come that say the target.
        shared: pairs of splits, also those that share nothing.
        scalers: of all columns.
        order: what shuffling changes.
        representation: how much hidden states differ.
        forecasts: by split and channel.
        n_forecast: forecasts that were made, by split, scored or not.
        seeds: of several trainings.
        correlations: of learnt vectors.
        rules: of the states, by split.
        forcing: of a decoder, by split.
    """

    input: int | None = None
    horizon: int | None = None
    is_recurrent: bool | None = None
    n_windows: Mapping[str, int] = field(default_factory=lambda: NO_COUNTS)
    n_targets: Mapping[str, int] = field(default_factory=lambda: NO_COUNTS)
    n_blocks: Mapping[str, int] = field(default_factory=lambda: NO_COUNTS)
    lead: int | None = None
    telltales: tuple[Telltale, ...] = ()
    shared: tuple[SharedTargets, ...] = ()
    scalers: tuple[ScalerFacts, ...] = ()
    order: OrderFacts | None = None
    representation: RepresentationFacts | None = None
    forecasts: tuple[ForecastFacts, ...] = ()
    n_forecast: Mapping[str, int] = field(default_factory=lambda: NO_COUNTS)
    seeds: SeedFacts | None = None
    correlations: CorrelationFacts | None = None
    rules: tuple[RuleFacts, ...] = ()
    forcing: tuple[ForcingFacts, ...] = ()
