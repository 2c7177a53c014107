"""KLUE: a character a line with its tag, blanks among them; a comment before each sentence has its id and its marks."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TextIO

from seqwise.read.faults import SKIP, Kind, shown
from seqwise.read.tagged.marked import Mismatch, align_marks
from seqwise.read.tagged.sentences import Mark, Parsing, Sentence, blocks, joined, numbered, require

FIX = f"Fix the line, {SKIP}"


def parse_klue(stream: TextIO, parsing: Parsing) -> Iterator[Sentence]:
    """Sentences without words, whose entities come from the tags of the characters, or from the marks if asked for."""
    source = require(parsing.layout.tag, ("rows", "inline"), where="data.label")
    for sentence in klue_sentences(stream, parsing):
        yield replace(sentence, tags=()) if source == "inline" else replace(sentence, marks=())


def klue_sentences(stream: TextIO, parsing: Parsing) -> Iterator[Sentence]:
    """Sentences with both forms of their entities; a line `` <TAB>O`` is a blank of the text, so none is stripped."""
    for block in blocks(numbered(stream), lambda text: text in ("", "\t")):
        comments = [(line, text) for line, text in block if text.startswith("##")]
        rows = [(line, text.rpartition("\t")) for line, text in block if not text.startswith("##")]
        if not rows:
            parsing.tally.tell("blocks of comments alone", block[0][0])
            continue
        bad = next(((line, cells) for line, cells in rows if not cells[0] or not cells[2]), None)
        if bad is not None:
            found = f"found {shown(''.join(bad[1]))}"
            parsing.ledger.leave_out(Kind(found=found, rule="a line is a character, a TAB and a tag.", fix=FIX), bad[0])
            continue
        text, units = joined([cells[0] for _, cells in rows], "")
        line, comment = comments[-1] if comments else (block[0][0], "")
        name, _, marked = comment.removeprefix("## ").partition("\t")
        marks = _marks(marked, text, line=line, shift=len(comment) - len(marked))
        if marks is None:
            parsing.tally.tell("comments whose marked text is not that of the characters", line)
        yield Sentence(
            line=line,
            text=text,
            id=name.strip(),
            units=units,
            tags=tuple(cells[2] for _, cells in rows),
            tag_lines=tuple(line for line, _ in rows),
            column="2",
            marks=marks or (),
        )


def _marks(marked: str, text: str, *, line: int, shift: int) -> tuple[Mark, ...] | None:
    """The marks of a comment; none for a comment without a marked text, None where it spells another one."""
    found = align_marks(marked, text) if marked else []
    if isinstance(found, Mismatch):
        return None
    return tuple(Mark(span, line, str(column + shift)) for span, column in found)
