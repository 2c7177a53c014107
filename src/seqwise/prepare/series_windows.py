"""Windows: series come in; pairs of an input and the horizon behind it come out, for each split its own targets.

A window lies in one unit and has no gap in it. Splits are by time or by unit, and share no target.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seqwise.errors import DataError, Problem, UsageError
from seqwise.records import Indices
from seqwise.series_records import MISSING, Covariates, Series, SeriesWindows

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class WindowPlan:
    """How windows are cut; all in steps of the time index, 1 or more.

    Attributes:
        input: what a model sees.
        horizon: what it foretells, right behind the input.
        stride: from a window to the next of the same unit and split.
    """

    input: int
    horizon: int
    stride: int = 1

    def __post_init__(self) -> None:
        """Raise for what is out of range.

        Raises:
            UsageError: if one is less than 1.
        """
        sizes = {"input": self.input, "horizon": self.horizon, "stride": self.stride}
        wrong = [
            Problem(f"prepare.{name}", f"found {size}; allowed: 1 or more.", "Count in steps of the time index.")
            for name, size in sizes.items()
            if size < 1
        ]
        if wrong:
            raise UsageError(wrong)


def all_windows(series: Series, plan: WindowPlan) -> SeriesWindows:
    """All windows of all units, the first of a unit at its beginning and behind each gap that is in the way.

    Raises:
        DataError: if no unit has a window.
    """
    windows = _strided(series, _starts(series, plan), plan)
    if not len(windows):
        raise DataError(_too_short(series, plan, "a unit"))
    return windows


def windows_to_come(series: Series, plan: WindowPlan) -> SeriesWindows:
    """One window for each unit: its last known rows, and behind them the steps that nobody knows.

    Rows behind the last known one of a unit, with their covariates, are steps to come; the others are added, and miss
    everything.

    Raises:
        DataError: if a unit has too few rows, or some of them are not one step apart.
        UsageError: if times have names alone, or covariates that must be known are not there.
    """
    extended, last = _extended(series, plan)
    starts = last + 1 - plan.input
    is_short = (starts < extended.offsets[:-1]) | (
        extended.times[last] - extended.times[np.maximum(starts, 0)] != plan.input - 1
    )
    problems = [
        Problem(
            series.path,
            f'the unit "{series.units[unit]}" has no {plan.input} steps without a gap before what is asked.',
            "Give it more rows, or leave it out.",
        )
        for unit in np.flatnonzero(is_short).tolist()
    ]
    if problems:
        raise DataError(problems)
    return SeriesWindows(extended, starts, plan.input, plan.horizon)


def _extended(series: Series, plan: WindowPlan) -> tuple[Series, Indices]:
    """The series with the horizon behind the last known row of each unit, and where these rows are."""
    is_known = np.logical_not(series.is_missing.all(axis=1))
    rows: list[Indices] = []
    times: list[Indices] = []
    lasts: list[int] = []
    for begin, end in zip(series.offsets[:-1].tolist(), series.offsets[1:].tolist(), strict=True):
        known = np.flatnonzero(is_known[begin:end])
        last = begin + (int(known[-1]) if len(known) else 0)
        behind = np.arange(last + 1, min(end, last + 1 + plan.horizon))
        n_new = plan.horizon - len(behind)
        lasts.append(sum(map(len, rows)) + last - begin)
        rows.append(np.concatenate([np.arange(begin, last + 1), behind, np.full(n_new, -1)]))
        times.append(np.concatenate([series.times[begin : last + 1], series.times[last] + 1 + np.arange(plan.horizon)]))
    taken = np.concatenate(rows).astype(np.int64)
    if (taken < 0).any() and series.known.names:
        what = f"has no rows of the {plan.horizon} steps to come with {', '.join(series.known.names)}."
        raise UsageError(Problem(series.path, what, "Add them, their values left empty."))
    if series.axis.kind == "names":
        what = "has times that are names, so nothing says what comes behind the last of them."
        raise UsageError(Problem(series.path, what, "Use: seqwise evaluate, on a file with the steps to come."))
    new = taken < 0
    values = series.values[taken].copy()
    values[new] = MISSING if series.states else np.nan
    return (
        replace(
            series,
            offsets=np.concatenate([[0], np.cumsum([len(each) for each in rows])]).astype(np.int64),
            times=np.concatenate(times).astype(np.int64),
            values=values,
            known=_taken(series.known, taken),
            past=_taken(series.past, taken),
            lines=series.lines[taken],
        ),
        np.array(lasts, dtype=np.int64),
    )


def _taken(covariates: Covariates, rows: Indices) -> Covariates:
    values = covariates.values[rows].copy()
    values[rows < 0] = np.nan
    return replace(covariates, values=values)


def split_by_time(
    series: Series, plan: WindowPlan, *, validation: int, test: int | None = None, until: int | None = None
) -> dict[str, SeriesWindows]:
    """Windows whose targets lie before ``validation``, from there on before ``test``, and from there on.

    Inputs may look back into an earlier split. A window whose targets lie in two splits is in none. The first window
    of a unit and split is the first that can be.

    Args:
        series: one time index for all units.
        plan: how windows are cut.
        validation: position on the time index where the targets of validation begin.
        test: where those of the test set begin; None: there is none.
        until: where no target stands any more; None: the end of the series.

    Returns:
        Windows by the name of their split.

    Raises:
        DataError: if a split has no window.
        UsageError: if ``test`` is not behind ``validation``.
    """
    if test is not None and test <= validation:
        what = f"found {test}, but validation begins at {validation}."
        raise UsageError(Problem("data.test", what, "Let the test set begin behind it."))
    starts = _starts(series, plan)
    first = series.times[starts] + plan.input
    edges = (-np.inf, validation, *(() if test is None else (test,)), np.inf if until is None else until)
    splits: dict[str, SeriesWindows] = {}
    for name, begin, end in zip(SPLITS, edges[:-1], edges[1:], strict=False):
        splits[name] = _strided(series, starts[(first >= begin) & (first + plan.horizon <= end)], plan)
    return _require_windows(splits, series, plan)


def split_by_unit(
    series: Series, plan: WindowPlan, *, validation: float, test: float = 0.0, seed: int = 0
) -> dict[str, SeriesWindows]:
    """All windows of a unit in one split, units drawn by chance.

    Args:
        series: several units.
        plan: how windows are cut.
        validation: share of the units, above 0.
        test: share of the units; 0: there is no test set.
        seed: of the draw.

    Returns:
        Windows by the name of their split.

    Raises:
        DataError: if a split has no window.
        UsageError: if the shares leave nothing for training.
    """
    if not (0 < validation < 1 and 0 <= test < 1 - validation):
        what = f"found the shares {validation} and {test} of units."
        raise UsageError(Problem("data.validation", what, "Give shares above 0 that sum to less than 1."))
    n = len(series.units)
    n_test, n_validation = round(n * test), round(n * validation)
    split_of = np.zeros(n, dtype=np.int64)
    order = np.random.default_rng(seed).permutation(n)
    split_of[order[:n_test]] = SPLITS.index("test")
    split_of[order[n_test : n_test + n_validation]] = SPLITS.index("validation")
    starts = _starts(series, plan)
    splits = split_of[series.unit_of[starts]]
    names = SPLITS if test else SPLITS[:2]
    windows = {name: _strided(series, starts[splits == place], plan) for place, name in enumerate(names)}
    return _require_windows(windows, series, plan)


def _starts(series: Series, plan: WindowPlan) -> Indices:
    """Every row where a window can begin: so many rows on, the unit is the same and as many steps have passed."""
    length = plan.input + plan.horizon
    if len(series) < length:
        return np.zeros(0, dtype=np.int64)
    last = length - 1
    units, times = series.unit_of, series.times
    n = len(series) - last
    is_whole: NDArray[np.bool_] = (units[last:] == units[:n]) & (times[last:] - times[:n] == last)
    return np.flatnonzero(is_whole).astype(np.int64)


def _strided(series: Series, starts: Indices, plan: WindowPlan) -> SeriesWindows:
    """The windows a stride apart, counted from the first of each stretch of a unit without a gap."""
    stretches = series.times[starts] - np.arange(len(starts)), series.unit_of[starts]
    is_new = np.ones(len(starts), dtype=np.bool_)
    is_new[1:] = (np.diff(stretches[0]) != 0) | (np.diff(stretches[1]) != 0)
    firsts = np.maximum.accumulate(np.where(is_new, np.arange(len(starts)), 0))
    kept = (np.arange(len(starts)) - firsts) % plan.stride == 0
    return SeriesWindows(series, starts[kept], plan.input, plan.horizon)


def _require_windows(splits: dict[str, SeriesWindows], series: Series, plan: WindowPlan) -> dict[str, SeriesWindows]:
    problems = [_too_short(series, plan, f"the {name} split") for name, windows in splits.items() if not len(windows)]
    if problems:
        raise DataError(problems)
    return splits


def _too_short(series: Series, plan: WindowPlan, what: str) -> Problem:
    longest = int(np.diff(series.offsets).max())
    told = (
        f"{what} has no window of {plan.input} + {plan.horizon} steps without a gap; the longest unit has {longest:,}."
    )
    return Problem(series.path, told, "Shorten prepare.input or prepare.horizon, or move the splits.")
