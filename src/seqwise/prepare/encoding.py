"""Flat encoding: a tokenizer and texts come in, token ids on one axis come out, cut to a length and counted."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, islice

import numpy as np
from tokenizers import Encoding, Tokenizer

from seqwise.errors import DataError, Problem
from seqwise.records import FlatTokens, Indices, Truncation

_CHUNK = 8192  # rows of one call: enough work for every core, little memory for the encodings that wait


def encode_blocks(tokenizer: Tokenizer, texts: Iterable[str], *, has_specials: bool = True) -> Iterator[FlatTokens]:
    """The ids of every text, with or without special tokens, none cut and none padded; some thousand rows at a time.

    The tokenizer works on all cores without Python's lock; while it encodes one chunk, the ids of the last are copied.
    A single chunk is encoded here, as a thread takes longer to begin than a sentence to be encoded.
    """
    encode = partial(tokenizer.encode_batch_fast, add_special_tokens=has_specials)
    chunks = text_chunks(iter(texts))
    first = next(chunks, [])
    if len(first) < _CHUNK:
        if first:
            yield flat_ids(encode(first))
        return
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting = pool.submit(encode, first)
        for chunk in chunks:
            following = pool.submit(encode, chunk)
            yield flat_ids(waiting.result())
            waiting = following
        yield flat_ids(waiting.result())


def text_chunks(texts: Iterator[str]) -> Iterator[list[str]]:
    """The texts in lists of some thousand, as many as one call of the tokenizer is given."""
    while chunk := list(islice(texts, _CHUNK)):
        yield chunk


def flat_ids(encodings: Sequence[Encoding]) -> FlatTokens:
    """The ids of all encodings on one axis."""
    rows = [encoding.ids for encoding in encodings]
    offsets = offsets_of(np.fromiter(map(len, rows), dtype=np.int64, count=len(rows)))
    ids = np.fromiter(chain.from_iterable(rows), dtype=np.int32, count=int(offsets[-1]))
    return FlatTokens(ids=ids, offsets=offsets)


def offsets_of(lengths: Indices) -> Indices:
    """Where each row begins, and where the last one ends, shape (row + 1,)."""
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def ranges(starts: Indices, lengths: Indices) -> Indices:
    """The whole numbers from each start on, as many as its length, all on one axis.

    Example:
        >>> ranges(np.array([5, 0]), np.array([2, 3])).tolist()
        [5, 6, 0, 1, 2]
    """
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()), dtype=np.int64)


def fill_empty(blocks: Iterable[FlatTokens], unknown: int | None) -> Iterator[FlatTokens]:
    """Give every row without a token the unknown token, so that no row is empty.

    Raises:
        DataError: behind the last block, if a row is empty and ``unknown`` is None: the tokenizer has no such token.
    """
    n_rows = 0
    told: list[int] = []
    for tokens in blocks:
        empty = np.flatnonzero(tokens.lengths == 0)
        if unknown is None:
            told.extend((n_rows + 1 + empty).tolist())
        n_rows += len(tokens)
        yield tokens if unknown is None or not empty.size else _filled(tokens, empty, unknown)
    if told:
        raise DataError(
            Problem(
                where=f"row {told[0]}",
                what=f"no token is left of the text, and the tokenizer has no unknown token ({len(told)} such rows).",
                fix="Leave out rows without text.",
            )
        )


def _filled(tokens: FlatTokens, empty: Indices, unknown: int) -> FlatTokens:
    ids = np.insert(tokens.ids, tokens.offsets[empty], np.int32(unknown))
    return FlatTokens(ids=ids, offsets=offsets_of(np.maximum(tokens.lengths, 1)))


def truncate(
    tokens: FlatTokens, *, limit: int, n_before: int, n_after: int, keep_start: bool
) -> tuple[FlatTokens, Truncation]:
    """Cut rows to ``limit`` tokens; special tokens stay, and the lost tokens are counted.

    Args:
        tokens: rows of any length.
        limit: tokens of a row that are kept, special tokens counted; more than ``n_before + n_after``.
        n_before: special tokens at the start of every row.
        n_after: special tokens at the end of every row.
        keep_start: keep the start of a longer row, else its end.

    Returns:
        The rows, and what was cut: ``n_tokens`` counts the tokens before cutting.
    """
    lengths = tokens.lengths
    kept = np.minimum(lengths, limit)
    report = Truncation(
        limit=limit,
        n_rows=len(tokens),
        n_rows_cut=int((lengths > limit).sum()),
        n_tokens=int(lengths.sum()),
        n_tokens_cut=int((lengths - kept).sum()),
    )
    if not report.n_rows_cut:
        return tokens, report
    is_cut = lengths > limit
    # What goes is one stretch of each longer row: +1 where it begins, -1 behind its end, 0 summed up over what stays.
    first = tokens.offsets[:-1][is_cut] + (limit - n_after if keep_start else n_before)
    edges = np.zeros(report.n_tokens + 1, dtype=np.int8)
    edges[first] = 1
    edges[first + lengths[is_cut] - limit] = -1
    stays = np.cumsum(edges[:-1], dtype=np.int8) == 0
    return FlatTokens(ids=tokens.ids[stays], offsets=offsets_of(kept)), report


def joined(parts: Sequence[tuple[FlatTokens, Truncation]], *, limit: int) -> tuple[FlatTokens, Truncation]:
    """The rows of all parts as one, and what the same ``limit`` cut away in all of them."""
    tokens = stacked([tokens for tokens, _ in parts])
    return tokens, summed([truncation for _, truncation in parts], limit=limit)


def stacked(parts: Sequence[FlatTokens]) -> FlatTokens:
    """The rows of all parts as one."""
    ids = [np.empty(0, dtype=np.int32), *(tokens.ids for tokens in parts)]
    lengths = [np.empty(0, dtype=np.int64), *(tokens.lengths for tokens in parts)]
    return FlatTokens(ids=np.concatenate(ids), offsets=offsets_of(np.concatenate(lengths)))


def summed(parts: Sequence[Truncation], *, limit: int) -> Truncation:
    """What the same ``limit`` cut away in all parts."""
    return Truncation(
        limit=limit,
        n_rows=sum(part.n_rows for part in parts),
        n_rows_cut=sum(part.n_rows_cut for part in parts),
        n_tokens=sum(part.n_tokens for part in parts),
        n_tokens_cut=sum(part.n_tokens_cut for part in parts),
    )
