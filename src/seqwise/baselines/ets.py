"""The baseline ``ets``: exponential smoothing of each window, its form chosen by the corrected Akaike criterion."""

from functools import partial

from seqwise.baselines.local_models import local_model
from seqwise.baselines.numbers import FromInput, NumberBaselineSpec

BASELINE = NumberBaselineSpec(
    name="ets",
    build=partial(FromInput, local_model("AutoETS", baseline="ets")),
    paper="Hyndman, Koehler, Snyder and Grose (2002), A state space framework for automatic forecasting using "
    "exponential smoothing methods, https://doi.org/10.1016/S0169-2070(01)00110-8",
)
