"""Texts to tf-idf of words and of characters inside words, side by side; vocabulary and weights are plain arrays."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from seqwise.baselines.contract import Arrays, part_of
from seqwise.baselines.ngrams import NgramRecipe, Ngrams

# As in naive_bayes: above this many characters of training text the words say enough.
MOST_CHARACTERS = 12_000_000
# A linear model keeps a weight for each n-gram and label, so the vocabulary shrinks as the labels grow: 200,000 n-grams
# of each size up to ten labels, but never fewer than 10,000.
MOST_WEIGHTS = 2_000_000
MOST_NGRAMS = 200_000
FEWEST_NGRAMS = 10_000


class TfIdf:
    """A fitted tf-idf of words and word pairs, and of runs of 2 to 4 characters inside words where texts are short.

    The weight of an n-gram that occurs c times in a text and in d of n training texts is (1 + ln c) * (1 + ln((1 + n) /
    (1 + d))); the weights of a text then have length 1 in each of the two blocks. N-grams that occur once are left out.
    The formula is scikit-learn's ``TfidfVectorizer(sublinear_tf=True)``.
    """

    def __init__(self, n_labels: int = 2) -> None:
        """Nothing is known before :meth:`fit_apply` or :meth:`restore`; ``n_labels`` bounds the vocabulary."""
        self._recipes = _recipes(n_labels)
        self._blocks: dict[str, tuple[Ngrams, NDArray[np.float32]]] = {}

    @property
    def n_features(self) -> int:
        """Number of features of all blocks."""
        return sum(ngrams.n_features for ngrams, _ in self._blocks.values())

    def fit_apply(self, texts: Sequence[str]) -> csr_matrix:
        """Learn vocabulary and weights of these texts and return their tf-idf, shape (row, feature), float32."""
        names = ["word"] if sum(map(len, texts)) > MOST_CHARACTERS else ["word", "character"]
        self._blocks, blocks = {}, []
        for name in names:
            ngrams = Ngrams(self._recipes[name])
            counts = ngrams.fit_apply(texts)
            rows_with = np.bincount(counts.indices, minlength=ngrams.n_features)
            idf = (1.0 + np.log((1 + len(texts)) / (1 + rows_with))).astype(np.float32)
            self._blocks[name] = (ngrams, idf)
            blocks.append(_weigh(counts, idf))
        return csr_matrix(hstack(blocks, format="csr"))

    def apply(self, texts: Sequence[str]) -> csr_matrix:
        """The tf-idf of texts in the known vocabulary, shape (row, feature), float32."""
        blocks = [_weigh(ngrams.apply(texts), idf) for ngrams, idf in self._blocks.values()]
        return csr_matrix(hstack(blocks, format="csr"))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Vocabulary and idf of each block."""
        return {
            f"{name}.{key}": values
            for name, (ngrams, idf) in self._blocks.items()
            for key, values in {**ngrams.arrays(), "idf": idf}.items()
        }

    def restore(self, arrays: Arrays) -> None:
        """Take over what :meth:`arrays` gave; other arrays beside them are ignored."""
        self._blocks = {}
        for name in ("word", "character"):
            own = part_of(arrays, name)
            if own:
                ngrams = Ngrams(self._recipes[name])
                ngrams.restore(own)
                self._blocks[name] = (ngrams, own["idf"].astype(np.float32))


def _recipes(n_labels: int) -> dict[str, NgramRecipe]:
    most = min(MOST_NGRAMS, max(FEWEST_NGRAMS, MOST_WEIGHTS // n_labels))
    return {
        "word": NgramRecipe(unit="word", sizes=(1, 2), min_count=2, most=most),
        "character": NgramRecipe(unit="character", sizes=(2, 3, 4), within_words=True, min_count=2, most=most),
    }


def _weigh(counts: csr_matrix, idf: NDArray[np.float32]) -> csr_matrix:
    values = (1.0 + np.log(counts.data)) * idf[counts.indices]
    weighed = csr_matrix((values, counts.indices, counts.indptr), shape=counts.shape)
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1))).ravel()
    weighed.data /= np.repeat(np.where(lengths > 0, lengths, 1.0), np.diff(weighed.indptr)).astype(np.float32)
    return weighed
