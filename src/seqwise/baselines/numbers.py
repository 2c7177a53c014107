"""What a baseline of numeric series offers: fit on windows, forecasts out, and a state as every baseline has."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np

from seqwise.baselines.contract import BaselineState
from seqwise.records import Array, Indices
from seqwise.series_records import SeenWindows


class NumberBaseline(ABC):
    """A model of numbers to come that is fitted in seconds and can be written down without pickle."""

    @abstractmethod
    def fit(self, windows: SeenWindows, targets: Array, /, *, seed: int) -> Self:
        """Learn from training windows and return self.

        Args:
            windows: at least one, of numbers, NaN where missing.
            targets: NaN where missing, shape (window, step, channel).
            seed: the same seed and windows give the same baseline.
        """

    @abstractmethod
    def forecast(self, windows: SeenWindows, /) -> Array:
        """Numbers to come, none of them missing, shape (window, step, channel)."""

    @abstractmethod
    def state(self) -> BaselineState:
        """All that :meth:`restore` needs."""

    @abstractmethod
    def restore(self, state: BaselineState) -> None:
        """Become the baseline that :meth:`state` was taken from; forecasts are identical."""


@dataclass(frozen=True)
class NumberBaselineSpec:
    """A member of this folder that foretells numbers, in the constant ``BASELINE`` of its file.

    ``has_weights`` of training windows: what it says of these is better than what it says of others.
    """

    name: str
    build: Callable[[], NumberBaseline]
    paper: str
    has_weights: bool = False


def channel_means(values: Array | Indices) -> Array:
    """Mean of the known values of each channel, 0 where none is known; from (window, step, channel) to (channel,)."""
    is_known = ~np.isnan(values)
    return np.where(is_known, values, 0.0).sum(axis=(0, 1)) / np.maximum(is_known.sum(axis=(0, 1)), 1)


def filled(inputs: Array | Indices, means: Array) -> Array:
    """Inputs without gaps: each missing value is the last known one before it, else the next one, else the mean.

    Args:
        inputs: NaN where missing, shape (window, input, channel).
        means: for channels of which a window knows nothing, shape (channel,).
    """
    inputs = inputs.astype(np.float64)
    is_known = ~np.isnan(inputs)
    if is_known.all():
        return inputs
    places = np.arange(inputs.shape[1])[:, None]
    first = is_known.argmax(axis=1, keepdims=True)  # (window, 1, channel)
    last = np.maximum(np.maximum.accumulate(np.where(is_known, places, 0), axis=1), first)
    found = np.take_along_axis(inputs, last, axis=1)
    return np.where(np.isnan(found), means, found)


class FromInput(NumberBaseline):
    """A rule on what each window sees, by itself; only the means that fill empty windows are learned.

    Args:
        rule: from inputs without gaps, shape (window, input, channel), the horizon and the season, to forecasts, shape
            (window, step, channel).
    """

    def __init__(self, rule: Callable[[Array, int, int], Array]) -> None:
        """Not fitted yet."""
        self._rule = rule
        self._means: Array = np.zeros(1)

    def fit(self, windows: SeenWindows, targets: Array, /, *, seed: int) -> Self:
        """Take the means; targets and seed play no part."""
        del targets, seed
        self._means = channel_means(windows.inputs)
        return self

    def forecast(self, windows: SeenWindows, /) -> Array:
        """What the rule says."""
        return self._rule(filled(windows.inputs, self._means), windows.horizon, windows.season)

    def state(self) -> BaselineState:
        """The means."""
        return BaselineState(settings={}, arrays={"means": self._means})

    def restore(self, state: BaselineState) -> None:
        """Take over the means."""
        self._means = state.arrays["means"].astype(np.float64)


def last_values(inputs: Array, horizon: int) -> Array:
    """The last value of each window at every step, shape (window, step, channel)."""
    return np.repeat(inputs[:, -1:], horizon, axis=1)
