"""Positions on an axis of time in, what their dates say out: the hour, the weekday, the month, the time of the year."""

import numpy as np
from numpy.typing import NDArray

from seqwise.records import Array, Indices
from seqwise.series_records import TimeAxis

DAY = 86_400_000_000  # microseconds
YEAR_DAYS = 365.2425
WEEKDAYS, MONTHS = 7, 12
# Steps until a pattern comes again, by the length of a step in microseconds: a day of hours, a week of days, a year.
_SEASONS = ((DAY // 24, 24), (DAY, 7), (7 * DAY, 52))


def season_of(axis: TimeAxis) -> int:
    """Steps until a pattern may come again: 24 of hours, 7 of days, 52 of weeks, a year of months; 1 where unknown.

    Steps shorter than an hour have the season of a day.

    Example:
        >>> season_of(TimeAxis("months", step=3)), season_of(TimeAxis("moments", step=DAY))
        (4, 7)
    """
    if axis.kind == "months":
        return MONTHS // axis.step if MONTHS % axis.step == 0 else 1
    if axis.kind != "moments":
        return 1
    if axis.step < _SEASONS[0][0]:
        return DAY // axis.step if DAY % axis.step == 0 else 1
    return dict(_SEASONS).get(axis.step, 1)


def calendar_names(axis: TimeAxis, *, has_year: bool) -> tuple[str, ...]:
    """The names of the columns of :func:`calendar`."""
    if axis.kind == "months":
        return tuple(f"month {number}" for number in range(1, MONTHS + 1))
    if axis.kind != "moments":
        return ()
    hour = ("hour, sine", "hour, cosine") if axis.step < DAY else ()
    weekday = tuple(f"weekday {number}" for number in range(1, WEEKDAYS + 1)) if axis.step <= DAY else ()
    return (*hour, *weekday, *(("year, sine", "year, cosine") if has_year else ()))


def calendar(axis: TimeAxis, positions: Indices, *, has_year: bool) -> Array:
    """What is known of times by their dates alone, shape (time, name).

    Args:
        axis: of the positions.
        positions: shape (time,).
        has_year: whether the time of the year is told; two years or more are needed to learn anything from it.

    Returns:
        For months which of the 12 it is; else sine and cosine of the hour where steps are shorter than a day, which
        weekday it is (Monday first) where they are not longer, and sine and cosine of the time of the year.
    """
    times = axis.start + axis.step * positions
    if axis.kind == "months":
        return _one_hot(times % MONTHS, MONTHS)
    if axis.kind != "moments":
        return np.zeros((len(positions), 0))
    parts: list[Array] = []
    if axis.step < DAY:
        parts.append(_circle(times % DAY / DAY))
    if axis.step <= DAY:
        parts.append(_one_hot((times // DAY + 3) % WEEKDAYS, WEEKDAYS))  # 1 January 1970 was a Thursday
    if has_year:
        parts.append(_circle(times / DAY / YEAR_DAYS))
    return np.concatenate([np.zeros((len(positions), 0)), *parts], axis=1)


def covers_two_years(axis: TimeAxis, positions: Indices) -> bool:
    """Whether times reach over two years or more."""
    if not len(positions):
        return False
    span = axis.step * int(positions.max() - positions.min() + 1)
    return span >= 2 * MONTHS if axis.kind == "months" else axis.kind == "moments" and span >= 2 * YEAR_DAYS * DAY


def _one_hot(numbers: Indices, n: int) -> Array:
    return np.eye(n)[numbers]


def _circle(turns: NDArray[np.float64]) -> Array:
    return np.stack([np.sin(2 * np.pi * turns), np.cos(2 * np.pi * turns)], axis=1)
