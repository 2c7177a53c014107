"""The baseline ``drift``: the line through the first and the last value of the input goes on."""

from functools import partial

import numpy as np

from seqwise.baselines.numbers import FromInput, NumberBaselineSpec, last_values
from seqwise.records import Array


def _drift(inputs: Array, horizon: int, season: int) -> Array:
    del season
    slopes = (inputs[:, -1:] - inputs[:, :1]) / max(1, inputs.shape[1] - 1)
    return last_values(inputs, horizon) + slopes * np.arange(1, horizon + 1)[:, None]


BASELINE = NumberBaselineSpec(
    name="drift",
    build=partial(FromInput, _drift),
    paper="Hyndman and Athanasopoulos (2021), Forecasting: principles and practice, section 5.2, https://otexts.com/fpp3",
)
