"""Where a run stands: the counters that a checkpoint keeps, the best evaluation, and when to stop."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

from seqwise.records import EvaluationPoint


@dataclass
class Standing:
    """Counters of a run; all of it goes into a checkpoint and comes back unchanged."""

    step: int = 0
    epoch: int = 0
    done_in_epoch: int = 0
    n_tokens: int = 0
    n_skipped: int = 0
    loss_sum: float = 0.0
    loss_weight: float = 0.0
    n_worse: int = 0
    best_step: int = -1
    best_metric: float = -inf
    is_over: bool = False
    history: list[EvaluationPoint] = field(default_factory=list[EvaluationPoint])

    def count(self, *, loss: float, weight: float, n_tokens: int, is_applied: bool) -> None:
        """Count one update with its summed loss and its tokens."""
        self.n_tokens += n_tokens
        self.step += 1
        self.done_in_epoch += 1
        self.n_skipped = 0 if is_applied else self.n_skipped + 1
        if is_applied:
            self.loss_sum += loss
            self.loss_weight += weight

    def judge(self, point: EvaluationPoint, *, is_higher_better: bool, patience: int) -> bool:
        """Enter an evaluation; returns whether it is the best so far, and ends the run when patience is used up."""
        self.history.append(point)
        self.loss_sum = self.loss_weight = 0.0
        goodness = point.metric if is_higher_better else -point.metric
        is_best = goodness > self.best_metric
        if is_best:
            self.best_metric, self.best_step, self.n_worse = goodness, point.step, 0
        else:
            self.n_worse += 1
            self.is_over = 0 < patience <= self.n_worse
        return is_best

    @property
    def train_loss(self) -> float:
        """Mean loss of the updates since the last evaluation."""
        return self.loss_sum / self.loss_weight if self.loss_weight else 0.0

    def to_json(self) -> dict[str, object]:
        """Counters as JSON-able values."""
        values: dict[str, object] = {key: value for key, value in vars(self).items() if key != "history"}
        values["best_metric"] = None if self.best_metric == -inf else self.best_metric
        return {**values, "history": [vars(point) for point in self.history]}


def standing_from_json(values: Mapping[str, object]) -> Standing:
    """The counters of :meth:`Standing.to_json`."""
    history = values["history"]
    assert isinstance(history, list)
    plain = {key: value for key, value in values.items() if key not in {"history", "best_metric"}}
    standing = Standing(**plain)  # pyright: ignore[reportArgumentType] # written by to_json, hash checked on reading
    best = values["best_metric"]
    standing.best_metric = -inf if best is None else float(str(best))
    standing.history = [EvaluationPoint(**point) for point in history]
    return standing


def evaluation_points(n_updates: int, n_evaluations: int) -> frozenset[int]:
    """After which updates of an epoch to evaluate, evenly spread; the last one is always among them.

    Example:
        >>> sorted(evaluation_points(10, 3))
        [3, 7, 10]
    """
    return frozenset(max(1, round(part * n_updates / n_evaluations)) for part in range(1, n_evaluations + 1))
