"""The baseline ``linear``: each step is a weighted sum of the window's values, by ridge regression in closed form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Self, cast

import numpy as np
from numpy.typing import NDArray

from seqwise.baselines.contract import BaselineState
from seqwise.baselines.folds import window_folds, windows_clear_of
from seqwise.baselines.numbers import NumberBaseline, NumberBaselineSpec, channel_means, filled
from seqwise.records import Array, Indices
from seqwise.series_records import SeenWindows

# Penalties that are tried, as multiples of the mean square of a feature summed over the rows. Without windows to choose
# on it is the middle one.
PENALTIES = (1e-5, 1e-3, 1e-2, 1e-1, 3e-1, 1.0, 10.0)
# Parts of the training windows, by unit, or by time where there are few units; each is held out once.
FOLDS = 5
# Values of windows that are worked on at once: 32 MB.
VALUES_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class _Moments:
    """Sums over rows of features and targets, of each channel by itself; the last feature is 1.

    Attributes:
        features: sum of their products, shape (channel, feature, feature).
        both: sum of products of features and targets, shape (channel, feature, step).
    """

    features: Array
    both: Array

    def plus(self, other: "_Moments", times: float = 1.0) -> "_Moments":
        """Of the rows of both, or with -1 times the other without its rows."""
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return _Moments(*(own + times * others for own, others in pairs))

    def pooled(self) -> "_Moments":
        """Of all channels as one."""
        return _Moments(*(part.sum(axis=0, keepdims=True) for part in (self.features, self.both)))

    @property
    def n_rows(self) -> Array:
        """Number of rows, shape (channel,)."""
        return np.round(self.features[:, -1, -1])

    def divided(self, scales: Array) -> "_Moments":
        """The same of features and targets divided by a scale, shape (channel,)."""
        own = np.broadcast_to(1.0 / scales[:, None], (len(scales), self.features.shape[1])).copy()
        own[:, -1] = 1.0
        features = self.features * own[:, :, None] * own[:, None, :]
        return _Moments(features, self.both * own[:, :, None] / scales[:, None, None])

    def mean_squares(self) -> Array:
        """Mean square of the features but the 1, shape (channel,)."""
        n_values = self.n_rows * (self.features.shape[1] - 1)
        sums = np.einsum("cff->c", self.features[:, :-1, :-1])
        return sums / np.maximum(n_values, 1.0)

    def ridge(self, penalty: float) -> Array:
        """Weights of the smallest squared error and penalty, shape (channel, feature, step); the 1 has no penalty."""
        # Where nothing ever changes, or there is no row, any number here gives weights of 0.
        alphas = penalty * _positive(self.n_rows * self.mean_squares())
        ridge = alphas[:, None, None] * np.eye(self.features.shape[1])
        ridge[:, -1, -1] = self.n_rows == 0
        return np.linalg.solve(self.features + ridge, self.both).astype(np.float64)

    def error(self, weights: Array) -> float:
        """Squared error of all rows under some weights, by one channel or for all, less that of weights of 0."""
        return float(np.sum(weights * (self.features @ weights - 2.0 * self.both)))


class Linear(NumberBaseline):
    """Ridge regression of all steps at once on the values of the window, with its last value as the origin.

    The last value is taken from inputs and targets and added to the forecast (NLinear of Zeng et al. 2023), and
    channels are divided by their root mean square around it in training. Unlike NLinear, the weights are those of the
    smallest squared error with a penalty, not found by steps of a gradient. Penalty, and whether channels share
    weights, are chosen by the squared error on held-out folds of the training windows; then all windows are fitted. A
    channel of a window with a missing target is not learned from; missing inputs are filled by the values before them.
    """

    def __init__(self) -> None:
        """Not fitted yet."""
        self._means: Array = np.zeros(1)
        self._scales: Array = np.ones(1)
        self._weights: Array = np.zeros((1, 2, 1))
        self._is_shared, self._penalty = True, 1.0

    def fit(self, windows: SeenWindows, targets: Array, /, *, seed: int) -> Self:
        """Sum the moments of each fold, choose on each what the others give, solve for all."""
        self._means = channel_means(windows.inputs)
        folds = window_folds(windows, folds=FOLDS, seed=seed)
        masks = [folds == fold for fold in np.unique(folds)]
        owns = [self._moments(windows, targets, mask) for mask in masks]
        every = reduce(_Moments.plus, owns)
        self._scales = np.sqrt(_positive(every.mean_squares()))
        every, pairs = every.divided(self._scales), list[tuple[_Moments, _Moments]]()
        for mask, own in zip(masks, owns, strict=True):
            between = self._moments(windows, targets, ~mask & ~windows_clear_of(windows, mask))
            pair = own.divided(self._scales), own.plus(between).divided(self._scales)
            pairs.append((pair[0], every.plus(pair[1], -1.0)))
        self._is_shared, self._penalty = _chosen(pairs)
        self._weights = (every.pooled() if self._is_shared else every).ridge(self._penalty)
        return self

    def forecast(self, windows: SeenWindows, /) -> Array:
        """Weighted sums, in the unit of the series, shape (window, step, channel)."""
        result = np.empty((len(windows.times), windows.horizon, len(self._scales)))
        for block in _blocks(np.arange(len(windows.times)), windows):
            inputs, last = self._inputs(windows.where(block))
            rows = inputs / self._scales[:, None, None]
            steps = (rows @ self._weights[:, :-1] + self._weights[:, -1:]) * self._scales[:, None, None]
            result[block] = (steps + last).transpose(1, 2, 0)
        return result

    def state(self) -> BaselineState:
        """Means, scales and weights, and what was chosen."""
        arrays = {"means": self._means, "scales": self._scales, "weights": self._weights}
        return BaselineState({"is_shared": self._is_shared, "penalty": self._penalty}, arrays)

    def restore(self, state: BaselineState) -> None:
        """Take over means, scales and weights."""
        self._is_shared = cast("bool", state.settings["is_shared"])
        self._penalty = cast("float", state.settings["penalty"])
        self._means = state.arrays["means"].astype(np.float64)
        self._scales = state.arrays["scales"].astype(np.float64)
        self._weights = state.arrays["weights"].astype(np.float64)

    def _inputs(self, windows: SeenWindows) -> tuple[Array, Array]:
        """Inputs from their last value, shape (channel, window, input), and that value, (channel, window, 1)."""
        inputs = filled(windows.inputs, self._means).transpose(2, 0, 1)
        return inputs - inputs[:, :, -1:], inputs[:, :, -1:]

    def _moments(self, windows: SeenWindows, targets: Array, mask: NDArray[np.bool_]) -> _Moments:
        n_inputs, (_, horizon, n_channels) = windows.inputs.shape[1], targets.shape
        features = np.zeros((n_channels, n_inputs + 1, n_inputs + 1))
        both = np.zeros((n_channels, n_inputs + 1, horizon))
        for block in _blocks(np.flatnonzero(mask), windows):
            inputs, last = self._inputs(windows.where(block))
            truth = targets[block].transpose(2, 0, 1) - last
            is_known = ~np.isnan(truth).any(axis=2, keepdims=True)
            rows = np.where(is_known, np.concatenate([inputs, np.ones_like(last)], axis=2), 0.0)
            truth = np.where(is_known, truth, 0.0)
            features += rows.transpose(0, 2, 1) @ rows
            both += rows.transpose(0, 2, 1) @ truth
        return _Moments(features, both)


def _blocks(taken: Indices, windows: SeenWindows) -> Iterator[Indices]:
    most = max(1, VALUES_AT_ONCE // max(1, windows.inputs.shape[1] * windows.inputs.shape[2]))
    return (taken[start : start + most] for start in range(0, len(taken), most))


def _positive(values: Array) -> Array:
    return np.where(values > 0, values, 1.0)


def _chosen(folds: Sequence[tuple[_Moments, _Moments]]) -> tuple[bool, float]:
    """Whether channels share weights, and the penalty, by the error on a fold's own rows of weights that others give.

    Args:
        folds: moments of the own and of the other windows of each.
    """
    folds = [(own, other) for own, other in folds if own.n_rows.any() and other.n_rows.any()]
    if not folds:
        return True, PENALTIES[len(PENALTIES) // 2]
    tried = {
        (is_shared, penalty): sum(
            own.error((other.pooled() if is_shared else other).ridge(penalty)) for own, other in folds
        )
        for is_shared in (True, False)
        for penalty in PENALTIES
    }
    return min(tried, key=lambda choice: tried[choice])


BASELINE = NumberBaselineSpec(
    name="linear",
    build=Linear,
    has_weights=True,
    paper="Zeng, Chen, Zhang and Xu (2023), Are transformers effective for time series forecasting?, "
    "https://arxiv.org/abs/2205.13504",
)
