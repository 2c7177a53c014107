"""Multinomial logistic regression on sparse features: rows and label numbers in, weights and biases of labels out."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from seqwise.baselines.contract import label_counts, log_shares, normalised
from seqwise.baselines.pooling import log_loss_of
from seqwise.records import Array, Indices


@dataclass(frozen=True)
class LinearScores:
    """The log score of each label, not normalised, is linear in the features of a row.

    Attributes:
        weights: shape (label, feature).
        bias: shape (label,); minus infinity for a label that no training row has.
    """

    weights: Array
    bias: Array

    def of(self, rows: csr_matrix) -> Array:
        """Scores of rows of shape (row, feature), shape (row, label)."""
        return rows @ self.weights.T + self.bias


@dataclass(frozen=True)
class HeldOut:
    """Rows of which some are held out: ``is_held`` has the shape (row,)."""

    rows: csr_matrix
    targets: Indices
    is_held: NDArray[np.bool_]


def choose_strength(strengths: Sequence[float], divided: HeldOut, *, n_labels: int, passes: int, seed: int) -> float:
    """The strength that gives the least log loss on the rows held out when fitted on the others; see `fit_logistic`."""
    rows, targets, is_held = divided.rows, divided.targets, divided.is_held
    losses: dict[float, float] = {}
    for strength in strengths:
        scores = fit_logistic(
            rows[~is_held], targets[~is_held], n_labels=n_labels, strength=strength, passes=passes, seed=seed
        )
        losses[strength] = log_loss_of(normalised(scores.of(rows[is_held])), targets[is_held])
    return min(losses, key=losses.__getitem__)


def fit_logistic(
    rows: csr_matrix, targets: Indices, *, n_labels: int, strength: float, passes: int, seed: int
) -> LinearScores:
    """Fit with an L2 penalty by stochastic average gradient; without features or a second label it gives the shares.

    Args:
        rows: features, shape (row, feature).
        targets: label numbers, shape (row,).
        n_labels: number of labels, also those that no row has.
        strength: C of scikit-learn, the weight of the rows against the penalty.
        passes: over the rows, at most.
        seed: of their order.
    """
    n_features = rows.get_shape()[1]
    weights = np.zeros((n_labels, n_features))
    bias = log_shares(label_counts(targets, n_labels))
    if n_features == 0 or np.isfinite(bias).sum() < 2:
        return LinearScores(weights, bias)
    model = LogisticRegression(C=strength, solver="sag", max_iter=passes, tol=1e-3, random_state=seed)
    with warnings.catch_warnings():
        # The number of passes is a choice of the caller.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(rows, targets)
    labels, slopes, intercepts = np.asarray(model.classes_), np.asarray(model.coef_), np.ravel(model.intercept_)
    if len(labels) == 2:
        # scikit-learn keeps one row of weights for two labels: those of the second against the first.
        weights[labels[1]] = slopes[0]
        bias[labels] = 0.0, intercepts[0]
    else:
        weights[labels] = slopes
        bias[labels] = intercepts
    # Rounded at once, so that a baseline from a file says the same as the one that was written.
    return LinearScores(weights.astype(np.float32).astype(np.float64), bias)
