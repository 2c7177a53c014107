"""What a head that stands on a baseline learns from: log-probabilities of rows that the baseline has not seen."""

from collections.abc import Sequence

import numpy as np

from seqwise.baselines.contract import AT_ONCE
from seqwise.baselines.folds import stratified_folds
from seqwise.baselines.members import build_baseline
from seqwise.baselines.sample import stratified_sample
from seqwise.records import Array, Indices

FOLDS = 5  # times that a baseline is fitted


def out_of_fold(
    name: str, texts: Sequence[str], *, targets: Indices, n_labels: int, seed: int, most: int = 10**9
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
        most: rows that a baseline learns from, drawn by label from the other folds where they have more.

    Raises:
        UsageError: if the table has no such baseline.
    """
    fold_of_row = stratified_folds(texts, targets, folds=FOLDS, seed=seed)
    result = np.full((len(texts), n_labels), -np.log(n_labels))
    for fold in np.unique(fold_of_row).tolist():
        own, others = np.flatnonzero(fold_of_row == fold), np.flatnonzero(fold_of_row != fold)
        if len(others):
            others = others[stratified_sample(targets[others], most, seed=seed)]
            baseline = build_baseline(name)
            baseline.fit(_take(texts, others), targets[others], n_labels=n_labels, seed=seed)
            for start in range(0, len(own), AT_ONCE):
                rows = own[start : start + AT_ONCE]
                result[rows] = baseline.log_probabilities(_take(texts, rows))
    return result


def _take(texts: Sequence[str], rows: Indices) -> list[str]:
    numbers: list[int] = rows.tolist()
    return [texts[row] for row in numbers]
