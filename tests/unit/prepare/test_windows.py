"""Windows: every unit in one of them, the one with most context, at its right place; short texts stay as they are."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, processors

from preparations import PREPARATIONS
from seqwise.errors import UsageError
from seqwise.prepare.encoding import offsets_of
from seqwise.prepare.tokens import TextPreparation
from seqwise.prepare.units import TokenizedUnits, tokenized_units
from seqwise.prepare.windows import windows_of
from seqwise.records import FlatTokens, FlatUnits, UnitPlaces

KIND = "byte-level"  # has special tokens at both ends, 0 and 1


def preparation(limit):
    given = PREPARATIONS[KIND]
    return TextPreparation(given.tokenizer, given.facts.model_copy(update={"max_length": limit}))


def tokenized(*texts):
    """Texts given as the lengths of their units; the tokens of all texts are numbered from 100 on."""
    lengths = np.array([sum(units) for units in texts], dtype=np.int64)
    ends = [np.cumsum(units, dtype=np.int64) for units in texts]
    places = [np.stack([np.concatenate([[0], end[:-1]]), end], axis=1) for end in ends if len(end)]
    offsets = offsets_of(np.array([len(units) for units in texts], dtype=np.int64))
    tokens = np.concatenate([np.empty((0, 2), dtype=np.int64), *places])
    return TokenizedUnits(
        FlatTokens(
            np.arange(100, 100 + sum(lengths), dtype=np.int32),
            np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]),
        ),
        FlatUnits(tokens, offsets),
        UnitPlaces(tokens, offsets),
    )


def rows_of(windows):
    return [windows.tokens.ids[a:b].tolist() for a, b in pairwise(windows.tokens.offsets)]


def owned(windows):
    """The window and the token ids of each unit."""
    rows = rows_of(windows)
    owners = np.repeat(np.arange(len(rows)), np.diff(windows.units.offsets))
    return [(int(row), rows[row][a:b]) for row, (a, b) in zip(owners, windows.units.tokens, strict=True)]


units = st.lists(st.integers(1, 3), max_size=30)
limits = st.integers(8, 20)


@given(st.lists(units, max_size=4), limits)
def test_every_unit_is_once_in_a_window_of_its_text_at_its_own_tokens(texts, limit):
    given = tokenized(*texts)
    windows = windows_of(given, preparation(limit))
    assert windows.n_units_cut == 0  # units have at most 3 tokens, and windows share at least 3
    texts_of_units = np.repeat(np.arange(len(texts)), np.diff(given.units.offsets))
    firsts = given.tokens.offsets[texts_of_units][:, None] + given.places.tokens
    expected = [list(range(100 + a, 100 + b)) for a, b in firsts]
    assert [ids for _, ids in owned(windows)] == expected
    assert [windows.texts[row] for row, _ in owned(windows)] == texts_of_units.tolist()
    assert sorted(set(windows.texts.tolist())) == [i for i, text in enumerate(texts) if text]
    assert (np.diff(windows.texts) >= 0).all()


@given(st.lists(st.integers(0, 60), max_size=4), limits, st.floats(0, 0.9))
def test_windows_are_stretches_of_the_text_within_the_limit_and_overlap(lengths, limit, overlap):
    given = tokenized(*([1] * length for length in lengths))
    windows = windows_of(given, preparation(limit), overlap=overlap)
    for row in rows_of(windows):
        assert len(row) <= limit
        assert (row[0], row[-1]) == (0, 1)
        assert (np.diff(row[1:-1]) == 1).all()
    for (row, after), (text, next_text) in zip(pairwise(rows_of(windows)), pairwise(windows.texts), strict=True):
        assert text != next_text or row[-2] + 1 - after[1] >= int(overlap * (limit - 2))
    steps = [
        np.diff([row[1] for row, of in zip(rows_of(windows), windows.texts, strict=True) if of == text])
        for text in set(windows.texts)
    ]
    assert all(len(step) == 0 or np.ptp(step) <= 1 for step in steps)  # as even as whole numbers can be
    held = {token for row in rows_of(windows) for token in row[1:-1]}
    assert held == set(given.tokens.ids.tolist())


@given(units, limits)
def test_the_owner_has_most_context_on_the_side_that_has_less(text, limit):
    windows = windows_of(tokenized(text), preparation(limit))
    rows = [row[1:-1] for row in rows_of(windows)]
    n_tokens = sum(text)

    def context(row, ids):
        left = np.inf if row[0] == 100 else ids[0] - row[0]
        right = np.inf if row[-1] == 99 + n_tokens else row[-1] - ids[-1]
        return min(left, right) if ids[0] >= row[0] and ids[-1] <= row[-1] else -1

    for owner, ids in owned(windows):
        assert context(rows[owner], ids) == max(context(row, ids) for row in rows)


@given(st.lists(units, min_size=1, max_size=4), limits)
def test_a_text_has_the_same_windows_alone(texts, limit):
    together = windows_of(tokenized(*texts), preparation(limit))
    for number, text in enumerate(texts):
        alone = windows_of(tokenized(text), preparation(limit))
        before = sum(map(sum, texts[:number]))
        mine = np.flatnonzero(together.texts == number)
        rows = [rows_of(together)[row] for row in mine]
        assert [[0, *(i - before for i in row[1:-1]), 1] for row in rows] == rows_of(alone)
        mine_units = together.units.tokens[np.isin(np.repeat(together.texts, np.diff(together.units.offsets)), number)]
        assert mine_units.tolist() == alone.units.tokens.tolist()


def several_specials():
    tokenizer = Tokenizer.from_str(PREPARATIONS[KIND].tokenizer.to_str())
    tokenizer.post_processor = processors.TemplateProcessing(
        single="</s> <s> $A <s> </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
    )
    return TextPreparation(tokenizer, PREPARATIONS[KIND].facts)


@pytest.mark.parametrize("given", [*PREPARATIONS.values(), several_specials()], ids=[*PREPARATIONS, "several"])
def test_a_short_text_is_what_the_preparation_gives(given):
    texts = ["the cat", "sat on", "", "mat"]
    windows = windows_of(tokenized_units(texts, given), given)
    applied, _ = given.apply([text for text in texts if text])
    assert windows.tokens.ids.tolist() == applied.ids.tolist()
    assert windows.tokens.offsets.tolist() == applied.offsets.tolist()
    assert windows.texts.tolist() == [0, 1, 3]


def test_an_endless_word_is_cut_and_counted_and_no_window_is_without_unit():
    windows = windows_of(tokenized([2, 40, 2]), preparation(10))
    assert (windows.n_units_cut, windows.n_tokens_cut, windows.n_texts_cut) == (1, 40 - 8, 1)
    assert (np.diff(windows.units.offsets) > 0).all()
    (_, first), (_, cut), (_, last) = owned(windows)
    assert (first, last) == ([100, 101], [142, 143])
    assert len(cut) == 8
    assert set(cut) < set(range(102, 142))


@pytest.mark.parametrize("overlap", [-0.1, 1.0])
def test_an_overlap_out_of_range_is_told(overlap):
    with pytest.raises(UsageError, match=rf"overlap: is {overlap}, but must be at least 0 and less than 1"):
        windows_of(tokenized([1]), preparation(8), overlap=overlap)
