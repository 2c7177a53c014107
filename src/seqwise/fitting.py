"""The stations model and train: from prepared examples to a trained network and its calibrated predictions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path

import numpy as np

from seqwise.batch.plan import TrainingBatches
from seqwise.evaluate.calibration import apply_temperature, fit_temperature
from seqwise.evaluate.metrics import LOWER_IS_BETTER, log_loss
from seqwise.evaluate.scores import best_baseline, metric_value
from seqwise.model.network import Network, freeze, update_named_rows
from seqwise.records import Calibration, Indices, PlanFacts, Predictions
from seqwise.run_folder import RunFolder
from seqwise.runtime import Machine, set_up
from seqwise.settings.root import Settings
from seqwise.tasks.contract import TaskSpec, Work
from seqwise.train.loop import Assessment, Course, Outcome, train
from seqwise.train.optimizer import MasterAdamW
from seqwise.train.plan import build_schedule, simulate
from seqwise.train.progress import Progress, Yardstick


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
    calibration: tuple[Calibration, ...]
    predictions: Mapping[str, Predictions]
    baselines: Mapping[str, Mapping[str, Predictions]]


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
    )
    n_updates = batches.n_updates(training.epochs)
    plan = simulate(training.schedule, learning_rate=training.learning_rate, n_updates=n_updates)
    return Built(network=network, machine=machine, batches=batches, plan=plan)


def run_training(
    task: TaskSpec, work: Work, *, settings: Settings, built: Built, run: RunFolder, is_quiet: bool
) -> Trained:
    """Train, choose by validation, fit the temperature on validation rows, and predict the held-out splits."""
    training, network = settings.training, built.network
    truth = _truth(work, "validation")

    def assess() -> Assessment:
        found = task.predict(network, work, "validation", built.machine.device)
        is_finite = bool(np.isfinite(found.probabilities).all())
        value = metric_value(found, training.stop_on) if is_finite else nan
        return Assessment(loss=log_loss(truth, found.probabilities), metric=value)

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
    is_fitted = settings.evaluate.temperature
    temperature = fit_temperature(raw["validation"].probabilities, truth) if is_fitted else 1.0
    predictions = {name: _tempered(untempered, temperature) for name, untempered in raw.items()}
    return Trained(
        built=built,
        outcome=outcome,
        n_trainable=optimizer.n_parameters,
        temperature=temperature,
        calibration=tuple(
            Calibration(
                temperature=temperature,
                split=name,
                log_loss_before=log_loss(_truth(work, name), raw[name].probabilities),
                log_loss_after=log_loss(_truth(work, name), predictions[name].probabilities),
                n_fitted_on=len(truth),
            )
            for name in (raw if is_fitted else ())
        ),
        predictions=predictions,
        baselines=baselines,
    )


def _truth(work: Work, split: str) -> Indices:
    targets = work.examples[split].targets
    assert targets is not None
    return targets


def _tempered(predictions: Predictions, temperature: float) -> Predictions:
    return replace(predictions, probabilities=apply_temperature(predictions.probabilities, temperature))


def _yardstick(baselines: Mapping[str, Predictions], name: str) -> Yardstick | None:
    best = best_baseline(baselines, name)
    if not best:
        return None
    return Yardstick(metric=name, baseline=best, value=metric_value(baselines[best], name))
