"""Multinomial logistic regression on sparse features: rows and label numbers in, weights and biases of labels out."""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from seqwise.baselines.contract import label_counts, log_shares
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
