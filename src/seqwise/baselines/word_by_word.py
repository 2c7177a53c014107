"""The baseline ``word_by_word``: each source word's likeliest target word by IBM Model 1, in the source's order."""

import re
from collections.abc import Sequence
from typing import Self

import numpy as np

from seqwise.baselines.contract import BaselineState, packed, unpacked
from seqwise.baselines.texts import TEXTS, TextBaseline, TextBaselineSpec
from seqwise.records import Array, Indices

ROUNDS = 5
# Pairs that word probabilities are learned from at most: 30 million pairs of words, some hundred megabytes.
MOST_PAIRS = 100_000
# A target word of less probability than this is not written: the source word has none of its own.
LEAST = 0.1
_WORDS = re.compile(r"\w+|[^\w\s]")
_BEFORE_MARKS = re.compile(r" (?=[.,;:!?)])")


class WordByWord(TextBaseline):
    """Brown et al. (1993), The Mathematics of Statistical Machine Translation, https://aclanthology.org/J93-2003/.

    Model 1 without an empty word: with t(f | e) the probability of the target word f given the source word e, a target
    word comes from each source word of its pair in proportion to t. Expected counts are gathered over all pairs, and t
    is their share (equations 12 to 14 there), ``ROUNDS`` times from equal shares on. A source word is written as the f
    of the largest t(f | e) times the pairs' own share of e given f, so that words that stand in every pair are not
    written for all; an unknown word is copied, and one whose best word has too little probability is left out.
    """

    def __init__(self) -> None:
        self._best: dict[str, str] = {}

    def fit(self, sources: Sequence[str], targets: Sequence[str], /) -> Self:
        """Learn from pairs, the first of them where there are very many."""
        source_ids, source_words = _numbered(sources[:MOST_PAIRS])
        target_ids, target_words = _numbered(targets[:MOST_PAIRS])
        of_source, of_target, place = _meetings(source_ids, target_ids)
        n_targets = len(target_words)
        keys, link = np.unique(of_source * n_targets + of_target, return_inverse=True)
        owner = keys // n_targets  # the source word of each possible translation
        shares = 1.0 / np.bincount(owner, minlength=len(source_words))[owner]
        counts: Array = shares
        for _ in range(ROUNDS):
            each = shares[link]
            expected = each / np.bincount(place, weights=each)[place]
            counts = np.bincount(link, weights=expected, minlength=len(keys)).astype(np.float64)
            shares = counts / np.bincount(owner, weights=counts, minlength=len(source_words))[owner]
        self._best = _dictionary(keys, counts, shares, words=(source_words, target_words))
        return self

    def translate(self, sources: Sequence[str], /) -> list[str]:
        """Word for word."""
        return [self._translated(_WORDS.findall(text)) for text in sources]

    def state(self) -> BaselineState:
        """The dictionary."""
        arrays = {"sources": packed(list(self._best)), "targets": packed(list(self._best.values()))}
        return BaselineState(settings={TEXTS: True}, arrays=arrays)

    def restore(self, state: BaselineState) -> None:
        """Take the dictionary."""
        sources, targets = (unpacked(state.arrays[name]) for name in ("sources", "targets"))
        self._best = dict(zip(sources, targets, strict=True))

    def _translated(self, words: list[str]) -> str:
        found = " ".join(filter(None, (self._best.get(word, word) for word in words)))
        return _BEFORE_MARKS.sub("", found)


def _numbered(texts: Sequence[str]) -> tuple[list[Indices], list[str]]:
    """The words of each text by their numbers, and the words."""
    numbers: dict[str, int] = {}
    rows = [
        np.array([numbers.setdefault(word, len(numbers)) for word in _WORDS.findall(text)], dtype=np.int64)
        for text in texts
    ]
    return rows, list(numbers)


def _meetings(sources: list[Indices], targets: list[Indices]) -> tuple[Indices, Indices, Indices]:
    """Every source word that meets a target word in a pair: both words, and the number of the target word's place."""
    kept = [(s, t) for s, t in zip(sources, targets, strict=True) if len(s) and len(t)]
    n_source, n_target = (np.array([len(pair[side]) for pair in kept]) for side in (0, 1))
    of_source = np.concatenate([np.tile(s, len(t)) for s, t in kept])
    of_target = np.concatenate([np.repeat(t, len(s)) for s, t in kept])
    place = np.repeat(np.arange(int(n_target.sum())), np.repeat(n_source, n_target))
    return of_source, of_target, place


def _dictionary(keys: Indices, counts: Array, shares: Array, *, words: tuple[list[str], list[str]]) -> dict[str, str]:
    """The word to write for each source word, empty where none is sure enough."""
    sources, targets = words
    owner, written = np.divmod(keys, len(targets))
    back = counts / np.bincount(written, weights=counts, minlength=len(targets))[written]
    order = np.lexsort((shares * back, owner))
    last = np.append(owner[order][1:] != owner[order][:-1], True)  # the best of each source word
    best = order[last]
    found = dict.fromkeys(sources, "")
    for place in best[shares[best] >= LEAST].tolist():
        found[sources[int(owner[place])]] = targets[int(written[place])]
    return found


BASELINE = TextBaselineSpec(name="word_by_word", build=WordByWord, paper="Brown et al. 1993")
