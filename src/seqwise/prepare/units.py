"""Units: texts and the words of their files come in; what gets a tag comes out, with the tokens that stand for it.

Units are the words of the file; where it has none, the tokenizer's pieces, or by choice characters or morphemes.
Words, characters and morphemes are encoded each by itself, so no token ever stands for two units, and a boundary of
units is a boundary of tokens. For words that is what transformers does with ``is_split_into_words``. A tokenizer that
is fitted here should see the same: fit it on :func:`unit_texts`, not on the raw texts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from tokenizers import Tokenizer

from seqwise.errors import DataError, Problem
from seqwise.prepare.encoding import offsets_of, ranges
from seqwise.prepare.hygiene import clean_with_map
from seqwise.prepare.morphemes import KiwiSegmenter
from seqwise.prepare.pieces import encode_pieces, morpheme_edges, through
from seqwise.prepare.tokens import TextPreparation
from seqwise.records import Annotation, FlatTokens, FlatUnits, Indices, UnitPlaces

Split = Literal["pieces", "characters", "morphemes"]


@dataclass(frozen=True)
class TokenizedUnits:
    """Whole texts in tokens, without special tokens, and their units.

    Attributes:
        tokens: a text without a unit has none.
        units: edges in the raw text.
        places: the tokens of each unit, counted from 0 in its text; every unit has a token.
    """

    tokens: FlatTokens
    units: FlatUnits
    places: UnitPlaces


def tokenized_units(
    texts: Sequence[str],
    preparation: TextPreparation,
    *,
    annotations: Sequence[Annotation] | None = None,
    split: Split = "pieces",
) -> TokenizedUnits:
    """The units of texts, and the tokens of each.

    A word of which the tokenizer leaves nothing, such as one of zero-width characters, becomes the unknown token. A
    character written as a letter and its marks is one unit, and so are morphemes that share a character; blanks are
    units among the pieces only, where the tokenizer gives them. Pieces that hold the same characters are one unit.

    Args:
        texts: raw.
        preparation: fitted; its length limit is not used here.
        annotations: one a text; where any of them has words, the units are words.
        split: what the units are where there are no words.

    Raises:
        DataError: if nothing is left of a word and the tokenizer has no unknown token.
        MissingExtraError: if morphemes are asked for and the analyser is not installed.
    """
    words = _words(texts, annotations or (), split)
    return _whole_texts(texts, preparation) if words is None else _by_themselves(texts, words, preparation)


def unit_texts(
    texts: Sequence[str], *, annotations: Sequence[Annotation] | None = None, split: Split = "pieces"
) -> Iterator[str]:
    """The texts to fit a tokenizer on: with a blank between units that are encoded each by itself, else as they are.

    Raises:
        MissingExtraError: as :func:`tokenized_units` does.
    """
    words = _words(texts, annotations or (), split)
    if words is None:
        yield from texts
        return
    for text, edges in zip(texts, _by_text(words), strict=True):
        yield " ".join(text[start:end] for start, end in edges.tolist())


def _words(texts: Sequence[str], annotations: Sequence[Annotation], split: Split) -> FlatUnits | None:
    """The units that are encoded each by itself; None: the texts are encoded whole."""
    if any(annotation.words for annotation in annotations):
        return _flat_units(_edges(annotation.words) for annotation in annotations)
    if split == "characters":
        return _flat_units(map(_characters, texts))
    if split == "morphemes":
        return _flat_units(_morphemes(texts))
    return None


def _flat_units(rows: Iterable[Indices]) -> FlatUnits:
    kept = [_edges(()), *rows]
    lengths = np.fromiter(map(len, kept[1:]), dtype=np.int64, count=len(kept) - 1)
    return FlatUnits(np.concatenate(kept), offsets_of(lengths))


def _edges(pairs: Sequence[tuple[int, int]]) -> Indices:
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _by_text(units: FlatUnits) -> Iterator[Indices]:
    return (units.edges[start:end] for start, end in zip(units.offsets[:-1], units.offsets[1:], strict=True))


def _characters(text: str) -> Indices:
    """Edges of each character that is no blank; those that were composed from the same characters are one."""
    cleaned = clean_with_map(text)
    solid = [place for place, character in enumerate(cleaned.text) if not character.isspace()]
    edges = cleaned.raw_offsets[solid].reshape(-1, 2)
    return edges[_differs(edges)]


@cache
def _analyser() -> KiwiSegmenter:
    return KiwiSegmenter()


def _morphemes(texts: Sequence[str]) -> Iterator[Indices]:
    """Edges of runs of morphemes that share no character with the others."""
    cleaned = [clean_with_map(text) for text in texts]
    for text, found in zip(cleaned, _analyser().morphemes([text.text for text in cleaned]), strict=True):
        edges = through(text.raw_offsets, morpheme_edges(found))
        edges = edges[edges[:, 1] > edges[:, 0]]
        reach = np.maximum.accumulate(edges[:, 1])
        begins = np.ones(len(edges), dtype=np.bool_)
        begins[1:] = edges[1:, 0] >= reach[:-1]
        yield np.stack([edges[begins, 0], reach[np.append(begins[1:], True)[: len(edges)]]], axis=1)


def _differs(edges: Indices) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether each pair of edges is another one than the pair before it."""
    is_new = np.ones(len(edges), dtype=np.bool_)
    is_new[1:] = (edges[1:] != edges[:-1]).any(axis=1)
    return is_new


def _whole_texts(texts: Sequence[str], preparation: TextPreparation) -> TokenizedUnits:
    pieces = encode_pieces(preparation, texts)
    tokens, n_tokens = pieces.tokens, len(pieces.tokens.ids)
    is_first = _differs(pieces.edges)
    is_first[tokens.offsets[:-1][tokens.lengths > 0]] = True
    firsts = np.flatnonzero(is_first)
    ends = np.append(firsts[1:], n_tokens)[: len(firsts)]
    offsets = np.searchsorted(firsts, tokens.offsets)
    before = np.repeat(tokens.offsets[:-1], np.diff(offsets))[:, None]
    return TokenizedUnits(
        tokens=tokens,
        units=FlatUnits(pieces.edges[firsts], offsets),
        places=UnitPlaces(np.stack([firsts, ends], axis=1) - before, offsets),
    )


def _by_themselves(texts: Sequence[str], words: FlatUnits, preparation: TextPreparation) -> TokenizedUnits:
    """Every word encoded by itself, and each different one only once."""
    keeps_blank = _marks_blanks(preparation.tokenizer)
    numbers: dict[str, int] = {}
    which = np.fromiter(
        (numbers.setdefault(word, len(numbers)) for word in _surfaces(texts, words, keeps_blank=keeps_blank)),
        dtype=np.int64,
        count=len(words.edges),
    )
    known = _with_unknown(list(numbers), preparation)
    lengths = known.lengths[which]
    ends = offsets_of(lengths)
    offsets = ends[words.offsets]
    places = np.stack([ends[:-1], ends[1:]], axis=1) - np.repeat(offsets[:-1], np.diff(words.offsets))[:, None]
    return TokenizedUnits(
        tokens=FlatTokens(known.ids[ranges(known.offsets[which], lengths)], offsets),
        units=words,
        places=UnitPlaces(places, words.offsets),
    )


def _surfaces(texts: Sequence[str], words: FlatUnits, *, keeps_blank: bool) -> Iterator[str]:
    for text, edges in zip(texts, _by_text(words), strict=True):
        for start, end in edges.tolist():
            is_behind_blank = keeps_blank and start > 0 and text[start - 1].isspace()
            yield f" {text[start:end]}" if is_behind_blank else text[start:end]


def _marks_blanks(tokenizer: Tokenizer) -> bool:
    """Whether a word looks different behind a blank, as it does at byte level: then the blank is encoded with it."""
    if tokenizer.pre_tokenizer is None:
        return False
    alone, behind = ([word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text)] for text in ("a", " a"))
    return len(behind) == 1 and behind != alone


def _with_unknown(words: list[str], preparation: TextPreparation) -> FlatTokens:
    """The tokens of each word; the unknown token where the tokenizer leaves none."""
    tokens = preparation.whole(words)
    empty = np.flatnonzero(tokens.lengths == 0)
    if not len(empty):
        return tokens
    if preparation.unknown is None:
        what = f"no token is left of it, and the tokenizer has no unknown token ({len(empty)} such words)."
        raise DataError(Problem(where=f"word {words[empty[0]]!r}", what=what, fix="Leave such words out."))
    ids = np.insert(tokens.ids, tokens.offsets[empty], np.int32(preparation.unknown))
    return FlatTokens(ids, offsets_of(np.maximum(tokens.lengths, 1)))
