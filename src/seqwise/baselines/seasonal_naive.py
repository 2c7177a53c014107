"""The baseline ``seasonal_naive``: the value of the last season of the input at the step's place in the season."""

from functools import partial

import numpy as np

from seqwise.baselines.numbers import FromInput, NumberBaselineSpec, last_values
from seqwise.records import Array


def _seasonal(inputs: Array, horizon: int, season: int) -> Array:
    """The last value where the input does not reach back a season."""
    places = inputs.shape[1] - season + np.arange(horizon) % season
    return np.where((places >= 0)[:, None], inputs[:, np.maximum(places, 0)], last_values(inputs, horizon))


BASELINE = NumberBaselineSpec(
    name="seasonal_naive",
    build=partial(FromInput, _seasonal),
    paper="Hyndman and Athanasopoulos (2021), Forecasting: principles and practice, section 5.2, https://otexts.com/fpp3",
)
