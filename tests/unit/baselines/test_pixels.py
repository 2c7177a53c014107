"""The baseline of images against scikit-learn's own solver, and from its state."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from seqwise.baselines.pixels import STRENGTH, Pixels


def drawings(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images of 4 x 4 pixels whose brighter row tells their label, most often."""
    generator = np.random.default_rng(seed)
    targets = generator.integers(3, size=n)
    pixels = generator.integers(120, size=(n, 4, 4), dtype=np.uint8)
    pixels[np.arange(n), targets] += generator.integers(100, size=(n, 4), dtype=np.uint8)
    return pixels, targets.astype(np.int64)


def test_it_is_scikit_learns_logistic_regression() -> None:
    (pixels, targets), (unseen, _) = drawings(400, 0), drawings(50, 1)
    own = Pixels().fit(pixels, targets, n_labels=3, seed=0)
    other = LogisticRegression(C=STRENGTH, tol=1e-8, max_iter=1000).fit(pixels.reshape(400, -1) / 255, targets)
    expected = other.predict_proba(unseen.reshape(50, -1) / 255)
    np.testing.assert_allclose(np.exp(own.log_probabilities(unseen)), expected, atol=0.01)


def test_it_comes_back_from_its_state_unchanged() -> None:
    pixels, targets = drawings(60, 0)
    own, again = Pixels().fit(pixels, targets, n_labels=4, seed=0), Pixels()
    again.restore(own.state())
    found = again.log_probabilities(pixels)
    np.testing.assert_array_equal(found, own.log_probabilities(pixels))
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1.0)
