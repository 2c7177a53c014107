"""Metrics of forecasts of numeric series: truths and forecasts in, one figure for each step and one of all steps out.

A row is one window of one series; step 0 is the first after it. Truths are of shape (row, horizon). Where one is
missing (NaN) it is left out; a forecast that is missing where the truth is known makes its figures NaN.
"""

from dataclasses import dataclass

import numpy as np

from seqwise.records import Array


@dataclass(frozen=True)
class HorizonScore:
    """A metric over all rows, of all steps together and of each step, shape (horizon,); NaN where no truth is known."""

    value: float
    steps: Array


def mae(truth: Array, forecast: Array) -> HorizonScore:
    """Mean absolute error, in the unit of the series (Hyndman and Koehler 2006, section 2.1).

    R. Hyndman, A. Koehler, "Another look at measures of forecast accuracy", https://doi.org/10.1016/j.ijforecast.2006.03.001

    Raises:
        ValueError: if the shapes differ. So it is with every metric of this file.

    Example:
        >>> mae(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 3.0], [2.0, 8.0]]))
        HorizonScore(value=1.5, steps=array([0.5, 2.5]))
    """
    return _mean(np.abs(_errors(truth, forecast)), truth)


def mse(truth: Array, forecast: Array) -> HorizonScore:
    """Mean squared error, in the squared unit of the series (Hyndman and Koehler 2006, section 2.1)."""
    return _mean(_errors(truth, forecast) ** 2, truth)


def rmse(truth: Array, forecast: Array) -> HorizonScore:
    """Root of :func:`mse`; of all steps together it is the root of their mean, not the mean of the steps' roots."""
    squared = mse(truth, forecast)
    return HorizonScore(float(np.sqrt(squared.value)), np.sqrt(squared.steps))


def naive_error(training: Array, *, season: int = 1) -> float:
    """The scale of :func:`mase`: the mean absolute error of the value one season before, in the training part.

    Args:
        training: values in the order of time, shape (time,); steps with a missing end (NaN) are left out.
        season: steps of a season, 1 or more; 1 is the naive forecast.

    Returns:
        The error in the unit of the series: 0 where it never changes, NaN where it is no longer than a season.

    Raises:
        ValueError: if the season is less than 1.
    """
    if season < 1:
        raise ValueError(f"a season of {season} steps: give 1 or more")
    changes = np.abs(training[season:] - training[:-season])
    return _mean(changes, changes).value


def mase(truth: Array, forecast: Array, *, scales: Array) -> HorizonScore:
    """Mean absolute scaled error (Hyndman and Koehler 2006, section 3); below 1 is less than the naive error.

    Args:
        truth: shape (row, horizon).
        forecast: shape (row, horizon).
        scales: :func:`naive_error` of the training part of each row's series, shape (row,). Where one is 0 the
            measure is not defined: infinite, or NaN.
    """
    if scales.shape != truth.shape[:1]:
        raise ValueError(f"scales of shape {scales.shape} for truths of shape {truth.shape}: give one for each row")
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.abs(_errors(truth, forecast)) / scales[:, None]
    return _mean(scaled, truth)


def smape(truth: Array, forecast: Array) -> HorizonScore:
    """Symmetric mean absolute percentage error, 0 to 200 %; 0 where truth and forecast are both 0.

    200 |y - f| / (|y| + |f|), as in S. Makridakis, E. Spiliotis, V. Assimakopoulos, "The M4 Competition: 100,000 time
    series and 61 forecasting methods", 2020, https://doi.org/10.1016/j.ijforecast.2019.04.014
    """
    distances, sizes = np.abs(_errors(truth, forecast)), np.abs(truth) + np.abs(forecast)
    return _mean(200 * distances / np.where(sizes == 0, 1, sizes), truth)


def quantile_loss(truth: Array, forecast: Array, *, levels: Array) -> HorizonScore:
    """Pinball loss, the mean over the levels, in the unit of the series; at the level 0.5 half the absolute error.

    R. Koenker, G. Bassett, "Regression Quantiles", 1978, https://doi.org/10.2307/1913643. GluonTS gives twice as much.

    Args:
        truth: shape (row, horizon).
        forecast: quantiles, shape (row, horizon, level).
        levels: each between 0 and 1, shape (level,).
    """
    if forecast.shape[2:] != levels.shape:
        raise ValueError(
            f"quantiles of shape {forecast.shape} for {levels.size} levels: the last axis is that of levels"
        )
    losses = np.zeros(truth.shape)
    for quantile, level in zip(np.moveaxis(forecast, 2, 0), levels, strict=True):
        errors = _errors(truth, quantile)
        losses += np.maximum(level * errors, (level - 1) * errors) / levels.size
    return _mean(losses, truth)


def coverage(truth: Array, *, low: Array, high: Array) -> HorizonScore:
    """Share of truths in their interval, its ends included: of a good interval of 90 % it is near 0.9.

    P. Christoffersen, "Evaluating Interval Forecasts", 1998, https://doi.org/10.2307/2527341

    Args:
        truth: shape (row, horizon).
        low: lower ends, shape (row, horizon).
        high: upper ends, shape (row, horizon).
    """
    above, below = _errors(truth, low), _errors(high, truth)
    inside = (above >= 0) & (below >= 0)
    return _mean(np.where(np.isnan(above + below), np.nan, inside), truth)


def _errors(truth: Array, forecast: Array) -> Array:
    """Truth less forecast; numpy would join a column and a row to a table and go on."""
    if truth.shape != forecast.shape:
        raise ValueError(
            f"forecasts of shape {forecast.shape} for truths of shape {truth.shape}: they must be the same"
        )
    return truth - forecast


def _mean(losses: Array, truth: Array) -> HorizonScore:
    """The mean over the rows whose truth is known."""
    known = ~np.isnan(truth)
    totals, counts = np.sum(losses, axis=0, where=known), known.sum(axis=0)
    with np.errstate(invalid="ignore"):
        return HorizonScore(float(np.divide(totals.sum(), counts.sum())), np.divide(totals, counts))
