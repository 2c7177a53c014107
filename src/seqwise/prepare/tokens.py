"""The fitted way from text to token ids: texts come in, flat ids and a count of what was cut come out.

The folder holds ``tokenizer.json`` and ``tokenizer_config.json``, which transformers opens, and ``preparation.json``,
which keeps what those two cannot say.
"""

import json
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, final

from pydantic import Field
from tokenizers import Tokenizer

from seqwise.errors import DataError, Problem, UsageError
from seqwise.prepare.checkpoint_tokenizers import checkpoint_tokenizer, read_tokenizer
from seqwise.prepare.encoding import encode_blocks, fill_empty, joined, stacked, truncate
from seqwise.prepare.hygiene import clean
from seqwise.prepare.morphemes import KiwiSegmenter, Segmenter
from seqwise.prepare.vocabularies import OWN_SPECIALS, OWN_TOKENIZERS
from seqwise.records import FlatTokens, Indices, Truncation
from seqwise.settings.frozen import Frozen
from seqwise.settings.stations import PrepareSettings

_TOKENIZER, _CONFIG, _FACTS = "tokenizer.json", "tokenizer_config.json", "preparation.json"


class PreparationFacts(Frozen):
    """What a tokenizer itself does not know: the content of ``preparation.json``."""

    tokens: Literal["word", "character", "subword", "morpheme", "checkpoint"] = Field(description="as in the settings")
    max_length: int = Field(ge=1, description="tokens of a row that are kept, special tokens counted")
    keep: Literal["start", "end"] = Field(description="which end of a longer row is kept")
    special_tokens: dict[str, str] = Field(description="unk_token, cls_token and so on, to the token")
    segmenter: str = Field("", description="release of the morpheme analyser; empty: none is used")


@final
class TextPreparation:
    """A fitted tokenizer with the rules of this run around it: hygiene, morphemes, length.

    Attributes:
        tokenizer: neither cuts nor pads.
        facts: what the tokenizer does not know.
        segmenter: cuts texts into morphemes before they are encoded, or None.
        before: ids of the special tokens at the start of every row.
        after: ids of those at its end.
    """

    def __init__(self, tokenizer: Tokenizer, facts: PreparationFacts, *, segmenter: Segmenter | None = None) -> None:
        """Take a tokenizer that neither cuts nor pads.

        Raises:
            UsageError: if ``max_length`` leaves no room beside the special tokens.
        """
        # A text that spells "[SEP]" is text: only the post-processor places special tokens.
        tokenizer.encode_special_tokens = True
        self.tokenizer = tokenizer
        self.facts = facts
        self.segmenter = segmenter
        self.before, self.after = _special_ids(tokenizer)
        if facts.max_length <= self.n_special:
            raise UsageError(
                Problem(
                    where="prepare.max_length",
                    what=f"is {facts.max_length}, but the tokenizer adds {self.n_special} special tokens to every row.",
                    fix=f"Set it to {self.n_special + 1} or more.",
                )
            )

    @property
    def n_special(self) -> int:
        """Special tokens that the tokenizer adds to every row."""
        return len(self.before) + len(self.after)

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """Every token in the order of the ids; an id that no token has is the empty string."""
        ids = self.tokenizer.get_vocab(with_added_tokens=True)
        tokens = [""] * (max(ids.values(), default=-1) + 1)
        for token, number in ids.items():
            tokens[number] = token
        return tuple(tokens)

    @property
    def vocabulary_size(self) -> int:
        """One more than the highest id, so that an embedding of this many rows holds every token."""
        return len(self.vocabulary)

    @property
    def n_features(self) -> int:
        """Numbers that are known of a token beside its id: none."""
        return 0

    @property
    def unknown(self) -> int | None:
        """Id of the unknown token, or None when the tokenizer has none."""
        token = self.facts.special_tokens.get("unk_token")
        return None if token is None else self.tokenizer.token_to_id(token)

    def tokens(self, ids: Iterable[int] | Indices) -> list[str]:
        """The tokens of these ids, to be read by people."""
        return [self.vocabulary[int(number)] for number in ids]

    def apply(self, texts: Iterable[str]) -> tuple[FlatTokens, Truncation]:
        """Texts to token ids: cleaned, encoded on all cores, cut to ``max_length``.

        Args:
            texts: one text a row; an iterator is read once.

        Returns:
            Flat ids in the order of the texts, and what the length limit cut away (``n_tokens`` counts before cutting).
            No row is empty: a text of which no token is left becomes the unknown token.

        Raises:
            DataError: if a row is empty and the tokenizer has no unknown token.
        """
        return joined(list(self.blocks(texts)), limit=self.facts.max_length)

    def blocks(self, texts: Iterable[str]) -> Iterator[tuple[FlatTokens, Truncation]]:
        """What :meth:`apply` gives, some thousand rows at a time; the texts are read while the blocks are taken.

        Raises:
            DataError: as :meth:`apply` does, behind the last block.
        """
        encoded = encode_blocks(self.tokenizer, _Prepared(texts, self.segmenter))
        for tokens in fill_empty(encoded, self.unknown):
            yield truncate(
                tokens,
                limit=self.facts.max_length,
                n_before=len(self.before),
                n_after=len(self.after),
                keep_start=self.facts.keep == "start",
            )

    def whole(self, texts: Iterable[str]) -> FlatTokens:
        """The ids that :meth:`apply` gives, uncut and without special tokens; a text may have none."""
        return stacked(list(encode_blocks(self.tokenizer, _Prepared(texts, self.segmenter), has_specials=False)))

    def save(self, folder: Path) -> None:
        """Write the three files into ``folder``, which is made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        self.tokenizer.save(str(folder / _TOKENIZER))
        _write_json(folder / _CONFIG, _transformers_config(self.facts))
        _write_json(folder / _FACTS, self.facts.model_dump())

    @classmethod
    def load(cls, folder: Path) -> "TextPreparation":
        """Read what ``save`` wrote; the same texts give the same ids.

        Raises:
            DataError: if a file is missing or cannot be read.
            MissingExtraError: if the tokens are morphemes and the analyser is not installed.
        """
        facts = _read_facts(folder / _FACTS)
        tokenizer = read_tokenizer(folder / _TOKENIZER)
        if facts.tokens != "morpheme":
            return cls(tokenizer, facts)
        segmenter = KiwiSegmenter()
        if segmenter.release != facts.segmenter:
            warnings.warn(
                f"{folder}: fitted with {facts.segmenter}, but {segmenter.release} is installed: "
                "morphemes may be cut differently and more of them be unknown.",
                stacklevel=2,
            )
        return cls(tokenizer, facts, segmenter=segmenter)


def fit_preparation(
    texts: Sequence[str], settings: PrepareSettings, *, checkpoint: Path | None = None
) -> TextPreparation:
    """Fit the way from text to token ids on training texts.

    Args:
        texts: the training texts, raw; nothing else is ever looked at. Not used for the tokenizer of a checkpoint.
        settings: the table ``[prepare]``.
        checkpoint: folder with the tokenizer, for ``tokens = "checkpoint"``.

    Raises:
        UsageError: if a checkpoint is asked for and none is given, or it holds no tokenizer.
        MissingExtraError: if the tokens are morphemes and the analyser is not installed.

    Example:
        >>> preparation = fit_preparation(["a b", "a c"], PrepareSettings(min_freq=1))
        >>> tokens, truncation = preparation.apply(["c a x"])
        >>> preparation.tokens(tokens.ids)
        ['c', 'a', '[UNK]']
    """
    if settings.tokens == "checkpoint":
        tokenizer, names = checkpoint_tokenizer(_required_folder(checkpoint))
        return TextPreparation(tokenizer, _facts(settings, names))
    segmenter = segmenter_of(settings)
    return own_preparation(fit_tokenizer(texts, settings, segmenter=segmenter), settings, segmenter=segmenter)


def segmenter_of(settings: PrepareSettings) -> Segmenter | None:
    """The analyser that the settings ask for, loaded, or None.

    Raises:
        MissingExtraError: if the tokens are morphemes and the analyser is not installed.
    """
    return KiwiSegmenter() if settings.tokens == "morpheme" else None


def fit_tokenizer(texts: Sequence[str], settings: PrepareSettings, *, segmenter: Segmenter | None) -> Tokenizer:
    """Fit a tokenizer of our own on raw training texts."""
    return OWN_TOKENIZERS[settings.tokens](_Prepared(texts, segmenter), settings)


def own_preparation(tokenizer: Tokenizer, settings: PrepareSettings, *, segmenter: Segmenter | None) -> TextPreparation:
    """The preparation around a tokenizer of our own.

    Raises:
        UsageError: if ``max_length`` leaves no room beside the special tokens.
    """
    facts = _facts(settings, OWN_SPECIALS, release=segmenter.release if segmenter else "")
    return TextPreparation(tokenizer, facts, segmenter=segmenter)


def _required_folder(checkpoint: Path | None) -> Path:
    if checkpoint is None:
        raise UsageError(
            Problem(
                where="prepare.tokens",
                what='is "checkpoint", but no checkpoint is given.',
                fix='Set encoder.checkpoint, or tokens = "subword" to train a tokenizer on your rows.',
            )
        )
    return checkpoint


def _facts(settings: PrepareSettings, names: Mapping[str, str], *, release: str = "") -> PreparationFacts:
    return PreparationFacts(
        tokens=settings.tokens,
        max_length=settings.max_length,
        keep=settings.keep,
        special_tokens=dict(names),
        segmenter=release,
    )


@dataclass(frozen=True)
class _Prepared(Iterable[str]):
    """Texts as the tokenizer takes them, made anew each time they are asked for; none is kept."""

    texts: Iterable[str]
    segmenter: Segmenter | None

    def __iter__(self) -> Iterator[str]:
        cleaned = map(clean, self.texts)
        return cleaned if self.segmenter is None else self.segmenter.segment(cleaned)


def _special_ids(tokenizer: Tokenizer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The special tokens that the tokenizer puts before and after a text, asked of the tokenizer itself."""
    # Any text will do of which a token is left; a tiny vocabulary may know no "a".
    for probe in ("a", *tokenizer.get_vocab()):
        encoding = tokenizer.encode(probe)
        mask = encoding.special_tokens_mask
        if 0 in mask:
            n_before = mask.index(0)
            n_after = mask[n_before:].count(1)
            return tuple(encoding.ids[:n_before]), tuple(encoding.ids[len(mask) - n_after :])
    return (), ()


def _transformers_config(facts: PreparationFacts) -> dict[str, object]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": facts.max_length,
        "truncation_side": "right" if facts.keep == "start" else "left",
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
        "split_special_tokens": True,
        **facts.special_tokens,
    }


def _write_json(file: Path, content: Mapping[str, object]) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _read_facts(file: Path) -> PreparationFacts:
    try:
        return PreparationFacts.model_validate_json(file.read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(
            Problem(
                where=str(file), what=f"cannot be read: {error}.", fix="Point to the model folder of a finished run."
            )
        ) from error
