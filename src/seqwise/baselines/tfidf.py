"""Tf-idf of n-grams: counts to rows of length 1, from a vocabulary and one weight an n-gram."""

from collections.abc import Sequence
from typing import final

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.preprocessing import normalize

from seqwise.baselines.contract import BaselineState
from seqwise.baselines.naive_bayes import restored_ngrams
from seqwise.baselines.ngrams import NgramRecipe, Ngrams


@final
class Tfidf:
    """``(1 + log count) * idf``, rows scaled to length 1, with ``idf = log((1 + n) / (1 + rows with it)) + 1``.

    As scikit-learn's ``TfidfVectorizer(sublinear_tf=True)`` (Salton and Buckley 1988).
    """

    def __init__(self, ngrams: Ngrams, idf: np.ndarray) -> None:
        self.ngrams = ngrams
        self.idf = idf

    def apply(self, texts: Sequence[str]) -> csr_matrix:
        """Rows of tf-idf, shape (row, n-gram)."""
        return _weighed(self.ngrams.apply(texts), self.idf)

    def state(self) -> BaselineState:
        """Vocabulary and weights."""
        return BaselineState(
            settings={"recipe": vars(self.ngrams.recipe)}, arrays={**self.ngrams.arrays(), "idf": self.idf}
        )


def fit_tfidf(texts: Sequence[str], recipe: NgramRecipe) -> tuple[Tfidf, csr_matrix]:
    """Learn vocabulary and weights of these texts; returns their rows too."""
    ngrams = Ngrams(recipe)
    counts = ngrams.fit_apply(texts)
    n_rows_with = np.bincount(counts.indices, minlength=ngrams.n_features)
    idf = (np.log((1 + len(texts)) / (1 + n_rows_with)) + 1).astype(np.float32)
    return Tfidf(ngrams, idf), _weighed(counts, idf)


def restore_tfidf(state: BaselineState) -> Tfidf:
    """Take over a state that holds :meth:`Tfidf.state`."""
    return Tfidf(restored_ngrams(state), state.arrays["idf"].astype(np.float32))


def _weighed(counts: csr_matrix, idf: np.ndarray) -> csr_matrix:
    rows = counts.copy()
    rows.data = (1 + np.log(rows.data)) * idf[rows.indices]
    return csr_matrix(normalize(rows, copy=False))
