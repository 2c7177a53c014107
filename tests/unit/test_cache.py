"""Files kept by content: the right one is found, a damaged one is not, and several processes may make one at once."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqwise.cache import content_key, kept_file, text_digest

CONTENT = bytes(range(256)) * 40


def made(folder, content=CONTENT):
    """The bytes kept under a name, and whether they had to be made."""
    calls = []

    def make(path):
        calls.append(path)
        path.write_bytes(content)

    return kept_file(folder, "thing-0.bin", make=make).read_bytes(), bool(calls)


@given(st.lists(st.text()), st.lists(st.text()))
def test_two_lists_of_texts_share_a_digest_only_when_they_are_equal(one, other):
    assert (text_digest(one) == text_digest(other)) == (one == other)


def test_the_digest_knows_where_a_text_ends_and_how_many_there_are():
    lists = [[], [""], ["", ""], ["ab"], ["a", "b"], ["b", "a"], ["a\0", "b"], ["a", "\0b"], ["x"] * 8192, ["x"] * 8193]
    assert len({text_digest(texts) for texts in lists}) == len(lists)


def test_a_text_that_cannot_be_written_as_utf8_has_a_digest():
    assert text_digest(["\ud800"]) != text_digest(["\ud801"])


def test_a_key_changes_with_every_part_their_order_and_the_code(tmp_path):
    source = tmp_path / "a.py"
    source.write_text("x = 1")
    parts = [("a", "b"), ("b", "a"), ("ab",), ("ab", ""), (b"a", "bc"), ("a",), ()]
    keys = {content_key(*each, code=tmp_path) for each in parts}
    source.write_text("x = 2")
    assert len(keys | {content_key("a", "b", code=tmp_path)}) == len(parts) + 1


def test_a_kept_file_is_made_once(tmp_path):
    assert made(tmp_path / "new" / "folder") == (CONTENT, True)
    assert made(tmp_path / "new" / "folder", b"other") == (CONTENT, False)


@pytest.mark.parametrize("damage", ["empty", "cut", "longer", "flipped"])
def test_a_damaged_file_is_made_anew_and_written_over(damage, tmp_path):
    made(tmp_path)
    (file,) = tmp_path.iterdir()
    damaged = {
        "empty": b"",
        "cut": CONTENT[:-1],
        "longer": CONTENT + b"\0",
        "flipped": CONTENT[:5000] + b"\xff" + CONTENT[5001:],
    }
    file.write_bytes(damaged[damage])
    assert made(tmp_path) == (CONTENT, True)
    assert list(tmp_path.iterdir()) == [file]


def test_a_half_written_file_is_never_found_and_a_failure_leaves_nothing(tmp_path):
    def fail(path):
        path.write_bytes(CONTENT[:100])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept_file(tmp_path, "thing-0.bin", make=fail)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "thing-0.abc.unfinished.bin").write_bytes(CONTENT)  # of a process that was killed
    assert made(tmp_path) == (CONTENT, True)


def in_a_process(folder):
    return made(folder)[0]


def test_processes_that_make_a_file_at_once_all_get_it_whole(tmp_path):
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        assert set(pool.map(in_a_process, [tmp_path] * 8)) == {CONTENT}
    assert len(list(tmp_path.iterdir())) == 1
