"""Each baseline against a second source: scikit-learn's own model, or a sum by hand."""

import gzip
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.special import log_softmax
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from seqwise.baselines import naive_bayes, tfidf_forest, tfidf_logistic
from seqwise.baselines.contract import FLOOR, normalised
from seqwise.baselines.folds import stratified_folds
from seqwise.baselines.members import build_baseline
from seqwise.baselines.multinomial import Multinomial
from seqwise.baselines.ngrams import NgramRecipe
from seqwise.baselines.pooling import fit_weights, log_loss_of, pool
from seqwise.baselines.trees import trees_from, trees_of

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
AUTHORS = ["EAP", "HPL", "MWS"]


def made_up(n: int, seed: int = 0, *, likeness: float = 0.5) -> tuple[list[str], np.ndarray]:
    """Texts of random words; each of three labels prefers some, the less the greater the likeness."""
    rng = np.random.default_rng(seed)
    targets = rng.integers(3, size=n)
    words = np.array([f"w{number}" for number in range(60)])
    shares = np.random.default_rng(9).dirichlet(np.full(60, likeness), size=3)
    return [" ".join(rng.choice(words, size=12, p=shares[label])) for label in targets], targets


@pytest.fixture(scope="module")
def spooky() -> tuple[list[str], np.ndarray]:
    file = DATA / "spooky" / "train.csv"
    if not file.exists():
        pytest.skip(f"{file} is not here")
    table = pl.read_csv(file)
    return table["text"].to_list(), np.array([AUTHORS.index(author) for author in table["author"]])


def test_the_prior_of_spooky_is_the_entropy_of_its_labels(spooky) -> None:
    texts, targets = spooky
    answers = build_baseline("prior").fit(texts, targets, n_labels=3, seed=0).log_probabilities(texts)
    # CAPABILITIES: the log loss of the class shares is 1.0886 on the original's rows; ours are 16,000 of them
    assert log_loss_of(answers, targets) == pytest.approx(1.0886, abs=2e-3)
    shares = np.bincount(targets) / len(targets)
    assert log_loss_of(answers, targets) == pytest.approx(-(shares * np.log(shares)).sum(), abs=1e-6)


def test_naive_bayes_is_strong_on_a_slice_of_spooky(spooky) -> None:
    texts, targets = spooky
    baseline = build_baseline("naive_bayes").fit(texts[:3000], targets[:3000], n_labels=3, seed=0)
    answers = baseline.log_probabilities(texts[3000:4000])
    # scikit-learn's pipeline of the same words, without temperature, has about 1.2 here
    assert log_loss_of(answers, targets[3000:4000]) < 0.60
    assert np.mean(answers.argmax(axis=1) == targets[3000:4000]) > 0.76


@pytest.mark.parametrize("alpha", [0.1, 1.0])
def test_one_view_of_naive_bayes_is_scikit_learns_pipeline(alpha) -> None:
    texts, targets = made_up(200)
    vectorizer = CountVectorizer(token_pattern=r"\w+|[^\w\s]", ngram_range=(1, 2), binary=True)
    theirs = make_pipeline(vectorizer, MultinomialNB(alpha=alpha)).fit(texts, targets)
    view = Multinomial(NgramRecipe(unit="word", sizes=(1, 2)))
    view.fit(texts, targets, n_labels=3)
    unseen, _ = made_up(50, seed=1)
    shares = np.log(np.bincount(targets) / len(targets))
    ours = log_softmax(view.smooth(alpha).scores(unseen) + shares, axis=1)
    np.testing.assert_allclose(ours, theirs.predict_log_proba(unseen), atol=1e-9)


def test_held_out_scores_are_those_of_a_model_without_the_fold() -> None:
    texts, targets = made_up(60)
    folds = stratified_folds(texts, targets, folds=3, seed=0)
    view = Multinomial(NgramRecipe(unit="word", sizes=(1, 2)))
    present = view.fit(texts, targets, n_labels=3)
    (held_out,) = view.held_out(present, targets, folds=folds, alphas=[0.3])
    for fold in range(3):
        own = folds == fold
        known = np.flatnonzero(present[~own].sum(axis=0))  # the others never saw the rest, and cannot weigh it
        model = MultinomialNB(alpha=0.3, fit_prior=False).fit(present[~own][:, known], targets[~own])
        wanted = present[own][:, known] @ model.feature_log_prob_.T
        np.testing.assert_allclose(held_out.scores[own], wanted, atol=1e-9)


def test_naive_bayes_is_calibrated_where_scikit_learns_is_too_sure() -> None:
    texts, targets = made_up(600, likeness=5.0)
    repeated = [f"{text} {text.replace('w', 'v')}" for text in texts]  # every word twice under two names
    baseline = build_baseline("naive_bayes").fit(repeated[:300], targets[:300], n_labels=3, seed=0)
    raw = make_pipeline(CountVectorizer(binary=True), MultinomialNB()).fit(repeated[:300], targets[:300])
    ours = log_loss_of(baseline.log_probabilities(repeated[300:]), targets[300:])
    assert ours < log_loss_of(raw.predict_log_proba(repeated[300:]), targets[300:])


def test_too_many_characters_leave_the_words_alone(monkeypatch) -> None:
    texts, targets = made_up(100)
    both = naive_bayes.NaiveBayes().fit(texts, targets, n_labels=3, seed=0)
    monkeypatch.setattr(naive_bayes, "MOST_CHARACTERS", 10)
    words = naive_bayes.NaiveBayes().fit(texts, targets, n_labels=3, seed=0)
    assert set(words.state().settings["alphas"]) == {"word"}
    assert set(both.state().settings["alphas"]) <= {"word", "character"}


def test_a_known_temperature_is_found() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(5000, 3)) * 2
    targets = (log_softmax(logits, axis=1) + rng.gumbel(size=logits.shape)).argmax(axis=1)
    weights = fit_weights(5.0 * logits[np.newaxis], targets, offset=np.zeros(3))
    assert weights == pytest.approx([0.2], rel=0.05)


def test_the_weights_are_at_the_minimum() -> None:
    rng = np.random.default_rng(1)
    scores, targets = rng.normal(size=(2, 20, 3)), rng.integers(3, size=20)
    scores[0, np.arange(20), targets] += 1.0
    weights = fit_weights(scores, targets, offset=np.zeros(3))

    def loss(moved) -> float:
        return log_loss_of(pool(scores, moved, offset=np.zeros(3)), targets) + float(moved @ moved) / 40

    for step in ([1e-3, 0], [-1e-3, 0], [0, 1e-3], [0, -1e-3]):
        assert loss(weights + np.array(step)) > loss(weights)


def test_rows_that_are_told_apart_perfectly_keep_the_weight_finite() -> None:
    scores = np.array([[[5.0, 0.0], [0.0, 5.0]]])
    assert 0 < fit_weights(scores, np.array([0, 1]), offset=np.zeros(2))[0] < 10


def test_the_floor_holds_and_rows_still_sum_to_one() -> None:
    answers = normalised(np.array([[0.0, -1000.0, -5.0]]))
    assert np.exp(answers).sum() == pytest.approx(1.0)
    assert np.exp(answers[0, 1]) == pytest.approx(FLOOR, rel=1e-6)


def test_the_linear_model_is_near_the_minimum_that_lbfgs_finds() -> None:
    texts, targets = made_up(300)
    baseline = tfidf_logistic.TfIdfLogistic().fit(texts, targets, n_labels=3, seed=0)
    strength = float(baseline.state().settings["strength"])
    features = tfidf_logistic.TfIdf(3)
    rows = features.fit_apply(texts)
    theirs = LogisticRegression(C=strength, max_iter=2000, tol=1e-8).fit(rows, targets)
    unseen, answers = made_up(300, seed=1)
    wanted = log_loss_of(theirs.predict_log_proba(features.apply(unseen)), answers)
    assert log_loss_of(baseline.log_probabilities(unseen), answers) == pytest.approx(wanted, abs=0.03)


def test_the_trees_answer_as_scikit_learns_forest() -> None:
    rng = np.random.default_rng(0)
    rows, targets = rng.normal(size=(300, 8)).astype(np.float32), rng.integers(4, size=300)
    rows[rng.random(rows.shape) < 0.7] = 0.0
    forest = ExtraTreesClassifier(20, min_samples_leaf=3, max_depth=6, random_state=0).fit(rows, targets)
    trees = trees_from(trees_of(forest.estimators_).arrays())
    np.testing.assert_allclose(trees.probabilities(rows), forest.predict_proba(rows), atol=1e-6)


def test_a_row_on_the_threshold_goes_left() -> None:
    arrays = {"roots": [0], "left": [1, -1, -1], "right": [2, -1, -1], "feature": [0, 0, 0], "threshold": [0.5, 0, 0]}
    shares = np.array([[0.5, 0.5], [1.0, 0.0], [0.0, 1.0]])
    trees = trees_from({name: np.array(values) for name, values in arrays.items()} | {"shares": shares})
    rows = np.array([[0.5], [0.4], [0.6]], dtype=np.float32)
    assert trees.probabilities(rows)[:, 0].tolist() == [1.0, 1.0, 0.0]


def test_the_forest_sees_no_more_rows_than_it_says(monkeypatch) -> None:
    monkeypatch.setattr(tfidf_forest, "MOST_ROWS", 50)
    texts, targets = made_up(200)
    seen: list[int] = []
    fit = tfidf_forest.TfIdf.fit_apply
    monkeypatch.setattr(
        tfidf_forest.TfIdf, "fit_apply", lambda self, rows: (seen.append(len(rows)), fit(self, rows))[1]
    )
    tfidf_forest.TfIdfForest().fit(texts, targets, n_labels=3, seed=0)
    assert seen == [50]


def test_naive_bayes_reads_korean_endings() -> None:
    file = DATA / "nsmc" / "ratings_train.txt.gz"
    if not file.exists():
        pytest.skip(f"{file} is not here")
    with gzip.open(file, "rt", encoding="utf-8", newline="\n") as stream:
        lines = [line.rstrip("\n").split("\t") for line in islice(stream, 1, 4001)]
    texts, targets = [line[1] for line in lines], np.array([int(line[2]) for line in lines])
    baseline = build_baseline("naive_bayes").fit(texts[:3000], targets[:3000], n_labels=2, seed=0)
    assert "character" in baseline.state().settings["alphas"]
    assert np.mean(baseline.log_probabilities(texts[3000:]).argmax(axis=1) == targets[3000:]) > 0.72
