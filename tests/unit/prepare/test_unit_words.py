"""The numbers of units' words."""

import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqwise.prepare.unit_words import UnitWords, fit_unit_words
from seqwise.settings.stations import PrepareSettings

surfaces_of_texts = st.lists(st.text("abAB한", min_size=1, max_size=2), max_size=40)


@given(surfaces_of_texts, st.integers(1, 4), st.booleans())
def test_known_are_the_words_that_are_frequent_enough(surfaces: list[str], least: int, lower: bool) -> None:
    counts = Counter(surface.lower() if lower else surface for surface in surfaces)
    words = fit_unit_words(surfaces, PrepareSettings(min_freq=least, lower=lower))
    assert set(words.words) == {word for word, count in counts.items() if count >= least}
    numbers = words.apply([*surfaces, "unseen"])
    assert numbers[-1] == 0
    for surface, number in zip(surfaces, numbers, strict=False):
        word = surface.lower() if lower else surface
        assert (number == 0) == (counts[word] < least)
        assert number == 0 or words.words[number - 1] == word
    assert numbers.max() < len(words)


def test_the_rarest_give_way() -> None:
    words = fit_unit_words([f"w{n}" for n in range(20) for _ in range(n)], PrepareSettings(max_size=8))
    assert sorted(words.words) == sorted(f"w{n}" for n in range(13, 20))
    assert len(words) == 8


@pytest.mark.parametrize("lower", [False, True])
def test_the_words_come_back_from_json(lower: bool) -> None:
    words = fit_unit_words(["é", "é", 'a"b', 'a"b', "Oslo", "Oslo", "\ud800"], PrepareSettings(lower=lower))
    again = UnitWords.from_json(words.to_json())
    assert again == words
    assert again.apply(["Oslo", "é"]).tolist() == words.apply(["Oslo", "é"]).tolist() != [0, 0]


def test_a_decomposed_word_is_the_composed_one() -> None:
    words = fit_unit_words(["각", "각"], PrepareSettings())
    assert words.apply([unicodedata.normalize("NFD", "각"), "각\u200b"]).tolist() == [1, 1]
