"""Log-probabilities of training rows from baselines that did not see them."""

from collections.abc import Sequence

import numpy as np

from seqwise.baselines.contract import build_baseline
from seqwise.baselines.folds import folds_of
from seqwise.records import Array, Indices


def out_of_fold(
    name: str, texts: Sequence[str], targets: Indices, *, n_labels: int, seed: int, n_folds: int = 5
) -> Array:
    """What the baseline says of each training row after being fitted on the other folds, shape (row, label).

    Exact duplicates stand in one fold, so a row's own label is never seen through its copy.
    """
    result = np.zeros((len(texts), n_labels))
    folds = folds_of(texts, targets, n_folds=n_folds, seed=seed)
    for fold in range(n_folds):
        held, rest = np.flatnonzero(folds == fold).tolist(), np.flatnonzero(folds != fold).tolist()
        if not held:
            continue
        fitted = build_baseline(name).fit([texts[row] for row in rest], targets[rest], n_labels=n_labels, seed=seed)
        result[held] = fitted.log_probabilities([texts[row] for row in held])
    return result
