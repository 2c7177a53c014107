"""The steps to come of series: windows become flat sequences, a network answers every step, baselines stand beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from seqwise.answers import Answers
from seqwise.artefact import Artefact
from seqwise.baselines.contract import ask
from seqwise.baselines.number_run import run_number_baselines
from seqwise.baselines.residual_quantiles import ResidualQuantiles
from seqwise.baselines.run import AnyBaseline, BaselineRun, LabelledRows, run_baselines
from seqwise.baselines.texts import TextBaseline
from seqwise.errors import Problem, UsageError
from seqwise.model.contracts import Head, Vocabulary
from seqwise.model.heads.numbers import NumbersHead
from seqwise.model.network import Network, build_network
from seqwise.prepare.labels import LabelSet
from seqwise.prepare.series_preparation import SeriesPreparation, fit_series
from seqwise.prepare.series_splits import known_targets, split_series, window_plan
from seqwise.prepare.series_windows import all_windows, windows_to_come
from seqwise.prepare.state_rules import StateRules, read_rules
from seqwise.read.asked import STANDARD_INPUT, Asked
from seqwise.read.series.table import read_table
from seqwise.records import Array, Examples, FileFacts
from seqwise.run_folder import answers_table
from seqwise.series_records import Forecasts, SeriesTable, SeriesWindows
from seqwise.settings.heads import NumbersSettings
from seqwise.settings.root import Settings
from seqwise.settings.series import settled
from seqwise.settings.stations import DataSettings
from seqwise.tasks.classify import head_shape, probabilities, standing_priors
from seqwise.tasks.contract import AnswerFiles, Logits, TaskSpec, Work
from seqwise.tasks.series_answers import asked_numbers, numbers_to_come, states_to_come
from seqwise.tensors import Batch

Priors = Mapping[str, NDArray[np.float32]]
Seen = Mapping[str, SeriesWindows]
# Shapes of tables in which no column is named by its value.
WITHOUT_VALUES = ("wide", "grid")


@dataclass(frozen=True, kw_only=True)
class SeriesWork(Work):
    """Windows of series, prepared."""

    splits: SeriesTable
    preparation: SeriesPreparation
    windows: Mapping[str, SeriesWindows]
    rules: StateRules | None


@dataclass(frozen=True)
class _Model:
    """What stands above the logits of a model of series."""

    head: Head
    preparation: SeriesPreparation
    rules: StateRules | None


def read(data: DataSettings, _: int) -> SeriesTable:
    """The file of the settings; its splits are windows, which preparation cuts."""
    return read_table(data)


def settle(settings: Settings, table: SeriesTable) -> Settings:
    """What was left open follows from the kind of the series."""
    settings = settled(settings, table.series.states)
    if settings.data.value or settings.data.format in WITHOUT_VALUES:
        return settings
    # A new file may have its columns in another order.
    return settings.model_copy(update={"data": settings.data.model_copy(update={"value": table.series.channels})})


def prepare(table: SeriesTable, settings: Settings, _: Path | None, cache: Path | None) -> SeriesWork:
    """Cut windows, fit features and baselines on those of training, and turn every split into examples.

    Args:
        table: the series.
        settings: all settings, nothing in them left open.
        cache: folder where baselines are kept by content, or None.
    """
    windows = split_series(table.series, settings.data, prepare=settings.prepare, seed=settings.runtime.seed)
    preparation = fit_series(windows["train"], settings.prepare)
    fit = _fit_numbers if isinstance(settings.head, NumbersSettings) else _fit_states
    baselines, priors = fit(windows, preparation, settings=settings, cache=cache)
    return SeriesWork(
        splits=table,
        preparation=preparation,
        labels=LabelSet(table.series.states),
        examples={name: replace(preparation.apply(each), priors=priors.get(name)) for name, each in windows.items()},
        truncation={},
        baselines=baselines,
        windows=windows,
        rules=rules_of(settings, table.series.states),
    )


def build(work: Work, settings: Settings, _: Path | None) -> Network:
    """The network for these windows, its weights a function of the seed alone."""
    preparation = _of_series(work).preparation
    shape = head_shape(work, settings, n_outputs=preparation.n_outputs)
    vocabulary = Vocabulary(size=preparation.vocabulary_size, n_features=preparation.n_features)
    return build_network(
        settings.encoder, settings.head, vocabulary=vocabulary, shape=shape, seed=settings.runtime.seed
    )


def predict(network: Network, work: Work, split: str, device: torch.device) -> Answers:
    """What a network says of the steps to come of a split, before any temperature."""

    def logits(batch: Batch) -> Tensor:
        return network(batch.to(device))

    network.eval()
    own = _of_series(work)
    windows = own.windows[split]
    found = _answered(
        logits, windows, examples=work.examples[split], model=_Model(network.head, own.preparation, own.rules)
    )
    return _with_truth(found, windows, own.preparation)


def baseline_predictions(work: Work, split: str) -> Mapping[str, Answers]:
    """What each baseline says of the steps to come of a split."""
    own = _of_series(work)
    windows, run = own.windows[split], work.baselines
    found: dict[str, Answers] = {
        name: states_to_come(np.exp(by_split[split]), windows, rules=own.rules)
        for name, by_split in run.log_probabilities.items()
    }
    for name, by_split in run.points.items():
        found[name] = _around(by_split[split], run.fitted[name], windows, preparation=own.preparation)
    return {name: _with_truth(answers, windows, own.preparation) for name, answers in found.items()}


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


def answer(model: Artefact, logits: Logits, rows: SeriesTable | SeriesWindows) -> Answers:
    """What a model says of windows, or of what comes behind each unit of a table, before the temperature."""
    preparation = _preparation(model)
    windows = rows
    if isinstance(rows, SeriesTable):
        windows = windows_to_come(rows.series, window_plan(model.settings.prepare))
    assert isinstance(windows, SeriesWindows)
    examples = preparation.apply(windows, has_targets=False)
    if model.baseline is not None:
        examples = replace(examples, priors=_priors_of(model.baseline, windows, preparation))
    rules = rules_of(model.settings, model.labels)
    return _answered(logits, windows, examples=examples, model=_Model(model.network.head, preparation, rules))


def judge(model: Artefact, windows: SeriesWindows, found: Answers) -> Answers:
    """The answers with the truth."""
    return _with_truth(found, windows, _preparation(model))


def beside(model: Artefact, windows: SeriesWindows, _: Answers, baseline: AnyBaseline) -> Answers:
    """What a baseline says of the same windows."""
    preparation = _preparation(model)
    seen = preparation.seen(windows)
    assert not isinstance(baseline, TextBaseline)
    if isinstance(baseline, ResidualQuantiles):
        found = _around(baseline.forecast(seen), baseline, windows, preparation=preparation)
    else:
        found = states_to_come(np.exp(ask(baseline, seen)), windows, rules=rules_of(model.settings, model.labels))
    return _with_truth(found, windows, preparation)


def files(_: Artefact, steps: Sequence[str]) -> AnswerFiles:
    """A row a step to come; there are no steps behind them."""
    if steps:
        raise UsageError(Problem("--steps", "steps are for entities; this is a run of forecast.", "Leave it out."))
    return AnswerFiles(tables={".csv": _table, ".jsonl": _table, ".parquet": _table})


def rules_of(settings: Settings, states: tuple[str, ...]) -> StateRules | None:
    """The rules that forecasts of states keep to, if there are any."""
    return read_rules(settings.data.forbidden, settings.data.longest, states=states) if states else None


def _fit_states(
    windows: Seen, preparation: SeriesPreparation, *, settings: Settings, cache: Path | None
) -> tuple[BaselineRun, Priors]:
    """Baselines of states, and what the one under the head says of each split, of training out of fold."""
    seen = {name: preparation.seen(each) for name, each in windows.items()}
    targets = preparation.targets(windows["train"]).astype(np.int64)
    training = LabelledRows(seen.pop("train"), targets, len(preparation.states))
    run = run_baselines(settings.baselines, training, splits=seen, seed=settings.runtime.seed, cache=cache)
    return run, standing_priors(training, run, settings=settings, cache=cache)


def _fit_numbers(
    windows: Seen, preparation: SeriesPreparation, *, settings: Settings, cache: Path | None
) -> tuple[BaselineRun, Priors]:
    """Baselines of numbers, and what the one under the head says of each split, of training out of fold, scaled."""
    del cache
    assert isinstance(settings.head, NumbersSettings)
    seen = {name: preparation.seen(each) for name, each in windows.items()}
    targets = preparation.targets(windows["train"]).astype(np.float64)
    levels, seed = settings.head.levels, settings.runtime.seed
    run = run_number_baselines(settings.baselines, seen, targets=targets, levels=levels, seed=seed)
    if not settings.head.stand_on:
        return run, {}
    under, told = run.fitted[settings.head.stand_on], run.points[settings.head.stand_on]
    priors = {name: _priors_of(under, each, preparation) for name, each in windows.items() if name not in told}
    return run, {**priors, **{name: _scaled(told[name], windows[name], preparation) for name in told}}


def _priors_of(baseline: AnyBaseline, windows: SeriesWindows, preparation: SeriesPreparation) -> NDArray[np.float32]:
    """What a baseline says of windows, as a head stands on it: log-probabilities, or scaled numbers, by unit."""
    seen = preparation.seen(windows)
    assert not isinstance(baseline, TextBaseline)
    if not isinstance(baseline, ResidualQuantiles):
        return ask(baseline, seen).astype(np.float32)
    return _scaled(baseline.forecast(seen), windows, preparation)


def _scaled(numbers: Array, windows: SeriesWindows, preparation: SeriesPreparation) -> NDArray[np.float32]:
    """Numbers of windows in the unit of the series, as the network has them, by unit."""
    return preparation.to_units(preparation.scale(windows).apply(numbers)).astype(np.float32)


def _answered(logits: Logits, windows: SeriesWindows, *, examples: Examples, model: _Model) -> Answers:
    """What a network says of windows."""
    head, preparation = model.head, model.preparation
    if not isinstance(head, NumbersHead):
        return states_to_come(probabilities(logits, examples, head=head), windows, rules=model.rules)
    point, quantiles = asked_numbers(logits, examples, head=head)
    scale = preparation.scale(windows)
    return numbers_to_come(
        scale.invert(preparation.from_units(point)),
        windows,
        preparation=preparation,
        quantiles=None if quantiles is None else scale.invert(preparation.from_units(quantiles)),
        levels=head.levels,
    )


def _around(
    point: Array, baseline: AnyBaseline, windows: SeriesWindows, *, preparation: SeriesPreparation
) -> Forecasts:
    """A baseline's numbers with the quantiles of its errors."""
    assert isinstance(baseline, ResidualQuantiles)
    return numbers_to_come(
        point, windows, preparation=preparation, quantiles=baseline.around(point), levels=baseline.levels
    )


def _with_truth(found: Answers, windows: SeriesWindows, preparation: SeriesPreparation) -> Answers:
    targets = preparation.targets(windows)
    if isinstance(found, Forecasts):
        return replace(found, truth=targets.astype(np.float64))
    return replace(found, truth=targets.astype(np.int64))


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
