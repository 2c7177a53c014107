"""statsforecast's models fitted anew on what each window sees of each channel (extra: series)."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from seqwise.baselines.numbers import last_values
from seqwise.errors import MissingExtraError
from seqwise.records import Array


def local_model(model: str, *, baseline: str) -> Callable[[Array, int, int], Array]:
    """The rule that fits a model to each channel of each window and foretells its mean.

    The last value stands where nothing changes, and where the model says that there is too little to fit, or gives no
    finite number. A season that
    the input does not hold twice is left out.

    Args:
        model: a class of statsforecast's models that takes ``season_length``.
        baseline: its name in the table, for the message.
    """

    def foretell(inputs: Array, horizon: int, season: int) -> Array:
        """Of shape (window, step, channel).

        Raises:
            MissingExtraError: if statsforecast is not installed.
        """
        fitted = _model(model, baseline, season=season if 2 * season <= inputs.shape[1] else 1)
        result = last_values(inputs, horizon)
        for window, channel in np.ndindex(inputs.shape[0], inputs.shape[2]):
            steps = _steps(fitted, inputs[window, :, channel], horizon)
            result[window, :, channel] = np.where(np.isfinite(steps), steps, result[window, :, channel])
        return result

    return foretell


def _model(model: str, baseline: str, *, season: int) -> Any:
    try:
        models = import_module("statsforecast.models")  # heavy and optional
    except ImportError as error:
        purpose = f'the baseline "{baseline}"'
        raise MissingExtraError(package="statsforecast", extra="series", purpose=purpose) from error
    return vars(models)[model](season_length=season)


def _steps(model: Any, values: Array, horizon: int) -> Array:
    """NaN where there is too little to fit."""
    if np.ptp(values) > 0:
        try:
            return model.forecast(y=np.ascontiguousarray(values), h=horizon)["mean"]
        except NotImplementedError:  # statsforecast: "tiny datasets"
            pass
    return np.full(horizon, np.nan)
