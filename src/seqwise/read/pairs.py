"""Pairs of texts in: two files of a text a line, or a table with both; rows out, the target as the label."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import zip_longest

import numpy as np

from seqwise.errors import DataError, Problem
from seqwise.mapped import TextWriter
from seqwise.read.encodings import reopen, scan
from seqwise.read.faults import SKIP, Kind, Ledger, n_rows
from seqwise.read.tables import Columns, read_unchecked
from seqwise.records import FileFacts, Rows
from seqwise.settings.stations import DataSettings
from seqwise.sides import Sides, sides_of

PARALLEL = "parallel"


def read_pairs(path: str, data: DataSettings) -> tuple[Rows, FileFacts]:
    """The pairs of a file, or of the two files that a name with braces stands for.

    Args:
        path: such as ``train.{de,en}.gz``, or a table.
        data: ``text`` and ``label`` are the columns of a table.

    Raises:
        DataError: with every bad row, or if two files have not as many lines.
    """
    sides = sides_of(path)
    if sides is not None:
        return _read_sides(path, sides, data)
    if data.format == PARALLEL:
        what = "names one file; parallel text stands in two."
        raise DataError(Problem(path, what, 'Write both sides in braces, in quotes: "train.{de,en}.txt".'))
    columns = Columns(text=data.text, label=data.label, id=data.id, group=data.group, time=data.time)
    rows, facts = read_unchecked(path, columns, format=data.format, encoding=data.encoding, on_bad_row=data.on_bad_row)
    return replace(rows, targets=rows.labels, labels=None), facts


def _read_sides(path: str, sides: Sides, data: DataSettings) -> tuple[Rows, FileFacts]:
    source, target = (scan(side, data.encoding) for side in (sides.source, sides.target))
    ledger, lines = Ledger(path), list[int]()
    with TextWriter() as sources, TextWriter() as targets:
        for line, pair in enumerate(_lines_of(source, target), start=1):
            if _is_sound(pair, sides, line, ledger=ledger):
                lines.append(line)
                sources.write([pair[0]])
                targets.write([pair[1]])
        texts, targets_read = sources.texts(), targets.texts()
    if ledger and (data.on_bad_row == "stop" or not lines):
        raise DataError(ledger.problems())
    numbers = np.array(lines, dtype=np.int64)
    rows = Rows(
        ids=tuple(f"line {line}" for line in lines),
        texts=texts,
        targets=targets_read,
        files=(path,),
        file_of=np.zeros_like(numbers),
        lines=numbers,
    )
    notes = [f"{note} ({facts.path})" for facts in (source, target) for note in facts.notes]
    if ledger:
        notes.append(f"{n_rows(ledger.n_rows)} with faults left out, the first: {ledger.problems()[0]}")
    facts = FileFacts(
        path=path,
        sha256=sha256(f"{source.sha256} {target.sha256}".encode()).hexdigest(),
        n_bytes=source.n_bytes + target.n_bytes,
        n_rows=len(rows),
        encoding=" and ".join(dict.fromkeys((source.encoding, target.encoding))),
        encoding_guessed=source.encoding_guessed or target.encoding_guessed,
        notes=tuple(notes),
        n_skipped=ledger.n_rows,
    )
    return rows, facts


def _lines_of(source: FileFacts, target: FileFacts) -> Iterator[tuple[str, str]]:
    """Line by line, without line ends; both files must have as many."""
    with reopen(source) as first, reopen(target) as second:
        for line, (one, other) in enumerate(zip_longest(first, second), start=1):
            if one is None or other is None:
                ended, longer = (source, target) if one is None else (target, source)
                what = f"ends before line {line}, and {longer.path} goes on, so no line can be trusted to be its pair."
                raise DataError(Problem(ended.path, what, "Give two files of as many lines, in the same order."))
            yield one.rstrip("\r\n"), other.rstrip("\r\n")


def _is_sound(pair: tuple[str, str], sides: Sides, line: int, *, ledger: Ledger) -> bool:
    if not any(text.strip() for text in pair):
        return False  # blank on both sides: between paragraphs
    for text, name in zip(pair, sides.names, strict=True):
        found = "found an empty line" if not text.strip() else "found a NUL character" if "\0" in text else ""
        if found:
            rule = "the other side has a text." if not text.strip() else ""
            ledger.leave_out(Kind(found=found, column=name, rule=rule, fix=f"Give it its pair, {SKIP}"), line)
            return False
    return True
