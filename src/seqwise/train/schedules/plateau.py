"""Lower the rate when the validation loss stops falling."""

from collections.abc import Mapping
from math import inf

from seqwise.settings.frozen import Frozen
from seqwise.settings.schedules import PlateauSettings
from seqwise.train.schedule import Schedule, ScheduleSpec, Span, warmup_factor, warmup_updates


class Plateau(Schedule):
    """``ReduceLROnPlateau`` in mode min with an absolute threshold, after an optional warm-up."""

    def __init__(self, settings: PlateauSettings, span: Span) -> None:
        """Start at the given rate, with no evaluation seen."""
        self._settings = settings
        self._n_warmup = warmup_updates(settings.warmup, span.n_updates)
        self._rate = span.rate
        self._best = inf
        self._n_bad = 0
        self._n_cooldown = 0

    def rate(self, update: int) -> float:
        """Rate of an update."""
        return self._rate * warmup_factor(update, self._n_warmup)

    def observe(self, validation_loss: float) -> None:
        """Count evaluations without a fall of ``min_delta``; lower the rate when they pass ``patience``."""
        if validation_loss < self._best - self._settings.min_delta:
            self._best = validation_loss
            self._n_bad = 0
        else:
            self._n_bad += 1
        if self._n_cooldown > 0:
            self._n_cooldown -= 1
            self._n_bad = 0
        if self._n_bad > self._settings.patience:
            lowered = self._rate * self._settings.factor
            self._rate = min(self._rate, max(lowered, self._settings.min_lr))
            self._n_cooldown = self._settings.cooldown
            self._n_bad = 0

    def state(self) -> dict[str, float]:
        """Rate, best loss and counters."""
        best = {} if self._best == inf else {"best": self._best}
        return {"rate": self._rate, "n_bad": self._n_bad, "n_cooldown": self._n_cooldown, **best}

    def restore(self, state: Mapping[str, float]) -> None:
        """Go on from a saved state."""
        self._rate = state["rate"]
        self._best = state.get("best", inf)
        self._n_bad = round(state["n_bad"])
        self._n_cooldown = round(state["n_cooldown"])


def build(settings: Frozen, span: Span) -> Schedule:
    """The schedule for these settings."""
    assert isinstance(settings, PlateauSettings)
    return Plateau(settings, span)


SCHEDULE = ScheduleSpec(name="plateau", settings=PlateauSettings, build=build, paper="")
