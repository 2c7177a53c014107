"""Losses of both sides: after the same examples, five seeds each, and update by update where nothing is random."""

import statistics
import sys

import numpy as np
from ours import our_training
from padded import padded_probabilities, torch_forward
from results import Figure, Line, Report
from stepped import SteppedTraining, loss_curves
from task import Shared, as_dictionaries, open_theirs, share
from trainer import Flags, trainer_training
from turns import Options, spread

from seqwise.evaluate.metrics import log_loss
from seqwise.records import Array
from seqwise.tasks.classify import TASK

SEEDS = (0, 1, 2, 3, 4)
N_EXAMPLES = 3200
BATCH = 32
N_EQUAL = 20  # updates without dropout, of the same rows in the same order
TOLERANCE = 1e-4


def run(options: Options) -> Report:
    """Our mean beside the spread of the peer's seeds; ours in the precision that the machine chooses."""
    n_examples = options.rows or N_EXAMPLES
    difference = _largest_difference()
    print(f"largest difference of {N_EQUAL} losses without dropout: {difference:.2g}", file=sys.stderr, flush=True)
    ours: list[float] = []
    theirs: list[float] = []
    trainings: dict[str, SteppedTraining] = {}
    for seed in SEEDS:
        shared = share(f"losses-{seed}", seed=seed)
        for name, train, values in (("ours", _our_loss, ours), ("Trainer", _their_loss, theirs)):
            training, loss = train(shared, n_examples)
            values.append(loss)
            trainings[f"{name}, seed {seed}"] = training
            print(f"{name}, seed {seed}: {loss:.4f}", file=sys.stderr, flush=True)
    mean = statistics.mean(ours)
    place = "within" if min(theirs) <= mean <= max(theirs) else "below" if mean < min(theirs) else "above"
    figures: dict[str, dict[str, Figure]] = {
        name: {
            "held-out loss": spread(values),
            "mean": statistics.mean(values),
            "standard deviation": statistics.stdev(values),
            "by seed": ", ".join(f"{value:.4f}" for value in values),
        }
        for name, values in (("ours", ours), ("Trainer as documented", theirs))
    }
    what = f"held-out loss after {n_examples:,} examples, mean of ours over the Trainer's highest: {place} its spread"
    equal = f"largest difference of the losses of {N_EQUAL} updates without dropout, the same rows in the same order"
    return Report(
        lines=[Line(what, mean / max(theirs), "<= 1"), Line(equal, difference, f"<= {TOLERANCE}", unit="")],
        figures=figures,
        curves=loss_curves(trainings, n_examples),
        spreads="Medians and ranges over seeds.",
    )


def _largest_difference() -> float:
    shared = share("losses-equal", has_dropout=False)
    built = shared.build(batch_size=BATCH, precision="float32")
    order = np.concatenate([rows for update in built.batches.updates(0)[:N_EQUAL] for rows in update])
    rows = as_dictionaries(shared.train)
    model, tokenizer = open_theirs(shared.folder, has_dropout=False)
    flags = Flags(BATCH, order="sequential")
    sides = (
        our_training(built, shared.settings),
        trainer_training(
            model, tokenizer, rows=[rows[row] for row in order.tolist()], flags=flags, device=shared.device
        ),
    )
    for training in sides:
        _train(training, N_EQUAL * BATCH)
    ours, theirs = (np.array(training.losses()) for training in sides)
    return float(np.abs(ours - theirs).max())


def _our_loss(shared: Shared, n_examples: int) -> tuple[SteppedTraining, float]:
    built = shared.build(batch_size=BATCH, precision="auto")
    training = our_training(built, shared.settings)
    _train(training, n_examples)
    found = TASK.predict(built.network, shared.work, "validation", built.machine.device)
    return training, _loss(shared, found.probabilities)


def _their_loss(shared: Shared, n_examples: int) -> tuple[SteppedTraining, float]:
    model, tokenizer = open_theirs(shared.folder)
    flags = Flags(BATCH, seed=shared.settings.runtime.seed)
    training = trainer_training(model, tokenizer, rows=as_dictionaries(shared.train), flags=flags, device=shared.device)
    _train(training, n_examples)
    return training, _loss(shared, padded_probabilities(torch_forward(model), shared.held_out.tokens))


def _train(training: SteppedTraining, n_examples: int) -> None:
    while sum(training.examples()) < n_examples:
        training.step()
    training.close()


def _loss(shared: Shared, found: Array) -> float:
    assert shared.held_out.targets is not None
    return log_loss(shared.held_out.targets, found)
