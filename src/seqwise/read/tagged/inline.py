"""Inline marks, a sentence a line: ``<서울:LOC>에서``, alone or beside a parallel file of the plain sentences."""

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import TextIO

from seqwise.errors import DataError, Problem
from seqwise.read.encodings import open_text
from seqwise.read.faults import SKIP, Kind
from seqwise.read.tagged.marked import Marked, Mismatch, align_marks, read_marks
from seqwise.read.tagged.sentences import Line, Mark, Parsing, Sentence, numbered

FIX = f"Fix the line, {SKIP}"


def parse_inline(stream: TextIO, parsing: Parsing) -> Iterator[Sentence]:
    """Sentences without words. With ``layout.plain`` the plain line is the text, and the marked line must spell it.

    Raises:
        DataError: when the parallel file cannot be read, or has another number of lines.
    """
    if parsing.layout.plain:
        yield from _parallel(numbered(stream), parsing)
        return
    found = [(line, *read_marks(text)) for line, text in numbered(stream)]
    # What is left of a mark that is nested, cut off, or around a bracket shows by a label of the file.
    known = "|".join(re.escape(label) for label in sorted({span.label for _, _, marks in found for span, _ in marks}))
    remains = re.compile(rf":(?:{known})>|<[^<>]*:(?:{known})\b")
    for line, text, marks in found:
        remain = remains.search(text) if known else None
        if remain is None:
            yield _sentence(line, text, marks)
            continue
        rule = "a mark is <TEXT:LABEL>, and marks do not nest."
        kind = Kind(found=f'found "{remain[0]}", which is part of no mark', rule=rule, fix=FIX)
        parsing.ledger.leave_out(kind, line)


def _parallel(marked_lines: Iterator[Line], parsing: Parsing) -> Iterator[Sentence]:
    plain, facts = open_text(parsing.layout.plain, parsing.encoding)
    with plain:
        pairs = zip_longest(marked_lines, numbered(plain))
        for marked, text in pairs:
            if marked is None or text is None:
                n_marked, n_plain = _lengths(marked, text, n_more=sum(1 for _ in pairs))
                what = f"has {n_marked:,} lines, and {facts.path} has {n_plain:,}."
                raise DataError(Problem(where=parsing.path, what=what, fix="Give files that go line by line."))
            found = align_marks(marked[1], text[1])
            if isinstance(found, Mismatch):
                rule = f"up to there the line spells that of {facts.path}, and then no more."
                kind = Kind(found="found another text", column=str(found.column), rule=rule, fix=FIX)
                parsing.ledger.leave_out(kind, marked[0])
            else:
                yield _sentence(marked[0], text[1], found)
    parsing.tally.of_file.append(f"plain text from {facts.path} ({facts.encoding}, sha256 {facts.sha256})")


def _lengths(marked: Line | None, plain: Line | None, *, n_more: int) -> tuple[int, int]:
    """Lines of both files, of which the one that still has a line has so many more behind it."""
    if marked is None and plain is not None:
        return plain[0] - 1, plain[0] + n_more
    line = marked[0] if marked is not None else 0
    return line + n_more, line - 1


def _sentence(line: int, text: str, marks: list[Marked]) -> Sentence:
    return Sentence(line=line, text=text, marks=tuple(Mark(span, line, str(column)) for span, column in marks))
