"""Correlations of learnt vectors, and the band that those of unrelated vectors stay within."""

import numpy as np
from scipy.stats import t as student

from seqwise.records import Array


def correlations(embedding: Array, *, confidence: float = 0.95) -> tuple[Array, float]:
    """Pearson's correlation of each pair of rows, and its noise band.

    Of two unrelated rows of d normal numbers, r sqrt((d - 2) / (1 - r²)) has Student's t distribution with d - 2
    degrees of freedom (Fisher 1915, Biometrika 10, 507-521, https://doi.org/10.2307/2331838). For large d the band is
    1.96 / sqrt(d). It holds for one pair: of twenty unrelated pairs one is expected outside.

    Args:
        embedding: a row a vector, shape (vector, dimension), two rows and three dimensions or more.
        confidence: share of unrelated pairs within the band.

    Returns:
        Shape (vector, vector), NaN for a row that does not vary; and the band: from minus to plus this number.

    Raises:
        ValueError: if there are fewer rows or dimensions.

    Example:
        >>> round(correlations(np.random.default_rng(0).normal(size=(4, 768)))[1], 3)
        0.071
    """
    if embedding.ndim != 2 or embedding.shape[0] < 2 or embedding.shape[1] < 3:
        raise ValueError(f"an embedding of shape {embedding.shape}: give two rows and three dimensions or more")
    freedom = embedding.shape[1] - 2
    edge = float(student.ppf((1 + confidence) / 2, freedom))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.corrcoef(embedding)), edge / float(np.sqrt(freedom + edge**2))
