"""The baseline ``prior``: the shares of the labels in the training rows, whatever the text says."""

from collections.abc import Sized
from typing import Self

import numpy as np

from seqwise.baselines.contract import Baseline, BaselineSpec, BaselineState, label_counts, log_shares, normalised
from seqwise.records import Array, Indices


class Prior(Baseline[Sized]):
    """Says the class shares; its log loss is the entropy of the labels, and a model that is worse has learnt nothing.

    A label without training rows gets the floor of all baselines.
    """

    def __init__(self) -> None:
        """Not fitted yet."""
        self._row = np.zeros((1, 1))

    def fit(self, rows: Sized, targets: Indices, /, *, n_labels: int, seed: int) -> Self:
        """Count the labels; rows and seed play no part."""
        del rows, seed
        self._row = normalised(log_shares(label_counts(targets, n_labels))[np.newaxis, :])
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


BASELINE = BaselineSpec(name="prior", build=Prior, paper="", tasks=("classify", "tag", "forecast"))
