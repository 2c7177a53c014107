"""The stations model and train: from prepared examples to a trained network and its calibrated predictions."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, isfinite, nan
from pathlib import Path

import numpy as np
import torch

from seqwise.answers import Answers
from seqwise.batch.plan import TrainingBatches, prediction_batches
from seqwise.evaluate.calibration import apply_temperature, calibrated, fit_shifts, fit_temperature
from seqwise.evaluate.metrics import LOWER_IS_BETTER, log_loss
from seqwise.evaluate.scores import best_baseline, metric_value
from seqwise.model.network import Network, freeze, update_named_rows
from seqwise.prepare.imbalance import row_repeats
from seqwise.records import Calibration, Examples, Indices, PlanFacts, Predictions
from seqwise.run_folder import RunFolder
from seqwise.runtime import Machine, set_up
from seqwise.series_records import Forecasts
from seqwise.settings.root import Settings
from seqwise.tasks.contract import TaskSpec, Work
from seqwise.train.loop import Assessment, Course, Outcome, train
from seqwise.train.optimizer import MasterAdamW
from seqwise.train.plan import build_schedule, simulate
from seqwise.train.progress import Progress, Yardstick

# Told by the loss alone: no text is written while training goes on.
PERPLEXITY = "perplexity"
# A loss above this is as good as infinite: its exponential would not be a number.
MOST_LOSS = 700.0


@dataclass(frozen=True)
class Built:
    """A network on its machine, with the plan of its training, before the first update."""

    network: Network
    machine: Machine
    batches: TrainingBatches
    plan: PlanFacts


@dataclass(frozen=True)
class Trained:
    """What training leaves: the network, its course, and predictions by split with the temperature applied."""

    built: Built
    outcome: Outcome
    n_trainable: int
    temperature: float
    shifts: tuple[float, ...]
    calibration: tuple[Calibration, ...]
    predictions: Mapping[str, Answers]
    baselines: Mapping[str, Mapping[str, Answers]]


def build(task: TaskSpec, work: Work, *, settings: Settings, checkpoint: Path | None) -> Built:
    """Build the network, freeze what is to stay, put it on its machine, and simulate the learning-rate plan."""
    training, seed = settings.training, settings.runtime.seed
    machine = set_up(device=settings.runtime.device, precision=training.precision, threads=settings.runtime.threads)
    network = task.build(work, settings, checkpoint)
    freeze(network, training.freeze, layers=training.freeze_layers)
    network.encoder.to(dtype=machine.dtype)
    network.to(machine.device)
    batches = TrainingBatches(
        work.examples["train"],
        seed=seed,
        batch_size=training.batch_size,
        batch_tokens=training.batch_tokens,
        accumulation=training.accumulation,
        repeats=row_repeats(work.examples["train"], len(work.labels.names), share=training.oversample),
    )
    n_updates = batches.n_updates(training.epochs)
    plan = simulate(training.schedule, learning_rate=training.learning_rate, n_updates=n_updates)
    return Built(network=network, machine=machine, batches=batches, plan=plan)


def run_training(
    task: TaskSpec, work: Work, *, settings: Settings, built: Built, run: RunFolder, is_quiet: bool
) -> Trained:
    """Train, choose by validation, fit the temperature on validation rows, and predict the held-out splits."""
    training, network = settings.training, built.network

    def assess() -> Assessment:
        if training.stop_on == PERPLEXITY:
            loss = mean_loss(network, work.examples["validation"], device=built.machine.device)
            return Assessment(loss=loss, metric=exp(min(loss, MOST_LOSS)))
        found = task.predict(network, work, "validation", built.machine.device)
        if not isinstance(found, Predictions):
            loss = mean_loss(network, work.examples["validation"], device=built.machine.device)
            return Assessment(loss=loss, metric=metric_value(found, training.stop_on) if isfinite(loss) else nan)
        is_finite = bool(np.isfinite(found.probabilities).all())
        value = metric_value(found, training.stop_on) if is_finite else nan
        return Assessment(loss=log_loss(_truth(found), found.probabilities), metric=value)

    sparse = update_named_rows(network) if training.embedding_rows == "batch" else ()
    optimizer = MasterAdamW(network.named_parameters(), network.depths(), settings=training, sparse=sparse)
    course = Course(
        network=network,
        batches=built.batches,
        optimizer=optimizer,
        schedule=build_schedule(
            training.schedule, learning_rate=training.learning_rate, n_updates=built.plan.n_updates
        ),
        settings=training,
        seed=settings.runtime.seed,
        n_updates=built.plan.n_updates,
        assess=assess,
        is_higher_better=training.stop_on not in LOWER_IS_BETTER,
        device=built.machine.device,
        folder=run.path,
    )
    baselines = {split: task.baseline_predictions(work, split) for split in work.examples if split != "train"}
    progress = Progress(yardstick=_yardstick(baselines["validation"], training.stop_on), is_quiet=is_quiet)
    outcome = train(course, progress=progress)
    raw = {split: task.predict(network, work, split, built.machine.device) for split in baselines}
    chosen = raw["validation"]
    is_fitted = settings.evaluate.temperature and isinstance(chosen, Predictions)
    temperature = 1.0
    shifts = fit_shifts(chosen) if settings.evaluate.temperature and isinstance(chosen, Forecasts) else ()
    if isinstance(chosen, Predictions) and is_fitted:
        temperature = fit_temperature(chosen.probabilities, _truth(chosen))
    predictions = {name: calibrated(found, temperature, shifts=shifts) for name, found in raw.items()}
    return Trained(
        built=built,
        outcome=outcome,
        n_trainable=optimizer.n_parameters,
        temperature=temperature,
        shifts=shifts,
        calibration=_calibration(raw, temperature) if is_fitted else (),
        predictions=predictions,
        baselines=baselines,
    )


def mean_loss(network: Network, examples: Examples, *, device: torch.device) -> float:
    """The loss that is trained, over all rows of a split."""
    network.eval()
    total = weight = 0.0
    with torch.inference_mode():
        for batch in prediction_batches(examples):
            placed = batch.to(device)
            loss = network.head.loss(network(placed), placed)
            total, weight = total + float(loss.total), weight + float(loss.weight)
    return total / weight


def _calibration(raw: Mapping[str, Answers], temperature: float) -> tuple[Calibration, ...]:
    """What the temperature did to the log loss of each split."""
    found = {name: answers for name, answers in raw.items() if isinstance(answers, Predictions)}
    return tuple(
        Calibration(
            temperature=temperature,
            split=name,
            log_loss_before=log_loss(_truth(answers), answers.probabilities),
            log_loss_after=log_loss(_truth(answers), apply_temperature(answers.probabilities, temperature)),
            n_fitted_on=len(_truth(found["validation"])),
        )
        for name, answers in found.items()
    )


def _truth(answers: Predictions) -> Indices:
    assert answers.truth is not None
    return answers.truth


def _yardstick(baselines: Mapping[str, Answers], name: str) -> Yardstick | None:
    if name == PERPLEXITY or not baselines:  # baselines write texts and give no probabilities
        return None
    best = best_baseline(baselines, name)
    return Yardstick(metric=name, baseline=best, value=metric_value(baselines[best], name))
