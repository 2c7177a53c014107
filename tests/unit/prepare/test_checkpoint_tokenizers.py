import json

import pytest
from tokenizers import Tokenizer, pre_tokenizers

from seqwise.errors import DataError, UsageError
from seqwise.prepare.checkpoint_tokenizers import checkpoint_tokenizer
from seqwise.prepare.tokens import TextPreparation, fit_preparation
from seqwise.settings.stations import PrepareSettings

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "##s", "sat", ".", "한", "##글"]


@pytest.fixture
def bert(tmp_path):
    (tmp_path / "vocab.txt").write_text("\n".join(PIECES) + "\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def roberta(tmp_path):
    letters = [*pre_tokenizers.ByteLevel.alphabet()]
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *sorted(letters), "Ġc", "at", "Ġcat", "<mask>"]
    (tmp_path / "vocab.json").write_text(json.dumps({piece: number for number, piece in enumerate(pieces)}))
    (tmp_path / "merges.txt").write_text("#version: 0.2\nĠ c\na t\nĠc at\n", encoding="utf-8")
    return tmp_path


def tokens(folder, texts, **settings):
    preparation = fit_preparation([], PrepareSettings(tokens="checkpoint", **settings), checkpoint=folder)
    flat, _ = preparation.apply(texts)
    return [preparation.tokens(flat.ids[a:b]) for a, b in zip(flat.offsets, flat.offsets[1:], strict=False)]


def test_bert_from_its_list_of_pieces(bert):
    assert tokens(bert, ["The cats sat. dog", ""]) == [
        ["[CLS]", "the", "cat", "##s", "sat", ".", "[UNK]", "[SEP]"],
        ["[CLS]", "[SEP]"],
    ]


def test_bert_keeps_its_special_tokens_when_cut(bert):
    assert tokens(bert, ["the cat sat ."], max_length=4) == [["[CLS]", "the", "cat", "[SEP]"]]
    assert tokens(bert, ["the cat sat ."], max_length=4, keep="end") == [["[CLS]", "sat", ".", "[SEP]"]]


def test_a_text_cannot_forge_the_separator(bert):
    assert tokens(bert, ["the [SEP] cat"])[0].count("[SEP]") == 1


def test_case_is_kept_when_the_configuration_says_so(bert):
    (bert / "tokenizer_config.json").write_text('{"do_lower_case": false}')
    assert tokens(bert, ["The the 한글"]) == [["[CLS]", "[UNK]", "the", "한", "##글", "[SEP]"]]


def test_case_is_kept_when_the_vocabulary_has_capitals_and_nothing_is_said(bert):
    (bert / "vocab.txt").write_text("\n".join([*PIECES, "The"]), encoding="utf-8")
    assert tokens(bert, ["The the"]) == [["[CLS]", "The", "the", "[SEP]"]]


def test_roberta_from_vocabulary_and_merges(roberta):
    assert tokens(roberta, ["a cat", ""]) == [["<s>", "a", "Ġcat", "</s>"], ["<s>", "</s>"]]


def test_cutting_and_padding_inside_the_file_are_switched_off(bert, tmp_path):
    tokenizer, _ = checkpoint_tokenizer(bert)
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=16)
    folder = tmp_path / "with_file"
    folder.mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    assert tokens(folder, ["the cat sat . the"]) == [["[CLS]", "the", "cat", "sat", ".", "the", "[SEP]"]]


def test_special_tokens_are_named_by_the_configuration_or_by_custom(bert, roberta):
    assert checkpoint_tokenizer(bert)[1]["cls_token"] == "[CLS]"  # vocab.txt comes before vocab.json
    (roberta / "vocab.txt").unlink()
    assert checkpoint_tokenizer(roberta)[1]["cls_token"] == "<s>"
    (roberta / "special_tokens_map.json").write_text('{"cls_token": {"content": "a", "lstrip": false}}')
    assert checkpoint_tokenizer(roberta)[1]["cls_token"] == "a"


def test_the_size_covers_holes_in_the_ids(bert, tmp_path):
    tokenizer, _ = checkpoint_tokenizer(bert)
    content = json.loads(tokenizer.to_str())
    content["model"]["vocab"]["far"] = 99
    folder = tmp_path / "holes"
    folder.mkdir()
    (folder / "tokenizer.json").write_text(json.dumps(content))
    preparation = fit_preparation([], PrepareSettings(tokens="checkpoint"), checkpoint=folder)
    assert preparation.vocabulary_size == 100
    assert preparation.tokens([99, 50]) == ["far", ""]


def test_a_checkpoint_is_saved_and_loaded_with_the_same_ids(bert, tmp_path):
    preparation = fit_preparation([], PrepareSettings(tokens="checkpoint", max_length=6), checkpoint=bert)
    preparation.save(tmp_path / "out")
    texts = ["The cats sat. the", "", "[SEP] 한글"]
    assert (
        TextPreparation.load(tmp_path / "out").apply(texts)[0].ids.tolist() == preparation.apply(texts)[0].ids.tolist()
    )


def test_no_room_beside_the_special_tokens_is_an_error(bert):
    with pytest.raises(UsageError, match=r"prepare.max_length: is 2, but the tokenizer adds 2 .* Set it to 3 or more."):
        tokens(bert, ["the"], max_length=2)


def test_a_missing_folder_says_so(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere: is not a folder. Set encoder.checkpoint to a Hugging Face folder."):
        checkpoint_tokenizer(tmp_path / "nowhere")


def test_a_folder_without_tokenizer_says_how_to_make_one(tmp_path):
    with pytest.raises(UsageError, match=r"holds no tokenizer.json, no vocab.txt, .* AutoTokenizer.from_pretrained"):
        checkpoint_tokenizer(tmp_path)


def test_files_that_cannot_be_read_are_named(bert):
    (bert / "tokenizer_config.json").write_text("{")
    with pytest.raises(DataError, match=r"tokenizer_config.json: is not JSON: .* Write it anew"):
        checkpoint_tokenizer(bert)
    (bert / "tokenizer_config.json").write_text("[]")
    with pytest.raises(DataError, match=r"tokenizer_config.json: holds no JSON object. Write it anew"):
        checkpoint_tokenizer(bert)
    (bert / "tokenizer_config.json").unlink()
    (bert / "vocab.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match=r"vocab.txt: is not UTF-8: .* Write it anew"):
        checkpoint_tokenizer(bert)


def test_broken_merges_are_named(roberta):
    (roberta / "merges.txt").write_text("#version: 0.2\nx y z\n")
    with pytest.raises(DataError, match=r"vocab.json: or merges.txt beside it cannot be read: .* Write it anew"):
        checkpoint_tokenizer(roberta)


def test_a_vocabulary_without_separator_is_refused(bert):
    (bert / "vocab.txt").write_text("[UNK]\n[CLS]\nthe\n")
    with pytest.raises(DataError, match=r"vocab.txt: lacks the special token sep_token. Name it in tokenizer_config"):
        checkpoint_tokenizer(bert)


def test_a_tokenizer_that_knows_no_letter_a_still_shows_where_its_special_tokens_stand(tmp_path):
    (tmp_path / "vocab.json").write_text(json.dumps({"<s>": 0, "</s>": 1, "b": 2}))
    (tmp_path / "merges.txt").write_text("#version: 0.2\n")
    preparation = fit_preparation([], PrepareSettings(tokens="checkpoint", max_length=3), checkpoint=tmp_path)
    flat, _ = preparation.apply(["bbb"])
    assert isinstance(preparation.tokenizer, Tokenizer)
    assert flat.ids.tolist() == [0, 2, 1]
