"""Correlations and their band, beside scipy and beside drawn noise."""

import numpy as np
import pytest
from scipy.stats import pearsonr

from seqwise.evaluate.correlations import correlations


def test_the_band_holds_95_of_100_correlations_of_noise():
    for n_dimensions in (6, 64):
        matrix, band = correlations(np.random.default_rng(0).normal(size=(300, n_dimensions)))
        outside = np.abs(matrix[np.triu_indices(300, 1)]) > band
        assert outside.mean() == pytest.approx(0.05, abs=0.005)


def test_a_correlation_on_the_band_has_the_p_value_of_scipy():
    vectors = np.random.default_rng(1).normal(size=(2, 20))
    matrix, _ = correlations(vectors)
    p = pearsonr(*vectors)
    assert matrix[0, 1] == pytest.approx(p.statistic)
    assert correlations(vectors, confidence=1 - p.pvalue)[1] == pytest.approx(abs(p.statistic))


def test_for_many_dimensions_the_band_is_that_of_the_normal_distribution():
    assert correlations(np.random.default_rng(0).normal(size=(2, 768)))[1] == pytest.approx(1.96 / 768**0.5, rel=2e-3)


@pytest.mark.parametrize("shape", [(1, 9), (4, 2), (4,)])
def test_too_few_vectors_or_dimensions_are_refused(shape):
    with pytest.raises(ValueError, match="give two rows and three dimensions or more"):
        correlations(np.ones(shape))
