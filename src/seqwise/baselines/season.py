"""The baseline ``season``: the state one season before each step, or as many seasons as the input must be gone back."""

from functools import partial

from seqwise.baselines.contract import BaselineSpec
from seqwise.baselines.repeated import RepeatedState
from seqwise.baselines.states import last_of_phase
from seqwise.records import Indices
from seqwise.series_records import SeenWindows


def _one_season_before(windows: SeenWindows) -> Indices:
    return last_of_phase(windows, windows.season)


BASELINE = BaselineSpec(
    name="season",
    build=partial(RepeatedState, _one_season_before),
    paper="",
    tasks=("forecast",),
)
