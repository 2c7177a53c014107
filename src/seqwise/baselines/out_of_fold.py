"""What a head that stands on a baseline learns from: log-probabilities of rows that the baseline has not seen."""

from collections.abc import Sequence

import numpy as np

from seqwise.baselines.folds import stratified_folds
from seqwise.baselines.members import build_baseline
from seqwise.records import Array, Indices


def out_of_fold(
    name: str, texts: Sequence[str], *, targets: Indices, n_labels: int, seed: int, folds: int = 5
) -> Array:
    """Log-probabilities of each row by a baseline fitted on the other folds, shape (row, label).

    Exact copies of a text are held out together, so a row is not judged by its own label through a copy either. Where
    all rows are one text there is nothing to learn from, and every label gets the same probability.

    Args:
        name: a baseline of the table.
        texts: one a row.
        targets: label numbers, shape (row,).
        n_labels: number of labels.
        seed: of folds and baseline.
        folds: how many times a baseline is fitted, at least 2.

    Raises:
        UsageError: if the table has no such baseline.
    """
    fold_of_row = stratified_folds(texts, targets, folds=folds, seed=seed)
    result = np.full((len(texts), n_labels), -np.log(n_labels))
    for fold in np.unique(fold_of_row).tolist():
        own, others = np.flatnonzero(fold_of_row == fold), np.flatnonzero(fold_of_row != fold)
        if len(others):
            baseline = build_baseline(name)
            baseline.fit(_take(texts, others), targets[others], n_labels=n_labels, seed=seed)
            result[own] = baseline.log_probabilities(_take(texts, own))
    return result


def _take(texts: Sequence[str], rows: Indices) -> list[str]:
    numbers: list[int] = rows.tolist()
    return [texts[row] for row in numbers]
