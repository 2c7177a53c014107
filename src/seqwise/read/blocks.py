"""Raw cells of some records, as every reader hands them on, and what a reader knows about its file."""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import islice

from seqwise.read.columns import Request
from seqwise.read.faults import Ledger
from seqwise.records import FileFacts

Record = tuple[int, list[str]]  # the line where it begins, and its cells


@dataclass(frozen=True)
class Block:
    """Records in file order: the line where each begins, and role to its cells."""

    lines: list[int]
    cells: dict[str, list[str]]

    def __len__(self) -> int:
        """Number of records."""
        return len(self.lines)

    def without(self, rows: Set[int]) -> "Block":
        """The same block without the records of these numbers."""
        if not rows:
            return self
        kept = [row for row in range(len(self.lines)) if row not in rows]
        return Block(
            lines=[self.lines[row] for row in kept],
            cells={role: [cells[row] for row in kept] for role, cells in self.cells.items()},
        )


@dataclass(frozen=True)
class Opened:
    """A file whose header is read: its facts so far, and its records, which are read while they are taken."""

    facts: FileFacts
    blocks: Iterator[Block]


def in_blocks(records: Iterator[Record], places: Mapping[str, int], *, size: int) -> Iterator[Block]:
    """Gather records into blocks of ``size``; ``places`` says which cell of a record each role has."""
    while some := list(islice(records, size)):
        lines = [line for line, _ in some]
        cells = {role: [record[place] for _, record in some] for role, place in places.items()}
        yield Block(lines=lines, cells=cells)


Reader = Callable[[Request, Ledger], Opened]
