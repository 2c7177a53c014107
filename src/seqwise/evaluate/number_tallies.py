"""Forecasts of numbers in, a tally out: their scores, and what each drawn block of windows adds to their sums."""

import numpy as np

from seqwise.evaluate.calibration import LEAST_SCALE
from seqwise.evaluate.tallies import Tally, by_text
from seqwise.records import Array
from seqwise.series_records import Forecasts

# Columns of the table: numbers forecast, then what they add to each metric.
COUNT, ABSOLUTE, SQUARED, SCALED, SYMMETRIC, PINBALL, INSIDE = range(7)
PARTS = {"mae": ABSOLUTE, "mse": SQUARED, "rmse": SQUARED, "mase": SCALED, "smape": SYMMETRIC}
OF_QUANTILES = {"quantile_loss": PINBALL, "coverage": INSIDE}


def number_tally(system: Forecasts) -> Tally:
    """The tally of forecasts whose truth is known: mae, mse, rmse, mase, smape; quantile_loss, coverage.

    The metrics are those of :mod:`seqwise.evaluate.series`, over all steps and channels. Errors are counted in
    ``Forecasts.error_scale``. Coverage is the share of truths between the outermost quantiles.
    """
    parts = {**PARTS, **(OF_QUANTILES if system.quantiles is not None else {})}
    if system.scales is None:
        del parts["mase"]
    table = by_text(window_sums(system), system.horizons.blocks)

    def metrics(sums: Array) -> dict[str, Array]:
        means = {name: sums[..., part] / sums[..., COUNT] for name, part in parts.items()}
        return {name: np.sqrt(mean) if name == "rmse" else mean for name, mean in means.items()}

    return Tally(
        table=table,
        metrics=metrics,
        parts={name: np.array([part]) for name, part in parts.items()},
        sizes={},
    )


def window_sums(system: Forecasts) -> Array:
    """What each window adds to each sum, shape (window, 7)."""
    return step_sums(system).sum(axis=1)


def step_sums(system: Forecasts) -> Array:
    """What each step of each window adds to each sum, shape (window, step, 7)."""
    truth = system.truth
    assert truth is not None
    known = ~np.isnan(truth)
    errors = np.where(known, (truth - system.point) / system.error_scale, 0.0)
    sizes = np.where(known, np.abs(truth) + np.abs(system.point), 0.0)
    distances = np.where(known, np.abs(truth - system.point), 0.0)
    columns = np.zeros((7, *truth.shape))
    columns[COUNT], columns[ABSOLUTE], columns[SQUARED] = known, np.abs(errors), errors**2
    columns[SYMMETRIC] = 200 * distances / np.where(sizes == 0, 1, sizes)
    if system.scales is not None:
        columns[SCALED] = distances / np.maximum(system.scales, LEAST_SCALE)[:, None]
    if system.quantiles is not None:
        columns[PINBALL] = np.where(known, _pinball(system, truth), 0.0)
        low, high = system.quantiles[..., 0], system.quantiles[..., -1]
        columns[INSIDE] = known & (truth >= low) & (truth <= high)
    return np.moveaxis(columns.sum(axis=3), 0, 2)


def _pinball(system: Forecasts, truth: Array) -> Array:
    """The quantile loss of each number, the mean over the levels."""
    assert system.quantiles is not None
    levels = np.array(system.levels)
    errors = (truth[..., None] - system.quantiles) / system.error_scale[:, None]
    return np.maximum(levels * errors, (levels - 1) * errors).mean(axis=-1)
