"""The baseline ``pixels``: logistic regression on the pixels of images, wherever they stand in time."""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from seqwise.baselines.contract import Baseline, BaselineSpec, BaselineState, normalised
from seqwise.baselines.folds import image_texts, stratified_folds
from seqwise.baselines.logistic import HeldOut, LinearScores, choose_strength, fit_logistic
from seqwise.records import Array, Indices

# One fold in five is held out once to choose how strongly the weights are held back; C is scikit-learn's.
FOLDS = 5
STRENGTHS = (0.1, 1.0, 10.0)
# Passes over the images: on MNIST the loss of held-out ones is within 0.01 of its end after 10.
PASSES_TO_CHOOSE = 10
PASSES = 20
BRIGHTEST = 255.0


class Pixels(Baseline[NDArray[np.uint8]]):
    """Multinomial logistic regression with an L2 penalty; its rows are images, shape (row, step, feature)."""

    def __init__(self) -> None:
        """Not fitted yet."""
        self._scores = LinearScores(np.zeros((1, 0)), np.zeros(1))

    def fit(self, rows: NDArray[np.uint8], targets: Indices, /, *, n_labels: int, seed: int) -> Self:
        """Choose C on one held-out fold, and fit on all images; pixels are 0 to 1."""
        pixels, strength = _sparse(rows), STRENGTHS[0]
        is_held = stratified_folds(image_texts(rows), targets, folds=FOLDS, seed=seed) == 0
        if not is_held.all():
            divided = HeldOut(pixels, targets, is_held)
            strength = choose_strength(STRENGTHS, divided, n_labels=n_labels, passes=PASSES_TO_CHOOSE, seed=seed)
        self._scores = fit_logistic(pixels, targets, n_labels=n_labels, strength=strength, passes=PASSES, seed=seed)
        return self

    def log_probabilities(self, rows: NDArray[np.uint8], /) -> Array:
        """Log-softmax of the linear scores, floored, shape (row, label)."""
        return normalised(self._scores.of(_sparse(rows)))

    def state(self) -> BaselineState:
        """Weights (float32) and bias."""
        return BaselineState({}, {"weights": self._scores.weights.astype(np.float32), "bias": self._scores.bias})

    def restore(self, state: BaselineState) -> None:
        """Take over the weights."""
        weights, bias = (state.arrays[name].astype(np.float64) for name in ("weights", "bias"))
        self._scores = LinearScores(weights, bias)


def _sparse(rows: NDArray[np.uint8]) -> csr_matrix:
    """Most pixels of drawings are dark."""
    return csr_matrix(rows.reshape(len(rows), -1)).astype(np.float64) / BRIGHTEST


BASELINE = BaselineSpec(
    name="pixels",
    build=Pixels,
    paper="Schmidt, Le Roux and Bach (2017), Minimizing Finite Sums with the Stochastic Average Gradient, "
    "https://arxiv.org/abs/1309.2388",
    tasks=(),  # of the rows of no task: of images, see settings/names.py
)
