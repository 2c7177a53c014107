"""Month grids as spreadsheets export them in, cells of series out: a row a person, a column a day, a block a month.

A block begins with a row of days: neighbouring cells that count 1, 2, 3 (or 1일, 2일) up to 28 or more. The month is
read from another cell of that row, else from the nearest row above it that names one. The rows below are one person
each, as far as the next blank line or the next row of days; a cell left of day 1 names the person. An empty cell says
nothing, so does a row of weekdays, and what stands right of the last day is not read.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from seqwise.errors import DataError, Problem, did_you_mean
from seqwise.read.blocks import Block, Opened, Record
from seqwise.read.delimited import open_records
from seqwise.read.faults import SKIP, Kind, Ledger, shown
from seqwise.read.series.cells import UNIT_SEPARATOR

FEWEST_DAYS = 28
DAYS = range(1, 32)
_DAY = re.compile(r"0?(\d{1,2})\s*일?")
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = (
    re.compile(r"(?P<year>(?:19|20)\d\d)\s*년\s*(?P<month>1[0-2]|0?[1-9])\s*월"),
    re.compile(r"(?<![\d.])(?P<year>(?:19|20)\d\d)[-./]\s*(?P<month>1[0-2]|0?[1-9])(?:[-./]\s*0?1)?(?!\d)"),
    re.compile(rf"\b(?P<month>{'|'.join(_NAMES)})[a-z]*\.?,?\s+(?P<year>(?:19|20)\d\d)\b", re.IGNORECASE),
)
# What a row under the days may say instead of shifts.
_WEEKDAYS = frozenset("월화수목금토일") | {
    name[:n] for name in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday") for n in (2, 3)
}
MONTH_FIX = f"Write it into that row or above it, such as 2021-03, March 2021 or 2021년 3월, {SKIP}"


@dataclass(frozen=True)
class _Days:
    """A row of days: its month, where day 1 is, how many days it counts, and where a person's name is."""

    year: int
    month: int
    first: int
    n: int
    names: Sequence[int]

    @property
    def n_of_month(self) -> int:
        return monthrange(self.year, self.month)[1]

    def said(self, cells: Sequence[str]) -> list[str]:
        """The cells of the days."""
        return list(cells[self.first : self.first + self.n])


class GridRows:
    """The rows of a month grid, read one by one.

    Args:
        unit: columns, by their names in the rows of days, whose cells together name a person; none: the first one.
        ledger: takes in the faults: days without a month, shifts without a name, shifts on days that are not there.
    """

    def __init__(self, unit: Sequence[str], ledger: Ledger) -> None:
        self._unit = unit
        self._ledger = ledger
        self._days: _Days | None = None
        self._above: tuple[int, int] | None = None
        self._n_blocks = 0

    def read(self, line: int, record: Sequence[str]) -> Block | None:
        """What a row says of a person's month: a record a day; None where it says nothing.

        Raises:
            DataError: if a row of days lacks a column of ``unit``.
        """
        cells = [cell.strip() for cell in record]
        first, n = _run_of_days(cells)
        if n:
            self._days, self._above = self._begun(cells, first, n, line=line), None
            self._n_blocks += 1
        elif not any(cells):
            self._days = None
        elif self._days is None or not _says_shifts(self._days.said(cells)):
            self._above = _month(cells) or self._above
        else:
            return self._person(self._days, cells, line=line)
        return None

    def require_days(self) -> None:
        """Tell a file without any month.

        Raises:
            DataError: if no row of days was read.
        """
        if not self._n_blocks:
            what = "has no row of days: neighbouring cells that count from 1 to 28 or more."
            fix = 'Write data.format = "long" or "wide" for a table.'
            raise DataError([*self._ledger.problems(), Problem(self._ledger.path, what, fix)])

    def _begun(self, cells: Sequence[str], first: int, n: int, *, line: int) -> _Days | None:
        header = cells[:first]
        missing = [name for name in self._unit if name not in header]
        if missing:
            what = (
                f'has no column "{missing[0]}" left of day 1; there are: {", ".join(filter(None, header)) or "none"}.'
            )
            raise DataError(Problem(f"{self._ledger.path}:{line}", what, did_you_mean(missing[0], header)))
        month = _month([*header, *cells[first + n :]]) or self._above
        if month is None:
            self._ledger.leave_out(Kind("found days without a month", column=cells[first], fix=MONTH_FIX), line)
            return None
        return _Days(*month, first, n, names=[header.index(name) for name in self._unit] or [0])

    def _person(self, days: _Days, cells: Sequence[str], *, line: int) -> Block | None:
        parts = [cells[place] for place in days.names]
        if days.first == 0 or not any(parts):
            self._ledger.leave_out(Kind("found shifts without a name", fix=f"Name the person, {SKIP}"), line)
            return None
        shifts = [(day, cell) for day, cell in enumerate(days.said(cells), 1) if cell]
        real = [(day, cell) for day, cell in shifts if day <= days.n_of_month]
        rule = f"{days.year}-{days.month:02} has {days.n_of_month} days."
        for day, cell in shifts[len(real) :]:
            self._ledger.leave_out(Kind(f"found {shown(cell)}", rule=rule, column=str(day)), line)
        return Block(
            lines=[line] * len(real),
            cells={
                "unit name": [UNIT_SEPARATOR.join(parts)] * len(real),
                "time day": [f"{days.year}-{days.month:02}-{day:02}" for day, _ in real],
                "value value": [cell for _, cell in real],
            },
        )


def open_grid(path: str, unit: Sequence[str], *, encoding: str, ledger: Ledger) -> Opened:
    """Open a csv or tsv file; its records, one a person and day, follow while the blocks are taken.

    Args:
        path: the file, plain or .gz.
        unit: see `GridRows`.
        encoding: as in `seqwise.read.tables.read_rows`.
        ledger: takes in the faults.

    Raises:
        DataError: if the file cannot be read, or, while blocks are taken, has no row of days.
    """
    facts, records = open_records(path, encoding=encoding, ledger=ledger)
    return Opened(facts, _blocks(records, GridRows(unit, ledger)))


def _blocks(records: Iterable[Record], rows: GridRows) -> Iterator[Block]:
    yield from filter(None, (rows.read(line, record) for line, record in records))
    rows.require_days()


def _run_of_days(cells: Sequence[str]) -> tuple[int, int]:
    """Where the cells count 1, 2, 3, ..., and how far; (0, 0) where they do not reach the 28th."""
    numbers = [int(match[1]) if (match := _DAY.fullmatch(cell)) else 0 for cell in cells]
    for first in (place for place, number in enumerate(numbers) if number == 1):
        n = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(numbers[first:], DAYS, strict=False)))
        if n >= FEWEST_DAYS:
            return first, n
    return 0, 0


def _month(cells: Sequence[str]) -> tuple[int, int] | None:
    """Year and month of the first cell that names them.

    Example:
        >>> _month(["Ward 7", "March 2021"]), _month(["2021년 3월 근무표"]), _month(["2021-03-01"]), _month(["Mar-21"])
        ((2021, 3), (2021, 3), (2021, 3), None)
    """
    match = next((match for cell in cells for pattern in _MONTHS if (match := pattern.search(cell))), None)
    if match is None:
        return None
    year, month = int(match["year"]), match["month"]
    return year, int(month) if month.isdigit() else _NAMES.index(month[:3].lower()) + 1


def _says_shifts(cells: Sequence[str]) -> bool:
    """Whether the cells of the days say something, and more than the weekdays of the month."""
    said = [cell.lower() for cell in cells if cell]
    return bool(said) and not all(cell in _WEEKDAYS for cell in said)
