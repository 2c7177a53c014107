"""Calibration: one temperature for all logits, and how often a stated confidence is right."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from seqwise.answers import Answers, Translations
from seqwise.evaluate.metrics import N_BINS, confidence_bins, wilson
from seqwise.records import Array, Indices
from seqwise.series_records import Forecasts

COLDEST, HOTTEST = 0.05, 20.0
# Log-probabilities below this are as good as never; it keeps 0 out of the logarithm.
FLOOR = 1e-30
LEAST_SCALE = 1e-12


@dataclass(frozen=True)
class Bin:
    """Rows whose confidence lies in [low, high): how many, their mean confidence, and how often they are right."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float
    interval_low: float
    interval_high: float


def fit_temperature(probabilities: Array, truth: Indices) -> float:
    """The temperature that lowers the log loss most (Guo et al. 2017, arXiv 1706.04599, section 4.2), 0.05 to 20.

    Fit it on validation rows only. It is 1 when nothing is gained on the rows it is fitted on, and where all of them
    are right: the colder, the better then, without end, and how sure one may be is not in the data.
    """
    if (probabilities.argmax(axis=1) == truth).all():
        return 1.0
    logits = np.log(np.maximum(probabilities, FLOOR))
    rows = np.arange(len(truth))

    def loss(log_temperature: float) -> float:
        return float(-np.mean(log_softmax(logits / np.exp(log_temperature), axis=1)[rows, truth]))

    found = minimize_scalar(loss, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x)) if float(found.fun) < loss(0.0) else 1.0


def apply_temperature(probabilities: Array, temperature: float) -> Array:
    """Probabilities after their logits are divided by the temperature, shape (row, label); 1 changes nothing."""
    if temperature == 1.0:
        return probabilities
    scaled = np.maximum(probabilities, FLOOR) ** (1.0 / temperature)  # exp(log p / temperature)
    return scaled / scaled.sum(axis=1, keepdims=True)


def reliability(truth: Indices, probabilities: Array, *, n_bins: int = N_BINS) -> list[Bin]:
    """The filled bins of equal width over the confidence, with Wilson intervals of 95 %."""
    bins = confidence_bins(probabilities, n_bins=n_bins)
    confidence = probabilities.max(axis=1)
    is_right = probabilities.argmax(axis=1) == truth
    filled: list[Bin] = []
    for number in np.unique(bins).tolist():
        chosen = bins == number
        n, hits = int(chosen.sum()), int(is_right[chosen].sum())
        low, high = wilson(hits, n)
        filled.append(
            Bin(
                low=number / n_bins,
                high=(number + 1) / n_bins,
                n=n,
                confidence=float(confidence[chosen].mean()),
                accuracy=hits / n,
                interval_low=low,
                interval_high=high,
            )
        )
    return filled


def fit_shifts(forecasts: Forecasts) -> tuple[float, ...]:
    """How far each quantile is moved so that its share of the truths lies below it, in naive errors of training.

    The shift of a level is that level's quantile of what the truth lies above the forecast quantile, over all windows,
    steps and channels: conformalised quantile regression (Romano, Patterson and Candes 2019,
    https://arxiv.org/abs/1905.03222, section 4) on each end by itself. Fit it on validation windows only.

    Returns:
        One a level; () for points, or where no scale is known.
    """
    if forecasts.quantiles is None or forecasts.truth is None or forecasts.scales is None:
        return ()
    scales = np.maximum(forecasts.scales, LEAST_SCALE)[:, None]
    errors = (forecasts.truth[..., None] - forecasts.quantiles) / scales[..., None]  # (window, step, channel, level)
    return tuple(float(np.nanquantile(errors[..., i], level)) for i, level in enumerate(forecasts.levels))


def shifted(forecasts: Forecasts, shifts: Sequence[float]) -> Forecasts:
    """The forecasts with their quantiles moved, still growing; points stay where they are."""
    if not shifts or forecasts.quantiles is None or forecasts.scales is None:
        return forecasts
    moved = forecasts.quantiles + np.array(shifts) * np.maximum(forecasts.scales, LEAST_SCALE)[:, None, :, None]
    return replace(forecasts, quantiles=np.sort(moved, axis=-1))


def calibrated(answers: Answers, temperature: float, *, shifts: Sequence[float]) -> Answers:
    """The answers as validation has taught: probabilities with the temperature, quantiles moved; texts as they are."""
    if isinstance(answers, Forecasts):
        return shifted(answers, shifts)
    if isinstance(answers, Translations):
        return answers
    return replace(answers, probabilities=apply_temperature(answers.probabilities, temperature))
