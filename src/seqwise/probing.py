"""What a probe is asked about: settings, a run, or something to import in; facts and findings out."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import nn

from seqwise import catalog, fitting
from seqwise.artefact import read_artefact
from seqwise.batch.flat import collate
from seqwise.check.engine import run_checks
from seqwise.errors import Problem, UsageError, did_you_mean
from seqwise.gradient_evidence import ClipFacts, FlowFacts, GradcheckFacts, GradientEvidence, OverfitFacts, PaddingFacts
from seqwise.gradient_probing import clip_facts, probed_rows
from seqwise.model.layers.recurrence import CELLS
from seqwise.model.network import Network
from seqwise.probe.layers import N_ENTRIES, layer_names, layer_subject
from seqwise.probe.numerical import Subject, gradcheck, subject_of
from seqwise.probe.overfit import overfit
from seqwise.probe.padding import padding_of_module, padding_of_network
from seqwise.probe.through_time import Fresh, flow_of, fresh_flow, network_flows, recurrence_of
from seqwise.read.checkpoints import checkpoint_of
from seqwise.records import Evidence, Finding, Indices, Language
from seqwise.settings.reading import read_settings
from seqwise.settings.root import Settings
from seqwise.tasks import TASKS
from seqwise.tasks.contract import TaskSpec, Work
from seqwise.train.events import read_events

# Rows of a network whose gradients are checked.
N_CHECKED_ROWS = 3
FACTORY = "def example(): return module, (x, ...)"


@dataclass(frozen=True)
class Opened:
    """A network with its prepared rows."""

    settings: Settings
    work: Work
    network: Network
    clip: ClipFacts | None = None


def gradchecks(target: str, *, changes: Sequence[str] = (), seed: int = 0) -> tuple[GradcheckFacts, ...]:
    """Gradients beside differences: of every layer of ours, of one, of the network of settings or a run, or imported.

    Args:
        target: "" for every layer; the name of one; a settings file or a run; or ``module.path:name``.
        changes: of settings, each ``table.key=value``.
        seed: of weightings and of the numbers that are checked.

    Raises:
        UsageError: if the target is none of these, or has no gradient to check.
    """
    if not target:
        return tuple(gradcheck(layer_subject(name, seed=seed), n_entries=N_ENTRIES) for name in layer_names())
    if target in layer_names():
        return (gradcheck(layer_subject(target, seed=seed), n_entries=N_ENTRIES),)
    if is_path(target):
        return (gradcheck(_network_subject(target, changes), seed=seed),)
    module, inputs = imported(target, known=layer_names())
    return (gradcheck(subject_of(target, module, inputs=inputs, seed=seed), seed=seed),)


def gradient_flows(
    target: str, *, length: int, fresh: Fresh, changes: Sequence[str] = (), seed: int = 0
) -> tuple[FlowFacts, ...]:
    """Gradients through time: of a fresh cell, of the layers of settings or a run, or of torch's layers imported.

    Args:
        target: ``rnn``, ``lstm`` or ``gru``; a settings file or a run; or ``module.path:name``.
        length: steps of a fresh cell.
        fresh: how a fresh cell begins.
        changes: of settings.
        seed: of a fresh cell, and of directions.

    Raises:
        UsageError: if the target is none of these, or has no recurrent layer.
    """
    if target in CELLS:
        return (fresh_flow(target, length, fresh=fresh, seed=seed),)
    if is_path(target):
        opened = open_network(target, changes)
        examples = opened.work.examples["train"]
        flows = network_flows(opened.network, examples, rows=probed_rows(examples), seed=seed)
        if not flows:
            raise UsageError(
                Problem(target, "has no recurrent layer.", 'Name settings with encoder.name = "recurrent".')
            )
        return tuple(replace(facts, clip=opened.clip) for facts in flows)
    module, inputs = imported(target, known=tuple(CELLS))
    if not isinstance(module, nn.RNNBase) or not inputs or not isinstance(inputs[0], torch.Tensor):
        what = "gives no recurrent layer of torch with the vectors that it reads."
        raise UsageError(Problem(target, what, f"Write {FACTORY}, the module an nn.RNN, nn.LSTM or nn.GRU."))
    x = inputs[0].transpose(0, 1) if module.batch_first else inputs[0]
    return (flow_of(target, recurrence_of(module), x=x, seed=seed),)


def overfit_few(
    target: str, *, n_rows: int, n_steps: int, rate: float | None = None, changes: Sequence[str] = ()
) -> OverfitFacts:
    """Whether the network of settings learns a few training rows by heart.

    Args:
        target: a settings file.
        n_rows: rows, spread over all.
        n_steps: updates at most.
        rate: learning rate; None: that of the settings.
        changes: of settings.
    """
    opened = open_network(target, changes)
    examples = opened.work.examples["train"]
    batch = collate(examples, _spread(len(examples), n_rows))
    rate = rate or opened.settings.training.learning_rate
    return overfit(opened.network.cpu().float(), batch, rate=rate, n_steps=n_steps)


def padding_read(target: str, *, n_padded: int, pad: float, changes: Sequence[str] = ()) -> PaddingFacts:
    """What padding changes: of a module that is imported, or of our networks, which see none.

    Args:
        target: ``module.path:name``, a settings file or a run.
        n_padded: steps to append; of our networks the longest sequence says it.
        pad: what the steps hold.
        changes: of settings.
    """
    if is_path(target):
        opened = open_network(target, changes)
        network, examples = opened.network.cpu().double().eval(), opened.work.examples["train"]
        return padding_of_network(target, network, examples=examples, rows=probed_rows(examples))
    module, inputs = imported(target)
    asked = module.eval() if isinstance(module, nn.Module) else module
    return padding_of_module(target, asked, inputs=inputs, n_padded=n_padded, pad=pad)


def judged(evidence: GradientEvidence, *, only: str, language: Language) -> tuple[Finding, ...]:
    """The findings of one check on what a probe found."""
    return run_checks(Evidence(task="", language=language, gradients=evidence), silence={}, only=[only])


def is_path(target: str) -> bool:
    """Whether a target is a settings file or a folder."""
    return target.endswith(".toml") or Path(target).is_dir()


def open_network(target: str, changes: Sequence[str] = ()) -> Opened:
    """The network of a settings file as it begins, or of a run as it was trained, with the rows of the settings.

    The baselines are left out, but for the one that the head stands on.

    Raises:
        SeqwiseError: if the settings or their data are bad, or the run has no model.
    """
    folder = Path(target) if Path(target).is_dir() else None
    if folder is not None and changes:
        raise UsageError(Problem("--set", "goes with a settings file and not with a run.", "Leave it out."))
    settings = read_settings(folder / "settings.toml" if folder else Path(target), overrides=changes).settings
    kept = settings.evaluate.baselines[:1] if not settings.head.stand_on else (settings.head.stand_on,)
    settings = settings.model_copy(update={"evaluate": settings.evaluate.model_copy(update={"baselines": kept})})
    task = cast("TaskSpec", catalog.load("seqwise.tasks", settings.task, constant="TASK", table=TASKS))
    material = task.read(settings.data, settings.runtime.seed)
    if task.settle is not None:
        settings = task.settle(settings, material)
    checkpoint = checkpoint_of(settings.encoder)
    work = task.prepare(material, settings, checkpoint, None)
    if folder is None:
        return Opened(settings, work, fitting.build(task, work, settings=settings, checkpoint=checkpoint).network)
    clip = clip_facts(read_events(folder / "events.jsonl"), threshold=settings.training.clip)
    return Opened(settings, work, read_artefact(folder / "model").network, clip)


def imported(target: str, *, known: Sequence[str] = ()) -> tuple[nn.Module | Callable[..., object], tuple[object, ...]]:
    """What a function that the user names gives: a module or a function, and its inputs.

    The file is imported and so is run, as ``python -m`` would; the working directory comes first.

    Args:
        target: ``module.path:name``; ``name`` takes nothing and gives the two.
        known: other targets, to find a slip of the pen.

    Raises:
        UsageError: if there is no such function, or it gives something else.
    """
    path, _, name = target.partition(":")
    if not path or not name:
        what = "is neither a settings file (.toml) nor a run, and no module.path:name."
        raise UsageError(Problem(target, what, did_you_mean(target, known) or f"Known: {', '.join(known)}."))
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = vars(import_module(path)).get(name)
    except ModuleNotFoundError as error:
        what = f"cannot be imported: {error}."
        raise UsageError(Problem(path, what, "Run in the folder of the file, and write it without .py.")) from error
    finally:
        sys.path.pop(0)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)  # the same module and inputs each time
        given = found() if callable(found) and not isinstance(found, nn.Module | type) else None
    match given:
        case (module, tuple() as inputs) if callable(module):
            return module, cast("tuple[object, ...]", inputs)
        case _:
            what = "is no function that takes nothing and gives a module (or a function) and the tuple of its inputs."
            raise UsageError(Problem(target, what, f"Write one: {FACTORY}."))


def _spread(n: int, n_rows: int) -> Indices:
    """So many of n rows, spread over all."""
    return np.unique(np.linspace(0, n - 1, min(n, n_rows)).round().astype(np.int64))


def _network_subject(target: str, changes: Sequence[str]) -> Subject:
    """The logits and the loss of a few training rows."""
    opened = open_network(target, changes)
    network, examples = opened.network.cpu(), opened.work.examples["train"]
    batch = collate(examples, _spread(len(examples), N_CHECKED_ROWS))

    def outputs() -> object:
        logits = network(batch)
        return logits, network.head.loss(logits, batch).total

    subject = subject_of(target, network, inputs=())
    return Subject(target, subject.blocks, outputs)
