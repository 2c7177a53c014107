"""Spans of characters and of units: round trips, boundaries inside units, and texts whose length deceives."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqwise.errors import DataError
from seqwise.records import Span
from seqwise.spans.units import character_spans, eojeol_offsets, trimmed, unit_spans

NFD = unicodedata.normalize("NFD", "김철수는 서울시에")
# Each with its entity: plain, decomposed, with zero-width characters, full-width digits, odd blanks, joined emoji.
ODD_TEXTS = [
    ("김철수는 서울시에 산다", "서울시"),
    (NFD, unicodedata.normalize("NFD", "서울시")),
    ("김\u200b철수는\ufeff 서\u200d울시에", "서\u200d울시"),
    ("２０２１년 ３월 서울", "３월"),
    ("김철수\u3000서울시\xa0사람", "서울시"),
    ("👨‍👩‍👧 서울시", "서울시"),
]


def offsets(*pairs):
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def characters(text):
    return offsets(*((i, i + 1) for i in range(len(text))))


@st.composite
def spans_over_tokens(draw):
    """A text cut into tokens with gaps between some, and a run of tokens."""
    lengths = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), min_size=1, max_size=8))
    edges, place = [], 0
    for gap, length in lengths:
        edges.append((place + gap, place + gap + length))
        place += gap + length
    first = draw(st.integers(0, len(edges) - 1))
    return "x" * place, offsets(*edges), Span(first, draw(st.integers(first + 1, len(edges))), "PS")


@given(spans_over_tokens())
def test_units_to_characters_and_back_changes_nothing(case):
    text, edges, units = case
    (span,) = character_spans([units], edges, text=text)
    assert unit_spans([span], edges) == [units]


@given(spans_over_tokens(), st.integers(0, 20), st.integers(1, 6))
def test_units_are_those_that_hold_a_character_of_the_span(case, start, length):
    _, edges, _ = case
    (units,) = unit_spans([Span(start, start + length, "PS")], edges)
    holding = [i for i, (low, high) in enumerate(edges) if low < start + length and start < high]
    assert units == (Span(holding[0], holding[-1] + 1, "PS") if holding else None)


@pytest.mark.parametrize(("text", "entity"), ODD_TEXTS)
def test_no_character_shifts_the_offsets(text, entity):
    start = text.index(entity)
    span = Span(start, start + len(entity), "LC")
    assert unit_spans([span], characters(text)) == [span]
    assert character_spans([span], characters(text), text=text) == [span]
    eojeols = eojeol_offsets(text)
    (units,) = unit_spans([span], eojeols)
    (held,) = character_spans([units], eojeols, text=text)
    assert held.start == start
    assert text[held.start : held.end].startswith(entity)


@pytest.mark.parametrize(("text", "entity"), ODD_TEXTS)
def test_eojeols_are_what_split_gives(text, entity):
    assert [text[start:end] for start, end in eojeol_offsets(text)] == text.split()


def test_a_text_of_blanks_has_no_eojeol():
    assert eojeol_offsets(" \u3000\n").shape == (0, 2)
    assert unit_spans([Span(0, 1, "PS")], eojeol_offsets(" ")) == [None]


def test_a_boundary_inside_a_piece_takes_the_piece_and_does_not_come_back():
    text = "우는 서울에"  # pieces: 우는, 서울에
    edges = offsets((0, 2), (3, 6))
    assert unit_spans([Span(0, 1, "PS"), Span(3, 5, "LC")], edges) == [Span(0, 1, "PS"), Span(1, 2, "LC")]
    back = character_spans([Span(0, 1, "PS"), Span(1, 2, "LC")], edges, text=text)
    assert back == [Span(0, 2, "PS"), Span(3, 6, "LC")]


def test_units_without_text_are_passed_over():
    edges = offsets((0, 0), (0, 2), (2, 2), (2, 4), (0, 0))  # [CLS], 김철, an empty piece, 수는, [SEP]
    assert unit_spans([Span(0, 4, "PS"), Span(2, 3, "PS")], edges) == [Span(1, 4, "PS"), Span(3, 4, "PS")]
    assert character_spans([Span(0, 5, "PS"), Span(4, 5, "PS"), Span(2, 3, "PS")], edges, text="김철수는") == [
        Span(0, 4, "PS"),
        None,
        None,
    ]


def test_the_bytes_of_one_character_are_one_run():
    edges = offsets((0, 1), (0, 1), (0, 1), (1, 2))
    assert unit_spans([Span(0, 1, "PS")], edges) == [Span(0, 3, "PS")]
    assert character_spans([Span(1, 2, "PS")], edges, text="김씨") == [Span(0, 1, "PS")]


def test_blanks_that_a_piece_carries_are_left_out():
    edges = offsets((0, 2), (2, 5), (5, 6))  # 나는, ▁서울, ▁
    assert character_spans([Span(1, 3, "LC"), Span(2, 3, "LC")], edges, text="나는 서울 ") == [Span(3, 5, "LC"), None]


def test_units_out_of_order_are_an_error():
    for edges in (offsets((0, 2), (0, 0), (3, 5), (2, 6)), offsets((0, 2), (0, 0), (3, 5), (3, 4))):
        with pytest.raises(
            DataError, match=r"unit 3: stands before the unit in front of it, at \d to \d of the text\."
        ):
            unit_spans([], edges)


def test_trimming_knows_the_blanks_of_unicode_and_keeps_zero_width_characters():
    assert trimmed(Span(0, 6, "PS"), " \u3000김\xa0\n\t") == Span(2, 3, "PS")
    assert trimmed(Span(0, 2, "PS"), "\u200b김") == Span(0, 2, "PS")
    assert trimmed(Span(1, 3, "PS"), "김 \u3000철") is None
