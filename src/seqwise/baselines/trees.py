"""A fitted forest as arrays of nodes, and its answer to rows: no estimator object is needed to predict."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from seqwise.baselines.contract import Arrays
from seqwise.records import Array, Indices

_LEAF = -1


@dataclass(frozen=True)
class Trees:
    """All nodes of all trees on one axis; a leaf has no left child and holds the shares of the labels.

    Attributes:
        roots: node number of each tree's root, shape (tree,).
        left: node where a row goes whose feature is at most the threshold, -1 for a leaf, shape (node,).
        right: node where every other row goes, shape (node,).
        feature: the column that a node looks at, shape (node,).
        threshold: shape (node,).
        shares: share of each label among a node's training rows, shape (node, label).
    """

    roots: Indices
    left: Indices
    right: Indices
    feature: Indices
    threshold: Array
    shares: NDArray[np.float32]

    def probabilities(self, rows: NDArray[np.float32]) -> Array:
        """Mean of the trees' answers, shape (row, label)."""
        return self.shares[self.leaves(rows)].mean(axis=1, dtype=np.float64)

    def leaves(self, rows: NDArray[np.float32] | Array) -> Indices:
        """The node where each row ends in each tree, shape (row, tree)."""
        n_trees = len(self.roots)
        nodes = np.tile(self.roots, len(rows))  # (row * tree,)
        row_of = np.repeat(np.arange(len(rows)), n_trees)
        moving = np.flatnonzero(self.left[nodes] != _LEAF)
        while len(moving):
            here = nodes[moving]
            is_left = rows[row_of[moving], self.feature[here]] <= self.threshold[here]
            there = np.where(is_left, self.left[here], self.right[here])
            nodes[moving] = there
            moving = moving[self.left[there] != _LEAF]
        return nodes.reshape(len(rows), n_trees)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The nodes, in types that are just wide enough."""
        return {
            "roots": self.roots.astype(np.int32),
            "left": self.left.astype(np.int32),
            "right": self.right.astype(np.int32),
            "feature": self.feature.astype(np.int32),
            "threshold": self.threshold,
            "shares": self.shares,
        }


def trees_of(estimators: Sequence[DecisionTreeClassifier]) -> Trees:
    """The nodes of scikit-learn's fitted trees."""
    fitted = [estimator.tree_ for estimator in estimators]
    sizes = np.array([tree.node_count for tree in fitted], dtype=np.int64)
    roots = np.cumsum(sizes) - sizes
    values = np.concatenate([tree.value[:, 0, :] for tree in fitted])
    return Trees(
        roots=roots,
        left=_placed([tree.children_left for tree in fitted], roots),
        right=_placed([tree.children_right for tree in fitted], roots),
        feature=np.concatenate([tree.feature for tree in fitted]).astype(np.int64),
        threshold=np.concatenate([tree.threshold for tree in fitted]).astype(np.float64),
        shares=(values / values.sum(axis=1, keepdims=True)).astype(np.float32),
    )


def trees_from(arrays: Arrays) -> Trees:
    """The nodes that :meth:`Trees.arrays` gave; other arrays beside them are ignored."""
    return Trees(
        roots=arrays["roots"].astype(np.int64),
        left=arrays["left"].astype(np.int64),
        right=arrays["right"].astype(np.int64),
        feature=arrays["feature"].astype(np.int64),
        threshold=arrays["threshold"].astype(np.float64),
        shares=arrays["shares"].astype(np.float32),
    )


def _placed(children: Sequence[Indices], roots: Indices) -> Indices:
    """Node numbers of one tree turned into node numbers of the forest."""
    moved = [np.where(own == _LEAF, _LEAF, own + root) for own, root in zip(children, roots.tolist(), strict=True)]
    return np.concatenate(moved).astype(np.int64)
