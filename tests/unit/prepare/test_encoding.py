import numpy as np
import pytest

from seqwise.errors import DataError
from seqwise.prepare.encoding import fill_empty, truncate
from seqwise.records import FlatTokens


def flat(rows):
    lengths = [len(row) for row in rows]
    return FlatTokens(
        ids=np.array([number for row in rows for number in row], dtype=np.int32),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
    )


def rows_of(tokens):
    return [tokens.ids[a:b].tolist() for a, b in zip(tokens.offsets, tokens.offsets[1:], strict=False)]


def test_empty_rows_are_filled_wherever_they_stand():
    first, second = fill_empty([flat([[], [5, 6], [], [], [7], []]), flat([[8]])], unknown=1)
    assert rows_of(second) == [[8]]
    assert rows_of(first) == [[1], [5, 6], [1], [1], [7], [1]]
    assert first.ids.dtype == np.int32


def test_an_empty_row_without_an_unknown_token_is_told_with_its_row():
    with pytest.raises(DataError, match=r"row 2: no token is left of the text, .* \(3 such rows\). Leave out rows"):
        list(fill_empty([flat([[5], [], []]), flat([[6], []])], unknown=None))


def test_special_tokens_stay_when_the_middle_is_cut():
    tokens = flat([[101, 1, 2, 3, 4, 102], [101, 102], [101, 9, 102]])
    start, truncation = truncate(tokens, limit=4, n_before=1, n_after=1, keep_start=True)
    end, _ = truncate(tokens, limit=4, n_before=1, n_after=1, keep_start=False)
    assert rows_of(start) == [[101, 1, 2, 102], [101, 102], [101, 9, 102]]
    assert rows_of(end) == [[101, 3, 4, 102], [101, 102], [101, 9, 102]]
    assert (truncation.n_rows_cut, truncation.n_tokens, truncation.n_tokens_cut) == (1, 11, 2)


def test_nothing_to_cut_gives_the_same_arrays():
    tokens = flat([[1, 2], [3]])
    kept, truncation = truncate(tokens, limit=2, n_before=0, n_after=0, keep_start=True)
    assert kept is tokens
    assert truncation.n_rows_cut == truncation.n_tokens_cut == 0
