"""Pairs of texts from two files of lines and from tables: every fault is told with its place."""

import gzip
from pathlib import Path

import pytest

from seqwise.errors import DataError
from seqwise.read.pairs import read_pairs
from seqwise.read.splits import read_pair_splits
from seqwise.settings.stations import DataSettings
from seqwise.sides import sides_of

SOURCE, TARGET = ["Ein Hund", "Zwei Katzen", "drei"], ["a dog", "two cats", "three"]


def write(folder, sources=SOURCE, targets=TARGET, *, encoding="utf-8", name="pairs", end="\n"):
    for side, texts in (("de", sources), ("en", targets)):
        (folder / f"{name}.{side}").write_bytes("".join(text + end for text in texts).encode(encoding))
    return str(folder / f"{name}.{{de,en}}")


def read(path, **given):
    return read_pairs(path, DataSettings(train=path, text="source", label="target", **given))


def told(path, **given):
    with pytest.raises(DataError) as caught:
        read(path, **given)
    return str(caught.value)


def test_two_files_are_read_side_by_side(tmp_path):
    path = write(tmp_path)
    rows, facts = read(path)
    assert (list(rows.texts), list(rows.targets), rows.labels) == (SOURCE, TARGET, None)
    assert rows.place(1) == f"{path}:2"
    assert facts.n_rows == 3
    assert facts.n_bytes == sum((tmp_path / f"pairs.{side}").stat().st_size for side in ("de", "en"))


def test_packed_files_windows_line_ends_and_cp949_give_the_same(tmp_path):
    korean = ["개 한 마리", "고양이 두 마리", "셋"]
    expected = read(write(tmp_path, korean))[0]
    windows = read(write(tmp_path, korean, name="windows", end="\r\n"))[0]
    cp949, facts = read(write(tmp_path, korean, name="old", encoding="cp949"))
    for side in ("de", "en"):
        (tmp_path / f"z.{side}.gz").write_bytes(gzip.compress((tmp_path / f"pairs.{side}").read_bytes()))
    packed = read(str(tmp_path / "z.{de,en}.gz"))[0]
    for rows in (windows, cp949, packed):
        assert (list(rows.texts), list(rows.targets)) == (list(expected.texts), list(expected.targets))
    assert facts.encoding_guessed
    assert "CP949" in facts.notes[0]


def test_the_content_decides_the_hash(tmp_path):
    one = read(write(tmp_path))[1].sha256
    assert read(write(tmp_path, name="copy"))[1].sha256 == one
    assert read(write(tmp_path, TARGET, SOURCE, name="turned"))[1].sha256 != one


@pytest.mark.parametrize("longer", ["de", "en"])
def test_files_of_unlike_length_cannot_be_trusted(tmp_path, longer):
    sides = {"de": SOURCE, "en": TARGET}
    sides[longer] = [*sides[longer], "more"]
    message = told(write(tmp_path, sides["de"], sides["en"]))
    shorter = "en" if longer == "de" else "de"
    assert message.startswith(f"{tmp_path}/pairs.{shorter}: ends before line 4, and {tmp_path}/pairs.{longer} goes on")
    assert "as many lines" in message


def test_a_line_without_its_pair_is_told_or_left_out(tmp_path):
    path = write(tmp_path, ["eins", " ", "drei", "vier"], ["one", "two", "", "fo\0ur"])
    message = told(path)
    assert f'{path}:2 column "de": found an empty line (1 row); the other side has a text.' in message
    assert f'{path}:3 column "en": found an empty line (1 row)' in message
    assert f'{path}:4 column "en": found a NUL character (1 row)' in message
    rows, facts = read(path, on_bad_row="skip")
    assert (list(rows.texts), rows.lines.tolist(), facts.n_skipped) == (["eins"], [1], 3)


def test_lines_that_are_blank_on_both_sides_part_paragraphs(tmp_path):
    rows, facts = read(write(tmp_path, ["a", "", "b"], ["c", " ", "d"]))
    assert (list(rows.texts), rows.lines.tolist(), facts.n_skipped) == (["a", "b"], [1, 3], 0)


def test_a_missing_side_is_told(tmp_path):
    path = write(tmp_path)
    (tmp_path / "pairs.en").unlink()
    assert f"{tmp_path}/pairs.en" in told(path)


def test_one_file_is_not_parallel_text(tmp_path):
    write(tmp_path)
    assert "train.{de,en}.txt" in told(str(tmp_path / "pairs.de"), format="parallel")


def test_a_table_has_a_column_of_each(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("source\ttarget\n" + "".join(f"{s}\t{t}\n" for s, t in zip(SOURCE, TARGET, strict=True)))
    rows, _ = read(str(path))
    assert (list(rows.texts), list(rows.targets), rows.labels) == (SOURCE, TARGET, None)
    path.write_text("source\ttarget\nEin Hund\t\n")
    message = told(str(path))
    assert 'pairs.tsv:2 column "target": found an empty cell (1 row); every row needs a target' in message
    assert "needs a label" not in message


def test_a_share_is_held_out_and_the_rest_is_whole(tmp_path):
    path = write(tmp_path, [f"quelle {i}" for i in range(40)], [f"ziel {i}" for i in range(40)])
    data = DataSettings(train=path, validation=0.25, text="source", label="target", split="random")
    splits = read_pair_splits(data, seed=3)
    pairs = [pair for rows in (splits.train, splits.validation) for pair in zip(rows.texts, rows.targets, strict=True)]
    assert len(splits.validation) == 10
    assert sorted(pairs) == sorted((f"quelle {i}", f"ziel {i}") for i in range(40))


@pytest.mark.parametrize("path", ["train.de", "train.{de}", "a{b,c}.{de,en}", "train.{de,en,fr}", "train.{,en}"])
def test_other_names_stand_for_one_file(path):
    assert sides_of(path) is None


@pytest.mark.skipif(not Path("../shared/data/multi30k").is_dir(), reason="../shared/data/multi30k is not here")
def test_multi30k_has_29000_pairs():
    rows, facts = read("../shared/data/multi30k/train.{de,en}.gz")
    assert len(rows) == facts.n_rows == 29_000
    assert rows.texts[0].startswith("Zwei junge weiße Männer")
    assert rows.targets[0].startswith("Two young, White males")
