"""The baseline of images against scikit-learn's own solver, and from its state."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from seqwise.baselines.logistic import HeldOut, choose_strength
from seqwise.baselines.pixels import STRENGTHS, Pixels


def drawings(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images of 4 x 4 pixels whose brighter row tells their label, most often."""
    generator = np.random.default_rng(seed)
    targets = generator.integers(3, size=n)
    pixels = generator.integers(120, size=(n, 4, 4), dtype=np.uint8)
    pixels[np.arange(n), targets] += generator.integers(100, size=(n, 4), dtype=np.uint8)
    return pixels, targets.astype(np.int64)


def test_it_is_scikit_learns_logistic_regression_of_some_strength() -> None:
    (pixels, targets), (unseen, _) = drawings(400, 0), drawings(50, 1)
    own = np.exp(Pixels().fit(pixels, targets, n_labels=3, seed=0).log_probabilities(unseen))
    others = [
        LogisticRegression(C=strength, tol=1e-8, max_iter=1000).fit(pixels.reshape(400, -1) / 255, targets)
        for strength in STRENGTHS
    ]
    differences = [np.abs(own - other.predict_proba(unseen.reshape(50, -1) / 255)).max() for other in others]
    assert min(differences) < 0.05  # twenty passes are near the end, not at it


@pytest.mark.parametrize(("is_learnable", "best"), [(True, 100.0), (False, 1e-2)])
def test_the_strength_is_the_one_that_holds_on_rows_not_learned_from(is_learnable: bool, best: float) -> None:
    pixels, targets = drawings(100, 0)
    if not is_learnable:
        targets = np.random.default_rng(2).permutation(targets)
    divided = HeldOut(csr_matrix(pixels.reshape(100, -1) / 255), targets, np.arange(100) % 5 == 0)
    assert choose_strength((1e-2, 100.0), divided, n_labels=3, passes=100, seed=0) == best


def test_it_comes_back_from_its_state_unchanged() -> None:
    pixels, targets = drawings(60, 0)
    own, again = Pixels().fit(pixels, targets, n_labels=4, seed=0), Pixels()
    again.restore(own.state())
    found = again.log_probabilities(pixels)
    np.testing.assert_array_equal(found, own.log_probabilities(pixels))
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1.0)
