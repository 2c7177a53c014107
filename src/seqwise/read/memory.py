"""Texts in memory in, rows out, as if they had been read from a file: a text a line."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from seqwise.errors import DataError, Problem
from seqwise.records import Rows

MEMORY = "memory"  # what stands where a file would be named


def rows_in_memory(texts: Sequence[str]) -> Rows:
    """Rows of texts that no file holds; their ids are their numbers, from 0."""
    numbers = np.arange(len(texts), dtype=np.int64)
    return Rows(
        ids=tuple(map(str, numbers.tolist())),
        texts=texts,
        files=(MEMORY,),
        file_of=np.zeros_like(numbers),
        lines=numbers + 1,
    )


def pairs_in_memory(sources: Sequence[str], targets: Sequence[str]) -> Rows:
    """Rows of pairs of texts that no file holds.

    Raises:
        DataError: if they differ in number.
    """
    if len(sources) != len(targets):
        what = f"has {len(targets):,} texts for {len(sources):,} sources."
        raise DataError(Problem("y", what, "Give one target for each source."))
    return replace(rows_in_memory(sources), targets=targets)
