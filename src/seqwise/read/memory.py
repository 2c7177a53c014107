"""Texts in memory in, rows out, as if they had been read from a file: a text a line."""

from collections.abc import Sequence

import numpy as np

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
