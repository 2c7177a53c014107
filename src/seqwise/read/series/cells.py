"""A table of series in, its cells out: a row a time of a unit, each different text of a column once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from seqwise.read.blocks import Block
from seqwise.read.columns import setting
from seqwise.records import Indices

UNIT_SEPARATOR = "/"  # between the cells of a unit that several columns name


@dataclass(frozen=True)
class Column:
    """The cells of a column: cell ``i`` says ``texts[codes[i]]``."""

    codes: Indices
    texts: tuple[str, ...]

    def take(self, rows: Indices) -> "Column":
        """The cells of these rows, in this order."""
        return Column(self.codes[rows], self.texts)

    def cell(self, row: int) -> str:
        """The text of one cell."""
        return self.texts[self.codes[row]]


@dataclass
class _Growing:
    """A column while its file is read."""

    table: dict[str, int] = field(default_factory=dict[str, int])
    codes: list[Indices] = field(default_factory=list[Indices])

    def add(self, cells: Iterable[str]) -> None:
        table = self.table
        self.codes.append(np.array([table.setdefault(cell, len(table)) for cell in cells], dtype=np.int64))

    def column(self) -> Column:
        return Column(np.concatenate([np.zeros(0, dtype=np.int64), *self.codes]), tuple(self.table))


@dataclass(frozen=True)
class Cells:
    """The rows of a table, by role; in a wide table each of its cells is one."""

    lines: Indices
    roles: dict[str, Column]
    is_wide: bool

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.lines)

    def take(self, rows: Indices) -> "Cells":
        """The rows of these numbers, in this order."""
        roles = {role: column.take(rows) for role, column in self.roles.items()}
        return Cells(self.lines[rows], roles, self.is_wide)

    def of(self, name: str) -> dict[str, Column]:
        """Name of the column to its cells, for one setting."""
        return {role.partition(" ")[2]: column for role, column in self.roles.items() if setting(role) == name}

    @property
    def unit(self) -> Column:
        """The unit of each row."""
        return self.roles["unit"]

    @property
    def time(self) -> Column:
        """The time of each row."""
        return next(iter(self.of("time").values()))

    def place(self, name: str, row: int) -> str:
        """The column of the file in which the value of a row stands."""
        return self.time.cell(row) if self.is_wide else name


def gather(blocks: Iterable[Block], path: str, *, is_wide: bool) -> Cells:
    """Take in all blocks of a table whose roles are those of `layout`."""
    lines: list[Indices] = [np.zeros(0, dtype=np.int64)]
    growing: dict[str, _Growing] = {}
    for block in blocks:
        long = _melted(block, path) if is_wide else _with_unit(block, Path(path).name)
        lines.append(np.array(long.lines, dtype=np.int64))
        for role, cells in long.cells.items():
            growing.setdefault(role, _Growing()).add(cells)
    return Cells(np.concatenate(lines), {role: column.column() for role, column in growing.items()}, is_wide)


def _with_unit(block: Block, name: str) -> Block:
    return Block(block.lines, {"unit": list(_units(block) or [name] * len(block)), **_without_units(block)})


def _melted(block: Block, path: str) -> Block:
    """A wide block as a long one: all times of the first row, then those of the second."""
    named = {role: cells for role, cells in block.cells.items() if setting(role) == "value"}
    times = [role.partition(" ")[2] for role in named]
    units = _units(block) or [f"{Path(path).name}:{line}" for line in block.lines]
    n = len(times)
    cells = {
        "unit": _repeated(units, n),
        "time ": times * len(block),
        **{role: _repeated(cells, n) for role, cells in _without_units(block).items() if role not in named},
        "value value": [cell for row in zip(*named.values(), strict=True) for cell in row],
    }
    return Block([line for line in block.lines for _ in range(n)], cells)


def _units(block: Block) -> list[str]:
    columns = [cells for role, cells in block.cells.items() if setting(role) == "unit"]
    return [UNIT_SEPARATOR.join(parts) for parts in zip(*columns, strict=True)]


def _without_units(block: Block) -> dict[str, list[str]]:
    return {role: cells for role, cells in block.cells.items() if setting(role) != "unit"}


def _repeated(cells: Sequence[str], n: int) -> list[str]:
    def each() -> Iterator[str]:
        for cell in cells:
            yield from [cell] * n

    return list(each())
