"""The baseline ``unit_tag``: the most frequent tag of a unit's surface in the training texts."""

from typing import Self

import numpy as np
from scipy.sparse import csr_matrix

from seqwise.baselines.contract import (
    Baseline,
    BaselineSpec,
    BaselineState,
    TextUnits,
    label_counts,
    normalised,
    packed,
    unpacked,
)
from seqwise.records import Array, Indices


class UnitTag(Baseline[TextUnits]):
    """Says the tags that the same surface had in training, and for an unknown surface those of rare ones.

    p(tag | surface) = (n(surface, tag) + p(tag | rare)) / (n(surface) + 1), where rare surfaces are those that occur
    once (all surfaces where none does). The one thought occurrence never outvotes a real one, so the answer is the most
    frequent tag; between equals it decides.
    """

    def __init__(self) -> None:
        """Not fitted yet."""
        self._number_of: dict[str, int] = {}
        self._counts = csr_matrix((1, 1))
        self._rare: Array = np.ones(1)

    def fit(self, rows: TextUnits, targets: Indices, /, *, n_labels: int, seed: int) -> Self:
        """Count the tags of every surface; the seed plays no part."""
        del seed
        self._number_of = {}
        numbers = np.array(
            [self._number_of.setdefault(surface, len(self._number_of)) for surface in rows.surfaces()], dtype=np.int64
        )
        is_rare = np.bincount(numbers)[numbers] == 1
        rare = label_counts(targets[is_rare] if is_rare.any() else targets, n_labels)
        # The last row has no counts: it is that of an unknown surface.
        shape = (len(self._number_of) + 1, n_labels)
        self._counts = csr_matrix((np.ones(len(numbers)), (numbers, targets)), shape=shape)
        self._rare = rare / rare.sum()
        return self

    def log_probabilities(self, rows: TextUnits, /) -> Array:
        """The smoothed shares of each unit's surface, shape (unit, tag)."""
        unknown = len(self._number_of)
        numbers = np.array([self._number_of.get(surface, unknown) for surface in rows.surfaces()], dtype=np.int64)
        with np.errstate(divide="ignore"):
            return normalised(np.log(self._counts[numbers].toarray() + self._rare))

    def state(self) -> BaselineState:
        """Surfaces, their counts in sparse rows, and the shares of rare ones."""
        counts = self._counts
        sparse = {"counts": counts.data.astype(np.int64), "tags": counts.indices, "starts": counts.indptr}
        return BaselineState({}, {"surfaces": packed(list(self._number_of)), "rare": self._rare, **sparse})

    def restore(self, state: BaselineState) -> None:
        """Take over surfaces and counts."""
        arrays = state.arrays
        self._rare = arrays["rare"].astype(np.float64)
        self._number_of = {surface: number for number, surface in enumerate(unpacked(arrays["surfaces"]))}
        shape = (len(self._number_of) + 1, len(self._rare))
        counts = arrays["counts"].astype(np.float64)
        self._counts = csr_matrix((counts, arrays["tags"], arrays["starts"]), shape=shape)


BASELINE = BaselineSpec(
    name="unit_tag",
    build=UnitTag,
    paper="Church (1988), A Stochastic Parts Program, https://aclanthology.org/A88-1019/",
    tasks=("tag",),
)
