"""Texts in, pairs of nearly equal texts out: shingles of characters, one-permutation MinHash, bands, exact check.

Broder 1997, "On the resemblance and containment of documents" (SEQUENCES, 21-29): the share of common shingles.
Li, Owen and Zhang 2012, "One permutation hashing" (NeurIPS), section 2: one hash a shingle, the smallest of each bin.
Shrivastava and Li 2014, "Densifying one permutation hashing via rotation" (ICML), section 4: empty bins borrow from the
next full one. Departure: candidates are checked on the real sets of shingles, so a reported pair is never a guess, and
a missed pair is possible: the count is "at least". The hash is a constant: the same texts always give the same pairs.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from seqwise.records import Indices

Hashes = NDArray[np.uint64]

# Five characters: two Korean syllable blocks with their neighbours, or about one English word.
SHINGLE = 5
# Half-length texts share too few shingles for a percentage to mean anything.
SHORTEST = 8
# Four shared shingles out of five: the sentence with another full stop, or one word changed in a paragraph.
SIMILARITY = 0.8
# 64 bins in bands of 6: a pair at 0.8 meets in some band with probability 1 - (1 - 0.8^6)^10 = 95 %, at 0.5 with 15 %.
BINS, BAND = 64, 6
# Candidates whose bins agree on less than this are far below SIMILARITY (four standard errors for long texts).
ROUGH = 0.55
# Bounds of time and memory: characters hashed in all, hashed at once, compared exactly, and pairs looked at.
MOST_CHARACTERS, CHUNK_CHARACTERS, MOST_COMPARED, MOST_PAIRS = 60_000_000, 1_000_000, 12_000_000, 400_000
LEAST_CAP = 200

_EMPTY = np.uint64(2**64 - 1)
_BIN_SHIFT = np.uint64(58)
_VALUE = np.uint64(2**58 - 1)
# Odd 64-bit constants of splitmix64 (Steele, Lea and Flood 2014).
_GOLDEN, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


def near_pairs(texts: list[str]) -> Indices:
    """Pairs of texts that share at least ``SIMILARITY`` of their shingles, without claim to all of them.

    Args:
        texts: different texts. Where several meet in a band, the others are paired with the first of them.

    Returns:
        Row numbers, shape (pair, 2), the smaller number first.
    """
    rows = np.asarray([i for i, text in enumerate(texts) if len(text) >= SHORTEST], dtype=np.int64)
    if len(rows) < 2:
        return np.empty((0, 2), dtype=np.int64)
    cap = max(LEAST_CAP, MOST_CHARACTERS // len(rows))
    kept = [text[:cap] for text in texts if len(text) >= SHORTEST]
    signatures = _densified(_signatures(kept))
    pairs = _alike(signatures, _candidates(signatures))
    return rows[_verified(kept, pairs)]


def _signatures(texts: list[str]) -> Hashes:
    """Smallest hash of each bin, shape (text, bin); empty bins hold the largest number."""
    table = np.full((len(texts), BINS), _EMPTY, dtype=np.uint64)
    for first, last in _chunks(texts):
        _fill(table[first:last], texts[first:last])
    return table


def _chunks(texts: list[str]) -> Iterator[tuple[int, int]]:
    """Ranges of texts with about ``CHUNK_CHARACTERS`` characters each."""
    ends = np.cumsum([len(text) for text in texts])
    first = 0
    while first < len(texts):
        before = int(ends[first - 1]) if first else 0
        last = max(int(np.searchsorted(ends, before + CHUNK_CHARACTERS, side="right")), first + 1)
        yield first, last
        first = last


def _fill(table: Hashes, texts: list[str]) -> None:
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    lengths = np.asarray([len(text) for text in texts])
    n_shingles = lengths - (SHINGLE - 1)
    text_of = np.repeat(np.arange(len(texts)), n_shingles)
    # Every text ends with SHINGLE - 1 characters that begin no shingle: that is how far later ones are moved.
    starts = np.arange(len(text_of)) + text_of * (SHINGLE - 1)
    hashes = np.zeros(len(text_of), dtype=np.uint64)
    for step in range(SHINGLE):
        hashes = (hashes + codes[starts + step]) * _GOLDEN
        hashes ^= hashes >> np.uint64(29)
    hashes *= _MIX
    hashes ^= hashes >> np.uint64(32)
    bins = (hashes >> _BIN_SHIFT).astype(np.int64)
    np.minimum.at(table.reshape(-1), text_of * BINS + bins, hashes & _VALUE)


def _densified(table: Hashes) -> Hashes:
    """Empty bins take the value of the next full bin to the right, in circles; doubling steps."""
    step = 1
    while step < BINS:
        table = np.where(table == _EMPTY, np.roll(table, -step, axis=1), table)
        step *= 2
    return table


def _candidates(signatures: Hashes) -> Indices:
    """Pairs that agree in a whole band: each text with the first and with the one before it in its group."""
    n = len(signatures)
    found: list[NDArray[np.int64]] = []
    for start in range(0, BINS - BAND + 1, BAND):
        key = signatures[:, start].copy()
        for column in range(start + 1, start + BAND):
            key = (key * _GOLDEN) ^ signatures[:, column]
        order = np.argsort(key, kind="stable")
        is_first = np.concatenate([[True], key[order][1:] != key[order][:-1]])
        leader = order[np.maximum.accumulate(np.where(is_first, np.arange(n), 0))]
        others = np.nonzero(~is_first)[0]
        found += [leader[others] * n + order[others], order[others - 1] * n + order[others]]
    pairs = np.unique(np.concatenate(found))
    if len(pairs) > MOST_PAIRS:
        pairs = pairs[np.linspace(0, len(pairs) - 1, MOST_PAIRS).astype(np.int64)]
    return np.stack([pairs // n, pairs % n], axis=1)


def _alike(signatures: Hashes, pairs: Indices) -> Indices:
    """Pairs whose bins agree often enough to be worth an exact look."""
    agreement = np.zeros(len(pairs))
    for column in range(BINS):
        agreement += signatures[pairs[:, 0], column] == signatures[pairs[:, 1], column]
    return pairs[agreement >= ROUGH * BINS]


def _verified(texts: list[str], pairs: Indices) -> Indices:
    """Pairs that share enough shingles, counted exactly until ``MOST_COMPARED`` characters are spent."""
    spent = np.cumsum([len(texts[a]) + len(texts[b]) for a, b in pairs.tolist()])
    affordable = pairs[: int(np.searchsorted(spent, MOST_COMPARED, side="right"))]
    is_near = [resemblance(texts[a], texts[b]) >= SIMILARITY for a, b in affordable.tolist()]
    return affordable[np.asarray(is_near, dtype=np.bool_)]


def resemblance(left: str, right: str) -> float:
    """Shared shingles over all shingles of two texts, 0 to 1 (Jaccard)."""
    one, other = _shingles(left), _shingles(right)
    return len(one & other) / max(len(one | other), 1)


def _shingles(text: str) -> set[str]:
    return {text[i : i + SHINGLE] for i in range(len(text) - SHINGLE + 1)}
