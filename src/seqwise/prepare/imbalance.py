"""Labels of training in; what weighs rare ones more out: weights of the loss, offsets of logits, repeats of rows."""

import numpy as np

from seqwise.records import Array, Examples, Indices
from seqwise.settings.stations import TrainingSettings


def label_counts(examples: Examples, n_labels: int) -> Indices | None:
    """How often each label is the target of a row or a unit, shape (label,); None where numbers are forecast."""
    targets = examples.targets
    return None if targets is None else np.bincount(targets[targets >= 0], minlength=n_labels)


def class_weights(counts: Indices, training: TrainingSettings) -> tuple[float, ...] | None:
    """The weight of each label in the loss, or None where all are the same; a label without rows counts as with one.

    ``balanced`` is n / (labels * count). ``effective`` is the inverse of the effective number of rows,
    (1 - beta) / (1 - beta ** count), scaled to a mean of 1: Cui et al. (2019), Class-Balanced Loss Based on Effective
    Number of Samples, https://arxiv.org/abs/1901.05555, equation 2 and section 4.
    """
    n_rows = np.maximum(counts, 1)
    match training.class_weights:
        case "none":
            return None
        case "balanced":
            weights = counts.sum() / (len(counts) * n_rows)
        case "effective":
            beta = training.effective_beta
            inverse = (1 - beta) / (1 - beta**n_rows)
            weights = inverse / inverse.mean()
    return tuple(weights.tolist())


def logit_offsets(counts: Indices, tau: float) -> tuple[float, ...] | None:
    """What the loss adds to the logit of each label, tau * log(share of the label in training); None for tau = 0.

    Menon et al. (2021), Long-tail Learning via Logit Adjustment, https://arxiv.org/abs/2007.07314, equation 10. A label
    without rows counts as with one.
    """
    shares: Array = np.maximum(counts, 1) / counts.sum()
    return tuple((tau * np.log(shares)).tolist()) if tau else None


def row_repeats(examples: Examples, n_labels: int, *, share: float) -> Array | None:
    """How often each row comes in an epoch, 1 or more, shape (row,); None where each comes once.

    A row of label y comes (most / count of y) ** share times, where most is the count of the most frequent label: once
    for that label, and with a share of 1 every label has as many rows as it (random over-sampling; Buda et al. 2018,
    https://arxiv.org/abs/1710.05381, section 3.3). A row with units comes as often as its rarest label asks, where a
    count is that of rows which hold the label: the rule for images with several objects of Gupta et al. (2019), LVIS,
    https://arxiv.org/abs/1908.03195, section 5.1. So rows that all hold every label all come once.

    Args:
        examples: of training.
        n_labels: number of labels.
        share: 0 or more, 1 or less.
    """
    if not share or examples.targets is None:
        return None
    n_rows, units = len(examples), examples.units
    rows = np.arange(n_rows) if units is None else np.repeat(np.arange(n_rows), np.diff(units.offsets))
    is_known = examples.targets >= 0
    pairs = np.unique(rows[is_known] * n_labels + examples.targets[is_known])  # each label of a row once
    holders, labels = np.divmod(pairs, n_labels)
    counts = np.bincount(labels, minlength=n_labels)
    factors = (counts.max() / np.maximum(counts, 1)) ** share
    repeats = np.ones(n_rows)
    np.maximum.at(repeats, holders, factors[labels])
    return repeats
