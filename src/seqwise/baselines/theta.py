"""The baseline ``theta``: the Theta method on each window, its form chosen by squared error."""

from functools import partial

from seqwise.baselines.local_models import local_model
from seqwise.baselines.numbers import FromInput, NumberBaselineSpec

BASELINE = NumberBaselineSpec(
    name="theta",
    build=partial(FromInput, local_model("AutoTheta", baseline="theta")),
    paper="Fiorucci et al. (2016), Models for optimising the theta method and their relationship to state space "
    "models, https://doi.org/10.1016/j.ijforecast.2016.02.005",
)
