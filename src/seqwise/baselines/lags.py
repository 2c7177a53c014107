"""The baseline ``lags``: boosted trees on the last states, the step, its place in the season and known covariates."""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.ensemble import HistGradientBoostingClassifier

from seqwise.baselines.boosted import Boosted, boosted_of
from seqwise.baselines.contract import Baseline, BaselineSpec, BaselineState, normalised
from seqwise.baselines.folds import window_folds, windows_clear_of
from seqwise.baselines.pooling import log_loss_of
from seqwise.baselines.sample import stratified_sample
from seqwise.baselines.states import last_of_phase, target_shares
from seqwise.records import Array, Indices
from seqwise.series_records import MISSING, SeenWindows

# What keeps it to seconds: states before the horizon, training rows (drawn by label and seed) and rounds of trees.
MOST_LAGS = 28
MOST_ROWS = 20_000
MOST_ROUNDS = 100
LEAVES = 15
# One part in so many of the training windows says how many rounds there are.
FOLDS = 5
# The shares count as one row in so many, so that no state is impossible.
SURENESS = 100.0
# Trees ask whether a number is at most a threshold: what is not known is less than all numbers.
UNKNOWN = -1e30


class Lags(Baseline[SeenWindows]):
    """Gradient boosting for all steps together: one model, of which the step is a feature.

    The numbers of states are taken as an order; trees cut them in as many pieces as they need. The number of rounds is
    the best on held-out training windows: a fifth of the units, or of the time where there are few units. Then the
    trees are grown again on all. Where no windows can be held out, there are no trees, and all steps get the shares.
    """

    def __init__(self) -> None:
        """Not fitted yet."""
        self._shares: Array = np.ones(1)
        self._labels: Indices = np.zeros(0, dtype=np.int64)
        self._model: Boosted | None = None

    def fit(self, windows: SeenWindows, targets: Indices, /, *, n_labels: int, seed: int) -> Self:
        """Choose the rounds on held-out windows, then grow the trees."""
        self._shares, self._model = target_shares(targets, n_labels), None
        is_own = window_folds(windows, folds=FOLDS, seed=seed) == FOLDS - 1
        is_other = windows_clear_of(windows, is_own)
        own, own_targets = _drawn(windows, targets, is_own, most=MOST_ROWS // FOLDS, seed=seed)
        other, other_targets = _drawn(windows, targets, is_other, most=MOST_ROWS, seed=seed)
        if len(own) == 0 or len(np.unique(other_targets)) < 2:
            return self
        rounds = self._grow(other, other_targets, seed=seed).after_rounds(own)
        best = int(np.argmin([log_loss_of(self._mixed(scores), own_targets) for scores in rounds]))
        rows, row_targets = _drawn(windows, targets, np.ones_like(is_own), most=MOST_ROWS, seed=seed)
        self._model = self._grow(rows, row_targets, rounds=best + 1, seed=seed)
        return self

    def log_probabilities(self, windows: SeenWindows, /) -> Array:
        """What the trees say, mixed with the shares, shape (window * horizon, label)."""
        if self._model is None:
            return np.tile(normalised(np.log(self._shares)[np.newaxis]), (len(windows), 1))
        return normalised(self._mixed(self._model.scores(_features(windows))))

    def state(self) -> BaselineState:
        """Shares, the states that trees know, and the nodes of the trees."""
        trees = {} if self._model is None else self._model.arrays()
        arrays = {"target_shares": self._shares, "labels": self._labels, **trees}
        return BaselineState({"has_trees": self._model is not None}, arrays)

    def restore(self, state: BaselineState) -> None:
        """Take over shares and trees."""
        self._shares = state.arrays["target_shares"].astype(np.float64)
        self._labels = state.arrays["labels"].astype(np.int64)
        self._model = Boosted.restored(state.arrays) if state.settings["has_trees"] else None

    def _grow(self, rows: Array, targets: Indices, *, seed: int, rounds: int = MOST_ROUNDS) -> Boosted:
        self._labels = np.unique(targets)
        model = HistGradientBoostingClassifier(max_iter=rounds, max_leaf_nodes=LEAVES, random_state=seed)
        return boosted_of(model.set_params(early_stopping=False).fit(rows, targets))

    def _mixed(self, scores: Array) -> Array:
        """Log-probabilities of trees and shares together, of log scores of (row, grown label), shape (row, label)."""
        counts = np.tile(self._shares, (len(scores), 1))
        counts[:, self._labels] += SURENESS * softmax(scores, axis=1)
        return np.log(counts / (SURENESS + 1.0))


def _drawn(
    windows: SeenWindows, targets: Indices, is_taken: NDArray[np.bool_], *, most: int, seed: int
) -> tuple[Array, Indices]:
    """Features and targets of some rows with a known target of some windows."""
    rows = np.flatnonzero(np.repeat(is_taken, windows.horizon) & (targets != MISSING))
    if len(rows) == 0:
        return np.zeros((0, 0)), targets[rows]
    rows = rows[stratified_sample(targets[rows], most, seed=seed)]
    asked, window_of_row = np.unique(rows // windows.horizon, return_inverse=True)
    features = _features(windows.where(asked))
    return features[window_of_row * windows.horizon + rows % windows.horizon], targets[rows]


def _features(windows: SeenWindows) -> Array:
    """Shape (window * horizon, feature)."""
    n_windows, horizon = len(windows.times), windows.horizon
    step = np.tile(np.arange(horizon), n_windows)
    time = np.repeat(windows.times, horizon) + step
    seasonal = last_of_phase(windows, windows.season).ravel()
    lags = np.repeat(windows.inputs[:, : -MOST_LAGS - 1 : -1, 0], horizon, axis=0)
    known = windows.known.reshape(n_windows * horizon, windows.known.shape[2])
    rows = np.column_stack([step, time % windows.season, seasonal, lags, known])
    return np.where(np.isnan(rows), UNKNOWN, rows)


BASELINE = BaselineSpec(
    name="lags",
    build=Lags,
    paper="Friedman (2001), Greedy function approximation: a gradient boosting machine, "
    "https://doi.org/10.1214/aos/1013203451",
    tasks=("forecast",),
)
