"""Lengths of sequences in; the places of their rows step after step out, for walking many sequences at once."""

import numpy as np

from seqwise.records import Indices


def by_step(lengths: Indices) -> tuple[Indices, Indices]:
    """Where each row stands when rows lie step after step, in each step the sequences that have it, the longest first.

    So the rows of a step are those of the first so many sequences of the step before it: a set that only shrinks.

    Args:
        lengths: rows of each sequence, 0 or more, shape (sequence,); the rows lie sequence after sequence.

    Returns:
        The place of each row, shape (row,), and how many sequences have each step, shape (step,).

    Example:
        >>> places, sizes = by_step(np.array([1, 3]))
        >>> places.tolist(), sizes.tolist()
        ([1, 0, 2, 3], [2, 1, 1])
    """
    begins = np.cumsum(lengths) - lengths
    steps = np.arange(lengths.sum()) - np.repeat(begins, lengths)
    sizes = len(lengths) - np.cumsum(np.bincount(lengths))[:-1]
    ranks = np.argsort(np.argsort(-lengths, kind="stable"), kind="stable")
    return (np.cumsum(sizes) - sizes)[steps] + np.repeat(ranks, lengths), sizes
