"""Events in, the points of the training curves out: thinned by means over equal spans of updates."""

from collections.abc import Sequence
from dataclasses import dataclass

from seqwise.report.facts import PlanCurve, RunFacts, StepPoint

# A figure of 400 pixels shows no more; the folded table beside it stays readable.
MOST_POINTS = 120


@dataclass(frozen=True)
class CurvePoint:
    """Mean loss and learning rate over ``n`` updates that end at ``step``."""

    step: int
    loss: float
    lr: float
    n: int


@dataclass(frozen=True)
class BestBaseline:
    """The best baseline on validation rows by log loss, which is the loss of the curves."""

    name: str
    log_loss: float


def curve(steps: Sequence[StepPoint]) -> tuple[CurvePoint, ...]:
    """At most ``MOST_POINTS`` points: each is the mean over neighbouring updates, so that no part is left out."""
    if not steps:
        return ()
    n_each = -(-len(steps) // MOST_POINTS)
    return tuple(_mean(steps[first : first + n_each]) for first in range(0, len(steps), n_each))


def _mean(group: Sequence[StepPoint]) -> CurvePoint:
    n = len(group)
    return CurvePoint(
        step=group[-1].step, loss=sum(one.loss for one in group) / n, lr=sum(one.lr for one in group) / n, n=n
    )


def thinned(plan: PlanCurve) -> tuple[tuple[int, float], ...]:
    """Planned (update, rate), at most ``MOST_POINTS``; the first, the last and the highest are always kept."""
    points = tuple(zip(plan.steps, plan.rates, strict=False))
    if len(points) <= MOST_POINTS:
        return points
    stride = -(-len(points) // (MOST_POINTS - 2))
    highest = max(points, key=lambda point: point[1])
    return tuple(sorted({*points[::stride], points[-1], highest}))


def best_baseline(facts: RunFacts) -> BestBaseline | None:
    """The baseline with the lowest log loss on validation rows; None when none has one."""
    scores = facts.scores.splits.get("validation") if facts.scores else None
    named = scores.baselines if scores else {}
    found = {name: metrics["log_loss"].value for name, metrics in named.items() if "log_loss" in metrics}
    if not found:
        return None
    name = min(found, key=found.__getitem__)
    return BestBaseline(name, found[name])
