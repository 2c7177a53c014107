"""The tokenizer of a checkpoint: a Hugging Face folder comes in, its tokenizer comes out; it cuts and pads nothing."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from seqwise.errors import DataError, Problem, UsageError

_BERT_NAMES = {
    "unk_token": "[UNK]",
    "pad_token": "[PAD]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
_ROBERTA_NAMES = {
    "unk_token": "<unk>",
    "pad_token": "<pad>",
    "cls_token": "<s>",
    "sep_token": "</s>",
    "mask_token": "<mask>",
    "bos_token": "<s>",
    "eos_token": "</s>",
}
_REMAKE = "Write it anew with transformers: AutoTokenizer.from_pretrained(...).save_pretrained(folder)."


def checkpoint_tokenizer(folder: Path) -> tuple[Tokenizer, dict[str, str]]:
    """Open the tokenizer of a checkpoint folder.

    ``tokenizer.json`` is taken as it is. Without it the tokenizer is built from ``vocab.txt`` (BERT, ELECTRA,
    DistilBERT) or from ``vocab.json`` and ``merges.txt`` (RoBERTa), as ``tokenizer_config.json`` says.

    Returns:
        The tokenizer, and its special tokens by name (``unk_token``, ``cls_token``, …).

    Raises:
        UsageError: if the folder does not exist, or holds no tokenizer that can be opened here.
        DataError: if a file in it cannot be read.
    """
    if not folder.is_dir():
        raise UsageError(
            Problem(where=str(folder), what="is not a folder.", fix="Set encoder.checkpoint to a Hugging Face folder.")
        )
    config = {**_json(folder / "special_tokens_map.json"), **_json(folder / "tokenizer_config.json")}
    if (folder / "tokenizer.json").is_file():
        tokenizer = read_tokenizer(folder / "tokenizer.json")
        return tokenizer, _named(config, tokenizer.get_vocab(with_added_tokens=True))
    if (folder / "vocab.txt").is_file():
        return _word_piece(folder / "vocab.txt", config)
    if (folder / "vocab.json").is_file() and (folder / "merges.txt").is_file():
        return _byte_level(folder / "vocab.json", folder / "merges.txt", config)
    raise UsageError(
        Problem(
            where=str(folder),
            what="holds no tokenizer.json, no vocab.txt, and no vocab.json with merges.txt.",
            fix=_REMAKE,
        )
    )


def read_tokenizer(file: Path) -> Tokenizer:
    """Read a ``tokenizer.json``; cutting and padding that it prescribes are switched off.

    Raises:
        DataError: if the file is not a tokenizer that this version of tokenizers can read.
    """
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # tokenizers raises this class itself, whatever is wrong
        raise DataError(
            Problem(where=str(file), what=f"cannot be read as a tokenizer: {error}.", fix=_REMAKE)
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _json(file: Path) -> dict[str, object]:
    """The object in a JSON file, empty when there is no such file."""
    if not file.is_file():
        return {}
    try:
        content = json.loads(_text(file))
    except ValueError as error:
        raise DataError(Problem(where=str(file), what=f"is not JSON: {error}.", fix=_REMAKE)) from error
    if not isinstance(content, dict):
        raise DataError(Problem(where=str(file), what="holds no JSON object.", fix=_REMAKE))
    return cast(dict[str, object], content)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DataError(Problem(where=str(file), what=f"is not UTF-8: {error}.", fix=_REMAKE)) from error


def _named(config: Mapping[str, object], vocabulary: Mapping[str, int]) -> dict[str, str]:
    """The special tokens by name: as the configuration says, else the usual ones that the vocabulary holds."""
    usual = _BERT_NAMES if _BERT_NAMES["unk_token"] in vocabulary else _ROBERTA_NAMES
    names: dict[str, str] = {}
    for name in _ROBERTA_NAMES:
        stated = config.get(name, usual.get(name))
        token = cast(dict[str, object], stated).get("content") if isinstance(stated, dict) else stated
        if isinstance(token, str) and token in vocabulary:
            names[name] = token
    return names


def _required(names: Mapping[str, str], name: str, file: Path) -> str:
    if name not in names:
        raise DataError(
            Problem(
                where=str(file),
                what=f"lacks the special token {name}.",
                fix="Name it in tokenizer_config.json beside this file, as it stands in the vocabulary.",
            )
        )
    return names[name]


def _word_piece(file: Path, config: Mapping[str, object]) -> tuple[Tokenizer, dict[str, str]]:
    """The tokenizer of BERT, ELECTRA and DistilBERT from the list of its pieces, one a line."""
    lines = _text(file).removesuffix("\n").split("\n")  # "\n" only: pieces may hold other line ends
    vocabulary = {piece.removesuffix("\r"): number for number, piece in enumerate(lines)}
    names = _named(config, vocabulary)
    unknown, begin, end = (_required(names, name, file) for name in ("unk_token", "cls_token", "sep_token"))
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=unknown))
    strip_accents = config.get("strip_accents")
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=bool(config.get("tokenize_chinese_chars", True)),
        strip_accents=None if strip_accents is None else bool(strip_accents),
        lowercase=bool(config.get("do_lower_case", _is_lower(vocabulary, names))),
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin}:0 $A:0 {end}:0",
        pair=f"{begin}:0 $A:0 {end}:0 $B:1 {end}:1",
        special_tokens=[(begin, vocabulary[begin]), (end, vocabulary[end])],
    )
    tokenizer.add_special_tokens(sorted(set(names.values()), key=vocabulary.__getitem__))
    return tokenizer, names


def _is_lower(vocabulary: Mapping[str, int], names: Mapping[str, str]) -> bool:
    """Whether no piece holds a capital: then the vocabulary was made from lower-cased text.

    transformers lower-cases whenever the configuration is silent, and so loses every capital of a cased vocabulary.
    """
    specials = set(names.values())
    return not any(
        piece != piece.lower() for piece in vocabulary if piece not in specials and not piece.startswith("[")
    )


def _byte_level(file: Path, merges: Path, config: Mapping[str, object]) -> tuple[Tokenizer, dict[str, str]]:
    """The tokenizer of RoBERTa from its vocabulary and its merges."""
    try:
        tokenizer = Tokenizer(models.BPE.from_file(str(file), str(merges), fuse_unk=False))
    except Exception as error:  # tokenizers raises this class itself, whatever is wrong
        raise DataError(
            Problem(where=str(file), what=f"or merges.txt beside it cannot be read: {error}.", fix=_REMAKE)
        ) from error
    vocabulary = tokenizer.get_vocab()
    names = _named(config, vocabulary)
    begin, end = _required(names, "cls_token", file), _required(names, "sep_token", file)
    add_prefix_space = bool(config.get("add_prefix_space", False))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.RobertaProcessing(
        (end, vocabulary[end]), (begin, vocabulary[begin]), trim_offsets=True, add_prefix_space=add_prefix_space
    )
    tokenizer.add_special_tokens(
        [
            # The mask takes the blank before it along, as it was in pre-training.
            AddedToken(token, lstrip=token == names.get("mask_token"), normalized=False, special=True)
            for token in sorted(set(names.values()), key=vocabulary.__getitem__)
        ]
    )
    return tokenizer, names
