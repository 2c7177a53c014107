"""Which training rows are held out together: stratified folds in which exact duplicates never part."""

from collections.abc import Sequence

import numpy as np

from seqwise.records import Indices


def folds_of(texts: Sequence[str], targets: Indices, *, n_folds: int, seed: int) -> Indices:
    """The fold of each row, shape (row,): alike in label shares, a function of rows and seed, duplicates in one fold.

    A duplicate in another fold would show its own label to the model that is to predict it.
    """
    first: dict[str, int] = {}
    groups = np.array([first.setdefault(text, row) for row, text in enumerate(texts)], dtype=np.int64)
    rng = np.random.Generator(np.random.Philox(key=seed))
    leaders = np.unique(groups)
    leaders = leaders[rng.permutation(len(leaders))]
    by_label = leaders[np.argsort(targets[leaders], kind="stable")]
    fold_of = np.zeros(len(texts), dtype=np.int64)
    fold_of[by_label] = np.arange(len(by_label)) % n_folds
    return fold_of[groups]
