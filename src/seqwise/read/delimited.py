"""CSV and TSV: records of cells under a header, each with the line where it begins.

CSV is quoted as RFC 4180 says. TSV is written both ways in the wild: NSMC quotes cells as CSV does, IMDB holds reviews
that begin with a quotation mark. Which one a file is, is decided once, on the whole of it.
"""

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from seqwise.errors import DataError, Problem
from seqwise.read.blocks import Opened, Record, in_blocks
from seqwise.read.columns import Request, find_columns
from seqwise.read.encodings import reopen, scan
from seqwise.read.faults import SKIP, Kind, Ledger, n_rows
from seqwise.records import FileFacts

# A quotation mark that is never closed swallows the file; a cell of 64 million characters is one, and is told as one.
LONGEST_CELL = 1 << 26
TAB_ENDINGS = frozenset({".tsv", ".tab", ".txt"})
STAND_IN = "\udc0d"  # for a carriage return; no decoder gives half a character, so no text holds it
QUOTE_FAULTS = {
    "unexpected end": "a quoted cell that is never closed",
    "expected after": "text after a closing quotation mark",
    "field larger": f"a cell of more than {LONGEST_CELL:,} characters, so a quotation mark is not closed",
}
OTHER_SEPARATORS = {
    "\t": "tabs: pass data.format tsv.",
    ",": "commas: pass data.format csv.",
    ";": "semicolons: write commas.",
}


def open_csv(request: Request, ledger: Ledger) -> Opened:
    """Read the header of a CSV file; its records follow while the blocks are taken."""
    return _open(request, ledger, scan(request.path, request.encoding), separator=",", is_quoted=True)


def open_tsv(request: Request, ledger: Ledger) -> Opened:
    """Decide whether a TSV file is quoted, and read its header; its records follow while the blocks are taken."""
    facts = scan(request.path, request.encoding)
    failure = _why_not_quoted(facts)
    if failure is not None:
        facts = replace(facts, notes=(*facts.notes, f"quotation marks are read as text: {failure}"))
    return _open(request, ledger, facts, separator="\t", is_quoted=failure is None)


def open_records(path: str, *, encoding: str, ledger: Ledger) -> tuple[FileFacts, Iterator[Record]]:
    """The records of a csv or tsv file without one header for all of it; they may differ in their number of cells."""
    facts = scan(path, encoding)
    if Path(path.casefold().removesuffix(".gz")).suffix not in TAB_ENDINGS:
        return facts, _quoted(facts, ",", ledger)
    return facts, _quoted(facts, "\t", ledger) if _why_not_quoted(facts) is None else _plain(facts, "\t")


def _open(request: Request, ledger: Ledger, facts: FileFacts, *, separator: str, is_quoted: bool) -> Opened:
    records = _quoted(facts, separator, ledger) if is_quoted else _plain(facts, separator)
    line, header = next((record for record in records if not _is_blank(record[1])), (0, []))
    if ledger:
        raise DataError(ledger.problems())
    if not header:
        raise DataError(Problem(where=request.path, what="holds blank lines only.", fix="Give it a header and rows."))
    places = find_columns(header, request, line=line, hint=_other_separator(header))
    blocks = in_blocks(_whole(records, len(header), ledger), places, size=request.block)
    return Opened(facts=facts, blocks=blocks)


def _quoted(facts: FileFacts, separator: str, ledger: Ledger | None) -> Iterator[Record]:
    """Records by the strict rules of quoting; one that breaks them goes to the ledger, or is raised without one."""
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_CELL))
    with reopen(facts) as stream:
        lines = _Lines(stream)
        for line, record in _parsed(lines, separator, ledger):
            yield line, lines.restored(record)


def _parsed(lines: "_Lines", separator: str, ledger: Ledger | None) -> Iterator[Record]:
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if ledger is None:
                raise
            ledger.leave_out(_quote_fault(error, line=line, last=reader.line_num), line)
            continue
        yield line, record


class _Lines:
    """Lines for the csv module, which takes a carriage return in an unquoted cell for a line end; here it is none."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._has_stand_ins = False

    def __iter__(self) -> Iterator[str]:
        for line in self._stream:
            yield line if "\r" not in line else self._shielded(line)

    def _shielded(self, line: str) -> str:
        end = next((end for end in ("\r\n", "\r") if line.endswith(end)), "")
        body = line.removesuffix(end)
        if "\r" not in body:
            return line
        self._has_stand_ins = True
        return body.replace("\r", STAND_IN) + end

    def restored(self, record: list[str]) -> list[str]:
        return [cell.replace(STAND_IN, "\r") for cell in record] if self._has_stand_ins else record


def _quote_fault(error: csv.Error, *, line: int, last: int) -> Kind:
    reach = f", which takes in all lines up to {last:,}" if last > line else ""
    return Kind(found=f"found {_told(error)}{reach}", fix=f'Quote the cell and write " inside it as "", {SKIP}')


def _told(error: csv.Error) -> str:
    return next((told for sign, told in QUOTE_FAULTS.items() if sign in str(error)), str(error))


def _plain(facts: FileFacts, separator: str) -> Iterator[Record]:
    with reopen(facts) as stream:
        for line, text in enumerate(stream, 1):
            yield line, text.removesuffix("\n").removesuffix("\r").split(separator)


def _is_blank(record: list[str]) -> bool:
    """A line with nothing on it is no record: the csv module gives no cell for it, splitting gives one empty cell."""
    return not record or record == [""]


def _whole(records: Iterator[Record], n_cells: int, ledger: Ledger) -> Iterator[Record]:
    """The records with as many cells as the header; the others go to the ledger."""
    for line, record in records:
        if len(record) == n_cells:
            yield line, record
        elif not _is_blank(record):
            cells = "1 cell" if len(record) == 1 else f"{len(record)} cells"
            fix = f"Quote a cell that holds the separator, {SKIP}"
            ledger.leave_out(Kind(found=f"found {cells}", rule=f"the header has {n_cells}.", fix=fix), line)


def _other_separator(header: list[str]) -> str:
    if any("\r" in name for name in header):
        return "The lines end in carriage returns alone: write line feeds."
    if len(header) > 1:
        return ""
    found = (told for separator, told in OTHER_SEPARATORS.items() if separator in header[0])
    return next((f"The line holds {told}" for told in found), "")


def _why_not_quoted(facts: FileFacts) -> str | None:
    """None when a TSV file is quoted, or holds no quotation mark; else the reason why its quotation marks are text.

    A file is quoted when all of it keeps the strict rules of quoting, and quoting makes no more ragged rows than none.
    """
    if not _holds_quotes(facts):
        return None
    last = 1
    n_ragged = 0
    try:
        records = ((line, record) for line, record in _quoted(facts, "\t", None) if not _is_blank(record))
        n_cells = len(next(records, (0, []))[1])
        for line, record in records:
            n_ragged += len(record) != n_cells
            last = line
    except csv.Error as error:
        return f"behind line {last:,} stands {_told(error)}"
    if n_ragged and n_ragged > _n_ragged_plain(facts):
        return f"with quoting {n_rows(n_ragged)} would not have the header's number of cells, without it fewer"
    return None


def _n_ragged_plain(facts: FileFacts) -> int:
    records = (record for _, record in _plain(facts, "\t") if not _is_blank(record))
    n_cells = len(next(records, []))
    return sum(len(record) != n_cells for record in records)


def _holds_quotes(facts: FileFacts) -> bool:
    with reopen(facts) as stream:
        return any('"' in text for text in stream)
