"""A random forest on the main directions of tf-idf; its trees are kept as plain arrays."""

from collections.abc import Sequence
from typing import Self, final

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import RandomForestClassifier

from seqwise.baselines.contract import Baseline, BaselineSpec, BaselineState
from seqwise.baselines.features import weighing_recipe
from seqwise.baselines.tfidf import Tfidf, fit_tfidf, restore_tfidf
from seqwise.records import Array, Indices

# Limits that keep the fit to seconds: a forest gains little from more, and stands far behind the linear model on texts.
MOST_NGRAMS, N_DIRECTIONS, N_TREES, DEEPEST = 10_000, 64, 60, 14
MOST_ROWS = 20_000
TREE_ARRAYS = ("left", "right", "feature", "threshold", "shares", "roots")


@final
class TfidfForest(Baseline):
    """Random forest (Breiman 2001), 60 trees on 64 directions of tf-idf (Deerwester et al. 1990), at most 20,000 rows.

    Leaves give label shares, their mean is the answer, mixed with one part in (rows + 1) of the uniform distribution so
    that no probability is 0.
    """

    def __init__(self) -> None:
        self._tfidf: Tfidf | None = None
        self._directions = np.zeros((0, 0), dtype=np.float32)
        self._trees: dict[str, np.ndarray] = {}
        self._floor = 1e-6

    def fit(self, texts: Sequence[str], targets: Indices, *, n_labels: int, seed: int) -> Self:
        """Fit on at most 20,000 rows, drawn by the seed."""
        rng = np.random.Generator(np.random.Philox(key=seed))
        chosen: Indices = np.sort(rng.permutation(len(texts))[:MOST_ROWS])
        numbers: list[int] = chosen.tolist()
        sample = [texts[row] for row in numbers]
        self._tfidf, rows = fit_tfidf(sample, weighing_recipe(sample, most=MOST_NGRAMS))
        self._directions = _main_directions(rows, self._tfidf.ngrams.n_features, seed=seed)
        forest = RandomForestClassifier(N_TREES, max_depth=DEEPEST, min_samples_leaf=2, random_state=seed)
        forest.fit(self._reduced(sample), targets[chosen])
        self._trees = _tree_arrays(forest, n_labels)
        self._floor = 1.0 / (len(sample) + 1)
        return self

    def log_probabilities(self, texts: Sequence[str]) -> Array:
        """Log of the mean label shares of the leaves, shape (row, label)."""
        trees, points = self._trees, self._reduced(texts)
        n_labels = trees["shares"].shape[1]
        total = np.zeros((len(texts), n_labels))
        rows = np.arange(len(texts))
        for root in trees["roots"]:
            place = np.full(len(texts), root)
            for _ in range(DEEPEST):
                is_left = points[rows, trees["feature"][place]] <= trees["threshold"][place]
                place = np.where(is_left, trees["left"][place], trees["right"][place])
            total += trees["shares"][place]
        shares = total / total.sum(axis=1, keepdims=True)
        return np.log((1 - self._floor) * shares + self._floor / n_labels)

    def state(self) -> BaselineState:
        """Vocabulary, idf, directions and trees."""
        assert self._tfidf is not None
        inner = self._tfidf.state()
        return BaselineState(
            settings={**inner.settings, "floor": self._floor},
            arrays={**inner.arrays, "directions": self._directions, **self._trees},
        )

    def restore(self, state: BaselineState) -> None:
        """Take over a state."""
        self._tfidf = restore_tfidf(state)
        self._directions = state.arrays["directions"].astype(np.float32)
        self._trees = {name: state.arrays[name] for name in TREE_ARRAYS}
        self._floor = float(str(state.settings["floor"]))

    def _reduced(self, texts: Sequence[str]) -> np.ndarray:
        assert self._tfidf is not None
        return np.asarray(self._tfidf.apply(texts) @ self._directions, dtype=np.float32)


def _main_directions(rows: csr_matrix, n_ngrams: int, *, seed: int) -> np.ndarray:
    """Right singular vectors, shape (n-gram, direction); one of zeros where there are too few rows or n-grams."""
    n_directions = min(N_DIRECTIONS, len(rows.indptr) - 2, n_ngrams - 1)
    if n_directions < 1:
        return np.zeros((n_ngrams, 1), dtype=np.float32)
    svd = TruncatedSVD(n_directions, n_iter=2, random_state=seed).fit(rows)
    return np.ascontiguousarray(np.asarray(svd.components_, dtype=np.float32).T)


def _tree_arrays(forest: RandomForestClassifier, n_labels: int) -> dict[str, np.ndarray]:
    """All trees on one axis; a leaf is its own child on both sides, so a walk may go on past it."""
    parts: dict[str, list[np.ndarray]] = {name: [] for name in TREE_ARRAYS}
    first = 0
    for estimator in forest.estimators_:
        tree = estimator.tree_
        own = np.arange(tree.node_count)
        is_leaf = tree.children_left < 0
        shares = np.zeros((tree.node_count, n_labels))
        shares[:, forest.classes_] = tree.value[:, 0] / tree.value[:, 0].sum(axis=1, keepdims=True)
        parts["left"].append(np.where(is_leaf, own, tree.children_left) + first)
        parts["right"].append(np.where(is_leaf, own, tree.children_right) + first)
        parts["feature"].append(np.where(is_leaf, 0, tree.feature))
        parts["threshold"].append(tree.threshold)
        parts["shares"].append(shares)
        parts["roots"].append(np.array([first]))
        first += tree.node_count
    return {name: np.concatenate(values) for name, values in parts.items()}


def build() -> Baseline:
    """A forest baseline, not fitted."""
    return TfidfForest()


BASELINE = BaselineSpec(name="tfidf_forest", build=build, paper="Breiman 2001, Random forests")
