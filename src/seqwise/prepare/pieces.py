"""Pieces and their places: raw texts come in; token ids come out, each with the characters that it stands for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from seqwise.prepare.encoding import flat_ids, stacked, text_chunks
from seqwise.prepare.hygiene import Cleaned, clean_with_map
from seqwise.prepare.morphemes import Morpheme
from seqwise.prepare.tokens import TextPreparation
from seqwise.records import FlatTokens, Indices


@dataclass(frozen=True)
class FlatPieces:
    """The pieces of whole texts, without special tokens.

    Attributes:
        tokens: their ids; a text of which no token is left has none.
        edges: start and end of each piece in its raw text, shape (token, 2), in the order of the text. Pieces overlap
            where they share a character: the bytes of one, the jamo of a syllable, contracted morphemes.
    """

    tokens: FlatTokens
    edges: Indices


def encode_pieces(preparation: TextPreparation, texts: Iterable[str]) -> FlatPieces:
    r"""The ids that ``preparation.apply`` gives, uncut and without special tokens, with their places in the raw text.

    The tokenizer tells places in the text that it is given; these are led back through what was done before: cleaning
    (decomposed letters, zero-width characters), and the cut into morphemes.

    Example:
        >>> from seqwise.prepare.tokens import fit_preparation
        >>> from seqwise.settings.stations import PrepareSettings
        >>> preparation = fit_preparation(["cafe\u0301 noir"], PrepareSettings(min_freq=1))
        >>> encode_pieces(preparation, ["cafe\u0301 noir"]).edges.tolist()
        [[0, 5], [6, 10]]
    """
    blocks = [_encoded(preparation, chunk) for chunk in text_chunks(iter(texts))]
    edges = [np.empty((0, 2), dtype=np.int64), *(block.edges for block in blocks)]
    return FlatPieces(stacked([block.tokens for block in blocks]), np.concatenate(edges))


def through(places: Indices, edges: Indices) -> Indices:
    """Edges in a text that was made from another one, as edges in that one.

    Args:
        places: start and end in the other text of each character, shape (character, 2).
        edges: shape (edge, 2); an empty one stays empty, at the start of the character behind it.
    """
    if not len(places):
        return np.zeros_like(edges)
    starts = np.append(places[:, 0], places[-1, 1])[edges[:, 0]]
    ends = places[np.maximum(edges[:, 1] - 1, 0), 1]
    return np.stack([starts, np.where(edges[:, 1] > edges[:, 0], ends, starts)], axis=1)


def morpheme_edges(morphemes: Iterable[Morpheme]) -> Indices:
    """Start and end of each morpheme, shape (morpheme, 2)."""
    return np.array([(morpheme.start, morpheme.end) for morpheme in morphemes], dtype=np.int64).reshape(-1, 2)


def _encoded(preparation: TextPreparation, texts: list[str]) -> FlatPieces:
    prepared = [clean_with_map(text) for text in texts]
    if preparation.segmenter is not None:
        morphemes = preparation.segmenter.morphemes([cleaned.text for cleaned in prepared])
        prepared = list(_segmented(prepared, morphemes))
    encodings = preparation.tokenizer.encode_batch([each.text for each in prepared], add_special_tokens=False)
    tokens = flat_ids(encodings)
    numbers = chain.from_iterable(chain.from_iterable(encoding.offsets for encoding in encodings))
    edges = np.fromiter(numbers, dtype=np.int64, count=2 * len(tokens.ids)).reshape(-1, 2)
    for row, (text, made) in enumerate(zip(texts, prepared, strict=True)):
        if made.text is not text:
            own = slice(tokens.offsets[row], tokens.offsets[row + 1])
            edges[own] = through(made.raw_offsets, edges[own])
    return FlatPieces(tokens, edges)


def _segmented(cleaned: Iterable[Cleaned], morphemes: Iterable[list[Morpheme]]) -> Iterator[Cleaned]:
    """The text of morphemes for each clean text; every character of a form, and the blank behind it, is all of it."""
    for text, found in zip(cleaned, morphemes, strict=True):
        lengths = [len(morpheme.form) + 1 for morpheme in found]
        offsets = np.repeat(through(text.raw_offsets, morpheme_edges(found)), lengths, axis=0)[:-1]
        yield Cleaned(" ".join(morpheme.form for morpheme in found), offsets)
