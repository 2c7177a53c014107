"""The steps to come of series: windows become flat sequences, a network answers every step, baselines stand beside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from torch import Tensor

from seqwise.artefact import Artefact
from seqwise.baselines.contract import Baseline, ask
from seqwise.baselines.run import LabelledRows, run_baselines
from seqwise.errors import Problem, UsageError
from seqwise.horizons import Horizons
from seqwise.model.contracts import HeadShape, Vocabulary
from seqwise.model.network import Network, build_network
from seqwise.prepare.labels import LabelSet
from seqwise.prepare.series_preparation import SeriesPreparation, fit_series
from seqwise.prepare.series_splits import blocks_of, known_targets, split_series, window_plan
from seqwise.prepare.series_windows import all_windows, windows_to_come
from seqwise.read.asked import STANDARD_INPUT, Asked
from seqwise.read.series.table import read_table
from seqwise.records import Array, Examples, FileFacts, Predictions
from seqwise.run_folder import answers_table
from seqwise.series_records import Answers, SeriesTable, SeriesWindows
from seqwise.settings.root import Settings
from seqwise.settings.series import settled
from seqwise.settings.stations import DataSettings
from seqwise.tasks.classify import class_weights, probabilities, standing_priors
from seqwise.tasks.contract import AnswerFiles, TaskSpec, Work
from seqwise.tensors import Batch


@dataclass(frozen=True, kw_only=True)
class SeriesWork(Work):
    """Windows of series, prepared."""

    splits: SeriesTable
    preparation: SeriesPreparation
    windows: Mapping[str, SeriesWindows]


def read(data: DataSettings, _: int) -> SeriesTable:
    """The file of the settings; its splits are windows, which preparation cuts."""
    return read_table(data)


def settle(settings: Settings, table: SeriesTable) -> Settings:
    """What was left open follows from the kind of the series."""
    return settled(settings, table.series.states)


def prepare(table: SeriesTable, settings: Settings, _: Path | None, cache: Path | None) -> SeriesWork:
    """Cut windows, fit features and baselines on those of training, and turn every split into examples.

    Args:
        table: the series.
        settings: all settings.
        cache: folder where baselines are kept by content, or None.
    """
    seed = settings.runtime.seed
    windows = split_series(table.series, settings.data, prepare=settings.prepare, seed=seed)
    preparation = fit_series(windows["train"], settings.prepare)
    seen = {name: preparation.seen(each) for name, each in windows.items()}
    targets = preparation.targets(windows["train"]).astype(np.int64)
    training = LabelledRows(seen["train"], targets, len(table.series.states))
    held_out = {name: each for name, each in seen.items() if name != "train"}
    baselines = run_baselines(settings.baselines, training, splits=held_out, seed=seed, cache=cache)
    priors = standing_priors(training, baselines, settings=settings, cache=cache)
    return SeriesWork(
        splits=table,
        preparation=preparation,
        labels=LabelSet(table.series.states),
        examples={name: replace(preparation.apply(each), priors=priors.get(name)) for name, each in windows.items()},
        truncation={},
        baselines=baselines,
        windows=windows,
    )


def build(work: Work, settings: Settings, _: Path | None) -> Network:
    """The network for these windows, its weights a function of the seed alone."""
    preparation = _of_series(work).preparation
    shape = HeadShape(
        n_outputs=preparation.n_outputs,
        class_weights=class_weights(work, settings),
        label_smoothing=settings.training.label_smoothing,
    )
    vocabulary = Vocabulary(size=preparation.vocabulary_size, n_features=preparation.n_features)
    return build_network(
        settings.encoder, settings.head, vocabulary=vocabulary, shape=shape, seed=settings.runtime.seed
    )


def predict(network: Network, work: Work, split: str, device: torch.device) -> Answers:
    """Probabilities of the states of all steps to come of a split, before any temperature."""

    def logits(batch: Batch) -> Tensor:
        return network(batch.to(device))

    network.eval()
    found = probabilities(logits, work.examples[split], head=network.head)
    return _answers(found, _of_series(work).windows[split], work.examples[split])


def baseline_predictions(work: Work, split: str) -> Mapping[str, Answers]:
    """What each baseline says of the steps to come of a split."""
    windows = _of_series(work).windows[split]
    return {
        name: _answers(np.exp(by_split[split]), windows, work.examples[split])
        for name, by_split in work.baselines.log_probabilities.items()
    }


def asked(source: str, data: DataSettings) -> Asked:
    """The table of a file: what comes behind the last row of every unit is asked."""
    if source == STANDARD_INPUT:
        what = "found -; series are read from a file."
        raise UsageError(Problem("INPUT", what, "Name a file with the columns of training."))
    table = read_table(data.model_copy(update={"on_bad_row": "repair"}), source)
    return Asked(iter([table]), lambda: table.files[0].notes)


def labelled(source: str, model: Artefact) -> tuple[SeriesWindows, FileFacts]:
    """All windows of a file whose targets are known."""
    table = read_table(model.settings.data, source)
    return known_targets(all_windows(table.series, window_plan(model.settings.prepare)), name=source), table.files[0]


def answer(model: Artefact, logits: Callable[[Batch], Tensor], rows: SeriesTable | SeriesWindows) -> Answers:
    """What a model says of windows, or of what comes behind each unit of a table, before the temperature."""
    windows = rows
    if isinstance(rows, SeriesTable):
        windows = windows_to_come(rows.series, window_plan(model.settings.prepare))
    assert isinstance(windows, SeriesWindows)
    preparation = _preparation(model)
    examples = preparation.apply(windows, has_targets=False)
    if model.baseline is not None:
        examples = replace(examples, priors=ask(model.baseline, preparation.seen(windows)).astype(np.float32))
    return _answers(probabilities(logits, examples, head=model.network.head), windows, examples)


def judge(model: Artefact, windows: SeriesWindows, found: Predictions) -> Answers:
    """The answers with the true states."""
    return replace(found, truth=_preparation(model).targets(windows).astype(np.int64))


def beside(model: Artefact, windows: SeriesWindows, found: Predictions, baseline: Baseline[Any]) -> Answers:
    """What a baseline says of the same windows."""
    return replace(found, probabilities=np.exp(ask(baseline, _preparation(model).seen(windows))))


def files(_: Artefact, steps: Sequence[str]) -> AnswerFiles:
    """A row a step to come; there are no steps behind them."""
    if steps:
        raise UsageError(Problem("--steps", "steps are for entities; this is a run of forecast.", "Leave it out."))
    return AnswerFiles(tables={".csv": _table, ".jsonl": _table, ".parquet": _table})


def horizons_of(windows: SeriesWindows) -> Horizons:
    """Whose times windows forecast."""
    series = windows.series
    rows = windows.target_rows
    return Horizons(
        units=tuple(series.units[unit] for unit in series.unit_of[windows.starts].tolist()),
        origins=tuple(series.axis.name(int(time)) for time in series.times[rows[:, 0] - 1]),
        times=tuple(series.axis.name(int(time)) for time in series.times[rows].ravel()),
        horizon=windows.horizon,
        blocks=blocks_of(windows),
    )


def _answers(found: Array, windows: SeriesWindows, examples: Examples) -> Answers:
    horizons = horizons_of(windows)
    steps = range(1, windows.horizon + 1)
    return Predictions(
        ids=tuple(f"{u}@{o}+{n}" for u, o in zip(horizons.units, horizons.origins, strict=True) for n in steps),
        labels=windows.series.states,
        probabilities=found,
        truth=examples.targets,
        horizons=horizons,
    )


def _table(_: object, found: Answers) -> pl.DataFrame:
    return answers_table(found)


def _preparation(model: Artefact) -> SeriesPreparation:
    assert isinstance(model.preparation, SeriesPreparation)
    return model.preparation


def _of_series(work: Work) -> SeriesWork:
    assert isinstance(work, SeriesWork)
    return work


TASK = TaskSpec(
    name="forecast",
    read=read,
    prepare=prepare,
    build=build,
    predict=predict,
    baseline_predictions=baseline_predictions,
    answer=answer,
    asked=asked,
    labelled=labelled,
    judge=judge,
    beside=beside,
    files=files,
    settle=settle,
)
