"""Windows, scalers and forecasts in, the plain facts out that checks judge; also for series prepared elsewhere."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seqwise.records import Array, Indices
from seqwise.series_evidence import ForecastFacts, Scale, ScalerFacts, SeriesEvidence, SharedTargets, Telltale
from seqwise.series_records import SeriesWindows

# Forecasts nearer to an end than this, in their standard deviations, stand at it: sigmoid comes close and stays there.
AT_END = 1e-3


def window_evidence(splits: Mapping[str, SeriesWindows]) -> SeriesEvidence:
    """What windows say by themselves: counts, how far ahead they look, what splits share, columns that say the target.

    Args:
        splits: windows by name of split, of the same series, training windows first.
    """
    windows = next(iter(splits.values()))
    series = windows.series
    targets = {split: np.unique(one.target_rows) for split, one in splits.items()}
    is_known = ~series.is_missing
    has_value = np.asarray(is_known.any(axis=1))
    leads = [
        int((series.times[one.target_rows[:, 0]] - series.times[one.input_rows[:, -1]]).min())
        for one in splits.values()
        if len(one)
    ]
    return SeriesEvidence(
        input=windows.input,
        horizon=windows.horizon,
        n_windows={split: len(one) for split, one in splits.items()},
        n_targets={split: int(is_known[rows].sum()) for split, rows in targets.items()},
        lead=min(leads, default=None),
        telltales=_telltales(windows, targets["train"]) if "train" in targets else (),
        shared=shared_targets({split: rows[has_value[rows]] for split, rows in targets.items()}),
    )


def _telltales(windows: SeriesWindows, rows: Indices) -> tuple[Telltale, ...]:
    series = windows.series
    columns = {name: series.known.values[rows, place] for place, name in enumerate(series.known.names)}
    return tuple(
        one
        for place, channel in enumerate(series.channels)
        for one in telltales(series.values[rows, place], columns, target_name=channel, are_states=bool(series.states))
    )


def shared_targets(targets: Mapping[str, Indices]) -> tuple[SharedTargets, ...]:
    """What pairs of splits share.

    Args:
        targets: by split, a number for each target: the same for the same time of the same unit. Earlier splits first.
    """
    different = {split: np.unique(numbers) for split, numbers in targets.items()}
    return tuple(
        SharedTargets(first, second, n_shared=len(np.intersect1d(one, other)), n=len(other))
        for (first, one), (second, other) in combinations(different.items(), 2)
    )


def telltales(
    target: Array | Indices, columns: Mapping[str, Array], *, target_name: str, are_states: bool
) -> tuple[Telltale, ...]:
    """Columns of the training rows and how often each says the target of its own step.

    A share counts in all rows, and in those outside the most frequent target: the lesser is told, so that a constant
    column beside a target that is nearly constant says nothing. Targets and cells that are missing are left out.

    Args:
        target: numbers (NaN: missing), or codes of states (negative: missing), shape (row,).
        columns: numbers, or places in their levels, by name, each of shape (row,).
        target_name: the channel.
        are_states: whether the target is one of states.
    """
    kind: Literal["equal", "partner"] = "partner" if are_states else "equal"
    found: list[Telltale] = []
    for name, column in columns.items():
        known = ~np.isnan(column) & (target >= 0 if are_states else ~np.isnan(target))
        said, cells = target[known], column[known]
        says = _partners(said, cells) if are_states else said == cells
        found.append(Telltale(name, target_name, kind=kind, share=_lesser_share(said, says), n=len(said)))
    return tuple(found)


def _partners(target: Array | Indices, column: Array) -> NDArray[np.bool_]:
    """Rows whose column has the value that goes most often with their state, and the other way round."""
    if not len(target):
        return np.zeros(0, dtype=np.bool_)
    states, state = np.unique(target, return_inverse=True)
    levels, level = np.unique(column, return_inverse=True)
    if len(levels) > 10 * len(states):  # a number or a date: no partner of so few states, and a large table
        return np.zeros(len(target), dtype=np.bool_)
    table = np.bincount(state * len(levels) + level, minlength=len(states) * len(levels)).reshape(len(states), -1)
    return (table.argmax(axis=1)[state] == level) & (table.argmax(axis=0)[level] == state)


def _lesser_share(target: Array | Indices, says: NDArray[np.bool_]) -> float:
    if not len(target):
        return 0.0
    values, counts = np.unique(target, return_counts=True)
    others = says[target != values[counts.argmax()]]
    return min(float(says.mean()), float(others.mean())) if len(others) else 0.0


def scaler_facts(names: Sequence[str], fitted: Sequence[Scale], *, training: Array, every: Array) -> list[ScalerFacts]:
    """Standard scalers beside what their columns give: mean, and standard deviation with n in the denominator.

    Args:
        names: of the columns.
        fitted: the scale in use, for each column.
        training: training rows as they were read, NaN where missing, shape (row, column).
        every: all rows, the same columns.
    """
    of_training, of_all = _scales(training), _scales(every)
    return [ScalerFacts(*facts) for facts in zip(names, fitted, of_training, of_all, strict=True)]


def _scales(rows: Array) -> list[Scale]:
    return [Scale(float(np.nanmean(column)), float(np.nanstd(column))) for column in rows.T]


def forecast_facts(truth: Array, forecast: Array, *, split: str, channel: str) -> ForecastFacts | None:
    """Forecasts beside their truths; None where no truth is known.

    Args:
        truth: any shape, NaN where missing.
        forecast: the same shape.
        split: name.
        channel: name.

    Raises:
        ValueError: if the shapes differ.
    """
    if truth.shape != forecast.shape:
        raise ValueError(f"forecasts of shape {forecast.shape} for truths of shape {truth.shape}: give the same")
    known = ~np.isnan(truth)
    true, told = truth[known], forecast[known]
    if not len(true):
        return None
    low, high, near = float(told.min()), float(told.max()), AT_END * float(told.std())
    return ForecastFacts(
        split=split,
        channel=channel,
        n=len(true),
        variance=float(told.var()),
        truth_variance=float(true.var()),
        low=low,
        high=high,
        n_at_low=int((told <= low + near).sum()),
        n_at_high=int((told >= high - near).sum()),
        n_below=int((true < low - near).sum()),
        n_above=int((true > high + near).sum()),
    )
