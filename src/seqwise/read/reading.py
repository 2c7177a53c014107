"""One pass over one file: blocks of good rows out, and an account of those that are kept out."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from seqwise.mapped import TextWriter
from seqwise.read.blocks import Block, Reader
from seqwise.read.columns import Columns, Request
from seqwise.read.faults import Ledger, n_rows
from seqwise.read.row_checks import Rules, bad_rows, empty_rows
from seqwise.records import FileFacts, Rows


class Reading:
    """Reads a file once; its account is complete when `rows` has ended.

    Attributes:
        ledger: the bad rows so far.
        n_rows: good rows handed on so far.
        n_empty: rows so far whose text is empty or blank.
    """

    def __init__(self, request: Request, rules: Rules, reader: Reader) -> None:
        """Open the file and read its header; see `tables.read_rows` for what is raised."""
        self.ledger = Ledger(request.path)
        self.n_rows = 0
        self.n_empty = 0
        self._path = request.path
        self._rules = rules
        self._opened = reader(request, self.ledger)
        self._first_empty = 0

    def rows(self) -> Iterator[Rows]:
        """The good rows, block by block."""
        for block in self._opened.blocks:
            empty = empty_rows(block)
            if empty:
                self._first_empty = self._first_empty or block.lines[min(empty)]
                self.n_empty += len(empty)
            filled = block.without(empty)
            good = filled.without(bad_rows(filled, self._rules, ledger=self.ledger))
            self.n_rows += len(good)
            if len(good):
                yield _rows(good, self._path)

    def facts(self, notes: Sequence[str] = ()) -> FileFacts:
        """What is known about the file, with notes on what was kept out."""
        told = [*self._opened.facts.notes]
        if self.n_empty:
            told.append(f"{n_rows(self.n_empty)} with an empty text kept out, the first in line {self._first_empty}")
        if self.ledger:
            told.append(f"{n_rows(self.ledger.n_rows)} with faults left out, the first: {self.ledger.problems()[0]}")
        return replace(
            self._opened.facts,
            n_rows=self.n_rows,
            n_empty=self.n_empty,
            n_skipped=self.ledger.n_rows,
            notes=(*told, *notes),
        )


def stored(blocks: Iterable[Rows], path: str, *, columns: Columns) -> Rows:
    """The rows of all blocks of one file as one, written to a disk while the blocks pass by."""
    named = {"labels": columns.label, "groups": columns.group, "times": columns.time}
    roles = ("ids", "texts", *(role for role, name in named.items() if name))
    lines = [np.zeros(0, dtype=np.int64)]
    with ExitStack() as stack:
        writers = {role: stack.enter_context(TextWriter()) for role in roles}
        for rows in blocks:
            for role, cells in rows.columns().items():
                writers[role].write(cells)
            lines.append(rows.lines)
        texts: dict[str, Any] = {role: writer.texts() for role, writer in writers.items()}
    n = sum(map(len, lines))
    return Rows(**texts, files=(path,), file_of=np.zeros(n, dtype=np.int64), lines=np.concatenate(lines))


def _rows(block: Block, path: str) -> Rows:
    cells = block.cells
    name = Path(path).name
    return Rows(
        ids=tuple(cells["id"]) if "id" in cells else tuple([f"{name}:{line}" for line in block.lines]),
        texts=tuple(cells["text"]),
        files=(path,),
        file_of=np.zeros(len(block), dtype=np.int64),
        lines=np.array(block.lines, dtype=np.int64),
        labels=_column(block, "label"),
        groups=_column(block, "group"),
        times=_column(block, "time"),
    )


def _column(block: Block, role: str) -> tuple[str, ...] | None:
    return tuple(block.cells[role]) if role in block.cells else None
