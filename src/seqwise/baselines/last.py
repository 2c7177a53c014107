"""The baseline ``last``: the last known state of the input at every step, as sure as it was right at that step."""

from functools import partial

from seqwise.baselines.contract import BaselineSpec
from seqwise.baselines.repeated import RepeatedState
from seqwise.baselines.states import last_of_phase

BASELINE = BaselineSpec(
    name="last",
    build=partial(RepeatedState, partial(last_of_phase, season=1)),
    paper="",
    tasks=("forecast",),
)
