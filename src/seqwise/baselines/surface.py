"""The baseline ``surface``: logistic regression on what units and their neighbours look like."""

from typing import Self

import numpy as np

from seqwise.baselines.contract import Baseline, BaselineSpec, BaselineState, TextUnits, normalised
from seqwise.baselines.logistic import LinearScores, fit_logistic
from seqwise.baselines.surface_features import SurfaceFeatures
from seqwise.records import Array, Indices

# Held-out log loss at C of 0.3, 1 and 3: 0.192, 0.174, 0.188 for English EWT's parts of speech; KLUE's entities 0.228
# at 1 and 0.246 at 3. wnut17 would have less, 0.328 against 0.353 at 1, with fewer entities found.
STRENGTH = 1.0
# Ten passes fewer cost 0.004 (EWT) and 0.003 (KLUE) of it.
PASSES = 20
# Bounds the state: 32 MB of weights. A quarter of it would cost KMOU 0.009 of entity F1 (0.724, 0.733).
MOST_WEIGHTS = 8_000_000


class Surface(Baseline[TextUnits]):
    """Multinomial logistic regression, each unit by itself: no tag looks at another tag.

    Words, shapes, beginnings and ends of the unit and of two neighbours to each side: the features of Ratnaparkhi
    (1996), without the tags before.
    """

    def __init__(self) -> None:
        """Not fitted yet."""
        self._features = SurfaceFeatures()
        self._scores = LinearScores(np.zeros((1, 0)), np.zeros(1))

    def fit(self, rows: TextUnits, targets: Indices, /, *, n_labels: int, seed: int) -> Self:
        """Learn the features and their weights."""
        present = self._features.fit_apply(rows, most=MOST_WEIGHTS // n_labels)
        self._scores = fit_logistic(present, targets, n_labels=n_labels, strength=STRENGTH, passes=PASSES, seed=seed)
        return self

    def log_probabilities(self, rows: TextUnits, /) -> Array:
        """Log-softmax of the linear scores, floored, shape (unit, tag)."""
        return normalised(self._scores.of(self._features.apply(rows)))

    def state(self) -> BaselineState:
        """Features, weights (float32) and bias."""
        own = {"weights": self._scores.weights.astype(np.float32), "bias": self._scores.bias}
        return BaselineState({}, {**self._features.arrays(), **own})

    def restore(self, state: BaselineState) -> None:
        """Take over features and weights."""
        self._features = SurfaceFeatures()
        self._features.restore(state.arrays["features"])
        weights, bias = (state.arrays[name].astype(np.float64) for name in ("weights", "bias"))
        self._scores = LinearScores(weights, bias)


BASELINE = BaselineSpec(
    name="surface",
    build=Surface,
    paper="Ratnaparkhi (1996), A Maximum Entropy Model for Part-of-Speech Tagging, https://aclanthology.org/W96-0213/",
    tasks=("tag",),
)
