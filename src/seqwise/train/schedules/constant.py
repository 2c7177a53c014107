"""Warm-up, then a constant rate."""

from seqwise.settings.frozen import Frozen
from seqwise.settings.schedules import ConstantSettings
from seqwise.train.schedule import Schedule, ScheduleSpec, Span, warmup_factor, warmup_updates


class Constant(Schedule):
    """Linear warm-up to the rate, which then stays."""

    def __init__(self, settings: ConstantSettings, span: Span) -> None:
        """Plan the warm-up for the real number of updates."""
        self._span = span
        self._n_warmup = warmup_updates(settings.warmup, span.n_updates)

    def rate(self, update: int) -> float:
        """Rate of an update."""
        return self._span.rate * warmup_factor(update, self._n_warmup)


def build(settings: Frozen, span: Span) -> Schedule:
    """The schedule for these settings."""
    assert isinstance(settings, ConstantSettings)
    return Constant(settings, span)


SCHEDULE = ScheduleSpec(name="constant", settings=ConstantSettings, build=build, paper="")
