"""What a baseline offers: fit on texts, log-probabilities out, and a state of plain settings and arrays (no pickle)."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from seqwise.records import Array, Indices

Arrays = Mapping[str, NDArray[np.generic]]

# Texts that a baseline is asked for at once: about 10 kB each while it counts their n-grams.
AT_ONCE = 65_536
# No probability of a baseline is smaller (before the row is made to sum to 1 again). One row that a baseline holds for
# impossible then costs at most 20.7 in log loss, not infinity. Too small to change a score that is otherwise finite.
FLOOR = 1e-9


@dataclass(frozen=True)
class BaselineState:
    """A fitted baseline: ``settings`` can be written as JSON, ``arrays`` as npz or safetensors."""

    settings: Mapping[str, object]
    arrays: Arrays


class Baseline(ABC):
    """A model of labels given texts that is fitted in seconds and can be written down without pickle."""

    @abstractmethod
    def fit(self, texts: Sequence[str], targets: Indices, *, n_labels: int, seed: int) -> Self:
        """Learn from training rows and return self.

        Args:
            texts: one text a row, at least one row.
            targets: label numbers in 0 .. n_labels - 1, shape (row,); not every label has to occur.
            n_labels: number of labels, also those that no training row has.
            seed: the same seed and rows give the same baseline.
        """

    @abstractmethod
    def log_probabilities(self, texts: Sequence[str]) -> Array:
        """Natural logarithms of the labels' probabilities, shape (row, label).

        Every row is finite and its probabilities sum to 1; none is smaller than about :data:`FLOOR`.
        """

    @abstractmethod
    def state(self) -> BaselineState:
        """All that :meth:`restore` needs."""

    @abstractmethod
    def restore(self, state: BaselineState) -> None:
        """Become the baseline that :meth:`state` was taken from; predictions are identical."""


@dataclass(frozen=True)
class BaselineSpec:
    """A member of this folder, in the constant ``BASELINE`` of its file."""

    name: str
    build: Callable[[], Baseline]
    paper: str


def normalised(scores: Array) -> Array:
    """Log-probabilities of unnormalised log scores, floored at :data:`FLOOR`, shape (row, label).

    Args:
        scores: shape (row, label); minus infinity stands for an impossible label, but not for all labels of a row.

    Example:
        >>> import numpy as np
        >>> np.exp(normalised(np.array([[0.0, 0.0]]))).tolist()
        [[0.5, 0.5]]
    """
    floored = np.maximum(scores - logsumexp(scores, axis=1, keepdims=True), np.log(FLOOR))
    return floored - logsumexp(floored, axis=1, keepdims=True)


def ask(baseline: Baseline, texts: Sequence[str]) -> Array:
    """Log-probabilities of any number of texts in bounded memory beside the result, shape (row, label)."""
    starts = range(0, max(1, len(texts)), AT_ONCE)
    return np.concatenate([baseline.log_probabilities(texts[start : start + AT_ONCE]) for start in starts])


def label_counts(targets: Indices, n_labels: int) -> Indices:
    """Training rows of each label, shape (label,)."""
    return np.bincount(targets, minlength=n_labels).astype(np.int64)


def log_shares(counts: Indices) -> Array:
    """Logarithms of the shares of counts, minus infinity for a label without rows, shape (label,)."""
    with np.errstate(divide="ignore"):
        return np.log(counts / counts.sum())


def part_of(arrays: Arrays, name: str) -> dict[str, NDArray[np.generic]]:
    """The arrays whose names begin with ``name.``, without that beginning."""
    start = f"{name}."
    return {key.removeprefix(start): values for key, values in arrays.items() if key.startswith(start)}
