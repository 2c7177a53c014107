"""The words of a tagger: surfaces of units come in, the number of each known word comes out, 0 for all others."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seqwise.prepare.hygiene import clean
from seqwise.settings.stations import PrepareSettings

UNKNOWN = 0


@dataclass(frozen=True)
class UnitWords:
    """The known words; the number of a word is its place, counted from 1.

    Attributes:
        words: cleaned, in lower case if ``is_lower``.
        is_lower: whether case plays no part.
    """

    words: tuple[str, ...]
    is_lower: bool = False

    def __len__(self) -> int:
        """How many numbers there are, that of unknown words counted."""
        return len(self.words) + 1

    def apply(self, surfaces: Sequence[str]) -> NDArray[np.int32]:
        """The number of the word of each unit, shape (unit,).

        Example:
            >>> UnitWords(("the", "cat")).apply(["cat", "dog", "the"]).tolist()
            [2, 0, 1]
        """
        found = (self._numbers.get(word, UNKNOWN) for word in _spelt(surfaces, is_lower=self.is_lower))
        return np.fromiter(found, dtype=np.int32, count=len(surfaces))

    def to_json(self) -> str:
        """One JSON object."""
        return json.dumps({"lower": self.is_lower, "words": self.words}, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> "UnitWords":
        """What ``to_json`` wrote."""
        content = json.loads(text)
        return UnitWords(tuple(content["words"]), content["lower"])

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words, start=1)}


def fit_unit_words(surfaces: Iterable[str], settings: PrepareSettings) -> UnitWords:
    """The words that training units have at least ``min_freq`` times, the most frequent of them if they are too many.

    Words that are left out are unknown in training too, so what stands for unknown words is learned from rare ones.

    Args:
        surfaces: of the training units, raw.
        settings: ``lower``, ``min_freq`` and ``max_size``, unknown words counted.
    """
    counts = Counter(_spelt(surfaces, is_lower=settings.lower))
    known = [word for word, count in counts.most_common(settings.max_size - 1) if count >= settings.min_freq]
    return UnitWords(tuple(known), settings.lower)


def _spelt(surfaces: Iterable[str], *, is_lower: bool) -> Iterable[str]:
    cleaned = map(clean, surfaces)
    return map(str.lower, cleaned) if is_lower else cleaned
