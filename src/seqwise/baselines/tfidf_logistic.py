"""Logistic regression on tf-idf of n-grams: the linear model that a network must beat to be worth its cost."""

import warnings
from collections.abc import Sequence
from typing import Self, final

import numpy as np
from scipy.special import log_softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from seqwise.baselines.contract import Baseline, BaselineSpec, BaselineState
from seqwise.baselines.features import weighing_recipe
from seqwise.baselines.tfidf import Tfidf, fit_tfidf, restore_tfidf
from seqwise.records import Array, Indices

MOST_NGRAMS = 100_000
# Inverse strength of the L2 penalty: rows of length 1 want a weaker one than scikit-learn's default of 1.
STRENGTH = 5.0
# Steps of L-BFGS; later ones change the third digit of the log loss and cost as much as the first.
N_STEPS = 60


@final
class TfidfLogistic(Baseline):
    """Multinomial logistic regression with an L2 penalty, by scikit-learn's L-BFGS."""

    def __init__(self) -> None:
        self._tfidf: Tfidf | None = None
        self._weights = np.zeros((0, 0), dtype=np.float32)
        self._bias = np.zeros(0)

    def fit(self, texts: Sequence[str], targets: Indices, *, n_labels: int, seed: int) -> Self:
        """Fit vocabulary and weights; a label without rows gets the log-probability of one row in all."""
        self._tfidf, rows = fit_tfidf(texts, weighing_recipe(texts, most=MOST_NGRAMS))
        model = LogisticRegression(C=STRENGTH, max_iter=N_STEPS, tol=1e-3, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(rows, targets)
        self._weights = np.zeros((n_labels, self._tfidf.ngrams.n_features), dtype=np.float32)
        self._bias = np.full(n_labels, -np.log(len(texts) + n_labels))
        classes = model.classes_
        if len(classes) == 2:  # scikit-learn keeps one row of weights for two labels
            self._weights[classes] = np.concatenate([-model.coef_ / 2, model.coef_ / 2])
            self._bias[classes] = np.concatenate([-model.intercept_ / 2, model.intercept_ / 2])
        else:
            self._weights[classes], self._bias[classes] = model.coef_, model.intercept_
        return self

    def log_probabilities(self, texts: Sequence[str]) -> Array:
        """Log-probabilities, shape (row, label)."""
        assert self._tfidf is not None
        return log_softmax(self._tfidf.apply(texts) @ self._weights.T.astype(np.float64) + self._bias, axis=1)

    def state(self) -> BaselineState:
        """Vocabulary, idf and weights."""
        assert self._tfidf is not None
        inner = self._tfidf.state()
        return BaselineState(
            settings=inner.settings, arrays={**inner.arrays, "weights": self._weights, "bias": self._bias}
        )

    def restore(self, state: BaselineState) -> None:
        """Take over a state."""
        self._tfidf = restore_tfidf(state)
        self._weights = state.arrays["weights"].astype(np.float32)
        self._bias = state.arrays["bias"].astype(np.float64)


def build() -> Baseline:
    """A logistic regression baseline, not fitted."""
    return TfidfLogistic()


BASELINE = BaselineSpec(name="tfidf_logistic", build=build, paper="Salton and Buckley 1988, Term-weighting approaches")
