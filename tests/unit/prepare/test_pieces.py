"""Pieces and their places: the ids of the preparation itself, each with the raw characters that it stands for."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preparations import CORPUS, PREPARATIONS, odd_texts
from seqwise.prepare.hygiene import clean
from seqwise.prepare.pieces import encode_pieces

texts = st.lists(odd_texts | st.sampled_from(CORPUS) | st.text(max_size=8), max_size=5)


@pytest.mark.parametrize("kind", PREPARATIONS)
@settings(max_examples=150, deadline=None)
@given(texts)
def test_the_ids_are_those_of_the_preparation_and_places_follow_the_text(kind, texts):
    preparation = PREPARATIONS[kind]
    pieces = encode_pieces(preparation, iter(texts))
    whole = [
        [*preparation.before, *pieces.tokens.ids[start:end].tolist(), *preparation.after] or [preparation.unknown]
        for start, end in zip(pieces.tokens.offsets[:-1], pieces.tokens.offsets[1:], strict=True)
    ]
    applied, _ = preparation.apply(texts)
    assert [applied.ids[a:b].tolist() for a, b in zip(applied.offsets, applied.offsets[1:], strict=False)] == whole
    assert pieces.edges.shape == (len(pieces.tokens.ids), 2)
    for row, text in enumerate(texts):
        edges = pieces.edges[pieces.tokens.offsets[row] : pieces.tokens.offsets[row + 1]]
        assert ((edges >= 0) & (edges <= len(text))).all()
        assert (np.diff(edges, axis=0) >= 0).all()
        assert (edges[:, 0] <= edges[:, 1]).all()


@pytest.mark.parametrize("kind", PREPARATIONS)
@settings(max_examples=150, deadline=None)
@given(texts)
def test_ids_without_their_places_are_the_same(kind, texts):
    tokens, pieces = PREPARATIONS[kind].whole(iter(texts)), encode_pieces(PREPARATIONS[kind], texts).tokens
    np.testing.assert_array_equal(tokens.ids, pieces.ids, strict=True)
    np.testing.assert_array_equal(tokens.offsets, pieces.offsets, strict=True)


@pytest.mark.parametrize("kind", ["word", "character", "subword"])
@settings(max_examples=150, deadline=None)
@given(texts)
def test_the_raw_slice_of_a_known_piece_is_the_piece(kind, texts):
    preparation = PREPARATIONS[kind]
    normalise = preparation.tokenizer.normalizer.normalize_str
    pieces = encode_pieces(preparation, texts)
    rows = np.repeat(np.arange(len(texts)), pieces.tokens.lengths)
    for row, (start, end), token in zip(rows, pieces.edges, preparation.tokens(pieces.tokens.ids), strict=True):
        held = normalise(clean(texts[row][start:end])).strip()
        if unicodedata.is_normalized("NFC", texts[row]) and token not in ("[UNK]", "▁"):
            assert held == token.replace("▁", "").strip()
        elif token != "[UNK]":
            assert token.replace("▁", "").strip() in held  # marks that change their order share one place


@pytest.mark.parametrize("kind", PREPARATIONS)
@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abé한각했글을ñ 서울"), st.booleans(), st.booleans()), max_size=20))
def test_decomposed_and_zero_width_letters_shift_nothing(kind, letters):
    """The disordered text has the pieces of the clean one, each at the disordered form of the same letters."""
    text = "".join(letter for letter, _, _ in letters)
    forms = [unicodedata.normalize("NFD", a) if is_apart else a for a, is_apart, _ in letters]
    ends = np.cumsum([len(form) + has_more for form, (_, _, has_more) in zip(forms, letters, strict=True)])
    raw = "".join(form + "\u200b" * has_more for form, (_, _, has_more) in zip(forms, letters, strict=True))
    starts = np.concatenate([[0], ends])
    lasts = starts[:-1] + [len(form) for form in forms]
    plain, disordered = (encode_pieces(PREPARATIONS[kind], [each]) for each in (text, raw))
    assert plain.tokens.ids.tolist() == disordered.tokens.ids.tolist()
    starts[-1] = lasts[-1] if letters else 0
    expected = [(starts[a], lasts[b - 1] if b > a else starts[a]) for a, b in plain.edges]
    assert [tuple(edges) for edges in disordered.edges] == expected


def test_the_bytes_of_a_character_share_its_place():
    pieces = encode_pieces(PREPARATIONS["byte-level"], ["한 the"])
    assert pieces.edges.tolist() == [[0, 1], [0, 1], [0, 1], [2, 5]]


def test_contracted_morphemes_share_their_place():
    raw = unicodedata.normalize("NFD", "글했다")  # 3, 3 and 2 jamo
    pieces = encode_pieces(PREPARATIONS["morpheme"], [raw])
    # The tokens are the forms and the blanks behind them: 글, 하, 었, 다.
    assert pieces.edges[::2].tolist() == [[0, 3], [3, 6], [3, 6], [6, 8]]


def test_a_text_without_a_token_has_no_piece():
    pieces = encode_pieces(PREPARATIONS["word"], ["", "\u200b", " "])
    assert pieces.tokens.offsets.tolist() == [0, 0, 0, 0]
    assert pieces.edges.shape == (0, 2)
    assert encode_pieces(PREPARATIONS["word"], []).tokens.offsets.tolist() == [0]
