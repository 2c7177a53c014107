"""Prepared texts with and without the cache."""

import json

import numpy as np
import pyarrow as pa
import pytest

from seqwise.errors import DataError, UsageError
from seqwise.prepare import cached as rooms
from seqwise.prepare.cached import prepare_texts
from seqwise.settings.stations import PrepareSettings

TRAIN = [f"{text} {number}" for number in range(40) for text in ("the cat sat", "a dog sat, too!", "한글 고양이가")]
SPLITS = {"train": TRAIN, "validation": ["the cat", "", "unheard words"], "test": ["a dog sat on the mat"] * 3}
KINDS = ["word", "character", "subword"]


def settings(**more):
    return PrepareSettings(**{"tokens": "word", "min_freq": 1, "max_length": 4, **more})


def prepared(cache, splits=SPLITS, checkpoint=None, **more):
    return prepare_texts(splits, settings(**more), checkpoint=checkpoint, cache=cache)


def assert_same(one, other):
    assert one.truncation == other.truncation
    assert list(one.tokens) == list(other.tokens)
    for split, tokens in one.tokens.items():
        for name in ("ids", "offsets"):
            ours, theirs = getattr(tokens, name), getattr(other.tokens[split], name)
            assert ours.dtype == theirs.dtype
            np.testing.assert_array_equal(ours, theirs)
    assert one.preparation.tokenizer.to_str() == other.preparation.tokenizer.to_str()
    assert one.preparation.facts == other.preparation.facts


def nothing_is_made(monkeypatch):
    def fail(*args, **kwargs):
        pytest.fail("made anew")

    monkeypatch.setattr(rooms, "fit_tokenizer", fail)
    monkeypatch.setattr(rooms, "_write_tokens", fail)


def words(folder, pieces):
    """The folder of a checkpoint whose tokenizer knows these pieces."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *pieces]) + "\n")
    return folder


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("keep", ["start", "end"])
def test_ids_are_the_same_without_the_cache_with_an_empty_and_with_a_filled_one(kind, keep, monkeypatch, tmp_path):
    without = prepared(None, tokens=kind, keep=keep)
    cold = prepared(tmp_path, tokens=kind, keep=keep)
    nothing_is_made(monkeypatch)
    warm = prepared(tmp_path, tokens=kind, keep=keep)
    assert without.truncation["train"].n_tokens_cut > 0
    assert_same(without, cold)
    assert_same(without, warm)


def test_the_tokenizer_of_a_checkpoint_gives_the_same_ids_from_the_cache(monkeypatch, tmp_path):
    checkpoint = words(tmp_path / "model", ["the", "cat", "sat", "a", "dog"])
    without = prepared(None, tokens="checkpoint", checkpoint=checkpoint)
    prepared(tmp_path / "cache", tokens="checkpoint", checkpoint=checkpoint)
    nothing_is_made(monkeypatch)
    assert_same(without, prepared(tmp_path / "cache", tokens="checkpoint", checkpoint=checkpoint))


def test_rows_keep_their_order_over_many_blocks(tmp_path):
    numbers = [str(number % 997) for number in range(20_001)]
    result = prepared(tmp_path, {"train": numbers})
    tokens = result.tokens["train"]
    assert tokens.offsets.tolist() == list(range(20_002))
    assert result.preparation.tokens(tokens.ids) == numbers


def test_a_split_without_rows_is_no_error(tmp_path):
    splits = {**SPLITS, "test": []}
    assert_same(prepared(None, splits), prepared(tmp_path, splits))
    assert_same(prepared(None, splits), prepared(tmp_path, splits))


def test_ids_are_mapped_from_the_file_and_cannot_be_written(tmp_path):
    tokens = prepared(tmp_path).tokens["train"]
    assert not tokens.ids.flags.owndata
    assert not tokens.ids.flags.writeable
    assert pa.total_allocated_bytes() == 0


def test_the_file_is_one_arrow_column_of_lists_that_other_readers_open(tmp_path):
    tokens = prepared(tmp_path, {"train": TRAIN}).tokens["train"]
    (file,) = tmp_path.glob("*.arrow")
    table = pa.ipc.open_file(file).read_all()
    assert table.column_names == ["ids"]
    rows = [tokens.ids[a:b].tolist() for a, b in zip(tokens.offsets, tokens.offsets[1:], strict=False)]
    assert table["ids"].to_pylist() == rows


CHANGES = {
    "max_length": {"max_length": 3},
    "keep": {"keep": "end"},
    "lower": {"lower": True},
    "min_freq": {"min_freq": 2},
    "max_size": {"max_size": 10},
    "tokens": {"tokens": "character"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_setting_is_another_content(change, tmp_path):
    splits = {"train": ["The cat sat on the mat", "the dog", "a Dog"]}
    prepared(tmp_path, splits)
    assert_same(prepared(None, splits, **CHANGES[change]), prepared(tmp_path, splits, **CHANGES[change]))


@pytest.mark.parametrize("split", SPLITS)
def test_a_changed_text_is_another_content_for_all_that_depends_on_it(split, tmp_path):
    prepared(tmp_path)
    n_files = len(list(tmp_path.iterdir()))
    changed = {**SPLITS, split: ["the bird", *SPLITS[split][1:]]}
    assert_same(prepared(None, changed), prepared(tmp_path, changed))
    made = len(list(tmp_path.iterdir())) - n_files
    assert made == (4 if split == "train" else 1)  # a tokenizer fitted anew gives new ids to every split


def test_another_tokenizer_of_the_same_folder_is_another_content(tmp_path):
    checkpoint = words(tmp_path / "model", ["the", "cat", "sat"])
    prepared(tmp_path / "cache", tokens="checkpoint", checkpoint=checkpoint)
    words(checkpoint, ["cat", "the", "sat"])
    assert_same(
        prepared(None, tokens="checkpoint", checkpoint=checkpoint),
        prepared(tmp_path / "cache", tokens="checkpoint", checkpoint=checkpoint),
    )


def test_a_setting_behind_the_tokenizer_does_not_fit_it_anew(monkeypatch, tmp_path):
    prepared(tmp_path)
    monkeypatch.setattr(rooms, "fit_tokenizer", lambda *args, **kwargs: pytest.fail("fitted anew"))
    assert prepared(tmp_path, max_length=2).truncation["train"].limit == 2


class Clauses:
    """Stands for the analyser: parts each text at the letter 가."""

    release = "clauses 1"

    def segment(self, texts):
        return (text.replace("가", " 가 ") for text in texts)


def test_another_release_of_the_analyser_is_another_content(monkeypatch, tmp_path):
    monkeypatch.setattr("seqwise.prepare.tokens.KiwiSegmenter", Clauses)
    splits = {"train": ["고양이가", "개가"]}
    assert_same(prepared(None, splits, tokens="morpheme"), prepared(tmp_path, splits, tokens="morpheme"))
    monkeypatch.setattr(Clauses, "release", "clauses 2")
    monkeypatch.setattr(Clauses, "segment", lambda self, texts: (text.replace("가", "-") for text in texts))
    assert_same(prepared(None, splits, tokens="morpheme"), prepared(tmp_path, splits, tokens="morpheme"))


@pytest.mark.parametrize("ending", [".json", ".arrow"])
@pytest.mark.parametrize("place", [0, 0.3, 0.6, 0.99])
def test_a_damaged_entry_is_made_anew(ending, place, tmp_path):
    without = prepared(None)
    prepared(tmp_path)
    files = list(tmp_path.glob(f"*{ending}"))
    whole = {file: file.read_bytes() for file in files}
    for file, content in whole.items():
        at = int(place * len(content))
        file.write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
    assert_same(without, prepared(tmp_path))
    assert {file: file.read_bytes() for file in tmp_path.glob(f"*{ending}")} == whole


def test_a_row_without_a_token_is_told_as_without_the_cache_and_leaves_no_entry(tmp_path):
    checkpoint = tmp_path / "model"
    checkpoint.mkdir()
    bytes_only = {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}, "added_tokens": []}
    (checkpoint / "tokenizer.json").write_text(json.dumps(bytes_only))
    splits = {"train": ["a", "", "b"], "test": ["a"]}
    told = []
    for cache in (None, tmp_path / "cache"):
        with pytest.raises(DataError, match=r"row 2: no token is left of the text, .* \(1 such rows\)") as error:
            prepared(cache, splits, checkpoint=checkpoint, tokens="checkpoint")
        told.append(str(error.value))
    assert told[0] == told[1]
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_checkpoint_that_is_not_given_is_told(tmp_path):
    with pytest.raises(UsageError, match=r'prepare.tokens: is "checkpoint", but no checkpoint is given'):
        prepared(tmp_path, tokens="checkpoint")
