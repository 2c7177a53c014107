"""First rows of texts are those that a dictionary finds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqwise.repeats import first_rows, text_numbers

TEXTS = st.lists(st.text("ab\0\ud800", max_size=3), max_size=20)


@given(TEXTS)
def test_first_rows_are_those_of_a_dictionary(texts: list[str]) -> None:
    seen: dict[str, int] = {}
    assert first_rows(iter(texts), len(texts)).tolist() == [
        seen.setdefault(text, row) for row, text in enumerate(texts)
    ]


@given(TEXTS)
def test_numbers_count_the_texts_as_they_first_occur(texts: list[str]) -> None:
    seen: dict[str, int] = {}
    expected = [seen.setdefault(text, len(seen)) for text in texts]
    numbers = text_numbers(texts, len(texts))
    assert numbers.tolist() == expected
    assert numbers.dtype == np.int64
