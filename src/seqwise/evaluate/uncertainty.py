"""Intervals and paired tests: every metric is a function of sums over rows, so one resampling of the rows serves all.

The bootstrap (Efron 1979) draws as many rows as there are, with replacement. A draw is a count for each row, so the
sums of all metrics of all systems are one matrix product, and the same draws serve model and baselines: the test is
paired.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, norm
from scipy.stats import t as student

from seqwise.evaluate.tallies import Tally
from seqwise.records import Array, Indices, Predictions

# Counts held at once: 4 million numbers of 8 bytes.
MOST_COUNTS = 4_000_000
# Two equal systems differ by rounding alone; a difference of this size is none.
NOTHING = 1e-9


@dataclass(frozen=True)
class Resampled:
    """Values of each metric in each draw: metric to shape (draw,)."""

    values: Mapping[str, Array]

    def interval(self, metric: str, confidence: float) -> tuple[float, float]:
        """The percentile interval of a metric."""
        return percentile_interval(self.values[metric], confidence)


def percentile_interval(values: Array, confidence: float) -> tuple[float, float]:
    """The middle ``confidence`` of the values."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def paired_interval(differences: Array, confidence: float, *, n_rows: int) -> tuple[float, float]:
    """The percentile interval of a difference in each draw, and with 0 in it where the rows are too few to tell.

    Of two equally good systems one is ahead on every one of n rows with probability 0.5 ** (n - 1) (the sign test). So
    below 6 rows nothing is shown with a confidence of 95 %, however far ahead one is. The bootstrap does not know that;
    and of few rows its percentiles are too narrow, see :func:`expanded`.

    Args:
        differences: shape (draw,).
        confidence: of the interval, 0 to 1.
        n_rows: rows on which the two systems differ.
    """
    low, high = percentile_interval(differences, expanded(confidence, n_rows))
    if 0.5 ** (n_rows - 1) > 1 - confidence:
        return min(low, 0.0), max(high, 0.0)
    return low, high


def expanded(confidence: float, n_rows: int) -> float:
    """The confidence whose percentiles hold a mean of so few rows as often as was asked.

    Hesterberg 2015, What Teachers Should Know About the Bootstrap, https://arxiv.org/abs/1411.5279, section 4.1.2: the
    bootstrap's deviation is too small by the root of (n - 1) / n, and Student's quantiles are wider than normal ones.

    Example:
        >>> [round(expanded(0.95, n), 3) for n in (6, 10, 40, 1000)]
        [0.995, 0.983, 0.959, 0.95]
    """
    if n_rows < 2:
        return confidence
    quantile = student.ppf((1 + confidence) / 2, n_rows - 1) * sqrt(n_rows / (n_rows - 1))
    return float(2 * norm.cdf(quantile) - 1)


def resample(systems: Sequence[Tally], *, n_draws: int, seed: int) -> list[Resampled]:
    """Draw the rows ``n_draws`` times, the same rows for every system; the rows must be the same.

    Returns:
        For each system its metrics in every draw.
    """
    widths = np.cumsum([system.table.shape[1] for system in systems])[:-1]
    sums = draw_sums(np.concatenate([system.table for system in systems], axis=1), n_draws=n_draws, seed=seed)
    parts = np.split(sums, widths, axis=1)
    return [Resampled(system.metrics(part)) for system, part in zip(systems, parts, strict=True)]


def draw_sums(table: Array, *, n_draws: int, seed: int) -> Array:
    """Sums over as many rows as there are, drawn with replacement; the same seed draws the same rows of any table.

    Args:
        table: what each row adds to each sum, shape (row, sum).
        n_draws: of the bootstrap.
        seed: of the draws.

    Returns:
        Shape (draw, sum).
    """
    rng = np.random.default_rng(seed)
    return np.concatenate([_draw(rng, n, len(table)) @ table for n in _portions(n_draws, len(table))])


def differing_rows(model: Tally, other: Tally, *, metric: str) -> NDArray[np.bool_]:
    """Which rows add something else to this metric, shape (row,); the others do not say which system is better."""
    ours, theirs = (system.table[:, system.parts[metric]] for system in (model, other))
    if ours.shape != theirs.shape:  # entities of a label that one system alone finds
        return np.ones(len(ours), dtype=np.bool_)
    return np.abs(ours - theirs).max(axis=1) > NOTHING


def mcnemar(model: Predictions, other: Predictions) -> float:
    """Two-sided p of the exact McNemar test (1947) that both are right equally often; 1 if they never differ."""
    assert model.truth is not None
    is_right, other_is_right = model.predicted == model.truth, other.predicted == model.truth
    only_model = int(np.sum(is_right & ~other_is_right))
    only_other = int(np.sum(~is_right & other_is_right))
    if only_model + only_other == 0:
        return 1.0
    return float(binomtest(only_model, only_model + only_other, 0.5).pvalue)


def diebold_mariano(differences: Array, *, units: Indices, times: Indices, horizon: int) -> tuple[float, float]:
    """Statistic and two-sided p that two forecasts are equally good, from the differences of their losses.

    F. Diebold, R. Mariano, "Comparing Predictive Accuracy", 1995, https://doi.org/10.1080/07350015.1995.10524599, with
    the correction and Student's t of D. Harvey, S. Leybourne, P. Newbold, "Testing the equality of prediction mean
    squared errors", 1997, https://doi.org/10.1016/S0169-2070(96)00719-4. Losses of one unit depend on each other within
    a horizon. Beyond the papers, units are pooled and taken as independent: the products that make up the variance, and
    the pairs that the correction counts, are those within a unit. Of one window a unit this is the paired t test.

    Args:
        differences: loss of one less that of the other, of each window, shape (window,).
        units: number of each window's unit, shape (window,).
        times: position of each window on the axis of time, shape (window,); none twice in a unit.
        horizon: steps that a window forecasts.

    Returns:
        Both NaN where the variance is not positive, which too few windows can make it.
    """
    n, mean = len(differences), float(differences.mean())
    rows, columns = np.unique(units, return_inverse=True)[1], times - times.min()
    centred, known = np.zeros((2, rows.max() + 1, columns.max() + 1))
    centred[rows, columns], known[rows, columns] = differences - mean, 1.0
    total, n_pairs = float((centred**2).sum()), float(n)
    for lag in range(1, min(horizon, known.shape[1])):
        total += 2 * float((centred[:, lag:] * centred[:, :-lag]).sum())
        n_pairs += 2 * float((known[:, lag:] * known[:, :-lag]).sum())
    correction = 1 - n_pairs / n**2
    if total <= 0 or correction <= 0:
        return float("nan"), float("nan")
    statistic = mean * n * float(np.sqrt(correction / total))
    return statistic, float(2 * student.sf(abs(statistic), n - 1))


def _portions(n_draws: int, n_rows: int) -> list[int]:
    most = max(1, MOST_COUNTS // max(1, n_rows))
    return [min(most, n_draws - start) for start in range(0, n_draws, most)]


def _draw(rng: np.random.Generator, n_draws: int, n_rows: int) -> Array:
    """How often each row is drawn, shape (draw, row)."""
    drawn: Indices = rng.integers(n_rows, size=(n_draws, n_rows))
    drawn += np.arange(n_draws)[:, None] * n_rows
    return np.bincount(drawn.ravel(), minlength=n_draws * n_rows).reshape(n_draws, n_rows).astype(np.float64)
