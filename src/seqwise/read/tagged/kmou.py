"""KMOU: ``##`` lines with the number, the raw text and the marked text of a sentence, then its morphemes with tags.

The corpus of Korea Maritime and Ocean University: https://github.com/kmounlp/NER.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TextIO

from seqwise.read.faults import SKIP, Kind, Ledger
from seqwise.read.tagged.marked import Mismatch, align_marks
from seqwise.read.tagged.sentences import Edges, Line, Mark, Parsing, Sentence, blocks, numbered, require
from seqwise.spans.units import eojeol_offsets

HEADER = "## "
FILE = "## file "
BLANK = "_"  # the surface of a blank, and of the character itself
FIX = f"Fix the line, {SKIP}"
Row = tuple[int, list[str]]


def parse_kmou(stream: TextIO, parsing: Parsing) -> Iterator[Sentence]:
    """Sentences whose words are the morphemes' surfaces, and whose entities come from the marks, or from the rows."""
    source = require(parsing.layout.tag, ("inline", "rows"), where="data.label")
    for sentence in kmou_sentences(stream, parsing):
        if source == "inline":
            yield replace(sentence, tags=())
        elif sentence.tags:
            yield replace(sentence, marks=())
        else:
            kind = Kind(found="found rows that do not spell the text", fix=f"Fix the rows, {SKIP}")
            parsing.ledger.leave_out(kind, sentence.line)


def kmou_sentences(stream: TextIO, parsing: Parsing) -> Iterator[Sentence]:
    """Sentences with both forms of their entities; without tags and with eojeols as words where rows are off the text.

    A morpheme may be other than its surface (``담긴``: ``담기+ㄴ``); the surface says where it stands. A token may be
    ``#`` or ``##``: the header of a sentence are the lines before its first row.
    """
    document = ""
    for block in blocks(numbered(stream), lambda text: text == ""):
        n_header = next((i for i, (_, text) in enumerate(block) if not text.startswith(HEADER)), len(block))
        header, rows = block[:n_header], [(line, text.split("\t")) for line, text in block[n_header:]]
        if header and header[0][1].startswith(FILE):
            document = header.pop(0)[1].removeprefix(FILE)
        if not _is_sound(block[0][0], header, rows, parsing.ledger):
            continue
        number, text, (marked_line, marked) = header[0][1], header[1][1].removeprefix(HEADER), header[2]
        marks = align_marks(marked.removeprefix(HEADER), text)
        if isinstance(marks, Mismatch):
            rule = "up to there it spells the raw text of the line above, and then no more."
            column = str(marks.column + len(HEADER))
            parsing.ledger.leave_out(Kind(found="found a mark", column=column, rule=rule, fix=FIX), marked_line)
            continue
        places = _places([cells[0] for _, cells in rows], text)
        if places is None:
            parsing.tally.tell("sentences whose rows do not spell the text, so that words are its eojeols", block[0][0])
        yield Sentence(
            line=block[0][0],
            text=text,
            id=f"{document or parsing.name}:{number.removeprefix(HEADER)}",
            group=document,
            words=_words(text, places),
            units=places or (),
            tags=tuple(cells[3] for _, cells in rows) if places else (),
            tag_lines=tuple(line for line, _ in rows),
            column="4",
            marks=tuple(Mark(span, marked_line, str(column + len(HEADER))) for span, column in marks),
        )


def _is_sound(line: int, header: Sequence[Line], rows: Sequence[Row], ledger: Ledger) -> bool:
    if len(header) != 3 or not rows:
        found = f"found {len(header)} lines that begin with ## and {len(rows)} rows"
        rule = "a sentence has three, its number, its raw text and its marked text, and then its rows."
        ledger.leave_out(Kind(found=found, rule=rule, fix=f"Fix the sentence, {SKIP}"), line)
        return False
    bad = next((row for row in rows if len(row[1]) != 4 or not row[1][0]), None)
    if bad is not None:
        found = f"found {len(bad[1])} columns" if bad[1][0] else "found an empty surface"
        rule = "a row is surface, morpheme, part of speech and tag, with TABs between them."
        ledger.leave_out(Kind(found=found, rule=rule, fix=FIX), bad[0])
    return bad is None


def _places(surfaces: Sequence[str], text: str) -> Edges | None:
    """Where each surface stands in the text, one right behind the other, or None."""
    places: list[tuple[int, int]] = []
    end = 0
    for surface in surfaces:
        start, end = end, end + len(surface)
        is_blank = surface == BLANK and text[start:end].isspace()
        if not is_blank and text[start:end] != surface:
            return None
        places.append((start, end))
    return tuple(places) if end == len(text) else None


def _words(text: str, places: Edges | None) -> Edges:
    if places is None:
        return tuple((start, end) for start, end in eojeol_offsets(text).tolist())
    return tuple((start, end) for start, end in places if not text[start:end].isspace())
