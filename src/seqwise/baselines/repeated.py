"""A state that a window has seen comes again: how often it does so at each step is learned, the rest is shares."""

from collections.abc import Callable
from typing import Self

import numpy as np

from seqwise.baselines.contract import Baseline, BaselineState, normalised
from seqwise.baselines.states import target_shares
from seqwise.records import Array, Indices
from seqwise.series_records import MISSING, SeenWindows


class RepeatedState(Baseline[SeenWindows]):
    """Gives the state that it repeats the share of training windows in which it was right at that step.

    The other states get what is left, in the ratio of their shares among the training targets; where there is nothing
    to repeat, all states get their shares. Shares and rates are smoothed by half a count.

    Args:
        repeat: the state for each step, `MISSING` where there is none, shape (window, horizon).
    """

    def __init__(self, repeat: Callable[[SeenWindows], Indices]) -> None:
        """Not fitted yet."""
        self._repeat = repeat
        self._shares: Array = np.ones(1)
        self._rates: Array = np.zeros(1)

    def fit(self, windows: SeenWindows, targets: Indices, /, *, n_labels: int, seed: int) -> Self:
        """Count how often the repeated state was right at each step; the seed plays no part."""
        del seed
        self._shares = target_shares(targets, n_labels)
        repeated, truth = self._repeat(windows), targets.reshape(-1, windows.horizon)
        is_known = (repeated != MISSING) & (truth != MISSING)
        n_right = np.sum(is_known & (repeated == truth), axis=0)
        self._rates = (n_right + 0.5) / (is_known.sum(axis=0) + 1.0)
        return self

    def log_probabilities(self, windows: SeenWindows, /) -> Array:
        """Rate of the repeated state, shares of the others, shape (window * horizon, label)."""
        repeated = self._repeat(windows).ravel()
        rates = np.tile(self._rates, len(windows.times))
        has_state = repeated != MISSING
        rows, states = np.flatnonzero(has_state), repeated[has_state]
        scores = np.tile(np.log(self._shares), (len(repeated), 1))
        # One state alone leaves nothing for others; it is certain once the row is normalised.
        left = np.maximum(1.0 - self._shares[states], np.finfo(np.float64).tiny)
        scores[rows] += np.log((1.0 - rates[rows]) / left)[:, None]
        scores[rows, states] = np.log(rates[rows])
        return normalised(scores)

    def state(self) -> BaselineState:
        """Shares and rates."""
        return BaselineState(settings={}, arrays={"shares": self._shares, "rates": self._rates})

    def restore(self, state: BaselineState) -> None:
        """Take over shares and rates."""
        self._shares = state.arrays["shares"].astype(np.float64)
        self._rates = state.arrays["rates"].astype(np.float64)
