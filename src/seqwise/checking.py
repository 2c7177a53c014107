"""Findings without training: on a settings file and its data, on a run, or on a bare file of predictions. No torch."""

from dataclasses import replace
from math import ceil
from pathlib import Path

import numpy as np
import polars as pl

from seqwise.check.engine import run_checks
from seqwise.check.predictions import evidence_from_predictions
from seqwise.check.series_facts import window_evidence
from seqwise.check.tag_predictions import evidence_from_tags
from seqwise.errors import DataError, Problem
from seqwise.image_records import ImageSplits
from seqwise.prepare.series_splits import split_series
from seqwise.prepare.tagged_splits import prepare_tagged_splits, tag_evidence
from seqwise.read.answers import read_answers
from seqwise.read.checkpoints import checkpoint_of
from seqwise.read.series.table import read_table
from seqwise.read.splits import read_image_splits, read_pair_splits, read_splits, read_tagged_splits
from seqwise.records import Evidence, Finding, Language, PlanFacts, Splits
from seqwise.report.load import read_run
from seqwise.settings.names import holds_images
from seqwise.settings.reading import LoadedSettings, read_settings
from seqwise.settings.root import Settings
from seqwise.settings.series import settled
from seqwise.settings.stations import TrainingSettings
from seqwise.settings.uses import setting_uses
from seqwise.tag_evidence import TagEvidence
from seqwise.train.plan import simulate

PROBABILITY = "p_"
LOUD = frozenset({"error", "warning"})
# Checks that need nothing but the probabilities; the others were given more by the run than its predictions hold.
ON_PROBABILITIES = frozenset({"collapse", "probabilities", "double_activation"})
# Names under which people keep the truth and the prediction of a row.
TRUTH, PREDICTION, ID, UNIT = "truth", "prediction", "id", "unit"


def check(target: Path, *, language: Language | None = None) -> tuple[Finding, ...]:
    """Findings on a settings file, a run folder or a file of predictions.

    Raises:
        SeqwiseError: if the target is none of these, or its content is bad.
    """
    if target.is_dir():
        return check_run(target, language=language)
    if target.suffix == ".toml":
        return check_settings(read_settings(target), language=language)
    return check_predictions(target, language=language)


def check_settings(loaded: LoadedSettings, *, language: Language | None = None) -> tuple[Finding, ...]:
    """What can be said before training: the data, the settings that nobody reads, the learning-rate plan."""
    evidence = _evidence_of_series(loaded) if loaded.settings.task == "forecast" else _evidence_of_rows(loaded)
    return run_checks(replace(evidence, language=language or evidence.language), silence=loaded.settings.checks.silence)


def _evidence_of_rows(loaded: LoadedSettings) -> Evidence:
    settings = loaded.settings
    is_of_images = holds_images(settings.data.format, settings.data.train)
    of_task = {"tag": read_tagged_splits, "translate": read_pair_splits}
    read = of_task.get(settings.task, read_image_splits if is_of_images else read_splits)
    splits = read(settings.data, seed=settings.runtime.seed)
    return Evidence(
        task=settings.task,
        language=settings.runtime.lang,
        labels=settings.data.labels or tuple(sorted(set(splits.train.labels or ()))),
        rows=splits.named(),
        files=splits.files,
        plan=_plan(settings.training, len(splits.train)),
        settings=setting_uses(loaded),
        tagged=_tagged(settings, splits),
    )


def _evidence_of_series(loaded: LoadedSettings) -> Evidence:
    table = read_table(loaded.settings.data)
    states = table.series.states
    loaded = replace(loaded, settings=settled(loaded.settings, states))
    settings = loaded.settings
    windows = split_series(table.series, settings.data, prepare=settings.prepare, seed=settings.runtime.seed)
    return Evidence(
        task=settings.task,
        language=settings.runtime.lang,
        labels=states,
        files=table.files,
        plan=_plan(settings.training, len(windows["train"])),
        settings=setting_uses(loaded),
        series=window_evidence(windows),
    )


def _plan(training: TrainingSettings, n: int) -> PlanFacts | None:
    """The learning rates of ``n`` rows; with a token budget or over-sampling updates are known after preparation."""
    if training.batch_tokens or training.oversample:
        return None
    n_updates = training.epochs * ceil(ceil(n / training.batch_size) / training.accumulation)
    return simulate(training.schedule, learning_rate=training.learning_rate, n_updates=n_updates)


def _tagged(settings: Settings, splits: Splits | ImageSplits) -> dict[str, TagEvidence]:
    """The units and tags that training would see; a run that is extended is not opened here."""
    if settings.task != "tag" or settings.extend.run or isinstance(splits, ImageSplits):
        return {}
    prepared = prepare_tagged_splits(splits, settings.prepare, checkpoint=checkpoint_of(settings.encoder))
    return tag_evidence(splits, prepared.tagged, labels=prepared.labels, scheme=prepared.scheme)


def check_run(folder: Path, *, language: Language | None = None) -> tuple[Finding, ...]:
    """The findings of a run, and what its stored predictions show that the run did not: they may have been changed."""
    findings = read_run(folder).findings
    told = {finding.check for finding in findings if finding.level in LOUD}
    again = [
        finding
        for path in sorted((folder / "predictions").glob("*.parquet"))
        if any(name.startswith(PROBABILITY) for name in pl.read_parquet_schema(path))  # numbers and texts have none
        for finding in check_predictions(path, language=language)
        if finding.check in ON_PROBABILITIES and finding.check not in told and finding.level in LOUD
    ]
    return (*findings, *again)


def check_predictions(path: Path, *, language: Language | None = None) -> tuple[Finding, ...]:
    """Findings on a file with one column of probabilities a label (``p_<label>``, or the labels themselves).

    A file of tagged units has a row a unit, with the columns ``unit`` (what is written), ``id`` (of its sentence, whose
    rows follow each other), ``truth`` and ``prediction``; a cell is empty where a unit has no tag.

    Raises:
        DataError: if the file cannot be read, or has no rows or no columns of probabilities.
    """
    table = read_answers(path)
    if table.height == 0:
        raise DataError(Problem(str(path), "has no rows.", "Give it a row a text, or a row a unit."))
    if UNIT in table.columns and ID in table.columns:
        return run_checks(_evidence_from_units(table, language=language or "en"), silence={})
    prefixed = [name for name in table.columns if name.startswith(PROBABILITY)]
    columns = prefixed or [
        name for name, kind in table.schema.items() if kind.is_float() and name not in {ID, TRUTH, PREDICTION}
    ]
    if len(columns) < 2:
        raise DataError(
            Problem(
                where=str(path),
                what=f"has no columns of probabilities; its columns: {', '.join(table.columns)}.",
                fix=f'Name them p_<label>, one for each label. A file of tagged units has "{ID}" and "{UNIT}".',
            )
        )
    labels = tuple(name.removeprefix(PROBABILITY) if prefixed else name for name in columns)
    ids = tuple(str(value) for value in table[ID]) if ID in table.columns else tuple(map(str, range(table.height)))
    truth = None
    if TRUTH in table.columns:
        truth = _label_numbers(path, [str(value) for value in table[TRUTH]], labels)
    probabilities = table.select(columns).to_numpy().astype(np.float64)
    evidence = evidence_from_predictions(
        ids, labels=labels, probabilities=probabilities, truth=truth, language=language or "en"
    )
    return run_checks(evidence, silence={})


def _evidence_from_units(table: pl.DataFrame, *, language: Language) -> Evidence:
    """Evidence of a table with a row a unit."""
    begins = table[ID].ne_missing(table[ID].shift(1)).to_numpy()
    starts = np.flatnonzero(begins).tolist()
    sentences = list(zip(starts, [*starts[1:], table.height], strict=True))

    def by_sentence(column: str) -> list[list[str | None]]:
        cells = table[column].cast(pl.String).to_list()
        return [cells[start:end] for start, end in sentences]

    return evidence_from_tags(
        [[unit or "" for unit in units] for units in by_sentence(UNIT)],
        by_sentence(TRUTH) if TRUTH in table.columns else None,
        predicted=by_sentence(PREDICTION) if PREDICTION in table.columns else None,
        language=language,
    )


def _label_numbers(path: Path, names: list[str], labels: tuple[str, ...]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    known = {label: number for number, label in enumerate(labels)}
    strange = sorted({name for name in names if name not in known})
    if strange:
        raise DataError(
            Problem(
                where=f'{path} column "{TRUTH}"',
                what=f"found {', '.join(strange[:5])}; the columns of probabilities are for {', '.join(labels)}.",
                fix="Use the same names in both.",
            )
        )
    return np.array([known[name] for name in names], dtype=np.int64)
