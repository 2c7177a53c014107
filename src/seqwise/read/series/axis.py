"""The times of a table in, its regular index out: kind, start and step, and the position of each row on it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqwise.read.faults import SKIP, Kind, Ledger, shown
from seqwise.read.series.cells import Cells
from seqwise.records import Indices
from seqwise.series_records import AxisKind, TimeAxis
from seqwise.times import TimeKind, parse_time

DAY = 86_400_000_000  # microseconds
SHORTEST_MONTH = 28 * DAY
LAST_DAY_OF_ALL_MONTHS = 28
FIX_TIME = f"Fix the time, {SKIP}"
_COMPACT_DATE = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_COUNTED = re.compile(r"(\D*)(\d+)")
UNITS = ((7 * DAY, "week"), (DAY, "day"), (DAY // 24, "hour"), (DAY // 1440, "minute"), (DAY // 86400, "second"))


@dataclass(frozen=True)
class Placed:
    """Times on their index.

    Attributes:
        axis: the index.
        positions: of each row on it, shape (row,).
        is_placed: False for rows whose time is not on the index, shape (row,).
    """

    axis: TimeAxis
    positions: Indices
    is_placed: NDArray[np.bool_]


def place_times(cells: Cells, ledger: Ledger, *, step: str) -> Placed:
    """Find the index that most rows stand on, and tell the ledger which rows do not.

    Eight digits are a date where all times are such. Dates that lie whole months apart, always on one day of the month
    or on its last one, are months. The step is the most frequent difference of neighbouring times of a unit.

    Args:
        cells: all have a time, and in a long table one that can be read.
        ledger: takes in the faults.
        step: see `Layout`.
    """
    texts = cells.time.texts
    if cells.is_wide and not _are_times(texts):
        counted = _counted(texts)
        if counted is None or step == "row":
            return _following(cells, texts)
        texts = counted
    parsed = _parsed(texts)
    kinds = _main_kind(cells, parsed, ledger)
    times = np.array([0 if time is None else time[1] for time in parsed], dtype=np.int64)[cells.time.codes]
    is_placed = kinds[cells.time.codes]
    if step == "row":
        return _ranked(cells, times, is_placed)
    kind: AxisKind = "numbers"
    if any(time is not None and time[0] != "a number" for time in parsed):
        kind, times = _months_or_moments(cells, times, is_placed)
    difference = _most_frequent_difference(cells, times, is_placed)
    is_placed = _on_grid(cells, times, is_placed, ledger=ledger, step=difference)
    start = int(times[is_placed].min()) if is_placed.any() else 0
    return Placed(TimeAxis(kind, start, difference), (times - start) // difference, is_placed)


def step_name(axis: TimeAxis) -> str:
    """How far apart positions are, in words.

    Example:
        >>> step_name(TimeAxis("months", step=3)), step_name(TimeAxis("moments", step=3_600_000_000))
        ('3 months', '1 hour')
    """
    if axis.kind == "months":
        return _counted_unit(axis.step, "month")
    if axis.kind == "moments":
        size, unit = next((pair for pair in UNITS if axis.step % pair[0] == 0), (1, "microsecond"))
        return _counted_unit(axis.step // size, unit)
    return str(axis.step)


def _counted_unit(n: int, unit: str) -> str:
    return f"{n:,} {unit}" if n == 1 else f"{n:,} {unit}s"


def _are_times(texts: Sequence[str]) -> bool:
    return all(parse_time(text) is not None for text in texts)


def _counted(texts: Sequence[str]) -> list[str] | None:
    """The numbers of names like a15, a16, which have one word before a number of their own; else None."""
    matches = [match for text in texts if (match := _COUNTED.fullmatch(text))]
    words = {match[1] for match in matches}
    numbers = [match[2] for match in matches]
    return numbers if len(words) == 1 and len({*map(int, numbers)}) == len(texts) else None


def _following(cells: Cells, texts: Sequence[str]) -> Placed:
    return Placed(TimeAxis("names", names=tuple(texts)), cells.time.codes, np.ones(len(cells), dtype=np.bool_))


def _ranked(cells: Cells, times: Indices, is_placed: NDArray[np.bool_]) -> Placed:
    """Every time of the file is the next position after the one before it."""
    distinct, first, positions = np.unique(times, return_index=True, return_inverse=True)
    del distinct
    names = tuple(cells.time.cell(row) for row in first.tolist())
    return Placed(TimeAxis("names", names=names), positions.astype(np.int64), is_placed)


def _parsed(texts: Sequence[str]) -> list[tuple[TimeKind, int] | None]:
    """Kind and place of each time; None for a number with a fraction."""
    matches = [_COMPACT_DATE.fullmatch(text) for text in texts]
    if all(matches):
        dates = [parse_time("-".join(match.groups())) for match in matches if match]
        if all(dates):
            return [(date[0], int(date[1])) for date in dates if date]
    found = [parse_time(text) for text in texts]
    return [None if time is None or time[1] != int(time[1]) else (time[0], int(time[1])) for time in found]


def _main_kind(cells: Cells, parsed: Sequence[tuple[TimeKind, int] | None], ledger: Ledger) -> NDArray[np.bool_]:
    """Which of the different times are of the kind that most rows have; rows of the others are told."""
    counts = np.bincount(cells.time.codes, minlength=len(parsed))
    n_rows: dict[str, int] = {}
    for time, count in zip(parsed, counts.tolist(), strict=True):
        kind = time[0] if time else ""
        n_rows[kind] = n_rows.get(kind, 0) + count
    main = max((kind for kind in n_rows if kind), key=lambda kind: n_rows[kind], default="a number")
    is_main = np.array([time is not None and time[0] == main for time in parsed], dtype=np.bool_)
    for row in np.flatnonzero(~is_main[cells.time.codes]).tolist():
        time = parsed[cells.time.codes[row]]
        rule = f"most times are {main}" + ("." if time else " that is whole." if main == "a number" else ".")
        ledger.leave_out(_fault(cells, row, shown(cells.time.cell(row)), rule), int(cells.lines[row]))
    return is_main


def _months_or_moments(cells: Cells, times: Indices, is_placed: NDArray[np.bool_]) -> tuple[AxisKind, Indices]:
    """Months where dates are whole months apart; else the moments as they are."""
    if _most_frequent_difference(cells, times, is_placed) < SHORTEST_MONTH:
        return "moments", times
    for shift in (0, DAY):  # the last day of a month is the one before a first day
        moments = (times + shift).astype("datetime64[us]")
        months = moments.astype("datetime64[M]")
        rest = (moments - months.astype("datetime64[us]")).astype(np.int64)[is_placed]
        limit = DAY if shift else LAST_DAY_OF_ALL_MONTHS * DAY
        if len(rest) and (rest == rest[0]).all() and rest[0] < limit:
            return "months", (months - np.timedelta64(bool(shift), "M")).astype(np.int64)
    return "moments", times


def _most_frequent_difference(cells: Cells, times: Indices, is_placed: NDArray[np.bool_]) -> int:
    """Of neighbouring times of a unit; where no unit has two, of all times; 1 where there is one time only."""
    units, kept = cells.unit.codes[is_placed], times[is_placed]
    order = np.lexsort((kept, units))
    differences = np.diff(kept[order])[np.diff(units[order]) == 0]
    differences = differences[differences > 0]
    if not len(differences):
        differences = np.diff(np.unique(kept))
    if not len(differences):
        return 1
    found, counts = np.unique(differences, return_counts=True)
    return int(found[counts.argmax()])


def _on_grid(
    cells: Cells, times: Indices, is_placed: NDArray[np.bool_], *, ledger: Ledger, step: int
) -> NDArray[np.bool_]:
    """The rows that are whole steps from the most frequent place between steps; the others are told."""
    rests, counts = np.unique(times[is_placed] % step, return_counts=True)
    if len(rests) < 2:
        return is_placed
    is_off = is_placed & (times % step != rests[counts.argmax()])
    for row in np.flatnonzero(is_off).tolist():
        fault = _fault(cells, row, shown(cells.time.cell(row)), "it lies between the steps of the other times.")
        ledger.leave_out(fault, int(cells.lines[row]))
    return is_placed & ~is_off


def _fault(cells: Cells, row: int, found: str, rule: str) -> Kind:
    name = next(iter(cells.of("time")))
    return Kind(found=f"found {found}", column=cells.place(name, row), rule=rule, fix=FIX_TIME)
