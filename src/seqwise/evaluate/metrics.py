"""Metrics as pure functions of the true label numbers, shape (row,), and probabilities, shape (row, label)."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from seqwise.records import Array, Indices

# Kaggle's multi-class log loss rescales each row to a sum of 1 and clips at this.
CLIP = 1e-15
N_BINS = 15
# Of all others more is better.
LOWER_IS_BETTER = frozenset(
    ("log_loss", "brier", "ece", "mae", "rmse", "mse", "mase", "smape", "quantile_loss", "perplexity")
)


@dataclass(frozen=True)
class ClassScores:
    """Precision, recall and F1 of one label, with Wilson intervals; ``n`` rows carry it in truth."""

    label: int
    precision: float
    precision_low: float
    precision_high: float
    recall: float
    recall_low: float
    recall_high: float
    f1: float
    n: int


def row_log_losses(truth: Indices, probabilities: Array, *, clip: float = CLIP) -> Array:
    """Minus the log-probability of the true label of each row, shape (row,).

    As on Kaggle: rows are divided by their sum, then probabilities are clipped to [clip, 1 - clip].
    """
    chosen = probabilities[np.arange(len(truth)), truth] / probabilities.sum(axis=1)
    return -np.log(np.clip(chosen, clip, 1 - clip))


def log_loss(truth: Indices, probabilities: Array, *, clip: float = CLIP) -> float:
    """Mean of :func:`row_log_losses`, in nats."""
    return float(np.mean(row_log_losses(truth, probabilities, clip=clip)))


def row_briers(truth: Indices, probabilities: Array) -> Array:
    """Squared distance between probabilities and truth of each row, shape (row,)."""
    of_truth = probabilities[np.arange(len(truth)), truth]
    return (probabilities**2).sum(axis=1) - 2 * of_truth + 1


def confidence_bins(probabilities: Array, *, n_bins: int = N_BINS) -> Indices:
    """The bin of each row's highest probability, shape (row,)."""
    return np.minimum((probabilities.max(axis=1) * n_bins).astype(np.int64), n_bins - 1)


def confidence_gaps(truth: Indices, probabilities: Array) -> Array:
    """Highest probability less 1 where it is right, less 0 where not, shape (row,)."""
    return probabilities.max(axis=1) - (probabilities.argmax(axis=1) == truth)


def confusion(truth: Indices, predicted: Indices, *, n_labels: int) -> Indices:
    """Counts, shape (true label, predicted label)."""
    return np.bincount(truth * n_labels + predicted, minlength=n_labels**2).reshape(n_labels, n_labels)


def per_class(truth: Indices, predicted: Indices, *, n_labels: int, confidence: float = 0.95) -> list[ClassScores]:
    """Precision, recall and F1 of each label; 0 where nothing was predicted or nothing is there."""
    matrix = confusion(truth, predicted, n_labels=n_labels)
    scores: list[ClassScores] = []
    for label in range(n_labels):
        hits, n_predicted, n = int(matrix[label, label]), int(matrix[:, label].sum()), int(matrix[label].sum())
        precision_low, precision_high = wilson(hits, n_predicted, confidence=confidence)
        recall_low, recall_high = wilson(hits, n, confidence=confidence)
        scores.append(
            ClassScores(
                label=label,
                precision=hits / n_predicted if n_predicted else 0.0,
                precision_low=precision_low,
                precision_high=precision_high,
                recall=hits / n if n else 0.0,
                recall_low=recall_low,
                recall_high=recall_high,
                f1=2 * hits / (n + n_predicted) if n + n_predicted else 0.0,
                n=n,
            )
        )
    return scores


def wilson(hits: int, n: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of a share (Wilson 1927); (0, 1) when there are no rows.

    Example:
        >>> low, high = wilson(9, 21)
        >>> round(low, 2), round(high, 2)
        (0.24, 0.63)
    """
    if n == 0:
        return 0.0, 1.0
    z = float(norm.ppf(0.5 + confidence / 2))
    share, width = hits / n, z * z / n
    centre = (share + width / 2) / (1 + width)
    half = z / (1 + width) * np.sqrt(share * (1 - share) / n + width / (4 * n))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))
