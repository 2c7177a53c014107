"""The baseline ``mean``: the mean of each channel's training targets at every step."""

from typing import Self

import numpy as np

from seqwise.baselines.contract import BaselineState
from seqwise.baselines.numbers import NumberBaseline, NumberBaselineSpec, channel_means
from seqwise.records import Array
from seqwise.series_records import SeenWindows


class Mean(NumberBaseline):
    """Says the mean of the known targets, 0 for a channel without any."""

    def __init__(self) -> None:
        """Not fitted yet."""
        self._means: Array = np.zeros(1)

    def fit(self, windows: SeenWindows, targets: Array, /, *, seed: int) -> Self:
        """Take the means; windows and seed play no part."""
        del windows, seed
        self._means = channel_means(targets)
        return self

    def forecast(self, windows: SeenWindows, /) -> Array:
        """The same for every window and step, shape (window, step, channel)."""
        return np.tile(self._means, (len(windows.times), windows.horizon, 1))

    def state(self) -> BaselineState:
        """The means."""
        return BaselineState(settings={}, arrays={"means": self._means})

    def restore(self, state: BaselineState) -> None:
        """Take over the means."""
        self._means = state.arrays["means"].astype(np.float64)


BASELINE = NumberBaselineSpec(name="mean", build=Mean, paper="")
