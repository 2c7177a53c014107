"""The baseline ``majority``: always the most frequent label of the training rows."""

from collections.abc import Sequence
from typing import Self

import numpy as np

from seqwise.baselines.contract import Baseline, BaselineSpec, BaselineState, label_counts, normalised
from seqwise.records import Array, Indices


class Majority(Baseline):
    """Says the most frequent label (the first of equals), as sure as its training rows allow.

    A hard one-hot answer has an infinite log loss as soon as one row has another label. So each other label gets the
    probability 1 / (n + K) of n training rows and K labels: what one row in n, evenly smoothed, would earn.
    """

    def __init__(self) -> None:
        """Not fitted yet."""
        self._row = np.zeros((1, 1))

    def fit(self, texts: Sequence[str], targets: Indices, *, n_labels: int, seed: int) -> Self:
        """Count the labels; texts and seed play no part."""
        del texts, seed
        counts = label_counts(targets, n_labels)
        other = 1.0 / (len(targets) + n_labels)
        probabilities = np.full(n_labels, other)
        probabilities[counts.argmax()] = 1.0 - other * (n_labels - 1)
        self._row = normalised(np.log(probabilities)[np.newaxis, :])
        return self

    def log_probabilities(self, texts: Sequence[str]) -> Array:
        """The same row for every text, shape (row, label)."""
        return np.repeat(self._row, len(texts), axis=0)

    def state(self) -> BaselineState:
        """The row."""
        return BaselineState(settings={}, arrays={"row": self._row})

    def restore(self, state: BaselineState) -> None:
        """Take over the row."""
        self._row = state.arrays["row"].astype(np.float64)


BASELINE = BaselineSpec(name="majority", build=Majority, paper="")
