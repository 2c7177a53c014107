"""Weights of log scores: the temperature of one baseline, or how much each of several views of a text may say."""

import numpy as np
from scipy.special import logsumexp, softmax

from seqwise.records import Array, Indices

# Newton's method on a smooth convex function of one or two numbers is at rest long before.
_STEPS = 50
_AT_REST = 1e-10


def pool(scores: Array, weights: Array, *, offset: Array) -> Array:
    """Unnormalised log scores ``offset + sum of weight * scores``.

    Args:
        scores: shape (view, row, label).
        weights: shape (view,).
        offset: shape (label,) or (row, label).
    """
    return offset + np.tensordot(weights, scores, axes=1)


def log_loss_of(scores: Array, targets: Indices) -> float:
    """Mean negative log-probability of the targets under unnormalised log scores, shape (row, label)."""
    return float(np.mean(logsumexp(scores, axis=1) - scores[np.arange(len(targets)), targets]))


def fit_weights(scores: Array, targets: Indices, *, offset: Array) -> Array:
    """The weights of the smallest log loss, by Newton's method with halved steps, shape (view,).

    With one view the weight is 1 / temperature (Guo et al. 2017, "On Calibration of Modern Neural Networks",
    https://arxiv.org/abs/1706.04599, section 4.2). With several it is a logarithmic opinion pool. The loss is convex in
    the weights. A ridge worth one row keeps them finite where the scores separate a handful of rows perfectly.

    Args:
        scores: log scores of rows that the scoring model has not seen, shape (view, row, label).
        targets: label numbers, shape (row,).
        offset: log scores that are not weighted, shape (label,) or (row, label).
    """
    rows = np.arange(len(targets))
    # A number added to all labels of a row changes nothing but the rounding.
    scores = scores - scores.mean(axis=2, keepdims=True)
    ridge = 1.0 / len(targets)

    def loss(weights: Array) -> float:
        return log_loss_of(pool(scores, weights, offset=offset), targets) + 0.5 * ridge * float(weights @ weights)

    weights = np.zeros(len(scores))
    value = loss(weights)
    for _ in range(_STEPS):
        p = softmax(pool(scores, weights, offset=offset), axis=1)
        mean = np.einsum("vrl,rl->vr", scores, p)
        gradient = np.mean(mean - scores[:, rows, targets], axis=1) + ridge * weights
        second = np.einsum("vrl,wrl,rl->vw", scores, scores, p, optimize=True) - mean @ mean.T
        step = np.linalg.solve(second / len(targets) + ridge * np.eye(len(scores)), gradient)
        size = 1.0
        while size > _AT_REST and loss(weights - size * step) > value:
            size /= 2
        weights = weights - size * step
        before, value = value, loss(weights)
        if before - value < _AT_REST:
            break
    return weights
