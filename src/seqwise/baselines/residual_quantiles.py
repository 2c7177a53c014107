"""Quantiles for any baseline of numbers: its forecast and the quantiles of its errors in training."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seqwise.baselines.contract import BaselineState, part_of
from seqwise.baselines.members import build_number_baseline
from seqwise.baselines.numbers import NumberBaseline
from seqwise.records import Array
from seqwise.series_records import SeenWindows

LEVELS, OWN, ERRORS = "levels", "own", "errors"


@dataclass(frozen=True)
class ResidualQuantiles:
    """A fitted baseline and the quantiles of its errors.

    Attributes:
        baseline: gives the points.
        levels: growing, each between 0 and 1.
        errors: quantiles of truth minus forecast, shape (step, channel, level).
    """

    baseline: NumberBaseline
    levels: tuple[float, ...]
    errors: Array

    def forecast(self, windows: SeenWindows) -> Array:
        """The points, shape (window, step, channel)."""
        return self.baseline.forecast(windows)

    def around(self, point: Array) -> Array:
        """The quantiles of points, shape (window, step, channel, level)."""
        return point[..., np.newaxis] + self.errors

    def state(self) -> BaselineState:
        """That of the baseline, with levels and errors."""
        own = self.baseline.state()
        arrays = {f"{OWN}.{name}": values for name, values in own.arrays.items()}
        return BaselineState({OWN: dict(own.settings), LEVELS: list(self.levels)}, {**arrays, ERRORS: self.errors})


def restore_quantiles(name: str, state: BaselineState) -> ResidualQuantiles:
    """The baseline of this name that a state was taken of."""
    baseline, levels, own = build_number_baseline(name), state.settings[LEVELS], state.settings[OWN]
    assert isinstance(levels, list)
    assert isinstance(own, dict)
    baseline.restore(BaselineState(own, part_of(state.arrays, OWN)))
    return ResidualQuantiles(baseline, tuple(levels), state.arrays[ERRORS].astype(np.float64))


def with_residual_quantiles(baseline: NumberBaseline, *, errors: Array, levels: Sequence[float]) -> ResidualQuantiles:
    """Learn the quantiles of errors, of each step and channel by itself.

    A step of a channel without any known error has the forecast itself for all its quantiles.

    Args:
        baseline: fitted.
        errors: truth minus forecast of windows, out of fold where the baseline has weights of them, NaN where missing,
            shape (window, step, channel); changed in place.
        levels: growing, each between 0 and 1.
    """
    errors[:, np.isnan(errors).all(axis=0)] = 0.0
    return ResidualQuantiles(baseline, tuple(levels), np.moveaxis(np.nanquantile(errors, levels, axis=0), 0, -1))
