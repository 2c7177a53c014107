"""Predictions in, reliability out: how often a model is right where it says how sure it is."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from seqwise.evaluate import calibration as calibrating
from seqwise.evaluate.calibration import Bin
from seqwise.evaluate.metrics import log_loss
from seqwise.records import Array, Calibration, Indices, Predictions

# The probabilities before the temperature are made anew from those after it. They are shown only when their log loss
# is the recorded one up to this share; where it is not, something was clipped or the file holds something else.
TOLERANCE = 0.01


@dataclass(frozen=True)
class Reliability:
    """Reliability of one split as predicted and, where it can be made anew, before the temperature."""

    split: str
    after: tuple[Bin, ...]
    before: tuple[Bin, ...] = ()


def reliability(split: str, predictions: Predictions, *, calibrations: Iterable[Calibration]) -> Reliability | None:
    """The reliability of one split, or None when the truth is unknown, there are no rows, or a number is not finite."""
    truth, probabilities = predictions.truth, predictions.probabilities
    if truth is None or len(truth) == 0 or not np.isfinite(probabilities).all():
        return None
    calibration = next((one for one in calibrations if one.split == split), None)
    raw = _before(probabilities, truth, calibration)
    return Reliability(
        split=split,
        after=tuple(calibrating.reliability(truth, probabilities)),
        before=() if raw is None else tuple(calibrating.reliability(truth, raw)),
    )


def _before(probabilities: Array, truth: Indices, calibration: Calibration | None) -> Array | None:
    """Probabilities before the logits were divided by the temperature, shape (row, label).

    A temperature T turns logits z into softmax(z / T); dividing the log-probabilities by 1 / T undoes it, because
    softmax does not see a constant that is added to all logits.
    """
    if calibration is None or calibration.temperature <= 0 or calibration.temperature == 1.0:
        return None
    raw = calibrating.apply_temperature(probabilities, 1.0 / calibration.temperature)
    recorded = calibration.log_loss_before
    return raw if abs(log_loss(truth, raw) - recorded) <= TOLERANCE * recorded else None
