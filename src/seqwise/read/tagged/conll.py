"""CoNLL: a token a line with its columns, blank lines between sentences; the text is the tokens joined by a space."""

from collections.abc import Iterator
from typing import TextIO

from seqwise.errors import Problem, UsageError
from seqwise.read.faults import SKIP, Kind
from seqwise.read.tagged.sentences import Parsing, Sentence, blocks, is_blank, joined, numbered

DOCUMENT = "-DOCSTART-"
FIX = f"Fix the line, {SKIP}"


def parse_conll(stream: TextIO, parsing: Parsing) -> Iterator[Sentence]:
    """Sentences of a file with any columns, as CoNLL-2003 and its followers have it.

    A line with a TAB has its columns between TABs, so a token may be or hold a blank; any other between spaces. No line
    is a comment: ``#`` is a token as any other. ``-DOCSTART-`` begins a document and is no token.
    """
    token, tag = (_place(parsing.layout.token, "text", default=0), _place(parsing.layout.tag, "label", default=-1))
    n_columns = 0
    document = ""
    for block in blocks(numbered(stream), is_blank):
        starts = [line for line, text in block if text.startswith(DOCUMENT)]
        if starts:
            parsing.tally.tell(f"lines of {DOCUMENT}, skipped", starts[0], count=len(starts))
            document = f"{parsing.name}:{starts[-1]}"
        rows = [(line, _cells(text)) for line, text in block if not text.startswith(DOCUMENT)]
        if not rows:
            continue
        n_columns = n_columns or len(rows[0][1])
        fault = _fault(rows, n_columns, needed=max(token, tag, 1) + 1) or _empty_cell(rows, token, tag)
        if fault is not None:
            parsing.ledger.leave_out(*fault)
            continue
        tokens = [cells[token] for _, cells in rows]
        blank = [line for (line, _), word in zip(rows, tokens, strict=True) if not word.strip()]
        parsing.tally.tell("tokens of blanks alone", min(blank, default=0), count=len(blank))
        text, words = joined(tokens)
        yield Sentence(
            line=block[0][0],
            text=text,
            group=document,
            words=words,
            units=words,
            tags=tuple(cells[tag].strip() for _, cells in rows),
            tag_lines=tuple(line for line, _ in rows),
            column=str(tag % n_columns + 1),
        )


def _place(number: str, name: str, *, default: int) -> int:
    if not number:
        return default
    if not number.isdecimal() or int(number) < 1:
        what = f'found "{number}"; allowed: the number of a column, from 1.'
        raise UsageError(Problem(where=f"data.{name}", what=what, fix="The first column is 1."))
    return int(number) - 1


def _cells(text: str) -> list[str]:
    return text.split("\t") if "\t" in text else [cell for cell in text.split(" ") if cell]


def _fault(rows: list[tuple[int, list[str]]], n_columns: int, *, needed: int) -> tuple[Kind, int] | None:
    """The first row without the columns that the first row of the file has, or with too few."""
    for line, cells in rows:
        found = f"found {_columns(len(cells))}"
        if len(cells) < needed:
            rule = "a sentence needs a token and a tag a line." if needed == 2 else f"column {needed} is asked for."
            return Kind(found=found, rule=rule, fix=FIX), line
        if len(cells) != n_columns:
            return Kind(found=found, rule=f"the first row has {_columns(n_columns)}.", fix=FIX), line
    return None


def _empty_cell(rows: list[tuple[int, list[str]]], token: int, tag: int) -> tuple[Kind, int] | None:
    for line, cells in rows:
        if not cells[token]:
            return Kind(found="found an empty token", column=str(token + 1), fix=FIX), line
        if not cells[tag].strip():
            return Kind(found="found an empty tag", column=str(tag % len(cells) + 1), fix=FIX), line
    return None


def _columns(count: int) -> str:
    return f"{count} column" if count == 1 else f"{count} columns"
