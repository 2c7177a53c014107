"""The baseline ``tfidf_logistic``: logistic regression on tf-idf of words and characters."""

import warnings
from collections.abc import Sequence
from typing import Self, cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from seqwise.baselines.contract import (
    Baseline,
    BaselineSpec,
    BaselineState,
    label_counts,
    log_shares,
    normalised,
)
from seqwise.baselines.folds import stratified_folds
from seqwise.baselines.pooling import log_loss_of
from seqwise.baselines.tfidf import TfIdf
from seqwise.records import Array, Indices

# One fold in five is held out once to choose how strongly the weights are held back; C is scikit-learn's.
FOLDS = 5
STRENGTHS = (3.0, 10.0, 30.0)
# Passes of stochastic average gradient over the rows. The held-out loss of Spooky, NSMC and IMDB is within 0.01 of its
# end after 10; the rest costs more than it brings.
PASSES_TO_CHOOSE = 10
PASSES = 20


class TfIdfLogistic(Baseline):
    """Multinomial logistic regression with an L2 penalty, fitted by stochastic average gradient.

    A label without training rows, and every other label where only one occurs, gets the floor of all baselines.
    """

    def __init__(self) -> None:
        """Not fitted yet."""
        self._n_labels = 1
        self._strength = STRENGTHS[0]
        self._features = TfIdf()
        self._weights: Array = np.zeros((1, 0))
        self._bias: Array = np.zeros(1)

    def fit(self, texts: Sequence[str], targets: Indices, *, n_labels: int, seed: int) -> Self:
        """Learn tf-idf, choose C on one held-out fold, and fit on all rows."""
        self._n_labels = int(n_labels)
        self._features = TfIdf(n_labels)
        rows = self._features.fit_apply(texts)
        held_out = stratified_folds(texts, targets, folds=FOLDS, seed=seed) == 0
        if not held_out.all():
            self._strength = self._choose(rows, targets, held_out, seed=seed)
        self._fit(rows, targets, strength=self._strength, passes=PASSES, seed=seed)
        return self

    def log_probabilities(self, texts: Sequence[str]) -> Array:
        """Log-softmax of the linear scores, floored, shape (row, label)."""
        return normalised(self._scores(self._features.apply(texts)))

    def state(self) -> BaselineState:
        """Vocabulary, idf, weights (float32) and bias."""
        own = {"weights": self._weights.astype(np.float32), "bias": self._bias}
        settings = {"n_labels": self._n_labels, "strength": self._strength}
        return BaselineState(settings, {**self._features.arrays(), **own})

    def restore(self, state: BaselineState) -> None:
        """Take over vocabulary and weights."""
        self._n_labels = cast("int", state.settings["n_labels"])
        self._strength = cast("float", state.settings["strength"])
        self._features = TfIdf(self._n_labels)
        self._features.restore(state.arrays)
        self._weights = state.arrays["weights"].astype(np.float64)
        self._bias = state.arrays["bias"].astype(np.float64)

    def _choose(self, rows: csr_matrix, targets: Indices, held_out: NDArray[np.bool_], *, seed: int) -> float:
        losses: dict[float, float] = {}
        for strength in STRENGTHS:
            self._fit(rows[~held_out], targets[~held_out], strength=strength, passes=PASSES_TO_CHOOSE, seed=seed)
            losses[strength] = log_loss_of(normalised(self._scores(rows[held_out])), targets[held_out])
        return min(losses, key=losses.__getitem__)

    def _fit(self, rows: csr_matrix, targets: Indices, *, strength: float, passes: int, seed: int) -> None:
        self._weights = np.zeros((self._n_labels, self._features.n_features))
        self._bias = log_shares(label_counts(targets, self._n_labels))
        if self._features.n_features == 0 or np.isfinite(self._bias).sum() < 2:
            return
        model = LogisticRegression(C=strength, solver="sag", max_iter=passes, tol=1e-3, random_state=seed)
        with warnings.catch_warnings():
            # The number of passes is a choice, see PASSES.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(rows, targets)
        if len(model.classes_) == 2:
            # scikit-learn keeps one row of weights for two labels: those of the second against the first.
            self._weights[model.classes_[1]] = model.coef_[0]
            self._bias[model.classes_] = 0.0, float(np.ravel(model.intercept_)[0])
        else:
            self._weights[model.classes_] = model.coef_
            self._bias[model.classes_] = model.intercept_
        # Rounded at once, so that a baseline from a file says the same as the one that was written.
        self._weights = self._weights.astype(np.float32).astype(np.float64)

    def _scores(self, rows: csr_matrix) -> Array:
        return rows @ self._weights.T + self._bias


BASELINE = BaselineSpec(
    name="tfidf_logistic",
    build=TfIdfLogistic,
    paper="Schmidt, Le Roux and Bach (2017), Minimizing Finite Sums with the Stochastic Average Gradient, "
    "https://arxiv.org/abs/1309.2388",
)
