"""The baseline ``naive``: the last value of the input at every step."""

from functools import partial

from seqwise.baselines.numbers import FromInput, NumberBaselineSpec, last_values
from seqwise.records import Array


def _naive(inputs: Array, horizon: int, season: int) -> Array:
    del season
    return last_values(inputs, horizon)


BASELINE = NumberBaselineSpec(name="naive", build=partial(FromInput, _naive), paper="")
