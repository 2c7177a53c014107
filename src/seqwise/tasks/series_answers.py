"""What a network or a baseline says of windows in, answers with times and units out, in the unit of the series."""

import numpy as np
import torch

from seqwise.baselines.contract import FLOOR
from seqwise.batch.plan import prediction_batches
from seqwise.horizons import Horizons
from seqwise.model.heads.numbers import NumbersHead
from seqwise.prepare.series_preparation import SeriesPreparation
from seqwise.prepare.series_splits import blocks_of
from seqwise.prepare.state_rules import StateRules
from seqwise.records import Array, Examples, Indices, Predictions
from seqwise.series_records import Forecasts, SeriesWindows
from seqwise.tasks.contract import Logits


def horizons_of(windows: SeriesWindows) -> Horizons:
    """Whose times windows forecast."""
    series = windows.series
    rows = windows.target_rows
    return Horizons(
        units=tuple(series.units[unit] for unit in series.unit_of[windows.starts].tolist()),
        origins=tuple(series.axis.name(int(time)) for time in series.times[rows[:, 0] - 1]),
        times=tuple(series.axis.name(int(time)) for time in series.times[rows].ravel()),
        horizon=windows.horizon,
        blocks=blocks_of(windows),
    )


def states_to_come(probabilities: Array, windows: SeriesWindows, *, rules: StateRules | None) -> Predictions:
    """Probabilities of states, shape (step of all windows, state), as answers without their truth.

    With rules the states that are chosen are the most probable ones of whole windows that keep to them.
    """
    decoded = None
    if rules is not None:
        by_window = np.log(np.maximum(probabilities, FLOOR)).reshape(len(windows), windows.horizon, -1)
        decoded = rules.decode(by_window, states_before(windows)).ravel()
    horizons = horizons_of(windows)
    steps = range(1, windows.horizon + 1)
    return Predictions(
        ids=tuple(f"{u}@{o}+{n}" for u, o in zip(horizons.units, horizons.origins, strict=True) for n in steps),
        labels=windows.series.states,
        probabilities=probabilities,
        decoded=decoded,
        horizons=horizons,
    )


def states_before(windows: SeriesWindows) -> Indices:
    """Codes of the steps that windows see, shape (window, input)."""
    return windows.series.values[windows.input_rows, 0].astype(np.int64)


def numbers_to_come(
    point: Array,
    windows: SeriesWindows,
    *,
    preparation: SeriesPreparation,
    quantiles: Array | None,
    levels: tuple[float, ...],
) -> Forecasts:
    """Numbers in the unit of the series as answers, without their truth.

    Args:
        point: shape (window, step, channel).
        windows: that they are of.
        preparation: fitted on training windows.
        quantiles: shape (window, step, channel, level), or None.
        levels: of the quantiles.
    """
    spread = np.array(preparation.deviations)
    return Forecasts(
        horizons=horizons_of(windows),
        channels=preparation.channels,
        point=point,
        error_scale=spread if len(spread) > 1 else np.ones(1),
        levels=() if quantiles is None else levels,
        quantiles=quantiles,
        scales=preparation.naive_errors(windows),
    )


def asked_numbers(logits: Logits, examples: Examples, *, head: NumbersHead) -> tuple[Array, Array | None]:
    """Points, shape (unit, number), and quantiles, shape (unit, number, level), all scaled, in the units' order."""
    point = np.zeros((examples.n_outputs, head.n_numbers))
    quantiles: Array | None = None
    with torch.inference_mode():
        for batch in prediction_batches(examples):
            outputs, rows = logits(batch).float(), list(batch.rows)
            point[rows] = head.point(outputs).cpu().numpy()
            found = head.quantiles(outputs)
            if found is None:
                continue
            if quantiles is None:
                quantiles = np.zeros((*point.shape, found.shape[2]))
            quantiles[rows] = found.cpu().numpy()
    return point, quantiles
