"""Warm-up, then a straight line down to zero."""

from seqwise.settings.frozen import Frozen
from seqwise.settings.schedules import LinearSettings
from seqwise.train.schedule import Schedule, ScheduleSpec, Span, warmup_factor, warmup_updates


class Linear(Schedule):
    """Rises to the rate in the warm-up, falls in equal steps, and would be 0 one update after the last."""

    def __init__(self, settings: LinearSettings, span: Span) -> None:
        """Plan for ``total_updates`` where the settings name them, else for the real number."""
        self._rate = span.rate
        self._total = settings.total_updates or span.n_updates
        self._n_warmup = warmup_updates(settings.warmup, self._total)

    def rate(self, update: int) -> float:
        """Rate of an update."""
        if update < self._n_warmup:
            return self._rate * warmup_factor(update, self._n_warmup)
        left = (self._total - update) / max(1, self._total - self._n_warmup)
        return self._rate * max(0.0, left)


def build(settings: Frozen, span: Span) -> Schedule:
    """The schedule for these settings."""
    assert isinstance(settings, LinearSettings)
    return Linear(settings, span)


SCHEDULE = ScheduleSpec(
    name="linear", settings=LinearSettings, build=build, paper="Devlin et al. 2019, BERT, appendix A.2"
)
