"""What must hold for any text: cleaning is stable, its map is true, and nothing is lost on the way to flat ids."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqwise.prepare.encoding import truncate
from seqwise.prepare.hygiene import clean, clean_with_map
from seqwise.prepare.labels import LabelSet, fit_labels
from seqwise.prepare.tokens import fit_preparation
from seqwise.records import FlatTokens
from seqwise.settings.stations import PrepareSettings

# Dense in what interacts: jamo of all three sets, marks of several classes, joiners, emoji, breaks, fillers.
ODD = (
    "ab é한각가ㅋㄱ\u1100\u110f\u1112\u1161\u1175\u119e\u11a8\u11ab\u11c2\u1113\u115f\u1160\ua960\ud7b0\ud7cb"
    "\uffa1\uffbb\uffc2\uffa0\uffbf\u0301\u0323\u0307\u0338\u093c\u0915\u0958\u09c7\u09be\u200b\u200c\u200d\ufe0f"
    "\u2194\u2329👨👩❤🏴\U000e0067\U000e007f🏽\t\n\r\x00\x85\u2028\xa0\u3000\u3164\u061c\u180b\u1820می\ud83d\u212b\u2000"
)
odd_texts = st.text(st.sampled_from(ODD), max_size=12)
any_texts = st.text(st.characters(), max_size=20) | odd_texts


@settings(max_examples=600, deadline=None)
@given(any_texts)
def test_cleaning_twice_changes_nothing_more(text):
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)


@settings(max_examples=600, deadline=None)
@given(any_texts)
def test_the_map_belongs_to_the_clean_text(text):
    cleaned = clean_with_map(text)
    assert cleaned.text == clean(text)
    assert cleaned.raw_offsets.shape == (len(cleaned.text), 2)
    starts, ends = cleaned.raw_offsets[:, 0], cleaned.raw_offsets[:, 1]
    assert (starts >= 0).all()
    assert (ends <= len(text)).all()
    assert (starts < ends).all()
    same = np.diff(starts) == 0
    assert ((ends[:-1] <= starts[1:]) | same).all()  # spans follow each other, or are one
    assert (ends[:-1][same] == ends[1:][same]).all()


plain_clean_texts = st.text(st.sampled_from("abcé한글각ñㅋ ,."), min_size=1, max_size=20)


@settings(deadline=None)
@given(plain_clean_texts, st.data())
def test_a_span_of_the_clean_text_is_found_in_the_raw_text(text, data):
    """Disorder put into a clean text on purpose: the raw slice of any span, cleaned, is the span."""
    raw = "".join(
        unicodedata.normalize(data.draw(st.sampled_from(["NFC", "NFD"])), character)
        + data.draw(st.sampled_from(["", "", "\u200b", "\x00"]))
        for character in text
    )
    cleaned = clean_with_map(raw)
    assert cleaned.text == text
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert clean(raw[cleaned.raw_offsets[start, 0] : cleaned.raw_offsets[end - 1, 1]]) == text[start:end]


CORPUS = ["the cat sat on the mat", "한글을 읽는 고양이", "the dog; 한글!!", "cats don't read", "é è ñ"] * 3
PREPARATIONS = {
    kind: fit_preparation(CORPUS, PrepareSettings(tokens=kind, min_freq=1, max_size=300, max_length=6))
    for kind in ("word", "character", "subword")
}


@pytest.mark.parametrize("kind", PREPARATIONS)
@settings(max_examples=80, deadline=None)
@given(st.lists(any_texts | st.sampled_from(CORPUS), max_size=6))
def test_flat_ids_are_the_tokenizers_ids_one_by_one(kind, texts):
    preparation = PREPARATIONS[kind]
    flat, truncation = preparation.apply(texts)
    expected = [preparation.tokenizer.encode(clean(text)).ids or [1] for text in texts]
    rows = [flat.ids[start:end].tolist() for start, end in zip(flat.offsets, flat.offsets[1:], strict=False)]
    assert rows == [ids[:6] for ids in expected]
    assert truncation.n_tokens == sum(map(len, expected))
    assert truncation.n_tokens - truncation.n_tokens_cut == len(flat.ids)
    assert truncation.n_rows_cut == sum(len(ids) > 6 for ids in expected)


@pytest.mark.parametrize("kind", PREPARATIONS)
@settings(max_examples=80, deadline=None)
@given(st.lists(any_texts, max_size=6))
def test_decomposed_text_gives_the_same_ids(kind, texts):
    # Cleaning first: decomposing can tear apart what is kept as it stands, such as a lone letter beside a syllable.
    cleaned = [clean(text) for text in texts]
    decomposed = [unicodedata.normalize("NFD", text) for text in cleaned]
    same = [clean(raw) == text for raw, text in zip(decomposed, cleaned, strict=True)]
    preparation = PREPARATIONS[kind]
    kept, _ = preparation.apply([text for text, is_same in zip(cleaned, same, strict=True) if is_same])
    again, _ = preparation.apply([text for text, is_same in zip(decomposed, same, strict=True) if is_same])
    assert kept.ids.tolist() == again.ids.tolist()


@settings(deadline=None)
@given(
    st.lists(st.integers(3, 12), max_size=8),
    st.integers(4, 12),
    st.integers(0, 2),
    st.integers(0, 1),
    st.booleans(),
)
def test_truncation_equals_list_slices(lengths, limit, n_before, n_after, keep_start):
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    tokens = FlatTokens(np.arange(offsets[-1], dtype=np.int32), offsets)
    flat, truncation = truncate(tokens, limit=limit, n_before=n_before, n_after=n_after, keep_start=keep_start)
    expected = []
    for start, length in zip(offsets.tolist(), lengths, strict=False):
        row = list(range(start, start + length))
        inner = row[n_before : length - n_after]
        room = limit - n_before - n_after
        inner = inner if length <= limit else inner[:room] if keep_start else inner[-room:]
        expected.append(row[:n_before] + inner + row[length - n_after :])
    rows = [flat.ids[a:b].tolist() for a, b in zip(flat.offsets, flat.offsets[1:], strict=False)]
    assert rows == expected
    assert truncation.n_tokens_cut == sum(max(0, length - limit) for length in lengths)
    assert truncation.n_rows_cut == sum(length > limit for length in lengths)


labels = st.lists(st.text(max_size=4), min_size=2, max_size=30).filter(lambda names: len(set(names)) > 1)


@settings(deadline=None)
@given(labels)
def test_labels_go_to_numbers_and_back(names):
    fitted = fit_labels(names)
    assert [fitted.names[number] for number in fitted.apply(names)] == names
    assert sum(fitted.counts) == len(names)
    assert LabelSet.from_json(fitted.to_json()) == fitted


@settings(deadline=None)
@given(labels, st.randoms())
def test_the_order_of_the_rows_does_not_change_the_numbers(names, random):
    shuffled = list(names)
    random.shuffle(shuffled)
    assert fit_labels(shuffled) == fit_labels(names)
