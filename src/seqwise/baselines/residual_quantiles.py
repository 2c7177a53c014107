"""Quantiles for any baseline of numbers: its forecast and the quantiles of its errors in training."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seqwise.baselines.numbers import NumberBaseline
from seqwise.records import Array
from seqwise.series_records import Forecasts, Horizons, SeenWindows

# Training windows whose errors are looked at, drawn by seed: quantiles from 2 to 98 % have 20 of them outside.
MOST_WINDOWS = 1_000


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

    def forecasts(self, windows: SeenWindows, horizons: Horizons, *, channels: tuple[str, ...]) -> Forecasts:
        """Points and quantiles of windows.

        Args:
            windows: what is seen of them.
            horizons: what they foretell.
            channels: names, in the order of the values.
        """
        point = self.baseline.forecast(windows)
        return Forecasts(horizons, channels, point, self.levels, point[..., np.newaxis] + self.errors)


def with_residual_quantiles(
    baseline: NumberBaseline,
    windows: SeenWindows,
    *,
    targets: Array,
    levels: Sequence[float],
    seed: int,
    most: int = MOST_WINDOWS,
) -> ResidualQuantiles:
    """Learn the quantiles of the errors in training, of each step and channel by itself.

    Errors in training are smaller than later ones where a baseline has many weights for its windows. A step of a
    channel without any known target has the forecast itself for all its quantiles.

    Args:
        baseline: fitted on these windows.
        windows: of training.
        targets: NaN where missing, shape (window, step, channel).
        levels: growing, each between 0 and 1.
        seed: of the draw of windows.
        most: windows that are looked at.
    """
    drawn = np.sort(np.random.default_rng(seed).permutation(len(targets))[:most])
    errors = targets[drawn] - baseline.forecast(windows.where(drawn))
    errors[:, np.isnan(errors).all(axis=0)] = 0.0
    return ResidualQuantiles(baseline, tuple(levels), np.moveaxis(np.nanquantile(errors, levels, axis=0), 0, -1))
