"""Rates that rise and fall in triangles."""

from math import floor

from seqwise.settings.frozen import Frozen
from seqwise.settings.schedules import CyclicSettings
from seqwise.train.schedule import Schedule, ScheduleSpec, Span


class Cyclic(Schedule):
    """Triangles between the rate and ``max_lr`` with ``step_size`` updates on each side.

    triangular keeps the height, triangular2 halves it each cycle, exp_range shrinks it by ``gamma ** update``.
    """

    def __init__(self, settings: CyclicSettings, span: Span) -> None:
        """Keep the base rate and the shape."""
        self._settings = settings
        self._base = span.rate

    def rate(self, update: int) -> float:
        """Rate of an update."""
        settings = self._settings
        cycle = floor(1 + update / (2 * settings.step_size))
        x = abs(update / settings.step_size - 2 * cycle + 1)
        height = (settings.max_lr - self._base) * max(0.0, 1 - x)
        scale = {"triangular": 1.0, "triangular2": 0.5 ** (cycle - 1), "exp_range": settings.gamma**update}
        return self._base + height * scale[settings.mode]


def build(settings: Frozen, span: Span) -> Schedule:
    """The schedule for these settings."""
    assert isinstance(settings, CyclicSettings)
    return Cyclic(settings, span)


SCHEDULE = ScheduleSpec(
    name="cyclic",
    settings=CyclicSettings,
    build=build,
    paper="Smith 2017, Cyclical learning rates (arXiv 1506.01186), section 3.1",
)
