"""A file of labelled text in, its rows out, whole or by blocks: csv, tsv, jsonl or parquet; bad rows told together."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from seqwise.errors import DataError, Problem, UsageError, did_you_mean
from seqwise.read import READERS
from seqwise.read.blocks import Reader
from seqwise.read.columns import Columns, Request
from seqwise.read.delimited import open_csv, open_tsv
from seqwise.read.encodings import AUTO, require_text
from seqwise.read.faults import n_rows
from seqwise.read.file_checks import contradictory_ids, misspelt, repeated_ids, similar_labels, whole_file_problems
from seqwise.read.files import head
from seqwise.read.jsonl import open_jsonl
from seqwise.read.parquet import open_parquet
from seqwise.read.reading import Reading, stored
from seqwise.read.row_checks import Rules
from seqwise.records import FileFacts, Rows

__all__ = ["Columns", "RowStream", "read_rows", "read_unchecked", "stream_rows"]

OnBadRow = Literal["stop", "skip", "repair"]  # the last for tagged text alone
SNIFFED = 1 << 16  # bytes in which the first line is looked for when the name does not tell the format
MARK_BYTES = b"\xef\xbb\xbf\xff\xfe"  # of all byte-order marks, NUL left out
BLOCK = 8192  # rows read at once: megabytes of text, and enough to spread the work of a block thin
OPENERS: dict[str, Reader] = {"csv": open_csv, "tsv": open_tsv, "jsonl": open_jsonl, "parquet": open_parquet}
ENDINGS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}


def read_rows(
    path: str | Path,
    columns: Columns,
    *,
    format: str = AUTO,  # noqa: A002 (the setting has this name)
    encoding: str = AUTO,
    labels: tuple[str, ...] = (),
    on_bad_row: OnBadRow = "stop",
) -> tuple[Rows, FileFacts]:
    """Read a whole file, and tell all its bad rows together.

    Args:
        path: the file; `Rows.files` and messages name it as it is written here.
        columns: what is in which column; without a label column the rows have no labels.
        format: a name of `READERS`, or ``auto``: by the name of the file, else by its first line.
        encoding: see `encodings.open_text`.
        labels: the allowed labels; none: any, but a label that is nearly a frequent one is told as a misspelling, and a
            file with one label only is a fault.
        on_bad_row: ``stop`` raises; ``skip`` leaves bad rows out and counts them. Faults of the whole file are raised.

    Returns:
        The rows in file order, and the facts: ``n_rows`` counts the rows returned, ``n_empty`` and ``n_skipped`` the
        others.

    Raises:
        DataError: with every fault of the file.
        UsageError: if the format or the encoding is not known.
    """
    request = Request(str(path), columns, encoding=encoding, block=BLOCK, label_is_optional=False)
    reading = _open(request, format=format, labels=labels)
    rows = stored(reading.rows(), request.path, columns=columns)
    rows = _without_doubtful(rows, columns, reading, has_labels=bool(labels))
    faults = _faults(rows, columns, reading, on_bad_row=on_bad_row, has_labels=bool(labels))
    if faults:
        raise DataError(faults)
    notes = (repeated_ids(rows, columns), similar_labels(rows))
    return rows, reading.facts([note for note in notes if note])


def read_unchecked(
    path: str | Path,
    columns: Columns,
    *,
    format: str = AUTO,  # noqa: A002 (the setting has this name)
    encoding: str = AUTO,
    on_bad_row: OnBadRow = "stop",
) -> tuple[Rows, FileFacts]:
    """Read a whole file of sources and targets: each row needs a target, and any text will do.

    Args:
        path: as in `read_rows`, and so are the others.
        columns: what is in which column.
        format: a name of `READERS`, or ``auto``.
        encoding: see `encodings.open_text`.
        on_bad_row: ``stop`` raises; ``skip`` leaves bad rows out and counts them.

    Raises:
        DataError: with every bad row of the file.
        UsageError: if the format or the encoding is not known.
    """
    request = Request(str(path), columns, encoding=encoding, block=BLOCK, label_is_optional=False)
    reading = _open(request, format=format, labels=(), label="target, the text that stands for its source")
    rows = stored(reading.rows(), request.path, columns=columns)
    told = reading.ledger.problems() if on_bad_row != "skip" or not len(rows) else []
    if told or not len(rows):
        raise DataError(told or [_no_rows(reading)])
    return rows, reading.facts()


def stream_rows(
    path: str | Path,
    columns: Columns,
    *,
    format: str = AUTO,  # noqa: A002 (the setting has this name)
    encoding: str = AUTO,
    block: int = BLOCK,
    on_bad_row: OnBadRow = "stop",
) -> "RowStream":
    """Read a file of any size block by block in bounded memory: rows to predict, so labels are handed on unchecked.

    Args:
        path: the file, opened at once.
        columns: what is in which column; the label column may be missing in the file.
        format: as in `read_rows`.
        encoding: as in `read_rows`.
        block: records that are read at once.
        on_bad_row: as in `read_rows`.

    Raises:
        DataError: when the file cannot be read; bad rows are raised while the stream is taken.
        UsageError: if the format or the encoding is not known, or ``block`` is less than 1.
    """
    if block < 1:
        raise UsageError(Problem(where="block", what=f"found {block}; allowed: 1 or more.", fix="Take 8192."))
    request = Request(str(path), columns, encoding=encoding, block=block, label_is_optional=True)
    return RowStream(_open(request, format=format, labels=()), on_bad_row=on_bad_row)


class RowStream(Iterator[Rows]):
    """Blocks of rows in file order.

    After a bad row no more blocks come; the rest of the file is only looked through, and all are told together.
    What only the whole file shows, such as an id with two labels, is not looked for.
    """

    def __init__(self, reading: Reading, *, on_bad_row: OnBadRow) -> None:
        self._reading = reading
        self._blocks = reading.rows()
        self._on_bad_row = on_bad_row

    def __next__(self) -> Rows:
        """The next rows.

        Raises:
            DataError: with all bad rows, or when the file has no row to use.
        """
        ledger = self._reading.ledger
        for rows in self._blocks:
            if not ledger or self._on_bad_row == "skip":
                return rows
        if ledger and (self._on_bad_row != "skip" or self._reading.n_rows == 0):
            raise DataError(ledger.problems())
        if self._reading.n_rows == 0:
            raise DataError(_no_rows(self._reading))
        raise StopIteration

    def facts(self) -> FileFacts:
        """What is known about the file; the counts are complete when the stream has ended."""
        return self._reading.facts()


def find_format(path: str) -> str:
    """The format of a file by its name, else by its first bytes and its first line.

    Raises:
        DataError: if neither tells the format.
    """
    named = ENDINGS.get(Path(path.casefold().removesuffix(".gz")).suffix)
    if named is not None:
        return named
    start = head(path, SNIFFED)
    if start.startswith(b"PAR1"):
        return "parquet"
    require_text(path, start)
    # Separators are ASCII in every encoding once the NUL bytes of UTF-16 and UTF-32 are gone.
    line = next((line for line in start.replace(b"\0", b"").split(b"\n") if line.strip()), b"")
    if line.lstrip(MARK_BYTES).startswith((b"{", b"[")):
        return "jsonl"
    found = next((name for separator, name in ((b"\t", "tsv"), (b",", "csv")) if separator in line), None)
    if found is None:
        what = "neither its name nor its first line tells the format."
        raise DataError(Problem(where=path, what=what, fix=f"Pass data.format: {', '.join(READERS)}."))
    return found


def _open(
    request: Request,
    *,
    format: str,  # noqa: A002 (as in read_rows)
    labels: tuple[str, ...],
    label: str = "label",
) -> Reading:
    names = request.columns.named()
    if format != AUTO and format not in OPENERS:
        what = f'found "{format}"; allowed: auto, {", ".join(OPENERS)}.'
        raise UsageError(Problem(where="data.format", what=what, fix=did_you_mean(format, OPENERS)))
    name = find_format(request.path) if format == AUTO else format
    rules = Rules(names=names, labels=frozenset(labels), has_labels_checked=not request.label_is_optional, label=label)
    return Reading(request, rules, OPENERS[name])


def _without_doubtful(rows: Rows, columns: Columns, reading: Reading, *, has_labels: bool) -> Rows:
    """The rows without those that only the whole file shows to be bad, which are told to the ledger."""
    bad = contradictory_ids(rows, columns, ledger=reading.ledger)
    if not has_labels:
        bad |= misspelt(rows, columns, ledger=reading.ledger)
    if not bad:
        return rows
    reading.ledger.n_rows += len(bad)
    reading.n_rows -= len(bad)
    return rows.take([row for row in range(len(rows)) if row not in bad])


def _faults(rows: Rows, columns: Columns, reading: Reading, *, on_bad_row: OnBadRow, has_labels: bool) -> list[Problem]:
    ledger = reading.ledger
    if len(rows) == 0:
        return ledger.problems() or [_no_rows(reading)]
    told = ledger.problems() if on_bad_row != "skip" else []
    # A label that is told as unknown may be the second label that seems to be missing.
    is_complete = not told or not ledger.tells_of(columns.label)
    return [*told, *whole_file_problems(rows, columns, needs_two_labels=is_complete and not has_labels)]


def _no_rows(reading: Reading) -> Problem:
    what = (
        f"has no row with a text; {n_rows(reading.n_empty)} with an empty one." if reading.n_empty else "has no rows."
    )
    return Problem(where=reading.ledger.path, what=what, fix="Give it rows, or set data.text to the right column.")
