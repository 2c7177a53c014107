import json
import unicodedata

import pytest

from seqwise.errors import DataError, MissingExtraError, UsageError
from seqwise.prepare.morphemes import KiwiSegmenter
from seqwise.prepare.tokens import TextPreparation, fit_preparation
from seqwise.settings.stations import PrepareSettings

TEXTS = ["the cat sat on the mat", "a dog sat, too!", "한글 고양이가 앉았다"]
KINDS = ["word", "character", "subword"]


def fitted(kind, **more):
    return fit_preparation(TEXTS, PrepareSettings(**{"tokens": kind, "min_freq": 1, **more}))


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_preparation_gives_identical_ids(kind, tmp_path):
    preparation = fitted(kind, max_length=5, keep="end", lower=True)
    preparation.save(tmp_path / "deep" / "model")
    loaded = TextPreparation.load(tmp_path / "deep" / "model")
    texts = [*TEXTS, "unseen Words", "", "[UNK] [PAD]", unicodedata.normalize("NFD", TEXTS[2])]
    before, cut_before = preparation.apply(texts)
    after, cut_after = loaded.apply(texts)
    assert before.ids.tolist() == after.ids.tolist()
    assert before.offsets.tolist() == after.offsets.tolist()
    assert cut_before == cut_after
    assert loaded.facts == preparation.facts
    assert loaded.vocabulary == preparation.vocabulary


@pytest.mark.parametrize("kind", KINDS)
def test_no_id_reaches_the_vocabulary_size(kind):
    preparation = fitted(kind)
    flat, _ = preparation.apply([*TEXTS, "something else", "🙂"])
    assert flat.ids.min() >= 0
    assert flat.ids.max() < preparation.vocabulary_size == len(preparation.vocabulary)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_without_tokens_becomes_the_unknown_token(kind):
    flat, truncation = fitted(kind).apply(["", "the cat", "\u200b", "\x00"])
    assert (flat.lengths > 0).all()
    assert flat.ids[flat.offsets[:-1]].tolist()[::2] == [1, 1]
    assert flat.ids[-1] == 1
    assert truncation.n_tokens == len(flat.ids)


def test_no_row_at_all_is_no_error():
    flat, truncation = fitted("word").apply([])
    assert len(flat) == 0
    assert truncation.n_rows == truncation.n_tokens == 0


def test_both_ends_can_be_kept_and_the_loss_is_counted():
    texts = ["the cat sat on the mat", "a dog"]
    start, truncation = fitted("word", max_length=4).apply(texts)
    end, _ = fitted("word", max_length=4, keep="end").apply(texts)
    preparation = fitted("word")
    assert preparation.tokens(start.ids) == ["the", "cat", "sat", "on", "a", "dog"]
    assert preparation.tokens(end.ids) == ["sat", "on", "the", "mat", "a", "dog"]
    assert (truncation.n_rows, truncation.n_rows_cut, truncation.n_tokens, truncation.n_tokens_cut) == (2, 1, 8, 2)


def test_more_rows_than_a_chunk_keep_their_order():
    texts = [TEXTS[number % 3] + " cat" * (number % 4) for number in range(20001)]
    preparation = fitted("word")
    flat, _ = preparation.apply(iter(texts))
    for row in (0, 1, 8191, 8192, 8193, 16384, 20000):
        expected = preparation.tokenizer.encode(texts[row]).ids
        assert flat.ids[flat.offsets[row] : flat.offsets[row + 1]].tolist() == expected
    assert len(flat) == len(texts)


def test_a_text_that_spells_a_special_token_is_text():
    flat, _ = fitted("word").apply(["[PAD]"])
    assert 0 not in flat.ids.tolist()


def test_the_vocabulary_comes_from_the_given_texts_only():
    assert set(fitted("word").vocabulary) == {
        "[PAD]", "[UNK]", "the", "cat", "sat", "on", "mat", "a", "dog", ",", "too", "!", "한글", "고양이가", "앉았다",
    }  # fmt: skip


def test_checkpoint_tokens_need_a_checkpoint():
    with pytest.raises(UsageError, match=r'prepare.tokens: is "checkpoint", but no checkpoint is given. Set encoder'):
        fit_preparation(TEXTS, PrepareSettings(tokens="checkpoint"))


def test_a_folder_without_preparation_says_so(tmp_path):
    with pytest.raises(DataError, match=r"preparation.json: cannot be read: .* Point to the model folder"):
        TextPreparation.load(tmp_path)


def test_a_broken_preparation_says_so(tmp_path):
    fitted("word").save(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(DataError, match=r"tokenizer.json: cannot be read as a tokenizer: .* Write it anew"):
        TextPreparation.load(tmp_path)
    facts = json.loads((tmp_path / "preparation.json").read_text())
    (tmp_path / "preparation.json").write_text(json.dumps({**facts, "surprise": 1}))
    with pytest.raises(DataError, match=r"(?s)preparation.json: cannot be read: .*surprise"):
        TextPreparation.load(tmp_path)


def test_morphemes_name_the_extra_that_is_missing(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "kiwipiepy", None)
    with pytest.raises(MissingExtraError, match=r'needs the package kiwipiepy.* Run: pip install "seqwise\[korean\]"'):
        fit_preparation(TEXTS, PrepareSettings(tokens="morpheme"))


class Clauses:
    """Stands for the analyser: parts each text at the letter 가."""

    release = "clauses 1"

    def segment(self, texts):
        return (text.replace("가", " 가 ") for text in texts)


def test_morphemes_are_cut_before_the_vocabulary_and_again_after_loading(monkeypatch, tmp_path):
    monkeypatch.setattr("seqwise.prepare.tokens.KiwiSegmenter", Clauses)
    preparation = fit_preparation(["고양이가", "개가"], PrepareSettings(tokens="morpheme", min_freq=1))
    preparation.save(tmp_path)
    for each in (preparation, TextPreparation.load(tmp_path)):
        flat, _ = each.apply(["개가 고양이", ""])
        assert each.tokens(flat.ids) == ["개", "가", "고양이", "[UNK]"]


def test_another_release_of_the_analyser_is_warned_about(monkeypatch, tmp_path):
    monkeypatch.setattr("seqwise.prepare.tokens.KiwiSegmenter", Clauses)
    fit_preparation(["고양이가"], PrepareSettings(tokens="morpheme")).save(tmp_path)
    monkeypatch.setattr(Clauses, "release", "clauses 2")
    with pytest.warns(UserWarning, match="fitted with clauses 1, but clauses 2 is installed: morphemes may be cut"):
        TextPreparation.load(tmp_path)


def test_kiwi_cuts_particles_and_endings():
    pytest.importorskip("kiwipiepy", reason="the extra korean is not installed")
    segmenter = KiwiSegmenter()
    assert list(segmenter.segment(["고양이가 밥을 먹었다", "", "간다"])) == ["고양이 가 밥 을 먹 었 다", "", "가 ㄴ다"]
    assert segmenter.release.startswith("kiwipiepy ")
    text = "😀 고양이가 했다"
    (found,) = segmenter.morphemes([text])
    places = [(form, text[start:end]) for form, start, end in found]
    assert places[:3] == [("😀", "😀"), ("고양이", "고양이"), ("가", "가")]
    assert places[3:] == [("하", "했"), ("었", "했"), ("다", "다")]
