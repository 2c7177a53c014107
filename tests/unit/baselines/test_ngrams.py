"""N-grams against scikit-learn's CountVectorizer, and the vocabulary's way to arrays and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from seqwise.baselines import ngrams as rooms
from seqwise.baselines.ngrams import NgramRecipe, Ngrams
from seqwise.baselines.tfidf import TfIdf

TEXTS = ["The raven, the raven!", "a door; THE door", "", "재미있는  영화\n영화", "x", "raven door raven door"]


def column_sums(counts) -> list[int]:
    return sorted(np.asarray(counts.sum(axis=0)).ravel().astype(int).tolist())


@pytest.mark.parametrize("sizes", [(1,), (1, 2), (1, 2, 3)])
def test_words_are_counted_as_scikit_learn_does(sizes) -> None:
    theirs = CountVectorizer(token_pattern=r"\w+|[^\w\s]", ngram_range=(1, sizes[-1])).fit(TEXTS)
    ours = Ngrams(NgramRecipe(unit="word", sizes=sizes))
    counts = ours.fit_apply(TEXTS)
    wanted = theirs.transform(TEXTS)
    assert counts.shape == wanted.shape
    assert column_sums(counts) == column_sums(wanted)
    assert counts.sum(axis=1).ravel().tolist() == wanted.sum(axis=1).ravel().tolist()
    unseen = ["a raven at the door", "raven raven", "문"]
    assert ours.apply(unseen).sum(axis=1).tolist() == theirs.transform(unseen).sum(axis=1).tolist()


def test_characters_are_counted_as_scikit_learn_does() -> None:
    spaced = [f" {' '.join(text.split())} " for text in TEXTS]
    wanted = CountVectorizer(analyzer="char", ngram_range=(2, 4)).fit_transform(spaced)
    counts = Ngrams(NgramRecipe(unit="character", sizes=(2, 3, 4))).fit_apply(TEXTS)
    assert counts.shape == wanted.shape
    assert column_sums(counts) == column_sums(wanted)


def test_characters_within_words_are_counted_as_scikit_learn_does() -> None:
    wanted = CountVectorizer(analyzer="char_wb", ngram_range=(2, 3)).fit_transform(TEXTS)
    counts = Ngrams(NgramRecipe(unit="character", sizes=(2, 3), within_words=True)).fit_apply(TEXTS)
    assert counts.shape == wanted.shape
    assert column_sums(counts) == column_sums(wanted)


@given(st.lists(st.text(alphabet="ab ,가나\u0085\U0001f600", max_size=12), max_size=6))
def test_fitting_and_applying_agree_on_any_text(texts) -> None:
    for unit in ("word", "character"):
        ours = Ngrams(NgramRecipe(unit=unit, sizes=(1, 2, 3)))
        counts = ours.fit_apply(texts)
        assert (counts != ours.apply(texts)).nnz == 0


def test_the_vocabulary_survives_as_arrays() -> None:
    ours = Ngrams(NgramRecipe(unit="word", sizes=(1, 2)))
    ours.fit_apply(TEXTS)
    other = Ngrams(ours.recipe)
    other.restore(ours.arrays())
    assert other.n_features == ours.n_features
    assert (other.apply(TEXTS) != ours.apply(TEXTS)).nnz == 0


def test_rare_ngrams_are_left_out_all_of_one_count_together() -> None:
    texts = ["a a a", "b b", "c c", "d"]
    assert Ngrams(NgramRecipe(unit="word", sizes=(1,), min_count=2)).fit_apply(texts).shape[1] == 3
    assert Ngrams(NgramRecipe(unit="word", sizes=(1,), most=3)).fit_apply(texts).shape[1] == 3
    assert Ngrams(NgramRecipe(unit="word", sizes=(1,), most=2)).fit_apply(texts).shape[1] == 1


def test_codes_too_large_to_pack_are_grouped_alike(monkeypatch) -> None:
    packed = Ngrams(NgramRecipe(unit="character", sizes=(1, 2, 3))).fit_apply(TEXTS)
    monkeypatch.setattr(rooms, "_BITS", 4)
    sorted_apart = Ngrams(NgramRecipe(unit="character", sizes=(1, 2, 3))).fit_apply(TEXTS)
    assert (packed != sorted_apart).nnz == 0


def test_tf_idf_is_scikit_learns() -> None:
    texts = ["the raven the raven the", "the door", "raven door the", "the snow"]
    features = TfIdf(n_labels=2)
    ours = features.fit_apply(texts)
    vectorizer = TfidfVectorizer(token_pattern=r"\w+|[^\w\s]", ngram_range=(1, 2), sublinear_tf=True)
    counted = CountVectorizer(token_pattern=r"\w+|[^\w\s]", ngram_range=(1, 2)).fit(texts)
    kept = np.asarray(counted.transform(texts).sum(axis=0)).ravel() >= 2  # n-grams that occur once are left out
    vectorizer.set_params(
        vocabulary=[word for word, is_kept in zip(sorted(counted.vocabulary_), kept, strict=True) if is_kept]
    )
    wanted = vectorizer.fit_transform(texts).toarray()
    words = ours[:, : wanted.shape[1]].toarray()
    np.testing.assert_allclose(words @ words.T, wanted @ wanted.T, atol=1e-6)
