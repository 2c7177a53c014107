"""What is to be answered: a file of a text a row, or lines of text, in; blocks of rows out, in bounded memory."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from seqwise.read.encodings import AUTO, reopen, scan
from seqwise.read.lines import rows_from_lines
from seqwise.read.tables import BLOCK, Columns, stream_rows
from seqwise.records import FileFacts, Rows
from seqwise.settings.stations import DataSettings

STANDARD_INPUT = "-"
KNOWN_ENDINGS = frozenset({".csv", ".tsv", ".jsonl", ".parquet"})
# Lines taken at once from standard input: few, so that a person who types sees answers soon.
LINES_AT_ONCE = 256


@dataclass(frozen=True)
class Asked:
    """Blocks of rows (of series a table) in file order, and what is worth a note on their file once all are taken."""

    blocks: Iterator[Any]
    notes: Callable[[], tuple[str, ...]] = tuple


def asked_rows(source: str, columns: Columns, *, data: DataSettings) -> Asked:
    """The rows of a table, or the lines of standard input with ``-``.

    Args:
        source: a file of a name or a format that ``stream_rows`` reads, or ``-``.
        columns: what is in which column.
        data: how the run's own files are read.

    Raises:
        DataError: as ``stream_rows`` and ``rows_from_lines`` do.
    """
    if source == STANDARD_INPUT:
        return typed_lines()
    stream = stream_rows(
        source,
        columns,
        format=table_format(source, data),
        encoding=data.encoding,
        on_bad_row=data.on_bad_row,
    )
    return Asked(stream, lambda: stream.facts().notes)


def table_format(source: str, data: DataSettings) -> str:
    """The file's name decides; where it tells nothing, the file is taken to be like the training file."""
    is_told = any(suffix in KNOWN_ENDINGS for suffix in Path(source).suffixes)
    return AUTO if is_told else data.format


def typed_lines() -> Asked:
    """A text a line of standard input."""
    return Asked(_line_blocks(sys.stdin, name="stdin", most=LINES_AT_ONCE))


def lines_of_file(path: str, encoding: str) -> Asked:
    """A text a line of a file; blank lines are left out, and ids say which line a text is."""
    facts, blank = scan(path, encoding), list[int]()

    def notes() -> tuple[str, ...]:
        if not blank:
            return facts.notes
        told = f"{len(blank):,} blank lines have no answer, the first is line {blank[0]}; ids say which line a text is"
        return (*facts.notes, told)

    return Asked(_blocks_of_file(facts, blank), notes)


def _blocks_of_file(facts: FileFacts, blank: list[int]) -> Iterator[Rows]:
    with reopen(facts) as stream:
        yield from _line_blocks(_noting(stream, blank), name=facts.path, most=BLOCK)


def _noting(stream: Iterable[str], blank: list[int]) -> Iterator[str]:
    """The lines; the numbers of blank ones are noted while they pass by."""
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            blank.append(number)
        yield line


def _line_blocks(stream: Iterable[str], *, name: str, most: int) -> Iterator[Rows]:
    """Rows of the lines that hold text; a stream without one is told as a fault."""
    lines, first_line, is_empty = iter(stream), 1, True
    while block := list(islice(lines, most)):
        if any(line.strip() for line in block):
            is_empty = False
            yield rows_from_lines(block, name=name, first_line=first_line)
        first_line += len(block)
    if is_empty:
        yield rows_from_lines([], name=name)
