"""Numbers of windows in, scaled numbers out, and back; what is fitted is fitted on the training rows."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from seqwise.records import Array, Indices
from seqwise.series_records import Series

Scaling = Literal["standard", "minmax", "window"]
# A channel whose training rows hardly differ is not blown up by its deviation.
LEAST_SPREAD = 1e-8
# The deviation of a window is at least this share of that of training: a flat input says little of what comes.
FLAT = 0.05


@dataclass(frozen=True)
class Scale:
    """Where the numbers of each window and channel lie, and how wide: shapes (window, channel)."""

    location: Array
    spread: Array

    def apply(self, values: Array) -> Array:
        """Numbers of windows, shape (window, step, channel), scaled."""
        return (values - self.location[:, None]) / self.spread[:, None]

    def invert(self, values: Array) -> Array:
        """Scaled numbers, shape (window, step, channel) or with an axis more, in the unit of the series."""
        shape = (len(self.location), 1, self.location.shape[1], *(1,) * (values.ndim - 3))
        return values * self.spread.reshape(shape) + self.location.reshape(shape)


@dataclass(frozen=True)
class ChannelScaling:
    """How numbers are scaled.

    Attributes:
        how: ``standard``: by mean and deviation of the training rows; ``minmax``: these lie in 0 to 1; ``window``: by
            mean and deviation of what each window sees (Kim et al. 2022, RevIN, https://openreview.net/forum?id=cGDAkQo1C0p,
            without its learned part).
        location: mean, or least number, of each channel in the training rows.
        spread: deviation, or range, of each.
    """

    how: Scaling
    location: tuple[float, ...]
    spread: tuple[float, ...]

    def of_windows(self, inputs: Array) -> Scale:
        """The scale of each window.

        Args:
            inputs: what windows see, NaN where missing, shape (window, input, channel).
        """
        n = len(inputs)
        location, spread = (np.tile(np.array(one), (n, 1)) for one in (self.location, self.spread))
        if self.how != "window":
            return Scale(location, spread)
        known = ~np.isnan(inputs)
        counts = known.sum(axis=1)
        means = np.where(inputs, inputs, 0).sum(axis=1, where=known) / np.maximum(counts, 1)
        squares = np.square(inputs - means[:, None]).sum(axis=1, where=known) / np.maximum(counts, 1)
        has_known = counts > 0
        return Scale(
            np.where(has_known, means, location),
            np.where(has_known, np.maximum(np.sqrt(squares), FLAT * spread), spread),
        )


def fit_scaling(series: Series, rows: Indices, *, how: Scaling) -> ChannelScaling:
    """Learn the scaling of each channel from the training rows alone."""
    if series.states:
        return ChannelScaling(how, (), ())
    values = series.values[rows]
    if how == "minmax":
        location = np.nanmin(values, axis=0)
        spread = np.nanmax(values, axis=0) - location
    else:
        location, spread = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    spread = np.where(spread > LEAST_SPREAD, spread, 1.0)
    return ChannelScaling(how, tuple(location.tolist()), tuple(spread.tolist()))
