"""The baseline ``position``: the shares of the states at the same place of the season, or at the same time."""

from typing import Self, cast

import numpy as np

from seqwise.baselines.contract import Baseline, BaselineSpec, BaselineState, normalised
from seqwise.baselines.states import observed, target_shares
from seqwise.records import Array, Indices
from seqwise.series_records import SeenWindows


class Position(Baseline[SeenWindows]):
    """Says how often each state stands at the step's place among all units.

    The place is the time modulo the season; without a season it is the time itself, as of life courses, which all have
    the same axis. The shares of the training targets count as one state more at each place, so a place that was never
    seen has these shares.
    """

    def __init__(self) -> None:
        """Not fitted yet."""
        self._shares: Array = np.ones(1)
        self._counts: Indices = np.zeros((0, 1), dtype=np.int64)
        self._first = 0

    def fit(self, windows: SeenWindows, targets: Indices, /, *, n_labels: int, seed: int) -> Self:
        """Count the states of each place, each time of a unit once; the seed plays no part."""
        del seed
        self._shares = target_shares(targets, n_labels)
        seen = observed(windows, targets)
        places = _places(seen.times, windows.season)
        self._first = int(places.min(initial=0))
        self._counts = np.zeros((int(places.max(initial=0)) + 1 - self._first, n_labels), dtype=np.int64)
        np.add.at(self._counts, (places - self._first, seen.codes), 1)
        return self

    def log_probabilities(self, windows: SeenWindows, /) -> Array:
        """Smoothed shares of each step's place, shape (window * horizon, label)."""
        times = windows.times[:, None] + np.arange(windows.horizon)
        places = _places(times.ravel(), windows.season) - self._first
        is_seen = (places >= 0) & (places < len(self._counts))
        counts = np.where(is_seen[:, None], self._counts[np.where(is_seen, places, 0)], 0)
        return normalised(np.log(counts + self._shares))

    def state(self) -> BaselineState:
        """Shares, counts by place, and the first place."""
        return BaselineState({"first": self._first}, {"shares": self._shares, "counts": self._counts})

    def restore(self, state: BaselineState) -> None:
        """Take over shares and counts."""
        self._shares = state.arrays["shares"].astype(np.float64)
        self._counts = state.arrays["counts"].astype(np.int64)
        self._first = cast("int", state.settings["first"])


def _places(times: Indices, season: int) -> Indices:
    return times % season if season > 1 else times


BASELINE = BaselineSpec(name="position", build=Position, paper="", tasks=("forecast",))
