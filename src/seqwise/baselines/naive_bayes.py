"""Multinomial naive Bayes on n-grams, cooled by a temperature that is fitted on rows it has not seen."""

from collections.abc import Sequence
from typing import Any, Self, cast, final

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from scipy.special import log_softmax
from sklearn.naive_bayes import MultinomialNB

from seqwise.baselines.contract import Baseline, BaselineSpec, BaselineState
from seqwise.baselines.features import counting_recipe
from seqwise.baselines.folds import folds_of
from seqwise.baselines.ngrams import NgramRecipe, Ngrams
from seqwise.records import Array, Indices

# Additive smoothings that are tried on held-out training rows.
ALPHAS = (0.03, 0.1, 0.3, 1.0)
# A third of the training rows is held out at a time to choose smoothing and temperature.
N_FOLDS = 3


@final
class NaiveBayes(Baseline):
    """Multinomial naive Bayes (McCallum and Nigam 1998), whose log-probabilities are divided by a temperature.

    N-grams of one text repeat each other, so naive Bayes is far too sure; one temperature, fitted like the smoothing on
    training rows held out in turn, mends that and changes no answer.
    """

    def __init__(self) -> None:
        self._ngrams: Ngrams | None = None
        self._weights = np.zeros((0, 0), dtype=np.float32)
        self._prior = np.zeros(0)
        self._temperature = 1.0
        self._alpha = 1.0

    def fit(self, texts: Sequence[str], targets: Indices, *, n_labels: int, seed: int) -> Self:
        """Choose smoothing and temperature out of fold, then fit on all rows."""
        self._ngrams = Ngrams(counting_recipe(texts))
        counts = self._ngrams.fit_apply(texts)
        self._alpha, self._temperature = _chosen(counts, texts, targets, n_labels=n_labels, seed=seed)
        self._weights, self._prior = _fitted(counts, targets, n_labels=n_labels, alpha=self._alpha)
        return self

    def log_probabilities(self, texts: Sequence[str]) -> Array:
        """Log-probabilities after the temperature, shape (row, label)."""
        assert self._ngrams is not None
        joint = self._ngrams.apply(texts) @ self._weights.T + self._prior
        return log_softmax(joint / self._temperature, axis=1)

    def state(self) -> BaselineState:
        """Vocabulary, weights, prior and temperature."""
        assert self._ngrams is not None
        recipe = vars(self._ngrams.recipe)
        return BaselineState(
            settings={"recipe": recipe, "temperature": self._temperature, "alpha": self._alpha},
            arrays={**self._ngrams.arrays(), "weights": self._weights, "prior": self._prior},
        )

    def restore(self, state: BaselineState) -> None:
        """Take over a state."""
        self._ngrams = restored_ngrams(state)
        self._weights = state.arrays["weights"].astype(np.float32)
        self._prior = state.arrays["prior"].astype(np.float64)
        self._temperature = float(str(state.settings["temperature"]))
        self._alpha = float(str(state.settings["alpha"]))


def restored_ngrams(state: BaselineState) -> Ngrams:
    """The vocabulary of a state."""
    recipe = dict(cast("dict[str, Any]", state.settings["recipe"]))
    recipe["sizes"] = tuple(recipe["sizes"])
    ngrams = Ngrams(NgramRecipe(**recipe))
    ngrams.restore(state.arrays)
    return ngrams


def _fitted(counts: csr_matrix, targets: Indices, *, n_labels: int, alpha: float) -> tuple[np.ndarray, Array]:
    model = MultinomialNB(alpha=alpha)
    model.partial_fit(counts, targets, classes=np.arange(n_labels))
    shares = np.bincount(targets, minlength=n_labels) + 1.0
    return model.feature_log_prob_.astype(np.float32), np.log(shares / shares.sum())


def _chosen(
    counts: csr_matrix, texts: Sequence[str], targets: Indices, *, n_labels: int, seed: int
) -> tuple[float, float]:
    """The smoothing with the lowest log loss on held-out rows at its best temperature, and that temperature."""
    folds = folds_of(texts, targets, n_folds=N_FOLDS, seed=seed)
    best = (np.inf, 1.0, 1.0)
    for alpha in ALPHAS:
        joint = np.zeros((len(targets), n_labels))
        for fold in range(N_FOLDS):
            held = folds == fold
            if held.all() or not held.any():
                continue
            weights, prior = _fitted(counts[~held], targets[~held], n_labels=n_labels, alpha=alpha)
            joint[held] = counts[held] @ weights.T + prior
        temperature, loss = _best_temperature(joint, targets)
        best = min(best, (loss, alpha, temperature))
    return best[1], best[2]


def _best_temperature(joint: Array, targets: Indices) -> tuple[float, float]:
    rows = np.arange(len(targets))

    def loss(log_temperature: float) -> float:
        return float(-np.mean(log_softmax(joint / np.exp(log_temperature), axis=1)[rows, targets]))

    found = minimize_scalar(loss, bounds=(-1.0, 6.0), method="bounded")
    return float(np.exp(found.x)), float(found.fun)


def build() -> Baseline:
    """A naive Bayes baseline, not fitted."""
    return NaiveBayes()


BASELINE = BaselineSpec(
    name="naive_bayes", build=build, paper="McCallum and Nigam 1998, A comparison of event models for naive Bayes"
)
