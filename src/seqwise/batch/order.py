"""Sample order as arithmetic: a seed, an epoch and lengths come in, row numbers come out; nothing is remembered."""

import numpy as np

from seqwise.records import Indices


def epoch_order(n: int, *, seed: int, epoch: int) -> Indices:
    """Every row number below ``n`` once, in the random order of this seed and epoch.

    The rows are sorted by the raw output of the counter-based generator Philox4x64 (Salmon et al. 2011, "Parallel
    Random Numbers: As Easy as 1, 2, 3", https://doi.org/10.1145/2063384.2063405) keyed by (seed, epoch). Raw bits,
    because numpy promises to keep those over its releases but not the order that ``permutation`` makes of them.

    Args:
        n: number of rows.
        seed: 0 or more.
        epoch: from 0.

    Returns:
        Row numbers, shape (n,).

    Example:
        >>> sorted(epoch_order(4, seed=0, epoch=1).tolist())
        [0, 1, 2, 3]
    """
    draws = np.random.Philox(key=np.array([seed, epoch], dtype=np.uint64)).random_raw(n)
    return np.argsort(draws, kind="stable").astype(np.int64, copy=False)


def sorted_order(lengths: Indices) -> Indices:
    """Row numbers by length, longest first, equal lengths in row order: what does not fit the memory fails at once."""
    return np.argsort(-lengths, kind="stable").astype(np.int64, copy=False)


def cut(order: Indices, lengths: Indices, *, batch_size: int, batch_tokens: int) -> list[Indices]:
    """Cut an order of rows into batches; none is lost, none comes twice, the order stays.

    Args:
        order: row numbers, shape (row,).
        lengths: tokens of each row of the split, shape (split row,).
        batch_size: rows of a batch at most, 1 or more.
        batch_tokens: tokens of a batch at most; a longer row is a batch alone; 0 for no limit.

    Returns:
        The row numbers of each batch.
    """
    ends = _ends(lengths[order], batch_size=batch_size, batch_tokens=batch_tokens)
    return np.split(order, ends[:-1]) if ends else []


def count_batches(order: Indices, lengths: Indices, *, batch_size: int, batch_tokens: int) -> int:
    """How many batches ``cut`` makes, without making them."""
    if not batch_tokens:
        return -(-len(order) // batch_size)
    return len(_ends(lengths[order], batch_size=batch_size, batch_tokens=batch_tokens))


def _ends(lengths: Indices, *, batch_size: int, batch_tokens: int) -> list[int]:
    """Where each batch ends: one search in the running sum of tokens a batch, no loop over rows."""
    n = len(lengths)
    if not batch_tokens:
        return [*range(batch_size, n, batch_size), n] if n else []
    total = np.cumsum(lengths)
    ends: list[int] = []
    place = before = 0
    while place < n:
        by_tokens = int(np.searchsorted(total, before + batch_tokens, side="right"))
        place = min(place + batch_size, max(place + 1, by_tokens), n)
        before = int(total[place - 1])
        ends.append(place)
    return ends
