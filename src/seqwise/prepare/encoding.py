"""Flat encoding: a tokenizer and texts come in, token ids on one axis come out, cut to a length and counted."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from seqwise.errors import DataError, Problem
from seqwise.records import FlatTokens, Indices, Truncation

_CHUNK = 8192  # rows of one call: enough work for every core, little memory for the encodings that wait


def encode_flat(tokenizer: Tokenizer, texts: Iterable[str]) -> FlatTokens:
    """The ids of every text, special tokens included, none cut and none padded.

    The tokenizer works on all cores without Python's lock; while it encodes one chunk, the ids of the last are copied.
    """
    ids: list[NDArray[np.int32]] = []
    lengths: list[Indices] = []
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting = None
        for chunk in _chunks(iter(texts)):
            following = pool.submit(tokenizer.encode_batch_fast, chunk)
            if waiting is not None:
                _collect(waiting.result(), ids, lengths)
            waiting = following
        if waiting is not None:
            _collect(waiting.result(), ids, lengths)
    return FlatTokens(
        ids=np.concatenate([np.empty(0, dtype=np.int32), *ids]),
        offsets=_offsets(np.concatenate([np.empty(0, dtype=np.int64), *lengths])),
    )


def _chunks(texts: Iterator[str]) -> Iterator[list[str]]:
    while chunk := list(islice(texts, _CHUNK)):
        yield chunk


def _collect(encodings: Sequence[Encoding], ids: list[NDArray[np.int32]], lengths: list[Indices]) -> None:
    rows = [encoding.ids for encoding in encodings]
    n_tokens = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
    lengths.append(n_tokens)
    ids.append(np.fromiter(chain.from_iterable(rows), dtype=np.int32, count=int(n_tokens.sum())))


def _offsets(lengths: Indices) -> Indices:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])


def fill_empty(tokens: FlatTokens, unknown: int | None) -> FlatTokens:
    """Give every row without a token the unknown token, so that no row is empty.

    Raises:
        DataError: if a row is empty and the tokenizer has no unknown token (``unknown`` is None).
    """
    empty = np.flatnonzero(tokens.lengths == 0)
    if not empty.size:
        return tokens
    if unknown is None:
        raise DataError(
            Problem(
                where=f"row {int(empty[0]) + 1}",
                what=f"no token is left of the text, and the tokenizer has no unknown token ({empty.size} such rows).",
                fix="Leave out rows without text.",
            )
        )
    ids = np.insert(tokens.ids, tokens.offsets[empty], np.int32(unknown))
    return FlatTokens(ids=ids, offsets=_offsets(np.maximum(tokens.lengths, 1)))


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
    return FlatTokens(ids=tokens.ids[stays], offsets=_offsets(kept)), report
