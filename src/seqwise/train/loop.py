"""The training loop, read from top to bottom: network and batches come in, the best weights and the history go out."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import torch
from torch import Tensor

from seqwise.batch.plan import TrainingBatches
from seqwise.errors import DivergedError, InterruptedRunError, Problem
from seqwise.model.network import Network
from seqwise.records import EvaluationPoint, Indices
from seqwise.runtime import seed_step
from seqwise.settings.stations import TrainingSettings
from seqwise.train.checkpoint import newest_checkpoint, read_checkpoint, write_checkpoint, write_step
from seqwise.train.events import EventLog
from seqwise.train.interrupts import StopRequest
from seqwise.train.optimizer import MasterAdamW
from seqwise.train.progress import Pace, Progress
from seqwise.train.schedule import Schedule
from seqwise.train.standing import Standing, evaluation_points, standing_from_json

CHECKPOINTS = "checkpoints"
# Updates in a row whose gradient is not finite before the run is given up; one alone can be a freak batch.
MOST_SKIPPED = 3


@dataclass(frozen=True)
class Assessment:
    """Validation rows at one moment: log loss, and the metric that chooses the best evaluation."""

    loss: float
    metric: float


@dataclass(frozen=True)
class Course:
    """All that the loop needs, handed in."""

    network: Network
    batches: TrainingBatches
    optimizer: MasterAdamW
    schedule: Schedule
    settings: TrainingSettings
    seed: int
    n_updates: int
    assess: Callable[[], Assessment]
    is_higher_better: bool
    device: torch.device
    folder: Path

    @property
    def checkpoints(self) -> Path:
        """Where checkpoints are kept."""
        return self.folder / CHECKPOINTS


@dataclass(frozen=True)
class Outcome:
    """What training leaves: the evaluations, the step of the best one, and how many updates were done."""

    history: tuple[EvaluationPoint, ...]
    best_step: int
    n_updates: int
    n_tokens: int
    seconds: float


@dataclass(frozen=True)
class Pulse:
    """One update: summed loss and weight, tokens, gradient norm, and whether it was applied."""

    loss: float
    weight: float
    n_tokens: int
    grad_norm: float
    is_applied: bool


def train(course: Course, *, progress: Progress) -> Outcome:
    """Train from the newest checkpoint, or from the start; the network ends with the weights of the best evaluation.

    Training ends when the epochs are done or patience is used up.

    Raises:
        InterruptedRunError: after Ctrl-C or SIGTERM; a checkpoint was saved.
        DivergedError: if three updates in a row have no finite gradient.
    """
    started = time.monotonic()
    standing = _restore(course)
    with StopRequest() as stop, EventLog(course.folder / "events.jsonl", step=standing.step) as log, progress:
        _follow(course, standing, log=log, progress=progress, stop=stop)
    _load_best(course)
    return Outcome(
        history=tuple(standing.history),
        best_step=standing.best_step,
        n_updates=standing.step,
        n_tokens=standing.n_tokens,
        seconds=time.monotonic() - started,
    )


def _follow(course: Course, standing: Standing, *, log: EventLog, progress: Progress, stop: StopRequest) -> None:
    """Update after update, epoch after epoch, from wherever the standing is."""
    settings, saved = course.settings, time.monotonic()
    while standing.epoch < settings.epochs and not standing.is_over:
        updates = course.batches.updates(standing.epoch)
        points = evaluation_points(len(updates), settings.evaluations)
        while standing.done_in_epoch < len(updates) and not standing.is_over:
            began = time.monotonic()
            course.network.head.progress = standing.step / course.n_updates
            seed_step(course.seed, standing.step)  # dropout of this update: a function of (seed, step)
            rate = course.schedule.rate(standing.step)
            pulse = _update(course, updates[standing.done_in_epoch], rate)
            standing.count(loss=pulse.loss, weight=pulse.weight, n_tokens=pulse.n_tokens, is_applied=pulse.is_applied)
            pace = Pace(
                step=standing.step,
                n_updates=course.n_updates,
                epoch=standing.epoch + standing.done_in_epoch / len(updates),
                loss=pulse.loss / pulse.weight,
                rate=rate,
                tokens_per_s=pulse.n_tokens / (time.monotonic() - began),
            )
            log.write(_event(pace, pulse))
            progress.update(pace)
            _refuse_divergence(standing, rate, clip=course.settings.clip)
            if standing.done_in_epoch in points:
                _evaluate(course, standing, pace.epoch, log=log, progress=progress)
            if stop.is_set or time.monotonic() - saved >= settings.checkpoint_s:
                log.flush()
                _save(course, standing)
                saved = time.monotonic()
            if stop.is_set:
                raise InterruptedRunError(_stopped(course.folder, standing.step))
        standing.epoch, standing.done_in_epoch = standing.epoch + 1, 0
    _save(course, standing)  # what comes after training may be stopped too


def _update(course: Course, batches: tuple[Indices, ...], rate: float) -> Pulse:
    """Add up the gradients of the summed loss over the batches, then divide once: exact for any cut into batches."""
    course.network.train()
    totals: list[Tensor] = []
    weights: list[Tensor] = []
    n_tokens = 0
    for rows in batches:
        batch = course.batches.batch(rows).to(course.device)
        loss = course.network.head.loss(course.network(batch), batch)
        loss.total.backward()
        totals.append(loss.total.detach())
        weights.append(loss.weight.detach())
        n_tokens += batch.n_tokens
    weight = float(torch.stack(weights).sum())
    update = course.optimizer.step(rate=rate, weight=weight)
    return Pulse(
        loss=float(torch.stack(totals).sum()),
        weight=weight,
        n_tokens=n_tokens,
        grad_norm=update.grad_norm,
        is_applied=update.is_applied,
    )


def _evaluate(course: Course, standing: Standing, epoch: float, *, log: EventLog, progress: Progress) -> None:
    assessment = course.assess()
    point = EvaluationPoint(
        step=standing.step,
        epoch=epoch,
        train_loss=standing.train_loss,
        validation_loss=assessment.loss,
        metric=assessment.metric,
    )
    course.schedule.observe(assessment.loss)
    if standing.judge(point, is_higher_better=course.is_higher_better, patience=course.settings.patience):
        weights = {name: value.contiguous() for name, value in course.network.state_dict().items()}
        write_checkpoint(
            course.checkpoints,
            "best",
            tensors={"network": weights},
            counters={"step": point.step, "metric": point.metric},
        )
    log.write({"event": "evaluation", **vars(point)})
    progress.evaluation(
        epoch=epoch, train_loss=point.train_loss, validation_loss=point.validation_loss, metric=point.metric
    )


def _save(course: Course, standing: Standing) -> None:
    counters = {**standing.to_json(), "schedule": course.schedule.state()}
    write_step(course.checkpoints, standing.step, tensors={"optimizer": course.optimizer.state()}, counters=counters)


def _restore(course: Course) -> Standing:
    checkpoint = newest_checkpoint(course.checkpoints)
    if checkpoint is None:
        return Standing()
    course.optimizer.restore(checkpoint.tensors["optimizer"])
    counters = dict(checkpoint.counters)
    schedule = counters.pop("schedule")
    assert isinstance(schedule, dict)
    course.schedule.restore(schedule)
    return standing_from_json(counters)


def _load_best(course: Course) -> None:
    best = read_checkpoint(course.checkpoints / "best")
    if best is None:
        where = str(course.checkpoints / "best")
        raise DivergedError(Problem(where=where, what="no evaluation was finite.", fix="Lower training.learning_rate."))
    course.network.load_state_dict(dict(best.tensors["network"]))


def _refuse_divergence(standing: Standing, rate: float, *, clip: float) -> None:
    if standing.n_skipped >= MOST_SKIPPED:
        raise DivergedError(
            Problem(
                where=f"update {standing.step}",
                what=f"the gradient was not finite {MOST_SKIPPED} times in a row at rate {rate:.2e}.",
                fix="Lower training.learning_rate, or set training.clip above 0."
                if clip == 0
                else "Lower training.learning_rate; seqwise probe gradient says whether recurrent layers explode.",
            )
        )


def _event(pace: Pace, pulse: Pulse) -> dict[str, object]:
    return {
        "step": pace.step,
        "epoch": round(pace.epoch, 6),
        "loss": pace.loss if isfinite(pace.loss) else None,
        "lr": pace.rate,
        "tokens": pulse.n_tokens,
        "tokens_per_s": round(pace.tokens_per_s, 1),
        "grad_norm": pulse.grad_norm if pulse.is_applied else None,
    }


def _stopped(folder: Path, step: int) -> Problem:
    return Problem(where=str(folder), what=f"stopped and saved after update {step}.", fix="Go on with --resume.")
