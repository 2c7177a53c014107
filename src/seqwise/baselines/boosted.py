"""Boosted trees as arrays of nodes: scikit-learn grows them, and no estimator object is needed to predict."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from seqwise.baselines.contract import Arrays
from seqwise.baselines.trees import Trees, trees_from
from seqwise.records import Array, Indices

# Rows that go through all trees at once: some 100,000 places in them.
ROWS_AT_ONCE = 1_000


@dataclass(frozen=True)
class Boosted:
    """A round is a tree for each label (one tree where there are two labels), and rounds add up.

    Attributes:
        trees: of all rounds; the one column of ``shares`` is what a node adds.
        start: what is added to, shape (tree of a round,).
    """

    trees: Trees
    start: Array

    @property
    def n_rounds(self) -> int:
        """Rounds that were grown."""
        return len(self.trees.roots) // len(self.start)

    def after_rounds(self, rows: Array) -> Array:
        """Unnormalised log scores after each round, shape (round, row, label)."""
        leaves = self.trees.leaves(rows).reshape(len(rows), self.n_rounds, len(self.start))
        added = self.trees.shares[leaves, 0].astype(np.float64)  # (row, round, tree)
        scores = self.start + added.cumsum(axis=1).transpose(1, 0, 2)
        return np.concatenate([np.zeros_like(scores), scores], axis=2) if len(self.start) == 1 else scores

    def scores(self, rows: Array) -> Array:
        """Unnormalised log scores after the last round, shape (row, label)."""
        parts = [self.after_rounds(rows[i : i + ROWS_AT_ONCE])[-1] for i in range(0, max(1, len(rows)), ROWS_AT_ONCE)]
        return np.concatenate(parts)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Nodes and start."""
        return {"start": self.start, **self.trees.arrays()}

    @classmethod
    def restored(cls, arrays: Arrays) -> Self:
        """What :meth:`arrays` was taken from; other arrays beside them are ignored."""
        return cls(trees_from(arrays), arrays["start"].astype(np.float64))


def boosted_of(model: HistGradientBoostingClassifier) -> Boosted:
    """The nodes of a fitted model of rows without NaN and without categories."""
    fitted = vars(model)  # scikit-learn has no public way to the nodes of these trees
    nodes: list[NDArray[Any]] = [tree.nodes for trees in fitted["_predictors"] for tree in trees]
    sizes = np.array([len(own) for own in nodes], dtype=np.int64)
    roots = np.cumsum(sizes) - sizes
    every, root = np.concatenate(nodes), np.repeat(roots, sizes)

    def child(name: str) -> Indices:
        return np.where(every["is_leaf"], -1, every[name] + root).astype(np.int64)

    trees = Trees(
        roots=roots,
        left=child("left"),
        right=child("right"),
        feature=every["feature_idx"].astype(np.int64),
        threshold=every["num_threshold"].astype(np.float64),
        shares=every["value"].astype(np.float32)[:, None],
    )
    return Boosted(trees, np.ravel(fitted["_baseline_prediction"]).astype(np.float64))
