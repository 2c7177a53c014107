"""The baseline ``naive_bayes``: multinomial, on words and on characters, pooled and calibrated out of fold."""

from collections.abc import Mapping, Sequence
from typing import Self, cast

import numpy as np

from seqwise.baselines.contract import (
    Baseline,
    BaselineSpec,
    BaselineState,
    label_counts,
    log_shares,
    normalised,
    part_of,
)
from seqwise.baselines.folds import stratified_folds
from seqwise.baselines.multinomial import HeldOut, Multinomial
from seqwise.baselines.ngrams import NgramRecipe
from seqwise.baselines.pooling import fit_weights, log_loss_of, pool
from seqwise.records import Array, Indices

FOLDS = 5
ALPHAS = (0.03, 0.1, 0.3, 1.0)
# Above this many characters of training text the character view is left out: it would take minutes, and where texts are
# so many or so long the words say enough (25,000 film reviews hold 33 million).
MOST_CHARACTERS = 12_000_000
# Counts are kept for each n-gram and label, so the vocabulary shrinks as the labels grow: 1,000,000 n-grams of each
# size for two labels, but never fewer than 20,000.
MOST_COUNTS = 2_000_000
FEWEST_NGRAMS = 20_000


class NaiveBayes(Baseline[Sequence[str]]):
    """One multinomial model of the words and word pairs, one of the runs of 2 to 5 characters, weighted and added up.

    p(label | text) is proportional to share(label) * product over views of p(text | label) ** weight. Naive Bayes
    counts the same evidence again and again, so it is far too sure; a weight of 1 / temperature mends that.
    Smoothing and
    weights are chosen on log-probabilities of training rows by counts that do not hold them (and hold no copy of their
    text). A view with a negative weight, or whose absence does not raise the out-of-fold loss, is left out. A text with
    no known n-gram gets the class shares.
    """

    def __init__(self) -> None:
        """Not fitted yet."""
        self._log_prior = np.zeros(1)
        self._views: dict[str, Multinomial] = {}
        self._weights: Array = np.zeros(0)

    def fit(self, texts: Sequence[str], targets: Indices, /, *, n_labels: int, seed: int) -> Self:
        """Count, then choose smoothing, views and weights out of fold."""
        shares = log_shares(label_counts(targets, n_labels))
        self._log_prior = normalised(shares[np.newaxis, :])[0]
        folds = stratified_folds(texts, targets, folds=FOLDS, seed=seed)
        views: dict[str, Multinomial] = {}
        held_out: dict[str, Array] = {}
        for name, recipe in _recipes(texts, n_labels).items():
            views[name] = Multinomial(recipe)
            present = views[name].fit(texts, targets, n_labels=n_labels)
            tried = views[name].held_out(present, targets, folds=folds, alphas=ALPHAS)
            best = min(tried, key=lambda one: self._loss(one, targets))
            views[name].smooth(best.alpha)
            held_out[name] = best.scores
        chosen, self._weights = self._choose(held_out, targets)
        self._views = {name: views[name] for name in chosen}
        return self

    def log_probabilities(self, texts: Sequence[str], /) -> Array:
        """Class shares plus the weighted views, normalised, shape (row, label)."""
        scores = np.stack([view.scores(texts) for view in self._views.values()])
        return normalised(pool(scores, self._weights, offset=self._log_prior))

    def state(self) -> BaselineState:
        """Recipes, smoothing and weights; vocabularies and counts by view."""
        arrays = {
            f"{name}.{key}": values for name, view in self._views.items() for key, values in view.arrays().items()
        }
        settings = {
            "n_labels": len(self._log_prior),
            "alphas": {name: view.alpha for name, view in self._views.items()},
        }
        return BaselineState(settings, {**arrays, "log_prior": self._log_prior, "weights": self._weights})

    def restore(self, state: BaselineState) -> None:
        """Take over counts, smoothing and weights."""
        alphas = cast("Mapping[str, float]", state.settings["alphas"])
        recipes = _all_recipes(cast("int", state.settings["n_labels"]))
        self._log_prior = state.arrays["log_prior"].astype(np.float64)
        self._weights = state.arrays["weights"].astype(np.float64)
        self._views = {}
        for name, alpha in alphas.items():
            self._views[name] = Multinomial(recipes[name])
            self._views[name].restore(part_of(state.arrays, name), alpha=alpha)

    def _loss(self, one: HeldOut, targets: Indices) -> float:
        scores = one.scores[np.newaxis]
        weights = fit_weights(scores, targets, offset=self._log_prior)
        return log_loss_of(pool(scores, weights, offset=self._log_prior), targets)

    def _choose(self, held_out: Mapping[str, Array], targets: Indices) -> tuple[tuple[str, ...], Array]:
        """The views with the smallest out-of-fold loss among those whose weights are positive, and their weights."""
        words = ("word",)
        options = [words] if len(held_out) == 1 else [words, ("character",), ("word", "character")]
        best, best_weights, best_loss = words, np.zeros(1), np.inf
        for names in options:
            scores = np.stack([held_out[name] for name in names])
            weights = fit_weights(scores, targets, offset=self._log_prior)
            loss = log_loss_of(pool(scores, weights, offset=self._log_prior), targets)
            if loss < best_loss and weights.min() > 0:
                best, best_weights, best_loss = names, weights, loss
        return best, best_weights


def _all_recipes(n_labels: int) -> dict[str, NgramRecipe]:
    most = max(FEWEST_NGRAMS, MOST_COUNTS // max(2, n_labels))
    return {
        "word": NgramRecipe(unit="word", sizes=(1, 2), most=most),
        "character": NgramRecipe(unit="character", sizes=(2, 3, 4, 5), most=most),
    }


def _recipes(texts: Sequence[str], n_labels: int) -> dict[str, NgramRecipe]:
    recipes = _all_recipes(n_labels)
    if sum(map(len, texts)) > MOST_CHARACTERS:
        del recipes["character"]
    return recipes


BASELINE = BaselineSpec(
    name="naive_bayes",
    build=NaiveBayes,
    paper="McCallum and Nigam (1998), A Comparison of Event Models for Naive Bayes Text Classification, "
    "https://www.cs.cmu.edu/~knigam/papers/multinomial-aaaiws98.pdf; Guo et al. (2017), "
    "On Calibration of Modern Neural Networks, https://arxiv.org/abs/1706.04599",
)
