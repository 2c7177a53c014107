"""Texts on a disk are the sequence of strings that was written, whatever is asked of them."""

from tempfile import TemporaryFile
from typing import IO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqwise import mapped
from seqwise.mapped import MappedTexts, TextWriter
from seqwise.records import Rows

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=12)


def mapped_texts(*blocks: list[str]) -> MappedTexts:
    with TextWriter() as writer:
        for block in blocks:
            writer.write(block)
        return writer.texts()


@given(TEXTS, TEXTS)
def test_blocks_come_back_as_one_sequence(first: list[str], second: list[str]) -> None:
    texts = mapped_texts(first, [], second)
    assert list(texts) == first + second
    assert len(texts) == len(first) + len(second)
    assert [texts[place] for place in range(len(texts))] == first + second


@given(TEXTS, st.slices(12))
def test_a_slice_is_that_of_a_list(texts: list[str], place: slice) -> None:
    assert mapped_texts(texts)[place] == texts[place]


@given(TEXTS.filter(len), st.data())
def test_texts_that_are_taken_twice_are_those_of_a_list(texts: list[str], data: st.DataObject) -> None:
    places = st.integers(0, len(texts) - 1)
    once = data.draw(st.lists(places, min_size=1))
    twice = data.draw(st.lists(st.integers(0, len(once) - 1)))
    taken = mapped_texts(texts).take(np.array(once)).take(np.array(twice, dtype=np.int64))
    assert list(taken) == [texts[once[place]] for place in twice]
    assert taken[1:] == [texts[once[place]] for place in twice][1:]


def test_places_count_from_the_end_as_in_a_list() -> None:
    texts = mapped_texts(["a", "가", ""])
    assert (texts[-1], texts[-3], texts[np.int64(1)]) == ("", "a", "가")
    with pytest.raises(IndexError):
        texts[3]
    with pytest.raises(IndexError):
        texts[-4]


def test_equal_texts_are_equal_wherever_they_lie() -> None:
    texts = mapped_texts(["a", "b"])
    assert texts == ("a", "b")
    assert texts == ["a", "b"]
    assert texts == mapped_texts(["a"], ["b"])
    assert texts != ("a", "c")
    assert texts != ("a",)
    assert texts != 2


def test_more_texts_than_a_block_come_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped, "_BLOCK", 3)
    numbers = [str(number) for number in range(10)]
    assert list(mapped_texts(numbers)) == numbers


def test_the_files_lie_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    folders: list[str | None] = []

    def opened(**options: str | None) -> IO[bytes]:
        folders.append(options["dir"])
        return TemporaryFile()

    monkeypatch.setattr(mapped, "TemporaryFile", opened)
    monkeypatch.delenv("TMPDIR", raising=False)
    mapped_texts(["a"])
    monkeypatch.setenv("TMPDIR", "/elsewhere")
    mapped_texts(["a"])
    assert folders == ["/var/tmp"] * 2 + [None] * 2


def test_rows_take_mapped_and_plain_columns_alike() -> None:
    numbers = np.arange(3)
    rows = Rows(
        ids=("1", "2", "3"), texts=mapped_texts(["a", "b", "c"]), files=("f",), file_of=numbers * 0, lines=numbers
    )
    assert rows.take([2, 0]).columns() == {"ids": ("3", "1"), "texts": ["c", "a"]}
