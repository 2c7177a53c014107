"""Texts come in one by one, and for each the row where the same text stands first goes out; no text is kept."""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np

from seqwise.records import Indices

# Two of a thousand million different texts share a digest of 128 bits with probability 1e-21.
_BYTES = 16


def first_rows(texts: Iterable[str], n: int) -> Indices:
    """The number of the first row with the same text, for each of ``n`` rows, shape (row,).

    Example:
        >>> first_rows(["a", "b", "a"], 3).tolist()
        [0, 1, 0]
    """
    digests = np.fromiter(map(_digest, texts), dtype=f"S{_BYTES}", count=n)
    order = np.argsort(digests, kind="stable")  # copies stand together, in the order of their rows
    digests = digests[order]
    is_first = np.concatenate([np.ones(min(n, 1), dtype=np.bool_), digests[1:] != digests[:-1]])
    del digests
    firsts = np.empty(n, dtype=np.int64)
    firsts[order] = order[is_first].repeat(np.diff(np.flatnonzero(is_first), append=n))
    return firsts


def text_numbers(texts: Iterable[str], n: int) -> Indices:
    """A number for each text, the same for the same text, counted from 0 as they first occur, shape (row,).

    Example:
        >>> text_numbers(["b", "a", "b", "c"], 4).tolist()
        [0, 1, 0, 2]
    """
    firsts = first_rows(texts, n)
    is_first = firsts == np.arange(n)
    return (np.cumsum(is_first) - 1)[firsts]


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest()
