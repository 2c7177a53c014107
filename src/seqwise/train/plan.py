"""The learning-rate plan: the schedule built by name and simulated for the real number of updates before the first."""

from typing import cast

import numpy as np

from seqwise import catalog
from seqwise.records import PlanFacts
from seqwise.settings.schedules import CosineSettings, CyclicSettings, LinearSettings, ScheduleSettings
from seqwise.train.schedule import Schedule, ScheduleSpec, Span, warmup_updates
from seqwise.train.schedules import SCHEDULES


def build_schedule(settings: ScheduleSettings, *, learning_rate: float, n_updates: int) -> Schedule:
    """The schedule that the settings name, for this rate and the real number of updates."""
    loaded = catalog.load("seqwise.train.schedules", settings.name, constant="SCHEDULE", table=SCHEDULES)
    return cast("ScheduleSpec", loaded).build(settings, Span(rate=learning_rate, n_updates=n_updates))


def simulate(settings: ScheduleSettings, *, learning_rate: float, n_updates: int) -> PlanFacts:
    """Every rate that the run will use, if no evaluation changes it.

    Returns:
        The plan; ``rates`` has shape (update,).
    """
    schedule = build_schedule(settings, learning_rate=learning_rate, n_updates=n_updates)
    declared = settings.total_updates if isinstance(settings, LinearSettings | CosineSettings) else None
    warmup = 0.0 if isinstance(settings, CyclicSettings) else settings.warmup
    return PlanFacts(
        schedule=settings.name,
        peak=settings.max_lr if isinstance(settings, CyclicSettings) else learning_rate,
        n_updates=n_updates,
        n_warmup=warmup_updates(warmup, declared or n_updates),
        rates=np.array([schedule.rate(update) for update in range(n_updates)], dtype=np.float64),
        declared_updates=declared,
    )
