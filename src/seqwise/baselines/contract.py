"""What a baseline offers: fit on texts, log-probabilities out, a state of plain values and arrays, never a pickle."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self, cast

import numpy as np
from numpy.typing import NDArray

from seqwise import catalog
from seqwise.baselines import BASELINES
from seqwise.records import Array, Indices


@dataclass(frozen=True)
class BaselineState:
    """A fitted baseline: values for JSON and arrays for safetensors."""

    settings: Mapping[str, object]
    arrays: Mapping[str, NDArray[np.generic]]


class Baseline(ABC):
    """A model so simple that whoever is not better than it has learned nothing worth having."""

    @abstractmethod
    def fit(self, texts: Sequence[str], targets: Indices, *, n_labels: int, seed: int) -> Self:
        """Learn from training rows; ``targets`` are label numbers, shape (row,)."""

    @abstractmethod
    def log_probabilities(self, texts: Sequence[str]) -> Array:
        """Finite log-probabilities, shape (row, label); the probabilities of a row add up to 1."""

    @abstractmethod
    def state(self) -> BaselineState:
        """All that :meth:`restore` needs."""

    @abstractmethod
    def restore(self, state: BaselineState) -> None:
        """Become the baseline that gave the state."""


@dataclass(frozen=True)
class BaselineSpec:
    """A member of the table of baselines."""

    name: str
    build: Callable[[], Baseline]
    paper: str


def build_baseline(name: str) -> Baseline:
    """The baseline of this name, not fitted.

    Raises:
        UsageError: if there is none.
    """
    loaded = catalog.load("seqwise.baselines", name, constant="BASELINE", table=BASELINES)
    return cast(BaselineSpec, loaded).build()
