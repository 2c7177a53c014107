"""Tokenizers trained here: clean training texts come in, a `tokenizers.Tokenizer` with a vocabulary comes out.

Every vocabulary begins with ``[PAD]`` (0) and ``[UNK]`` (1). The house never pads, but tools that open an exported
folder do. The tokenizers compose decomposed letters themselves, so that an exported folder gives the same ids to raw
text.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from seqwise.settings.stations import PrepareSettings

PAD, UNKNOWN = "[PAD]", "[UNK]"
OWN_SPECIALS = {"pad_token": PAD, "unk_token": UNKNOWN}

_BLANK = "▁"  # what Metaspace writes for a blank
_CHUNK = 8192  # texts joined for one count of characters: enough to amortise the call, small in memory

_IN_WORD = r"[\p{L}\p{M}\p{N}_]"
_SYMBOL = r"[^\s\p{L}\p{M}\p{N}_]"
_WORDS = "|".join(
    [
        rf"{_IN_WORD}+?(?=n['’]t(?!{_IN_WORD}))",  # "do" of "don't"
        rf"(?:n['’]t|['’](?i:s|m|d|re|ve|ll))(?!{_IN_WORD})",
        rf"{_IN_WORD}+",
        # A sign with its variation and skin tone, and emoji that joiners make one picture, are one word.
        rf"{_SYMBOL}(?:\p{{M}}|[\x{{1F3FB}}-\x{{1F3FF}}]|\x{{200D}}{_SYMBOL})*",
    ]
)


def word_tokenizer(texts: Iterable[str], settings: PrepareSettings) -> Tokenizer:
    """Words are runs of letters and digits; a mark is a word; English clitics are split as in published vectors.

    "don't" is "do" and "n't", "John's" is "John" and "'s", as in the Penn Treebank and the GloVe vocabularies.
    """
    return _word_level(texts, settings, pre_tokenizers.Split(Regex(_WORDS), "removed", invert=True))


def character_tokenizer(texts: Iterable[str], settings: PrepareSettings) -> Tokenizer:
    """Each character is a token, the blank too."""
    tokenizer = _word_level(texts, settings, pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated"))
    tokenizer.decoder = decoders.Fuse()
    return tokenizer


def morpheme_tokenizer(texts: Iterable[str], settings: PrepareSettings) -> Tokenizer:
    """Each stretch between blanks is a token: the texts are morphemes with a blank between them."""
    return _word_level(texts, settings, pre_tokenizers.WhitespaceSplit())


def subword_tokenizer(texts: Iterable[str], settings: PrepareSettings) -> Tokenizer:
    """Byte-pair encoding over characters, inside words and inside runs of punctuation (Sennrich et al. 2016).

    Sennrich, Haddow and Birch (2016), "Neural Machine Translation of Rare Words with Subword Units",
    https://arxiv.org/abs/1508.07909. Merges begin at characters, that is Hangul syllables, not at bytes, so every
    piece can be read; what the alphabet lacks becomes ``[UNK]`` and can be counted. Chosen over a unigram model
    because it trains more than ten times faster, to counts that are whole numbers and so the same in every run, and
    because a linear model on its pieces is no worse on Korean reviews.
    """
    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN, fuse_unk=True))
    tokenizer.normalizer = _normalizer(settings)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Metaspace(_BLANK), pre_tokenizers.Punctuation("contiguous")]
    )
    tokenizer.decoder = decoders.Metaspace(_BLANK)
    alphabet = _alphabet(texts, tokenizer.normalizer.normalize_str, settings)
    trainer = trainers.BpeTrainer(
        vocab_size=settings.max_size,
        min_frequency=settings.min_freq,
        special_tokens=[PAD, UNKNOWN],
        # The alphabet is chosen here: the trainer's own limit breaks ties between rare characters by chance.
        initial_alphabet=alphabet,
        limit_alphabet=len(alphabet),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer=trainer)
    return tokenizer


OWN_TOKENIZERS: Mapping[str, Callable[[Iterable[str], PrepareSettings], Tokenizer]] = {
    "word": word_tokenizer,
    "character": character_tokenizer,
    "subword": subword_tokenizer,
    "morpheme": morpheme_tokenizer,
}


def _normalizer(settings: PrepareSettings) -> normalizers.Normalizer:
    steps = [normalizers.NFC(), normalizers.Lowercase()] if settings.lower else [normalizers.NFC()]
    return normalizers.Sequence(steps)


def _word_level(texts: Iterable[str], settings: PrepareSettings, split: pre_tokenizers.PreTokenizer) -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel(unk_token=UNKNOWN))
    tokenizer.normalizer = _normalizer(settings)
    tokenizer.pre_tokenizer = split
    trainer = trainers.WordLevelTrainer(
        vocab_size=settings.max_size,
        min_frequency=settings.min_freq,
        special_tokens=[PAD, UNKNOWN],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer=trainer)
    return tokenizer


def _alphabet(texts: Iterable[str], normalise: Callable[[str], str], settings: PrepareSettings) -> list[str]:
    """The characters that are frequent enough, most frequent first, in at most half of the vocabulary."""
    counts: Counter[str] = Counter()
    for chunk in _joined_chunks(texts):
        counts.update(normalise(chunk))
    counts[_BLANK] += counts.pop(" ", 0) + settings.min_freq
    frequent = [character for character, count in counts.items() if count >= settings.min_freq]
    frequent.sort(key=lambda character: (-counts[character], character))
    return frequent[: max(1, (settings.max_size - 2) // 2)]


def _joined_chunks(texts: Iterable[str]) -> Iterator[str]:
    remaining = iter(texts)
    while chunk := list(islice(remaining, _CHUNK)):
        yield " ".join(chunk)
