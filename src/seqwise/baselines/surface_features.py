"""Units to the features of their surfaces and of their neighbours': which of the known ones each unit has, in a row.

A feature is a number of 64 bits, mixed from its template and its values, so the vocabulary is an array and no string is
kept. What looks at one unit is worked out once for each different surface, and gathered.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from seqwise.baselines.contract import TextUnits
from seqwise.records import Indices

Codes = NDArray[np.uint64]


def shape(surface: str) -> str:
    """Kinds of characters with runs made one: X upper case, x lower case, d digit, 가 Hangul, others as they are.

    Example:
        >>> shape("McDonald's"), shape("1,200만")
        ("XxXx'x", 'd,d가')
    """
    return "".join(kind for kind, _ in groupby(map(_kind, surface)))


def _kind(character: str) -> str:
    if "가" <= character <= "힣":
        return "가"
    if character.isdigit():
        return "d"
    return "X" if character.isupper() else "x" if character.isalpha() else character


def _affix(*, n: int, is_prefix: bool) -> Callable[[str], str]:
    """Reads off the first or last ``n`` characters of a longer surface."""
    return lambda surface: (surface[:n] if is_prefix else surface[-n:]) if len(surface) > n else ""


# What one unit shows: how it is read off the surface; an empty string is no feature.
ATTRIBUTES: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "case": lambda surface: "" if surface == surface.lower() else surface,
    "shape": shape,
    **{f"prefix {n}": _affix(n=n, is_prefix=True) for n in range(1, 5)},
    **{f"suffix {n}": _affix(n=n, is_prefix=False) for n in range(1, 5)},
}
# Which attribute of which neighbour is a feature by itself: 0 is the unit, -1 the one before it.
SINGLE: tuple[tuple[str, int], ...] = (
    *((name, 0) for name in ATTRIBUTES),
    *(("lower", place) for place in (-2, -1, 1, 2)),
    *((name, place) for place in (-1, 1) for name in ("shape", "suffix 2", "suffix 3")),
)
# Neighbours whose words in lower case are one feature together.
TOGETHER: tuple[tuple[int, ...], ...] = ((-1, 0), (0, 1), (-1, 1), (-2, -1), (1, 2), (-1, 0, 1))
FARTHEST = 2
# Features that fewer training units have are left out.
MIN_COUNT = 2

_ABSENT = np.uint64(0)
# 2^64 over the golden ratio: a product with it spreads a number over all bits (Knuth, The Art of Computer Programming,
# volume 3, section 6.4).
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_EDGE = "\n"  # stands before the first and behind the last unit of a text


@dataclass(frozen=True)
class _Layout:
    """Units by the number of their surface, with edges between texts.

    Attributes:
        surfaces: the different ones, and the edge.
        numbers: the surface of each unit and edge, shape (place,).
        neighbours: where on that axis the unit and its neighbours stand, by distance, each of shape (unit,); blanks are
            nobody's neighbour.
        sides: whether white space or an end of the text is before each unit (1) and behind it (2), shape (unit,).
    """

    surfaces: list[str]
    numbers: Indices
    neighbours: dict[int, Indices]
    sides: Indices


class SurfaceFeatures:
    """A vocabulary of features: fitted once, then applied."""

    def __init__(self) -> None:
        """Nothing is known before :meth:`fit_apply` or :meth:`restore`."""
        self._known: Codes = np.zeros(0, dtype=np.uint64)

    @property
    def n_features(self) -> int:
        """Number of features in the vocabulary."""
        return len(self._known)

    def fit_apply(self, rows: TextUnits, *, most: int) -> csr_matrix:
        """Learn the features that two units or more have, at most ``most``; return who has which, as :meth:`apply`."""
        layout = _layout(rows)
        found = [np.unique(codes[codes != _ABSENT], return_counts=True) for codes in _codes(layout)]
        known, counts = np.concatenate([codes for codes, _ in found]), np.concatenate([counts for _, counts in found])
        least = MIN_COUNT
        if len(known) > most:
            # The rarest go first, all of one count together.
            least = max(least, int(np.partition(counts, len(counts) - most - 1)[len(counts) - most - 1]) + 1)
        self._known = np.unique(known[counts >= least])
        return self._present(layout)

    def apply(self, rows: TextUnits) -> csr_matrix:
        """1 where a unit has a known feature, shape (unit, feature), float32."""
        return self._present(_layout(rows))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The vocabulary."""
        return {"features": self._known}

    def restore(self, features: NDArray[np.generic]) -> None:
        """Take over the vocabulary that :meth:`arrays` gave."""
        self._known = features.astype(np.uint64)

    def _present(self, layout: _Layout) -> csr_matrix:
        n_units, known = len(layout.sides), np.append(self._known, _ABSENT)
        rows: list[NDArray[np.int32]] = []
        columns: list[NDArray[np.int32]] = []
        for codes in _codes(layout):
            column = np.searchsorted(self._known, codes)
            row = np.flatnonzero((known[column] == codes) & (codes != _ABSENT))
            rows.append(row.astype(np.int32))
            columns.append(column[row].astype(np.int32))
        row, column = np.concatenate(rows), np.concatenate(columns)
        return csr_matrix((np.ones(len(row), dtype=np.float32), (row, column)), shape=(n_units, self.n_features))


def _layout(rows: TextUnits) -> _Layout:
    number_of = {_EDGE: 0}
    numbers: list[int] = [0] * FARTHEST
    sides: list[int] = []
    for text, edges in rows.by_text():
        for start, end in edges.tolist():
            numbers.append(number_of.setdefault(text[start:end], len(number_of)))
            before, behind = text[start - 1 : start] if start else "", text[end : end + 1]
            sides.append((not before.strip()) + 2 * (not behind.strip()))
        numbers += [0] * FARTHEST
    surfaces = list(number_of)
    places = np.arange(len(sides)) + FARTHEST * (1 + np.repeat(np.arange(len(rows.units)), np.diff(rows.units.offsets)))
    on_axis = np.array(numbers, dtype=np.int64)
    return _Layout(surfaces, on_axis, _neighbours(surfaces, on_axis, places), np.array(sides, dtype=np.int64))


def _neighbours(surfaces: list[str], numbers: Indices, places: Indices) -> dict[int, Indices]:
    is_blank = np.array([surface != _EDGE and not surface.strip() for surface in surfaces])[numbers]
    filled = np.flatnonzero(~is_blank)
    before = np.cumsum(~is_blank)[places] - ~is_blank[places]
    behind = before + ~is_blank[places]
    near = {-k: filled[before - k] for k in range(1, FARTHEST + 1)} | {0: places}
    return near | {k: filled[behind + k - 1] for k in range(1, FARTHEST + 1)}


def _codes(layout: _Layout) -> Iterator[Codes]:
    """For each template the feature of every unit, 0 where it has none, each of shape (unit,)."""
    by_surface = {
        name: np.array([_hash(name, read(surface)) for surface in layout.surfaces], dtype=np.uint64)
        for name, read in ATTRIBUTES.items()
    }
    at = {place: layout.numbers[near] for place, near in layout.neighbours.items()}
    for name, place in SINGLE:
        codes = by_surface[name][at[place]]
        yield np.where(codes == _ABSENT, _ABSENT, _mixed(codes, f"{place}"))
    for places in TOGETHER:
        codes = np.zeros_like(by_surface["lower"][at[0]])
        for place in places:
            codes = _mixed(codes, "and") ^ by_surface["lower"][at[place]]
        yield _mixed(codes, f"{places}")
    yield np.array([_hash("sides", str(side)) for side in range(4)], dtype=np.uint64)[layout.sides]


def _mixed(codes: Codes, salt: str) -> Codes:
    spread = (codes ^ np.uint64(_hash("salt", salt))) * _SPREAD
    return spread ^ (spread >> np.uint64(32))


def _hash(name: str, value: str) -> int:
    """64 bits of a name and a value; 0 for an empty value."""
    if not value:
        return 0
    return int.from_bytes(hashlib.blake2b(f"{name}\n{value}".encode("utf-8", "surrogatepass"), digest_size=8).digest())
