"""Chains of states of order 1, 2 or 3: the next state by the ones before it, iterated exactly over the horizon."""

from typing import Self, cast

import numpy as np

from seqwise.baselines.contract import Baseline, BaselineSpec, BaselineState, normalised
from seqwise.baselines.states import Observed, observed
from seqwise.records import Array, Indices
from seqwise.series_records import MISSING, SeenWindows

# Cells of the table of contexts and next states: 32 MB. Up to 43 states have an order of 3, 158 of 2, 1999 of 1.
MOST_CELLS = 4_000_000

PAPER = (
    "Witten and Bell (1991), The zero-frequency problem, https://doi.org/10.1109/18.87000; interpolated as in "
    "Chen and Goodman (1999), section 2.5, https://doi.org/10.1006/csla.1999.0128"
)


class Markov(Baseline[SeenWindows]):
    """The distribution of the next state given the last ``order`` states, learned from all transitions of training.

    Each transition of a unit counts once, in however many windows it stands. A context c that was followed N(c) times
    by T(c) different states backs off to the context c' without its oldest state (Witten and Bell 1991)::

        P(s | c) = (N(c, s) + T(c) P(s | c')) / (N(c) + T(c))

    and the empty context to the uniform distribution. Later steps sum over all ways to get there, not only over the
    most likely one: P_h(y | c) = sum over s of P(s | c) P_(h-1)(y | c s). A state that is not known, or lies before the
    input, shortens the context; where the last one is not known, the chain walks over it as over a step to come.

    Args:
        order: states of a context; fewer where a table of so many would not fit into memory.
    """

    def __init__(self, order: int) -> None:
        """Not fitted yet."""
        self._most, self._order, self._n_labels = order, 0, 1
        self._cells: Indices = np.zeros(0, dtype=np.int64)
        self._counts: Indices = np.zeros(0, dtype=np.int64)

    def fit(self, windows: SeenWindows, targets: Indices, /, *, n_labels: int, seed: int) -> Self:
        """Count the transitions of each order; the seed plays no part."""
        del seed
        fitting = [order for order in range(self._most + 1) if (n_labels + 1) ** order * n_labels <= MOST_CELLS]
        self._order, self._n_labels = fitting[-1], n_labels
        seen = observed(windows, targets)
        cells = [self._followed(seen, length) for length in range(self._order + 1)]
        self._cells, self._counts = np.unique(np.concatenate(cells), return_counts=True)
        return self

    def log_probabilities(self, windows: SeenWindows, /) -> Array:
        """Of every step to come, shape (window * horizon, label)."""
        contexts, ages = self._contexts(windows)
        result = np.zeros((len(contexts), windows.horizon, self._n_labels))
        following = self._following()
        reached = following
        for ahead in range(windows.horizon + int(ages.max(initial=0))):
            steps = ahead - ages
            is_asked = (steps >= 0) & (steps < windows.horizon)
            result[is_asked, steps[is_asked]] = reached[contexts[is_asked]]
            reached = self._one_later(following, reached)
        return normalised(np.log(result.reshape(-1, self._n_labels)))

    def state(self) -> BaselineState:
        """The transitions that occur, and how often."""
        settings = {"order": self._order, "n_labels": self._n_labels}
        return BaselineState(settings, {"cells": self._cells, "counts": self._counts})

    def restore(self, state: BaselineState) -> None:
        """Take over the transitions."""
        self._order = cast("int", state.settings["order"])
        self._n_labels = cast("int", state.settings["n_labels"])
        self._cells = state.arrays["cells"].astype(np.int64)
        self._counts = state.arrays["counts"].astype(np.int64)

    def _number(self, states: Indices) -> Indices:
        """The number of a context of shape (..., order), oldest first; `MISSING` states have a digit of their own."""
        digits = np.where(states == MISSING, self._n_labels, states)
        return digits @ (self._n_labels + 1) ** np.arange(self._order - 1, -1, -1, dtype=np.int64)

    def _followed(self, seen: Observed, length: int) -> Indices:
        """The cell (context, next state) of each time behind ``length`` known ones of its unit."""
        here = np.arange(length, len(seen.codes))
        is_next = (seen.units[here - length] == seen.units[here]) & (
            seen.times[here] - seen.times[here - length] == length
        )
        here = here[is_next]
        states = np.full((len(here), self._order), MISSING, dtype=np.int64)
        states[:, self._order - length :] = seen.codes[here[:, None] - np.arange(length, 0, -1)]
        return self._number(states) * self._n_labels + seen.codes[here]

    def _following(self) -> Array:
        """P(s | c) of every context that can occur, shape (context, label)."""
        n_labels, digits = self._n_labels, self._n_labels + 1
        counts = np.zeros(digits**self._order * n_labels)
        counts[self._cells] = self._counts
        counts = counts.reshape(-1, n_labels)
        result = np.full_like(counts, 1.0 / n_labels)
        for length in range(self._order + 1):
            # Their numbers begin with digits of `MISSING`, as many as they lack; their oldest state is known.
            unknown = n_labels * sum(digits**place for place in range(length, self._order))
            oldest = digits ** (length - 1) if length else 1
            own = unknown + np.arange(n_labels * oldest if length else 1)
            if length:
                result[own] = result[own + (n_labels - own // oldest % digits) * oldest]
            kinds = np.count_nonzero(counts[own], axis=1)[:, None]
            total = counts[own].sum(axis=1, keepdims=True)
            mixed = (counts[own] + kinds * result[own]) / np.maximum(total + kinds, 1.0)
            result[own] = np.where(total > 0, mixed, result[own])
        return result

    def _one_later(self, following: Array, reached: Array) -> Array:
        """Distribution of a state one step later than ``reached``, by context, shape (context, label)."""
        if self._order == 0:
            return reached
        digits = self._n_labels + 1
        from_newer = reached.reshape(-1, digits, self._n_labels)[:, : self._n_labels]  # (newer, next, label)
        by_oldest = following.reshape(digits, -1, self._n_labels)  # (oldest, newer, next)
        later = by_oldest.transpose(1, 0, 2) @ from_newer  # (newer, oldest, label)
        return later.transpose(1, 0, 2).reshape(-1, self._n_labels)

    def _contexts(self, windows: SeenWindows) -> tuple[Indices, Indices]:
        """Number of each window's context, and steps that are not known between it and the horizon, shape (window,)."""
        inputs = windows.inputs[:, :, 0].astype(np.int64)
        is_known = inputs != MISSING
        ages = np.where(is_known.any(axis=1), is_known[:, ::-1].argmax(axis=1), 0)
        places = inputs.shape[1] - ages[:, None] - np.arange(self._order, 0, -1)  # (window, order)
        states = np.where(places >= 0, np.take_along_axis(inputs, np.maximum(places, 0), axis=1), MISSING)
        return self._number(states), ages


def markov(order: int) -> BaselineSpec:
    """The member of this order."""
    return BaselineSpec(name=f"markov{order}", build=lambda: Markov(order), paper=PAPER, tasks=("forecast",))
