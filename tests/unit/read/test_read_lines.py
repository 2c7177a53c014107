import pytest

from seqwise.errors import DataError
from seqwise.read.lines import rows_from_lines


def test_lines_become_rows_that_know_their_line():
    rows = rows_from_lines(["good\x85film\n", " \n", "bad film\r\n", "last"], name="stdin")
    assert rows.texts == ("good\x85film", "bad film", "last")
    assert (rows.ids, rows.place(1), rows.labels) == (("stdin:1", "stdin:3", "stdin:4"), "stdin:3", None)


@pytest.mark.parametrize("lines", [[], ["\n", "  \n"]])
def test_no_text_is_told(lines):
    with pytest.raises(DataError, match=r"stdin: has no line with text\. Give one text a line\."):
        rows_from_lines(lines, name="stdin")


def test_bad_lines_are_told_together():
    with pytest.raises(DataError) as caught:
        rows_from_lines(["a\0\n", "b\n", "c\udcff\n"], name="stdin")
    assert [problem.where for problem in caught.value.problems] == ['stdin:1 column "text"', 'stdin:3 column "text"']


def test_parts_of_a_source_go_on_counting():
    assert rows_from_lines(["a\n", "\n", "b\n"], name="stdin", first_line=9).ids == ("stdin:9", "stdin:11")
