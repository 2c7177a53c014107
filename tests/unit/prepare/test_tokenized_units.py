"""Units and their tokens: no token for two units, no unit without one, and the tokens that transformers gives words."""

import re
import unicodedata
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preparations import PREPARATIONS, odd_texts
from seqwise.errors import DataError
from seqwise.prepare.pieces import encode_pieces
from seqwise.prepare.units import tokenized_units, unit_texts
from seqwise.records import Annotation
from seqwise.spans.units import eojeol_offsets
from tagged_corpora import ABSENT, sentences_in

needs_minilm = pytest.mark.skipif("minilm" not in PREPARATIONS, reason="the extra minilm is not installed")
ODD_WORDS = ["don't", "n't", "\u200b", "U.S.A.", "e\u0301a", "뷁", "한국어를", "😀", "[SEP]", "２０", "a" * 120, "#"]


def annotated(words, joint=" "):
    """A text of these words, and an annotation with their places."""
    places, place = [], 0
    for word in words:
        places.append((place, place + len(word)))
        place += len(word) + len(joint)
    return joint.join(words), Annotation(words=tuple(places))


def pieces_of(tokenized, preparation):
    """The tokens of each unit, in words."""
    rows = np.repeat(tokenized.tokens.offsets[:-1], np.diff(tokenized.units.offsets))
    return [
        preparation.tokens(tokenized.tokens.ids[row + first : row + last])
        for row, (first, last) in zip(rows, tokenized.places.tokens, strict=True)
    ]


def assert_sound(tokenized, texts):
    """Units in the order of the text and of the tokens; the tokens of a text are those of its units, each once."""
    assert tokenized.places.offsets.tolist() == tokenized.units.offsets.tolist()
    for row in range(len(texts)):
        own = slice(*tokenized.units.offsets[row : row + 2])
        edges, places = tokenized.units.edges[own], tokenized.places.tokens[own]
        assert (np.diff(edges, axis=0) >= 0).all()
        n_tokens = tokenized.tokens.lengths[row]
        assert [0, *places[:, 1]] == [*places[:, 0], n_tokens]
        assert (places[:, 0] < places[:, 1]).all()


@needs_minilm
@pytest.mark.skipif(ABSENT != "", reason=ABSENT)
def test_words_have_the_tokens_that_transformers_gives_them():
    from transformers import PreTrainedTokenizerFast

    preparation = PREPARATIONS["minilm"]
    names = preparation.facts.special_tokens
    theirs = PreTrainedTokenizerFast(tokenizer_object=preparation.tokenizer, split_special_tokens=True, **names)
    sentences = [[row[0] for row in rows] for rows in sentences_in("wnut17")]
    sentences.append([word for word in ODD_WORDS if word != "\u200b"])  # of which transformers leaves no token
    texts, annotations = zip(*map(annotated, sentences), strict=True)
    ours = tokenized_units(texts, preparation, annotations=annotations)
    assert_sound(ours, texts)
    expected = theirs(sentences, is_split_into_words=True)
    for row, ids in enumerate(expected["input_ids"]):
        begin, end = ours.tokens.offsets[row : row + 2]
        assert ours.tokens.ids[begin:end].tolist() == ids[1:-1]
        lengths = np.diff(ours.places.tokens[slice(*ours.places.offsets[row : row + 2])], axis=1)[:, 0]
        assert np.repeat(np.arange(len(lengths)), lengths).tolist() == expected.word_ids(row)[1:-1]


@pytest.mark.parametrize("kind", sorted(set(PREPARATIONS) - {"byte-level"}))
def test_every_word_has_a_token_of_its_own(kind):
    for joint in (" ", ""):
        text, annotation = annotated(ODD_WORDS, joint)
        texts, annotations = [text, "", text], [annotation, Annotation(), annotation]
        tokenized = tokenized_units(texts, PREPARATIONS[kind], annotations=annotations)
        assert_sound(tokenized, texts)
        assert np.diff(tokenized.units.offsets).tolist() == [len(ODD_WORDS), 0, len(ODD_WORDS)]


def test_a_word_of_zero_width_is_the_unknown_token():
    text, annotation = annotated(["a", "\u200b", "b"])
    tokenized = tokenized_units([text], PREPARATIONS["word"], annotations=[annotation])
    assert pieces_of(tokenized, PREPARATIONS["word"])[1] == ["[UNK]"]


def test_a_tokenizer_without_unknown_token_names_the_word():
    text, annotation = annotated(["a", "\u200b"], "")
    with pytest.raises(DataError, match=r"word '\\u200b': no token is left of it, .*no unknown token \(1 such words\)"):
        tokenized_units([text], PREPARATIONS["byte-level"], annotations=[annotation])


def test_words_behind_blanks_keep_the_mark_of_the_blank_at_byte_level():
    """As in the text itself; without the blank, "the" would be another token than in pre-training."""
    preparation = PREPARATIONS["byte-level"]
    text = "the cat sat on the mat"
    annotation = Annotation(words=tuple(map(tuple, eojeol_offsets(text).tolist())))
    tokenized = tokenized_units([text], preparation, annotations=[annotation])
    assert tokenized.tokens.ids.tolist() == encode_pieces(preparation, [text]).tokens.ids.tolist()
    assert "".join(pieces_of(tokenized, preparation)[1]) == "Ġcat"
    glued, annotation = annotated(["the", "cat"], "")
    glued_units = tokenized_units([glued], preparation, annotations=[annotation])
    assert "".join(pieces_of(glued_units, preparation)[1]) == "cat"


@pytest.mark.parametrize("kind", PREPARATIONS)
@settings(max_examples=100, deadline=None)
@given(st.lists(odd_texts, max_size=4))
def test_pieces_are_units_one_for_each_stretch_of_text(kind, texts):
    tokenized = tokenized_units(texts, PREPARATIONS[kind])
    assert_sound(tokenized, texts)
    pieces = encode_pieces(PREPARATIONS[kind], texts)
    assert tokenized.tokens.ids.tolist() == pieces.tokens.ids.tolist()
    rows = np.repeat(np.arange(len(texts)), np.diff(tokenized.units.offsets))
    lengths = np.diff(tokenized.places.tokens, axis=1)[:, 0]
    assert np.repeat(tokenized.units.edges, lengths, axis=0).tolist() == pieces.edges.tolist()
    placed = [(row, *edges) for row, edges in zip(rows.tolist(), tokenized.units.edges.tolist(), strict=True)]
    assert all(a != b for a, b in pairwise(placed))


@settings(max_examples=200, deadline=None)
@given(st.lists(odd_texts, max_size=4))
def test_characters_part_every_letter_with_its_marks(texts):
    tokenized = tokenized_units(texts, PREPARATIONS["character"], split="characters")
    assert_sound(tokenized, texts)
    edges = tokenized.units.edges
    rows = np.repeat(np.arange(len(texts)), np.diff(tokenized.units.offsets))
    for row, (start, end) in zip(rows, edges, strict=True):
        assert not texts[row][start:end].isspace()
        assert end - start == 1 or re.search("[\u1100-\u11ff\uffa1-\uffdc\u0300-\u036f]", texts[row][start:end])


def test_characters_of_plain_and_of_decomposed_text_are_the_same():
    plain, apart = "각 é\u200b글", unicodedata.normalize("NFD", "각 é\u200b글")
    units = [tokenized_units([text], PREPARATIONS["character"], split="characters") for text in (plain, apart)]
    assert units[0].units.edges.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert units[1].units.edges.tolist() == [[0, 3], [4, 6], [7, 10]]
    assert units[0].tokens.ids.tolist() == units[1].tokens.ids.tolist()


def test_marks_that_change_their_order_are_one_unit_with_their_letter():
    units = tokenized_units(["'\u0301\u0323b"], PREPARATIONS["character"], split="characters").units
    assert units.edges.tolist() == [[0, 3], [3, 4]]


def test_morphemes_part_the_particle_from_its_noun():
    pytest.importorskip("kiwipiepy", reason="the extra korean is not installed")
    text = unicodedata.normalize("NFD", "서울에서 예뻤다")
    tokenized = tokenized_units([text, ""], PREPARATIONS["subword"], split="morphemes")
    assert_sound(tokenized, [text, ""])
    units = [unicodedata.normalize("NFC", text[start:end]) for start, end in tokenized.units.edges]
    assert units == ["서울", "에서", "예뻤", "다"]  # 예쁘 and 었 share a character, so they are one


def test_a_tokenizer_is_fitted_on_what_it_will_be_given():
    text, annotation = annotated(["서울", "에서", "온"], "")
    assert list(unit_texts([text, ""], annotations=[annotation, Annotation()])) == ["서울 에서 온", ""]
    assert list(unit_texts(["서울 온"], split="characters")) == ["서 울 온"]
    assert list(unit_texts([text], annotations=[Annotation()])) == [text]
