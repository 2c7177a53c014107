"""Contestants take turns A B A B in one process; medians, ranges and paired ratios come out. No torch here."""

import math
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Step = Callable[[], float]


@dataclass(frozen=True)
class Options:
    """What the command line says of how long to measure.

    Attributes:
        turns: rounds in which each contestant has its turn.
        seconds: of a turn at least.
        rows: how much work there is where a benchmark has a fixed amount; 0: the amount that its figures stand for.
    """

    turns: int = 5
    seconds: float = 8.0
    rows: int = 0

    def spreads(self) -> str:
        """What medians and ranges are over, where turns have a time."""
        return f"Medians and ranges over {self.turns} turns of {self.seconds:g} s or more."

    def passes(self) -> str:
        """What medians and ranges are over, where a turn is all of the work once."""
        return f"Medians and ranges over {self.turns} turns, each all of the work once."


@dataclass(frozen=True)
class Spread:
    """A median with the lowest and the highest of its values."""

    median: float
    low: float
    high: float

    def times(self, factor: float) -> "Spread":
        """All three, multiplied by a positive factor."""
        return Spread(self.median * factor, self.low * factor, self.high * factor)


@dataclass(frozen=True)
class Turn:
    """What a contestant did in one turn."""

    units: float
    seconds: float

    @property
    def rate(self) -> float:
        """Units a second."""
        return self.units / self.seconds


@dataclass(frozen=True)
class Watch:
    """What a turn is timed with: a clock, and a wait for work that a device still has to do."""

    clock: Callable[[], float] = time.perf_counter
    finish: Callable[[], None] = field(default=lambda: None)


def take_turns(steps: Mapping[str, Step], *, turns: int, seconds: float, watch: Watch) -> dict[str, list[Turn]]:
    """One step of each that is not counted, then rounds in which each has its turn.

    Args:
        steps: name to a function that does one step and returns the units of work in it.
        turns: rounds.
        seconds: a turn ends with the first step that ends after this time, so it has one step at least.
        watch: what times.
    """
    for name, step in steps.items():
        step()
        print(f"warm: {name}", file=sys.stderr, flush=True)
    taken: dict[str, list[Turn]] = {name: [] for name in steps}
    for number in range(turns):
        for name, step in steps.items():
            taken[name].append(take_turn(step, seconds=seconds, watch=watch))
        print(f"turn {number + 1} of {turns}", file=sys.stderr, flush=True)
    return taken


def take_turn(step: Step, *, seconds: float, watch: Watch) -> Turn:
    """Steps until the time is over."""
    watch.finish()
    units, began = 0.0, watch.clock()
    while True:
        units += step()
        if watch.clock() - began >= seconds:
            break
    watch.finish()
    elapsed = watch.clock() - began
    # Not before the clock is read: on a GPU the units may be a tensor that is still being computed.
    return Turn(units=float(units), seconds=elapsed)


def spread(values: Sequence[float]) -> Spread:
    """Median and range of at least one value."""
    return Spread(median=statistics.median(values), low=min(values), high=max(values))


def rates(turns: Sequence[Turn]) -> Spread:
    """Units a second over the turns."""
    return spread([turn.rate for turn in turns])


def ratios(ours: Sequence[Turn], theirs: Sequence[Turn]) -> Spread:
    """How many times our rate is theirs, turn beside turn, so that what slows the machine slows both."""
    return spread([a.rate / b.rate for a, b in zip(ours, theirs, strict=True)])


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that is not below this share of the values (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


def loss_after(n_examples: int, examples: Sequence[int], losses: Sequence[float], *, window: int) -> float:
    """Mean loss over the last ``window`` of the first ``n_examples`` examples of a run.

    Args:
        n_examples: the same for all runs that are compared, and not more than any of them has seen.
        examples: of each batch; a batch that reaches out of the window counts with the part inside.
        losses: mean of each batch.
        window: examples to average over, as one batch says little.
    """
    total, weight, end = 0.0, 0, 0
    for count, loss in zip(examples, losses, strict=True):
        begin, end = end, end + count
        inside = max(0, min(end, n_examples) - max(begin, n_examples - window))
        total, weight = total + inside * loss, weight + inside
    return total / weight


def straight_line(x: Sequence[float], y: Sequence[float]) -> tuple[float, float, float]:
    """Least squares: slope, value at 0, and the share of the variance that the line explains."""
    line = statistics.linear_regression(x, y)
    return line.slope, line.intercept, statistics.correlation(x, y) ** 2
