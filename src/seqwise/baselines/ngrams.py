"""Texts to counts of n-grams of words or characters: flat arrays, no padding, and a vocabulary that is plain arrays.

An n-gram is known by the number of its prefix (the n-gram that is one unit shorter) and its last unit. So a vocabulary
is one sorted array of whole numbers a size, whatever n is and however many letters a script has, and nothing has to be
pickled. Counting is sorting of whole numbers, which is several times faster than a dictionary of strings.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from seqwise.records import Indices

Arrays = dict[str, NDArray[np.generic]]

# Words, and every other visible sign by itself: punctuation tells authors and moods apart.
_WORD = re.compile(r"\w+|[^\w\s]")
_SPACE = " "
_UNKNOWN = 0
_ABSENT = -1
# Bits of a positive int64, which holds a code and its place side by side while sorting.
_BITS = 63


@dataclass(frozen=True)
class NgramRecipe:
    """Which n-grams are counted.

    Attributes:
        unit: ``word`` or ``character``; both in lower case, white space collapsed to one space.
        sizes: lengths of the n-grams in units, ascending, for example (1, 2).
        within_words: for characters: leave out n-grams that reach over a space; a space may begin or end one.
        min_count: n-grams that are rarer in the training texts are left out.
        most: n-grams kept of one size at most; the rarest go first, all of one count together.
    """

    unit: Literal["word", "character"]
    sizes: tuple[int, ...]
    within_words: bool = False
    min_count: int = 1
    most: int = 1_000_000


@dataclass(frozen=True)
class _Flat:
    """The units of all texts on one axis, by number in the alphabet, and the row that each belongs to."""

    units: Indices
    rows: NDArray[np.int32]
    n_rows: int


class _Alphabet(dict[str, int]):
    """Numbers units from 1 in the order in which they are first seen."""

    def __missing__(self, unit: str) -> int:
        number = self[unit] = len(self) + 1
        return number


class Ngrams:
    """A vocabulary of n-grams: fitted once, then applied."""

    def __init__(self, recipe: NgramRecipe) -> None:
        """Nothing is known before :meth:`fit_apply` or :meth:`restore`."""
        self.recipe = recipe
        self._alphabet = _Alphabet()
        self._codes: dict[int, Indices] = {}

    @property
    def n_features(self) -> int:
        """Number of n-grams in the vocabulary, of all sizes."""
        return sum(len(self._codes[size]) for size in self.recipe.sizes)

    def fit_apply(self, texts: Sequence[str]) -> csr_matrix:
        """Learn the n-grams of these texts and return their counts, shape (row, feature), float32."""
        self._alphabet, self._codes = _Alphabet(), {}
        return self._count(self._flat(texts, is_fit=True), is_fit=True)

    def apply(self, texts: Sequence[str]) -> csr_matrix:
        """Counts of the known n-grams, shape (row, feature), float32."""
        return self._count(self._flat(texts, is_fit=False), is_fit=False)

    def arrays(self) -> Arrays:
        """The vocabulary: ``units`` as UTF-8 bytes, one unit a line, and ``codes_N`` for each size N."""
        units = "\n".join(self._alphabet).encode("utf-8", "surrogatepass")
        codes: Arrays = {f"codes_{size}": codes for size, codes in self._codes.items()}
        return {"units": np.frombuffer(units, dtype=np.uint8), **codes}

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over the vocabulary that :meth:`arrays` gave."""
        units = arrays["units"].tobytes().decode("utf-8", "surrogatepass")
        names = units.split("\n") if units else []
        self._alphabet = _Alphabet({name: number for number, name in enumerate(names, start=1)})
        sizes = range(1, self.recipe.sizes[-1] + 1)
        self._codes = {size: arrays[f"codes_{size}"].astype(np.int64) for size in sizes}

    def _flat(self, texts: Sequence[str], *, is_fit: bool) -> _Flat:
        lengths: list[int] = []

        def rows() -> Iterator[Sequence[str]]:
            for text in texts:
                row = _units(text, is_word=self.recipe.unit == "word")
                lengths.append(len(row))
                yield row

        units = chain.from_iterable(rows())
        numbers = map(self._alphabet.__getitem__, units) if is_fit else map(self._alphabet.get, units, repeat(_UNKNOWN))
        return _Flat(
            units=np.fromiter(numbers, dtype=np.int64),
            rows=np.repeat(np.arange(len(texts), dtype=np.int32), lengths),
            n_rows=len(texts),
        )

    def _count(self, flat: _Flat, *, is_fit: bool) -> csr_matrix:
        rows, columns, n_columns = [flat.rows[:0]], [flat.rows[:0]], 0
        numbers = np.zeros_like(flat.units)
        for size in range(1, self.recipe.sizes[-1] + 1):
            numbers = self._longer(numbers, flat, size, is_fit=is_fit)
            if size in self.recipe.sizes:
                starts = np.flatnonzero(numbers != _ABSENT)
                rows.append(flat.rows[starts])
                columns.append((numbers[starts] + n_columns).astype(np.int32))
                n_columns += len(self._codes[size])
        row, column = np.concatenate(rows), np.concatenate(columns)
        del rows, columns
        counts = csr_matrix((np.ones(len(row), dtype=np.float32), (row, column)), shape=(flat.n_rows, n_columns))
        counts.sum_duplicates()
        return counts

    def _longer(self, prefixes: Indices, flat: _Flat, size: int, *, is_fit: bool) -> Indices:
        """The number of the n-gram that starts at each place, from the numbers of the n-grams one unit shorter."""
        starts = self._starts(prefixes, flat, size)
        codes = prefixes[starts] * (len(self._alphabet) + 1) + flat.units[starts + size - 1]
        distinct, place, counts = _group(codes)
        if is_fit:
            is_kept = counts >= _least_count(counts, self.recipe)
            self._codes[size] = distinct[is_kept]
            known = np.where(is_kept, np.cumsum(is_kept) - 1, _ABSENT)
        else:
            known = _find(distinct, self._codes[size])
        numbers = np.full_like(prefixes, _ABSENT)
        numbers[starts] = known[place]
        return numbers

    def _starts(self, prefixes: Indices, flat: _Flat, size: int) -> Indices:
        """Places where an n-gram of this size lies in one row, has a known prefix, and ends on a known unit."""
        n_places = max(0, len(prefixes) - size + 1)
        ends = slice(size - 1, size - 1 + n_places)
        is_start = prefixes[:n_places] != _ABSENT
        is_start &= flat.units[ends] != _UNKNOWN
        is_start &= flat.rows[:n_places] == flat.rows[ends]
        if self.recipe.within_words and size > 2:
            is_start &= flat.units[size - 2 : size - 2 + n_places] != self._alphabet.get(_SPACE, _UNKNOWN)
        return np.flatnonzero(is_start)


def _units(text: str, *, is_word: bool) -> Sequence[str]:
    lowered = text.lower()
    if is_word:
        return _WORD.findall(lowered)
    words = lowered.split()
    return f" {_SPACE.join(words)} " if words else ""


def _least_count(counts: Indices, recipe: NgramRecipe) -> int:
    """The count from which on n-grams are kept, so that no more than ``recipe.most`` are."""
    if len(counts) <= recipe.most:
        return recipe.min_count
    first_cut = int(np.partition(counts, len(counts) - recipe.most - 1)[len(counts) - recipe.most - 1])
    return max(recipe.min_count, first_cut + 1)


def _find(wanted: Indices, known: Indices) -> Indices:
    """The place of each wanted code among the known ones, both ascending; -1 where it is not known."""
    if not len(known):
        return np.full_like(wanted, _ABSENT)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[place] == wanted, place, _ABSENT)


def _group(codes: Indices) -> tuple[Indices, Indices, Indices]:
    """Distinct codes in ascending order, the place of each code among them, and how often each occurs.

    The same as ``numpy.unique`` with inverse and counts. Sorting codes with their places in the low bits is three times
    faster than an argsort, and used where both fit.
    """
    shift = len(codes).bit_length()
    if len(codes) and int(codes.max()).bit_length() + shift <= _BITS:
        packed = (codes << shift) | np.arange(len(codes))
        packed.sort()
        ordered, order = packed >> shift, packed & ((1 << shift) - 1)
    else:
        order = np.argsort(codes, kind="stable")
        ordered = codes[order]
    is_first = np.ones(len(codes), dtype=np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    firsts = np.flatnonzero(is_first)
    counts = np.diff(firsts, append=len(codes))
    place = np.empty_like(codes)
    place[order] = np.cumsum(is_first) - 1
    return ordered[firsts], place, counts
