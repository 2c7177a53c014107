"""Warm-up, then half a cosine down to a floor."""

from math import cos, pi

from seqwise.settings.frozen import Frozen
from seqwise.settings.schedules import CosineSettings
from seqwise.train.schedule import Schedule, ScheduleSpec, Span, warmup_factor, warmup_updates


class Cosine(Schedule):
    """Rises to the rate in the warm-up and falls along half a cosine to ``floor`` times the rate."""

    def __init__(self, settings: CosineSettings, span: Span) -> None:
        """Plan for ``total_updates`` where the settings name them, else for the real number."""
        self._rate = span.rate
        self._floor = settings.floor
        self._total = settings.total_updates or span.n_updates
        self._n_warmup = warmup_updates(settings.warmup, self._total)

    def rate(self, update: int) -> float:
        """Rate of an update."""
        if update < self._n_warmup:
            return self._rate * warmup_factor(update, self._n_warmup)
        done = min(1.0, (update - self._n_warmup) / max(1, self._total - self._n_warmup))
        return self._rate * (self._floor + (1 - self._floor) * 0.5 * (1 + cos(pi * done)))


def build(settings: Frozen, span: Span) -> Schedule:
    """The schedule for these settings."""
    assert isinstance(settings, CosineSettings)
    return Cosine(settings, span)


SCHEDULE = ScheduleSpec(
    name="cosine",
    settings=CosineSettings,
    build=build,
    paper="Loshchilov and Hutter 2017, SGDR (arXiv 1608.03983), equation 5, without restarts",
)
