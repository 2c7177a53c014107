"""A series and settings in, the windows of each split out; windows whose target misses a value are left out."""

import re
from dataclasses import replace

import numpy as np

from seqwise.errors import DataError, Problem, UsageError
from seqwise.prepare.series_windows import WindowPlan, split_by_time, split_by_unit
from seqwise.records import Indices
from seqwise.series_records import Series, SeriesWindows, TimeAxis
from seqwise.settings.stations import DataSettings, PrepareSettings
from seqwise.times import parse_time

GROUPED = "grouped"
COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
# From so many units on, the units are what resampling draws; below, stretches of time are.
FEWEST_UNITS = 10


def window_plan(prepare: PrepareSettings) -> WindowPlan:
    """How the settings cut windows."""
    return WindowPlan(input=prepare.input, horizon=prepare.horizon, stride=prepare.stride)


def split_series(
    series: Series, data: DataSettings, *, prepare: PrepareSettings, seed: int
) -> dict[str, SeriesWindows]:
    """The windows of each split, whose targets are all known.

    Args:
        series: of all splits.
        data: ``split`` is ``time``, where validation and test are shares or times to begin at, or ``grouped``: shares
            of the units.
        prepare: how windows are cut.
        seed: of the draw of units.

    Raises:
        DataError: if a split has no window.
        UsageError: if a time cannot be read, or is none of the series.
    """
    plan = window_plan(prepare)
    if data.split == GROUPED:
        shares = [_share(key, value) for key, value in _held_out(data).items()]
        splits = split_by_unit(series, plan, validation=shares[0], test=shares[1], seed=seed)
    else:
        until = _position("data.until", data.until, series) if data.until else int(series.times.max()) + 1
        validation, test = _beginnings(series, data, until=until)
        splits = split_by_time(series, plan, validation=validation, test=test, until=until)
    return {name: known_targets(windows, name=name) for name, windows in splits.items()}


def known_targets(windows: SeriesWindows, *, name: str) -> SeriesWindows:
    """The windows that miss no value in their target.

    Raises:
        DataError: if there is none.
    """
    is_known = ~windows.series.is_missing
    is_whole = is_known[windows.target_rows].all(axis=(1, 2))
    if not is_whole.any():
        what = f"all targets of the {name} windows miss a value."
        raise DataError(Problem(windows.series.path, what, "Fill the cells, or move the splits."))
    return windows if is_whole.all() else replace(windows, starts=windows.starts[is_whole])


def training_rows(windows: SeriesWindows) -> Indices:
    """The rows of the series that windows hold, inputs and targets, each once."""
    is_held = np.zeros(len(windows.series) + 1, dtype=np.int64)
    np.add.at(is_held, windows.starts, 1)
    np.add.at(is_held, windows.starts + windows.input + windows.horizon, -1)
    return np.flatnonzero(np.cumsum(is_held)[:-1] > 0).astype(np.int64)


def blocks_of(windows: SeriesWindows) -> Indices:
    """Which windows depend on each other, as offsets, shape (block + 1,): those of a unit, or of a stretch of time.

    With few units their windows are cut into stretches whose first targets lie within a horizon of each other, the
    blocks of Kuensch (1989), https://doi.org/10.1214/aos/1176347265.
    """
    units = windows.series.unit_of[windows.starts]
    keys = [units]
    if len(np.unique(units)) < FEWEST_UNITS:
        first = windows.series.times[windows.starts] + windows.input
        keys.append((first - first.min()) // windows.horizon)
    is_new = np.zeros(len(windows), dtype=np.bool_)
    is_new[:1] = True
    for key in keys:
        is_new[1:] |= np.diff(key) != 0
    return np.append(np.flatnonzero(is_new), len(windows)).astype(np.int64)


def _held_out(data: DataSettings) -> dict[str, str | float]:
    return {"data.validation": data.validation, "data.test": 0.0 if data.test is None else data.test}


def _share(key: str, value: str | float) -> float:
    if isinstance(value, str):
        what = f'found "{value}"; whole units are held out by a share.'
        raise UsageError(Problem(key, what, 'Give a share such as 0.2, or write data.split = "time".'))
    return value


def _beginnings(series: Series, data: DataSettings, *, until: int) -> tuple[int, int | None]:
    """Positions on the axis where validation and test begin."""
    n_times = until - int(series.times.min())
    held = _held_out(data)
    test, validation = held["data.test"], held["data.validation"]
    test_begins = _position("data.test", test, series) if isinstance(test, str) else until - round(n_times * test)
    if isinstance(validation, str):
        begins = _position("data.validation", validation, series)
    else:
        begins = test_begins - round(n_times * validation)
    return begins, test_begins if test else None


def _position(key: str, text: str, series: Series) -> int:
    """The position of a time on the axis of a series."""
    axis = series.axis
    place = axis.names.index(text) if text in axis.names else _computed(text, axis)
    if place is None or not series.times.min() <= place <= series.times.max():
        first, last = (axis.name(int(time)) for time in (series.times.min(), series.times.max()))
        what = f'found "{text}"; it is neither a file nor a time of {series.path}, which goes from {first} to {last}.'
        raise UsageError(Problem(key, what, "Give a time of it, or a share such as 0.2."))
    return place


def _computed(text: str, axis: TimeAxis) -> int | None:
    compact = COMPACT_DATE.fullmatch(text)
    parsed = parse_time("-".join(compact.groups()) if compact and axis.kind != "numbers" else text)
    if parsed is None or axis.kind == "names" or (axis.kind == "numbers") != (parsed[0] == "a number"):
        return None
    time = int(parsed[1])
    if axis.kind == "months":
        time = int(np.datetime64(time, "us").astype("datetime64[M]").astype(np.int64))
    return -(-(time - axis.start) // axis.step)
