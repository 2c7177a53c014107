"""The baseline ``tfidf_forest``: a random forest on the most telling tf-idf features, calibrated out of bag."""

from collections.abc import Sequence
from typing import Self, cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.feature_selection import chi2

from seqwise.baselines.contract import (
    Baseline,
    BaselineSpec,
    BaselineState,
    label_counts,
    log_shares,
    normalised,
)
from seqwise.baselines.pooling import fit_weights, pool
from seqwise.baselines.tfidf import TfIdf
from seqwise.baselines.trees import Trees, trees_from, trees_of
from seqwise.records import Array, Indices

# What keeps the forest to seconds: it sees this many training rows at most, drawn by seed, and this many features.
MOST_ROWS = 10_000
MOST_FEATURES = 1_000
N_TREES = 100
# Trees on texts are ladders ("has this word? no; that one? no; ..."): without an end a walk takes hundreds of steps.
DEEPEST = 40
SMALLEST_LEAF = 3
# Rows that are made dense and go through all trees at once: 100,000 places in the forest, which stay in the cache.
ROWS_AT_ONCE = 1_000


class TfIdfForest(Baseline[Sequence[str]]):
    """Extremely randomised trees on the 1,000 tf-idf features that tell the labels apart best (chi-squared).

    It is fitted on at most 10,000 training rows, drawn by seed. The mean of many trees is too modest, so
    p(label | text) is proportional to share(label) * (forest(label | text) / share(label)) ** weight, with the
    weight fitted on the
    answers of those trees that have not drawn the row. Where the forest is worth nothing the weight is 0.
    """

    def __init__(self) -> None:
        """Not fitted yet."""
        self._log_prior = np.zeros(1)
        self._weight: Array = np.zeros(1)
        self._features = TfIdf()
        self._columns: Indices = np.zeros(0, dtype=np.int64)
        self._labels: Indices = np.zeros(0, dtype=np.int64)
        self._trees: Trees | None = None

    def fit(self, texts: Sequence[str], targets: Indices, /, *, n_labels: int, seed: int) -> Self:
        """Draw rows, choose features, grow trees, fit the temperature."""
        self._log_prior = normalised(log_shares(label_counts(targets, n_labels))[np.newaxis, :])[0]
        chosen = _draw(len(texts), seed)
        numbers: list[int] = chosen.tolist()
        texts, targets = [texts[row] for row in numbers], targets[chosen]
        self._features = TfIdf(n_labels)
        rows = self._features.fit_apply(texts)
        self._labels, self._weight, self._trees = np.unique(targets), np.zeros(1), None
        if self._features.n_features and len(self._labels) > 1:
            self._columns = _most_telling(rows, targets)
            self._grow(rows[:, self._columns].toarray(), targets, seed=seed)
        return self

    def log_probabilities(self, texts: Sequence[str], /) -> Array:
        """Class shares and the forest's weighted answer, floored, shape (row, label)."""
        scores = np.zeros((len(texts), len(self._log_prior)))
        if self._trees is not None:
            rows = self._features.apply(texts)[:, self._columns]
            for start in range(0, len(texts), ROWS_AT_ONCE):
                block = slice(start, start + ROWS_AT_ONCE)
                scores[block] = self._evidence(self._trees.probabilities(rows[block].toarray()))
        return normalised(pool(scores[np.newaxis], self._weight, offset=self._log_prior))

    def state(self) -> BaselineState:
        """Vocabulary and idf, chosen columns, nodes of the trees, class shares and weight."""
        trees = {} if self._trees is None else self._trees.arrays()
        own = {"log_prior": self._log_prior, "weight": self._weight, "columns": self._columns, "labels": self._labels}
        settings = {"n_labels": len(self._log_prior), "has_trees": self._trees is not None}
        return BaselineState(settings, {**self._features.arrays(), **trees, **own})

    def restore(self, state: BaselineState) -> None:
        """Take over vocabulary, trees and weight."""
        self._features = TfIdf(cast("int", state.settings["n_labels"]))
        self._features.restore(state.arrays)
        self._log_prior = state.arrays["log_prior"].astype(np.float64)
        self._weight = state.arrays["weight"].astype(np.float64)
        self._columns = state.arrays["columns"].astype(np.int64)
        self._labels = state.arrays["labels"].astype(np.int64)
        self._trees = trees_from(state.arrays) if state.settings["has_trees"] else None

    def _grow(self, rows: NDArray[np.float32], targets: Indices, *, seed: int) -> None:
        forest = ExtraTreesClassifier(
            N_TREES,
            min_samples_leaf=SMALLEST_LEAF,
            max_depth=DEEPEST,
            bootstrap=True,
            oob_score=True,
            random_state=seed,
            n_jobs=-1,
        )
        forest.fit(rows, targets)
        self._trees = trees_of(forest.estimators_)
        evidence = self._evidence(forest.oob_decision_function_)
        self._weight = np.maximum(fit_weights(evidence[np.newaxis], targets, offset=self._log_prior), 0.0)

    def _evidence(self, answers: Array) -> Array:
        """Logarithm of the forest's answer over the class shares, shape (row, label).

        The shares count as one tree more, so that no answer is impossible.
        """
        probabilities = np.tile(np.exp(self._log_prior), (len(answers), 1))
        probabilities[:, self._labels] += N_TREES * answers
        return np.log(probabilities / (N_TREES + 1)) - self._log_prior


def _draw(n_rows: int, seed: int) -> Indices:
    if n_rows <= MOST_ROWS:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(seed).permutation(n_rows)[:MOST_ROWS])


def _most_telling(rows: csr_matrix, targets: Indices) -> Indices:
    """Columns with the largest chi-squared statistic against the labels, shape (feature,)."""
    statistic = chi2(rows, targets)[0]
    return np.sort(np.argsort(-statistic, kind="stable")[:MOST_FEATURES])


BASELINE = BaselineSpec(
    name="tfidf_forest",
    build=TfIdfForest,
    paper="Geurts, Ernst and Wehenkel (2006), Extremely Randomized Trees, https://doi.org/10.1007/s10994-006-6226-1",
)
