"""The baseline ``majority``: always the most frequent label of the training rows."""

from collections.abc import Sized
from typing import Self

import numpy as np

from seqwise.baselines.contract import Baseline, BaselineSpec, BaselineState, label_counts, normalised
from seqwise.records import Array, Indices


class Majority(Baseline[Sized]):
    """Says the most frequent label (the first of equals), as sure as its training rows allow.

    A hard one-hot answer has an infinite log loss as soon as one row has another label. So each other label gets the
    probability 1 / (n + K) of n training rows and K labels: what one row in n, evenly smoothed, would earn.
    """

    def __init__(self) -> None:
        """Not fitted yet."""
        self._row = np.zeros((1, 1))

    def fit(self, rows: Sized, targets: Indices, /, *, n_labels: int, seed: int) -> Self:
        """Count the labels; rows and seed play no part."""
        del rows, seed
        counts = label_counts(targets, n_labels)
        other = 1.0 / (counts.sum() + n_labels)
        probabilities = np.full(n_labels, other)
        probabilities[counts.argmax()] = 1.0 - other * (n_labels - 1)
        self._row = normalised(np.log(probabilities)[np.newaxis, :])
        return self

    def log_probabilities(self, rows: Sized, /) -> Array:
        """The same row for every row, shape (row, label)."""
        return np.repeat(self._row, len(rows), axis=0)

    def state(self) -> BaselineState:
        """The row."""
        return BaselineState(settings={}, arrays={"row": self._row})

    def restore(self, state: BaselineState) -> None:
        """Take over the row."""
        self._row = state.arrays["row"].astype(np.float64)


BASELINE = BaselineSpec(name="majority", build=Majority, paper="", tasks=("classify", "tag", "forecast"))
