"""The rows that baselines learn from where there are more than they need: drawn by label, by arithmetic of the seed."""

import numpy as np

from seqwise.records import Indices


def stratified_sample(targets: Indices, most: int, *, seed: int) -> Indices:
    """Numbers of ``most`` rows in ascending order, each label with its share and at least one row; all, if no more.

    The rows are put in random order, then in the order of their labels, and taken at even distances: the share of a
    label is right to one row. A label too rare for that gives one row on top of ``most``.

    Args:
        targets: label numbers, shape (row,).
        most: 1 or more.
        seed: the same seed gives the same rows.

    Example:
        >>> len(stratified_sample(np.arange(100) % 4, 10, seed=0))
        10
    """
    n = len(targets)
    if n <= most:
        return np.arange(n, dtype=np.int64)
    order = np.random.default_rng(seed).permutation(n)
    order = order[np.argsort(targets[order], kind="stable")]
    even = order[np.arange(most) * n // most]
    _, firsts = np.unique(targets[order], return_index=True)
    rare = np.setdiff1d(targets[order[firsts]], targets[even])
    return np.sort(np.concatenate([even, order[firsts][np.isin(targets[order[firsts]], rare)]]))
