"""What a baseline offers: fit on rows, log-probabilities out, and a state of plain settings and arrays (no pickle).

A row is what gets a label: a text, a unit inside a text (a word that gets a tag), or a step that a window foretells.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from seqwise.records import Array, FlatUnits, Indices, pick
from seqwise.series_records import MISSING, SeenWindows
from seqwise.spans.schemes import Scheme

Arrays = Mapping[str, NDArray[np.generic]]
RowsT = TypeVar("RowsT", bound=Sized, contravariant=True)

# Rows that a baseline is asked for at once: about 10 kB each while it counts their n-grams.
AT_ONCE = 65_536
# No probability of a baseline is smaller (before the row is made to sum to 1 again). One row that a baseline holds for
# impossible then costs at most 20.7 in log loss, not infinity. Too small to change a score that is otherwise finite.
FLOOR = 1e-9


@dataclass(frozen=True)
class BaselineState:
    """A fitted baseline: ``settings`` can be written as JSON, ``arrays`` as npz or safetensors."""

    settings: Mapping[str, object]
    arrays: Arrays


@dataclass(frozen=True)
class TextUnits:
    """The units of texts, each of them a row: what a baseline of tags learns from and is asked for.

    Attributes:
        texts: raw.
        units: their edges in these texts.
        tags: the names of the label numbers.
        scheme: what the tags mean as entities; None where every unit has a tag of its own, such as parts of speech.
    """

    texts: Sequence[str]
    units: FlatUnits
    tags: tuple[str, ...]
    scheme: Scheme | None

    def __len__(self) -> int:
        """Number of units."""
        return len(self.units.edges)

    def surfaces(self) -> list[str]:
        """What stands in the text of each unit."""
        return [text[start:end] for text, edges in self.by_text() for start, end in edges.tolist()]

    def by_text(self) -> Iterator[tuple[str, Indices]]:
        """Each text, and the edges of its units, shape (unit, 2)."""
        offsets = self.units.offsets.tolist()
        for i, text in enumerate(self.texts):
            yield text, self.units.edges[offsets[i] : offsets[i + 1]]

    def where(self, is_taken: NDArray[np.bool_]) -> "TextUnits":
        """The same for some of the texts; ``is_taken`` has the shape (text,)."""
        lengths = np.diff(self.units.offsets)
        edges = self.units.edges[np.repeat(is_taken, lengths)]
        units = FlatUnits(edges, np.concatenate([[0], np.cumsum(lengths[is_taken])]))
        return TextUnits(pick(self.texts, np.flatnonzero(is_taken)), units, self.tags, self.scheme)

    def parts(self, most: int) -> Iterator["TextUnits"]:
        """The same in one or more pieces of whole texts, of ``most`` units each or of one text that has more."""
        offsets, first = self.units.offsets, 0
        while True:
            last = max(first + 1, int(np.searchsorted(offsets, offsets[first] + most, side="right")) - 1)
            inside = offsets[first : last + 1]
            edges = self.units.edges[inside[0] : inside[-1]]
            yield TextUnits(self.texts[first:last], FlatUnits(edges, inside - inside[0]), self.tags, self.scheme)
            first = last
            if first >= len(self.texts):
                return


class Baseline(ABC, Generic[RowsT]):
    """A model of labels given rows that is fitted in seconds and can be written down without pickle.

    ``RowsT`` is what it reads: ``Sequence[str]``, one text a row; :class:`TextUnits`; ``SeenWindows`` of states, whose
    rows are the steps to come of each window; pixels, one image a row; or ``Sized`` if it only counts.
    """

    @abstractmethod
    def fit(self, rows: RowsT, targets: Indices, /, *, n_labels: int, seed: int) -> Self:
        """Learn from training rows and return self.

        Args:
            rows: at least one.
            targets: label numbers in 0 .. n_labels - 1, shape (row,); not every label has to occur. Of series also
                ``MISSING``, which is not counted.
            n_labels: number of labels, also those that no training row has.
            seed: the same seed and rows give the same baseline.
        """

    @abstractmethod
    def log_probabilities(self, rows: RowsT, /) -> Array:
        """Natural logarithms of the labels' probabilities, shape (row, label).

        Every row is finite and its probabilities sum to 1; none is smaller than about :data:`FLOOR`.
        """

    @abstractmethod
    def state(self) -> BaselineState:
        """All that :meth:`restore` needs."""

    @abstractmethod
    def restore(self, state: BaselineState) -> None:
        """Become the baseline that :meth:`state` was taken from; predictions are identical."""


@dataclass(frozen=True)
class BaselineSpec:
    """A member of this folder, in the constant ``BASELINE`` of its file; ``tasks`` are those whose rows it reads."""

    name: str
    build: Callable[[], Baseline[Any]]
    paper: str
    tasks: tuple[str, ...] = ("classify",)


def normalised(scores: Array) -> Array:
    """Log-probabilities of unnormalised log scores, floored at :data:`FLOOR`, shape (row, label).

    Args:
        scores: shape (row, label); minus infinity stands for an impossible label, but not for all labels of a row.

    Example:
        >>> import numpy as np
        >>> np.exp(normalised(np.array([[0.0, 0.0]]))).tolist()
        [[0.5, 0.5]]
    """
    floored = np.maximum(scores - logsumexp(scores, axis=1, keepdims=True), np.log(FLOOR))
    return floored - logsumexp(floored, axis=1, keepdims=True)


def ask(baseline: Baseline[Any], rows: Sequence[str] | TextUnits | SeenWindows | NDArray[np.uint8]) -> Array:
    """Log-probabilities of any number of rows in bounded memory beside the result, shape (row, label)."""
    if isinstance(rows, TextUnits):
        parts = rows.parts(AT_ONCE)
    elif isinstance(rows, SeenWindows):
        parts = window_parts(rows, max(1, AT_ONCE // max(1, rows.horizon)))
    else:
        parts = (rows[i : i + AT_ONCE] for i in range(0, max(1, len(rows)), AT_ONCE))
    return np.concatenate([baseline.log_probabilities(part) for part in parts])


def window_parts(windows: SeenWindows, most: int) -> Iterator[SeenWindows]:
    """The same in one or more pieces of ``most`` windows each."""
    n_windows = len(windows.times)
    for start in range(0, max(1, n_windows), most):
        yield windows.where(np.arange(start, min(start + most, n_windows)))


def label_counts(targets: Indices, n_labels: int) -> Indices:
    """Training rows of each label, shape (label,); rows whose label is ``MISSING`` are left out."""
    return np.bincount(targets[targets != MISSING], minlength=n_labels).astype(np.int64)


def log_shares(counts: Indices) -> Array:
    """Logarithms of the shares of counts, minus infinity for a label without rows, shape (label,).

    Where there is no row at all, all labels have the same share.
    """
    counts = counts if counts.any() else np.ones_like(counts)
    with np.errstate(divide="ignore"):
        return np.log(counts / counts.sum())


def part_of(arrays: Arrays, name: str) -> dict[str, NDArray[np.generic]]:
    """The arrays whose names begin with ``name.``, without that beginning."""
    start = f"{name}."
    return {key.removeprefix(start): values for key, values in arrays.items() if key.startswith(start)}


def packed(strings: Sequence[str]) -> NDArray[np.uint8]:
    """Any strings as the bytes of a JSON list, for the arrays of a state."""
    return np.frombuffer(json.dumps(list(strings)).encode("ascii"), dtype=np.uint8)


def unpacked(content: NDArray[np.generic]) -> list[str]:
    """The strings that :func:`packed` was given."""
    return json.loads(content.tobytes())
