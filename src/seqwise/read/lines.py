"""Lines of text in, for example from standard input; rows without labels out."""

from collections.abc import Iterable

import numpy as np

from seqwise.errors import DataError, Problem
from seqwise.read.blocks import Block
from seqwise.read.faults import Ledger
from seqwise.read.row_checks import Rules, bad_rows, empty_rows
from seqwise.records import Rows


def rows_from_lines(lines: Iterable[str], *, name: str, first_line: int = 1) -> Rows:
    r"""One row a line; blank lines are left out, and the ids of the others say which line they were.

    Args:
        lines: lines with or without their line ends.
        name: what the lines come from, for ids and messages.
        first_line: number of the first line, for a source that is read in parts.

    Raises:
        DataError: if a line holds a NUL or half a character, or no line holds text.

    Example:
        >>> rows_from_lines(["good film\n", "\n", "bad film\n"], name="stdin").ids
        ('stdin:1', 'stdin:3')
    """
    texts = [line.removesuffix("\n").removesuffix("\r") for line in lines]
    block = Block(lines=list(range(first_line, first_line + len(texts))), cells={"text": texts})
    filled = block.without(empty_rows(block))
    ledger = Ledger(name)
    bad_rows(filled, Rules(names={"text": "text"}, labels=frozenset(), has_labels_checked=False), ledger=ledger)
    if ledger:
        raise DataError(ledger.problems())
    if len(filled) == 0:
        raise DataError(Problem(where=name, what="has no line with text.", fix="Give one text a line."))
    return Rows(
        ids=tuple(f"{name}:{line}" for line in filled.lines),
        texts=tuple(filled.cells["text"]),
        files=(name,),
        file_of=np.zeros(len(filled), dtype=np.int64),
        lines=np.array(filled.lines, dtype=np.int64),
    )
