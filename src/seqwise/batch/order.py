"""Sample order as arithmetic: a seed, an epoch and lengths come in, row numbers come out; nothing is remembered."""

import numpy as np

from seqwise.records import Array, Indices

# Repeats of a row are counted in this part of one, so that sums of them are exact.
WHOLE = 2**20


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


def repeated_order(repeats: Array, *, seed: int, epoch: int) -> Indices:
    """Every row number as often as its repeats say, in the random order of this seed and epoch.

    Where repeats are no whole number a row comes once more in some epochs than in others, on the average as often as it
    says, and epochs differ by one row at most: systematic sampling (Madow 1949, https://doi.org/10.1214/aoms/1177729988)
    from a random start along the order of :func:`epoch_order`.

    Args:
        repeats: of each row, 1 or more, shape (n,).
        seed: 0 or more.
        epoch: from 0.

    Returns:
        Row numbers, as many as the sum of the repeats, rounded up or down.

    Example:
        >>> sorted(repeated_order(np.array([1.0, 3.0]), seed=0, epoch=1).tolist())
        [0, 1, 1, 1]
    """
    n = len(repeats)
    generator = np.random.Philox(key=np.array([seed, epoch], dtype=np.uint64))
    generator.random_raw(n)  # those of the order along which rows are taken
    start = int(generator.random_raw()) % WHOLE
    first = epoch_order(n, seed=seed, epoch=epoch)
    ends = (start + np.cumsum(np.ceil(repeats[first] * WHOLE).astype(np.int64))) // WHOLE
    rows = np.repeat(first, np.diff(ends, prepend=0))
    return rows[np.argsort(generator.random_raw(len(rows)), kind="stable")]


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
