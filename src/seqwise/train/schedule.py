"""What a learning-rate schedule offers: the rate of each update, and what it learns from evaluations."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from seqwise.settings.frozen import Frozen


class Schedule(ABC):
    """The rate of each update; a schedule that listens to evaluations keeps its state in JSON-able numbers."""

    @abstractmethod
    def rate(self, update: int) -> float:
        """Rate of the update with this number, counted from 0."""

    def observe(self, validation_loss: float) -> None:  # noqa: B027 - most schedules do not listen
        """Hear the validation loss of an evaluation."""

    def state(self) -> dict[str, float]:
        """What a resumed run must know."""
        return {}

    def restore(self, state: Mapping[str, float]) -> None:  # noqa: B027 - most schedules keep no state
        """Go back to a state given by :meth:`state`."""


@dataclass(frozen=True)
class Span:
    """What a schedule is planned for: the highest (or base) rate and the real number of updates."""

    rate: float
    n_updates: int


@dataclass(frozen=True)
class ScheduleSpec:
    """A member of the table of schedules."""

    name: str
    settings: type[Frozen]
    build: Callable[[Frozen, Span], Schedule]
    paper: str


def warmup_updates(warmup: float, n_updates: int) -> int:
    """Updates of a warm-up given as a share (below 1) or as a number (from 1 on).

    Example:
        >>> warmup_updates(0.1, 200), warmup_updates(50, 200)
        (20, 50)
    """
    return round(warmup * n_updates) if warmup < 1 else round(warmup)


def warmup_factor(update: int, n_warmup: int) -> float:
    """Share of the rate in the warm-up: (update + 1) / (n_warmup + 1), so that no update has rate 0; 1 after it."""
    return 1.0 if update >= n_warmup else (update + 1) / (n_warmup + 1)
