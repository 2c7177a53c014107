"""Baselines that do not read the text: their answer is the same for every row."""

from collections.abc import Sequence
from typing import Self, final

import numpy as np

from seqwise.baselines.contract import Baseline, BaselineState
from seqwise.records import Array, Indices


@final
class ConstantBaseline(Baseline):
    """One row of probabilities for every text.

    The shares of the labels, each count raised by 1 so that none is 0 (Laplace's rule). With ``is_majority`` the most
    frequent label gets all but one part in (rows + labels), and the others share that part, so the log loss is finite.
    """

    def __init__(self, *, is_majority: bool) -> None:
        self._is_majority = is_majority
        self._row = np.zeros(0)

    def fit(self, texts: Sequence[str], targets: Indices, *, n_labels: int, seed: int) -> Self:  # noqa: ARG002 - the contract
        """Count the labels."""
        counts = np.bincount(targets, minlength=n_labels) + 1.0
        shares = counts / counts.sum()
        if self._is_majority:
            rest = 1.0 / counts.sum()
            top = int(counts.argmax())
            shares = np.full(n_labels, rest / max(1, n_labels - 1))
            shares[top] = 1.0 - rest
        self._row = np.log(shares)
        return self

    def log_probabilities(self, texts: Sequence[str]) -> Array:
        """The same row for every text."""
        return np.tile(self._row, (len(texts), 1))

    def state(self) -> BaselineState:
        """The row."""
        return BaselineState(settings={}, arrays={"row": self._row})

    def restore(self, state: BaselineState) -> None:
        """Take over the row."""
        self._row = state.arrays["row"].astype(np.float64)
