"""A table of series in, its series on one time index out: gaps, duplicates and bad cells are told with their places."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seqwise.errors import DataError, Problem, UsageError, did_you_mean
from seqwise.read import SERIES_FORMATS
from seqwise.read.blocks import Block, Opened, Reader
from seqwise.read.columns import Request
from seqwise.read.encodings import AUTO
from seqwise.read.faults import SKIP, Kind, Ledger, n_rows
from seqwise.read.row_checks import Rules, bad_rows
from seqwise.read.series.axis import Placed, place_times, step_name
from seqwise.read.series.cells import Cells, gather
from seqwise.read.series.grid import open_grid
from seqwise.read.series.layout import Layout, LongChoice, WideChoice
from seqwise.read.series.values import Values, read_covariates, read_values
from seqwise.read.tables import BLOCK, OPENERS, find_format
from seqwise.records import Array, FileFacts, Indices
from seqwise.series_records import MISSING, Covariates, Series

__all__ = ["Layout", "read_series"]

OnBadRow = Literal["stop", "skip", "repair"]
# A repaired table has at most so many rows for each of the file: more than that is a wrong time, not a gap.
MOST_ROWS_A_ROW = 10
FIX_STATIC = f"Fix the cell, name the column in data.known or data.past, {SKIP}"
FIX_GAP = (
    "Add the missing rows, set data.step row where times only follow each other (trading days), "
    "or pass --on-bad-row repair for missing values there, skip to keep the gap."
)


def read_series(
    path: str | Path,
    layout: Layout,
    *,
    format: str = "long",  # noqa: A002 (the setting has this name)
    encoding: str = AUTO,
    on_bad_row: OnBadRow = "stop",
    reader: Reader | None = None,
) -> tuple[Series, FileFacts]:
    """Read a csv, tsv, jsonl or parquet table of series, plain or .gz, and tell all that is wrong with it together.

    Rows may stand in any order. Positions count on one index for all units; units may begin and end where they like.

    Args:
        path: the file; messages and `Series.path` name it as it is written here.
        layout: what is in which column, and how values and times are read.
        format: a name of `seqwise.read.SERIES_FORMATS`; grids are csv or tsv.
        encoding: as in `seqwise.read.tables.read_rows`.
        on_bad_row: ``stop`` raises; ``skip`` leaves bad rows and the later ones of a duplicate out, and leaves gaps as
            they are; ``repair`` fills gaps and empty cells with missing values, keeps the first of duplicates, counts
            both, and raises for what cannot be mended.
        reader: what opens a long or wide table; None: by the name of the file.

    Returns:
        The series, units in the order of the file, and the facts, whose notes count what was mended or left out.

    Raises:
        DataError: with every fault of the file.
        UsageError: if the format or the encoding is not known, or columns have no role or two.
    """
    if format not in SERIES_FORMATS:
        what = f'found "{format}"; allowed: {", ".join(SERIES_FORMATS)}.'
        raise UsageError(Problem(where="data.format", what=what, fix=did_you_mean(format, SERIES_FORMATS)))
    ledger = Ledger(str(path))
    if format == "grid":
        opened = open_grid(str(path), layout.unit, encoding=encoding, ledger=ledger)
    else:
        choice = WideChoice(layout) if format == "wide" else LongChoice(layout)
        request = Request(str(path), choice, encoding=encoding, block=BLOCK, label_is_optional=False)
        opened = (reader or OPENERS[find_format(str(path))])(request, ledger)
    cells, facts = _cells(opened, str(path), ledger, format=format), opened.facts
    if not len(cells):
        raise DataError(ledger.problems() or [Problem(str(path), "has no rows.", "Give it rows.")])
    is_mended = on_bad_row == "repair"
    values = read_values(cells, layout, ledger=ledger, is_mended=is_mended)
    good = np.flatnonzero(~values.is_bad)
    cells, values = cells.take(good), values.take(good)
    placed = place_times(cells, ledger, step=layout.step)
    order = _ordered(cells, placed, np.flatnonzero(placed.is_placed))
    once = _without_duplicates(cells, placed, order, ledger=Ledger(str(path)) if is_mended else ledger)
    kept = _without_static_faults(cells, once, ledger)
    steps = _steps(cells, placed, kept)
    if on_bad_row == "stop":
        _tell_gaps(cells, placed, kept, steps=steps, ledger=ledger)
    if (ledger and on_bad_row != "skip") or not len(kept):
        raise DataError(ledger.problems())
    rows = _filled(kept, steps, str(path)) if is_mended else kept
    series = _series(cells, values, placed, rows=rows, path=str(path))
    n_repaired = {
        "empty cells kept as missing values": values.n_missing if is_mended else 0,
        "rows that fill gaps with missing values": int((rows < 0).sum()),
        "rows of a unit and time that stand above already, left out": len(order) - len(once) if is_mended else 0,
        "gaps left as they are": int((steps > 1).sum()) if on_bad_row == "skip" else 0,
        "rows not in the order of time, sorted": _n_unsorted(cells, placed),
    }
    notes = [f"{what}: {count:,}" for what, count in n_repaired.items() if count]
    if ledger:
        notes.append(f"{n_rows(ledger.n_rows)} with faults left out, the first: {ledger.problems()[0]}")
    return series, replace(facts, n_rows=len(kept), n_skipped=ledger.n_rows, notes=(*facts.notes, *notes))


def _cells(opened: Opened, path: str, ledger: Ledger, *, format: str) -> Cells:  # noqa: A002 (as in read_series)
    good = (block.without(bad_rows(block, _rules(block), ledger=ledger)) for block in opened.blocks)
    return replace(gather(good, path, is_wide=format == "wide"), is_wide=format != "long")


def _rules(block: Block) -> Rules:
    names = {role: role.partition(" ")[2] for role in block.cells}
    return Rules(names=names, labels=frozenset(), has_labels_checked=False)


def _ordered(cells: Cells, placed: Placed, rows: Indices) -> Indices:
    """Rows by unit and time, equal ones in the order of the file."""
    return rows[np.lexsort((placed.positions[rows], cells.unit.codes[rows]))]


def _n_unsorted(cells: Cells, placed: Placed) -> int:
    by_unit = np.argsort(cells.unit.codes, kind="stable")
    is_same = np.diff(cells.unit.codes[by_unit]) == 0
    return int((is_same & (np.diff(placed.positions[by_unit]) < 0)).sum())


def _steps(cells: Cells, placed: Placed, rows: Indices) -> Indices:
    """Positions from the row before in the same unit to each row; 1 for the first row of a unit, shape (row,)."""
    steps = np.ones(len(rows), dtype=np.int64)
    is_same = np.diff(cells.unit.codes[rows]) == 0
    steps[1:][is_same] = np.diff(placed.positions[rows])[is_same]
    return steps


def _without_duplicates(cells: Cells, placed: Placed, rows: Indices, *, ledger: Ledger) -> Indices:
    """The first row of each unit and time; the others are told."""
    is_again = _steps(cells, placed, rows) == 0
    name = next(iter(cells.of("time")))
    firsts = rows[np.maximum.accumulate(np.where(is_again, 0, np.arange(len(rows))))]
    for row, first in sorted(zip(rows[is_again].tolist(), firsts[is_again].tolist(), strict=True)):
        near = f'"{cells.time.cell(row)}" of "{cells.unit.cell(row)}" stands in line {cells.lines[first]} as well.'
        fix = f"{near} Remove one, name all columns of the unit in data.unit, {SKIP}"
        kind = Kind("found a time that its unit has already", column=cells.place(name, row), fix=fix)
        ledger.leave_out(kind, int(cells.lines[row]))
    return rows[~is_again]


def _tell_gaps(cells: Cells, placed: Placed, rows: Indices, *, steps: Indices, ledger: Ledger) -> None:
    name = next(iter(cells.of("time")))
    for place in np.flatnonzero(steps > 1).tolist():
        row = int(rows[place])
        n = int(steps[place]) - 1
        found = f"found a gap of {n:,} time{'s' if n > 1 else ''} before this row"
        kind = Kind(found, column=cells.place(name, row), rule=f"the step is {step_name(placed.axis)}.", fix=FIX_GAP)
        ledger.tell(kind, int(cells.lines[row]))


def _without_static_faults(cells: Cells, rows: Indices, ledger: Ledger) -> Indices:
    """The rows whose static columns say what the first row of their unit says; the others are told."""
    units = cells.unit.codes[rows]
    firsts = rows[np.searchsorted(units, units)]
    differs = np.zeros(len(rows), dtype=np.bool_)
    for name, column in cells.of("static").items():
        is_other = column.codes[rows] != column.codes[firsts]
        differs |= is_other
        for row in rows[is_other].tolist():
            kind = Kind("found another value than in the first row of its unit", column=name, fix=FIX_STATIC)
            ledger.tell(kind, int(cells.lines[row]))
    ledger.n_rows += int(differs.sum())
    return rows[~differs]


def _filled(rows: Indices, steps: Indices, path: str) -> Indices:
    """The rows with -1 for each time of a gap, in its place.

    Raises:
        DataError: if the gaps have more times than can be meant.
    """
    n_filled = int((steps - 1).sum())
    if n_filled > MOST_ROWS_A_ROW * len(rows):
        what = f"has {len(rows):,} rows and gaps of {n_filled:,} times; that is no gap but a wrong time or step."
        raise DataError(Problem(path, what, "Look at the gaps with --on-bad-row stop, or set data.step row."))
    filled = np.full(len(rows) + n_filled, -1, dtype=np.int64)
    filled[np.cumsum(steps) - 1] = rows
    return filled


def _series(cells: Cells, values: Values, placed: Placed, *, rows: Indices, path: str) -> Series:
    """The series of these rows, of which -1 is a filled one."""
    is_filled = rows < 0
    behind = np.minimum.accumulate(np.where(is_filled, len(rows), np.arange(len(rows)))[::-1])[::-1]
    near = rows[behind]  # the row itself, or the one behind the gap
    taken: Array | Indices = values.values[near]
    taken[is_filled] = MISSING if values.states else np.nan
    units = cells.unit.codes[near]
    firsts = np.flatnonzero(np.diff(units, prepend=-1))
    return Series(
        units=tuple(cells.unit.texts[code] for code in units[firsts].tolist()),
        offsets=np.append(firsts, len(rows)).astype(np.int64),
        times=placed.positions[near] - (behind - np.arange(len(rows))),
        values=taken,
        channels=values.channels,
        states=values.states,
        axis=placed.axis,
        static=read_covariates(cells.of("static"), near[firsts]),
        known=_blanked(read_covariates(cells.of("known"), near), is_filled),
        past=_blanked(read_covariates(cells.of("past"), near), is_filled),
        path=path,
        lines=cells.lines[near],
    )


def _blanked(covariates: Covariates, is_filled: NDArray[np.bool_]) -> Covariates:
    covariates.values[is_filled] = np.nan
    return covariates
