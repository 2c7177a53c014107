import gzip
import unicodedata

import numpy as np
import pytest

from seqwise.errors import DataError
from seqwise.prepare.vectors import read_vectors

GLOVE = "the 0.1 0.2 0.3\ncat 1 2 3\nnew york -1 -2 -3\n. . . 7 8 9\ncat 9 9 9\n"


def file(tmp_path, content, name="vectors.txt"):
    path = tmp_path / name
    raw = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return path


@pytest.mark.parametrize("name", ["vectors.txt", "vectors.txt.gz"])
@pytest.mark.parametrize("header", ["", "5 3\n"])
def test_both_formats_plain_and_packed(tmp_path, name, header):
    vectors = read_vectors(file(tmp_path, header + GLOVE, name), ["[UNK]", "cat", "the"], width=3)
    assert int(vectors.is_found.sum()) == 2
    assert vectors.matrix.dtype == np.float32
    np.testing.assert_array_equal(vectors.matrix[1:], np.array([[1, 2, 3], [0.1, 0.2, 0.3]], dtype=np.float32))


def test_tokens_may_hold_blanks(tmp_path):
    vectors = read_vectors(file(tmp_path, GLOVE), ["new york", ". . ."], width=3)
    assert vectors.matrix.tolist() == [[-1, -2, -3], [7, 8, 9]]


def test_a_blank_behind_each_line_and_windows_line_ends_do_no_harm(tmp_path):
    vectors = read_vectors(file(tmp_path, "2 2\r\na 1 2 \r\nb 3 4 \r\n\r\n"), ["b", "a"], width=2)
    assert vectors.matrix.tolist() == [[3, 4], [1, 2]]


def test_decomposed_words_of_the_file_are_found(tmp_path):
    vectors = read_vectors(file(tmp_path, unicodedata.normalize("NFD", "한글") + " 1 2\n"), ["한글"], width=2)
    assert int(vectors.is_found.sum()) == 1


def test_a_file_without_utf8_words_is_no_hindrance(tmp_path):
    vectors = read_vectors(file(tmp_path, b"\xff\xfe 5 6\na 1 2\n"), ["a"], width=2)
    assert vectors.matrix.tolist() == [[1, 2]]


def test_a_missing_word_has_the_same_small_vector_in_any_company(tmp_path):
    path = file(tmp_path, GLOVE)
    one = read_vectors(path, ["zebra", "cat", "yak"], width=3).matrix
    other = read_vectors(path, ["yak", "the", "emu", "zebra"], width=3).matrix
    np.testing.assert_array_equal(one[0], other[3])
    np.testing.assert_array_equal(one[2], other[0])
    assert not np.array_equal(one[0], one[2])


def test_missing_words_are_even_and_small(tmp_path):
    matrix = read_vectors(file(tmp_path, "a " + "0 " * 300), [f"w{n}" for n in range(200)], width=300).matrix
    assert np.abs(matrix).max() <= 0.1
    assert abs(matrix.mean()) < 0.001
    assert matrix.std() == pytest.approx(0.1 / np.sqrt(3), rel=0.01)  # of a uniform distribution on [-0.1, 0.1)


@pytest.mark.parametrize("content", ["the 1 2 3 4 5\n", "7 5\nthe 1 2 3 4 5\n"])
def test_a_wider_file_is_refused_at_its_first_line(tmp_path, content):
    message = r"vectors.txt line 1: found vectors of 5 numbers, but the embedding is 3 wide. Set the width"
    with pytest.raises(DataError, match=message):
        read_vectors(file(tmp_path, content), ["the"], width=3)


def test_a_short_line_is_named(tmp_path):
    with pytest.raises(DataError, match=r"vectors.txt line 2: found vectors of 2 numbers, but the embedding is 3 wide"):
        read_vectors(file(tmp_path, "a 1 2 3\nb 1 2\n"), ["a"], width=3)


def test_what_is_not_a_number_is_named(tmp_path):
    with pytest.raises(DataError, match=r"line 2: holds something that is not a number: .*x.* Give a text file"):
        read_vectors(file(tmp_path, "a 1 2 3\nb 1 x 3\n"), ["b"], width=3)
    with pytest.raises(DataError, match=r"line 1: holds a number that is not finite. Give a text file"):
        read_vectors(file(tmp_path, "a 1 nan 3\n"), ["a"], width=3)


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(DataError, match=r"vectors.txt: is empty. Give a text file"):
        read_vectors(file(tmp_path, ""), ["a"], width=3)
    with pytest.raises(DataError, match=r"absent.txt: cannot be read: .* Check prepare.vectors."):
        read_vectors(tmp_path / "absent.txt", ["a"], width=3)
    (tmp_path / "broken.gz").write_bytes(gzip.compress(GLOVE.encode() * 50)[:-20])
    with pytest.raises(DataError, match=r"broken.gz: cannot be read: .* Check prepare.vectors."):
        read_vectors(tmp_path / "broken.gz", ["a"], width=3)
    (tmp_path / "no.gz").write_bytes(b"a 1 2 3\n")
    with pytest.raises(DataError, match=r"no.gz: cannot be read: .* Check prepare.vectors."):
        read_vectors(tmp_path / "no.gz", ["a"], width=3)
