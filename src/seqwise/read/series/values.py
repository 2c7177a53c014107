"""Cells of values in, numbers or codes of states out; each cell that is neither is told with its place."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seqwise.read.faults import SKIP, Kind, Ledger, shown
from seqwise.read.series.cells import Cells, Column
from seqwise.read.series.layout import Layout
from seqwise.records import Array, Indices
from seqwise.series_records import MISSING, Covariates

# What tables write for a value that is not there; a state of such a name must be given.
NO_VALUE = frozenset(("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"))
FIX_EMPTY = f"Fill the cell, {SKIP.removesuffix('.')}, or repair to keep the row with a missing value."
FIX_VALUE = f"Fix the cell, {SKIP}"
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Values:
    """The values of all rows: numbers or codes of states, shape (row, channel), and which rows have a fault.

    Attributes:
        values: as in `seqwise.series_records.Series`.
        channels: name of each channel.
        states: in the order of their codes; () for numbers.
        is_bad: rows with a cell that cannot be read, shape (row,).
        n_missing: cells without a value in the other rows.
    """

    values: Array | Indices
    channels: tuple[str, ...]
    states: tuple[str, ...]
    is_bad: NDArray[np.bool_]
    n_missing: int

    def take(self, rows: Indices) -> "Values":
        """The values of these rows, in this order."""
        return replace(self, values=self.values[rows], is_bad=self.is_bad[rows])


def read_values(cells: Cells, layout: Layout, *, ledger: Ledger, is_mended: bool) -> Values:
    """The values of all rows.

    Args:
        cells: the table.
        layout: kind of the values, and the states in their order.
        ledger: takes in the faults.
        is_mended: cells without a value are counted and kept as missing; else they are faults.
    """
    columns = cells.of("value")
    states = () if _are_numbers(columns.values(), layout) else layout.states or _states(columns.values())
    codes = {state: code for code, state in enumerate(states)}
    is_bad = np.zeros(len(cells), dtype=np.bool_)
    n_missing = 0
    channels: list[Array] = []
    for name, column in columns.items():
        read = [codes.get(text) if states else number(text) for text in column.texts]
        is_empty = np.array([text.strip() in NO_VALUE and text not in codes for text in column.texts])[column.codes]
        is_wrong = np.array([value is None for value in read])[column.codes] & ~is_empty
        _tell(cells, name, np.flatnonzero(is_wrong), ledger=ledger, states=states)
        if not is_mended:
            _tell_empty(cells, name, np.flatnonzero(is_empty), ledger=ledger)
        n_missing += int(is_empty.sum())
        is_bad |= is_wrong if is_mended else is_wrong | is_empty
        known = np.array([math.nan if value is None else value for value in read], dtype=np.float64)
        channels.append(known[column.codes])
    ledger.n_rows += int(is_bad.sum())
    numbers = np.stack(channels, axis=1)
    values = np.nan_to_num(numbers, nan=MISSING).astype(np.int64) if states else numbers
    return Values(values, tuple(columns), tuple(states), is_bad, n_missing)


def number(text: str) -> float | None:
    """The finite number that a cell says, or None.

    Example:
        >>> number(" 1.5e2 "), number("1,5"), number("inf"), number("1_0")
        (150.0, None, None, None)
    """
    cell = text.strip()
    value = float(cell) if _NUMBER.fullmatch(cell) else math.nan
    return value if math.isfinite(value) else None


def read_covariates(columns: dict[str, Column], rows: Indices) -> Covariates:
    """Columns beside the values at some rows: numbers where all cells that say something are such, else levels."""
    values = np.empty((len(rows), len(columns)))
    levels: list[tuple[str, ...]] = []
    for place, column in enumerate(columns.values()):
        numbers = [number(text) for text in column.texts]
        cells = list(zip(column.texts, numbers, strict=True))
        is_numeric = all(value is not None or text.strip() in NO_VALUE for text, value in cells)
        known = () if is_numeric else tuple(sorted(column.texts))
        codes = {text: code for code, text in enumerate(known)}
        read = [codes[text] if known else math.nan if n is None else n for text, n in cells]
        values[:, place] = np.array(read, dtype=np.float64)[column.codes[rows]]
        levels.append(known)
    return Covariates(tuple(columns), values, tuple(levels))


def _are_numbers(columns: Iterable[Column], layout: Layout) -> bool:
    """Whether values are numbers: as the layout says, else most different cells are."""
    if layout.kind != "auto" or layout.states:
        return layout.kind == "numbers"
    said = [text for column in columns for text in column.texts if text.strip() not in NO_VALUE]
    return 2 * sum(number(text) is not None for text in said) > len(said)


def _states(columns: Iterable[Column]) -> tuple[str, ...]:
    """The states of the cells, sorted: by number where all are such."""
    found = {text for column in columns for text in column.texts if text.strip() not in NO_VALUE}
    numbers = {text: number(text) for text in found}
    if None in numbers.values():
        return tuple(sorted(found))
    return tuple(sorted(found, key=lambda text: (numbers[text] or 0.0, text)))


def _tell(cells: Cells, name: str, rows: Indices, *, ledger: Ledger, states: Sequence[str]) -> None:
    rule = f"known states: {', '.join(states)}." if states else "a value must be a finite number."
    column = cells.of("value")[name]
    for row in rows.tolist():
        text = column.cell(row)
        kind = Kind(
            found=f"found {shown(text)}",
            column=cells.place(name, row),
            rule=rule,
            value=text if states else "",
            allowed=tuple(states),
            fix=FIX_VALUE,
        )
        ledger.tell(kind, int(cells.lines[row]))


def _tell_empty(cells: Cells, name: str, rows: Indices, *, ledger: Ledger) -> None:
    column = cells.of("value")[name]
    for row in rows.tolist():
        text = column.cell(row).strip()
        found = f"found {shown(text)}, which says that there is no value" if text else "found an empty cell"
        ledger.tell(Kind(found=found, column=cells.place(name, row), fix=FIX_EMPTY), int(cells.lines[row]))
