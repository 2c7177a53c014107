"""One label a text: rows become flat tokens and label numbers, a network and predictions come out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from seqwise.artefact import Artefact
from seqwise.baselines.contract import Baseline, ask
from seqwise.baselines.out_of_fold import out_of_fold
from seqwise.baselines.run import BaselineRun, LabelledRows, run_baselines
from seqwise.baselines.sample import stratified_sample
from seqwise.batch.plan import prediction_batches
from seqwise.errors import Problem, UsageError
from seqwise.model.contracts import Head, HeadShape, Vocabulary
from seqwise.model.network import Network, build_network
from seqwise.prepare.cached import prepare_texts
from seqwise.prepare.imbalance import class_weights, label_counts, logit_offsets
from seqwise.prepare.labels import LabelSet, fit_labels
from seqwise.prepare.tokens import TextPreparation
from seqwise.prepare.vectors import read_vectors
from seqwise.read.asked import Asked, asked_rows, table_format
from seqwise.read.splits import read_splits
from seqwise.read.tables import Columns, read_rows
from seqwise.records import Array, Examples, FileFacts, Indices, Predictions, Rows, Splits
from seqwise.run_folder import predictions_table
from seqwise.settings.encoders import BertSettings, TransformerSettings
from seqwise.settings.root import Settings
from seqwise.settings.stations import DataSettings
from seqwise.tasks.contract import AnswerFiles, TaskSpec, Work
from seqwise.tensors import Batch


def read(data: DataSettings, seed: int) -> Splits:
    """Labelled files as splits."""
    return read_splits(data, seed=seed)


def prepare(splits: Splits, settings: Settings, checkpoint: Path | None, cache: Path | None) -> Work:
    """Fit labels, tokens and baselines on the training rows, and turn every split into examples.

    Args:
        splits: the rows.
        settings: all settings.
        checkpoint: folder of the encoder's checkpoint, or None for an encoder from scratch.
        cache: folder where prepared texts and baselines are kept by content, or None.
    """
    named = splits.named()
    labels = fit_labels(_labels(splits.train), given=settings.data.labels)
    targets = {name: labels.apply(_labels(rows)) for name, rows in named.items()}
    prepared = prepare_texts(
        {name: rows.texts for name, rows in named.items()}, settings.prepare, checkpoint=checkpoint, cache=cache
    )
    baselines = _run_baselines(named, targets["train"], settings, n_labels=len(labels.names), cache=cache)
    training = LabelledRows(named["train"].texts, targets["train"], len(labels.names))
    priors = standing_priors(training, baselines, settings=settings, cache=cache)
    return Work(
        splits=splits,
        preparation=prepared.preparation,
        labels=labels,
        examples={
            name: Examples(tokens=tokens, targets=targets[name], priors=priors.get(name))
            for name, tokens in prepared.tokens.items()
        },
        truncation=prepared.truncation,
        baselines=baselines,
    )


def build(work: Work, settings: Settings, checkpoint: Path | None) -> Network:
    """The network for these examples, its weights a function of the seed alone."""
    vocabulary = Vocabulary(size=work.preparation.vocabulary_size, vectors=vectors_of(work, settings))
    encoder = settings.encoder
    if isinstance(encoder, BertSettings) and checkpoint is not None:
        encoder = encoder.model_copy(update={"checkpoint": str(checkpoint)})
    shape = head_shape(work, settings, n_outputs=len(work.labels.names))
    return build_network(encoder, settings.head, vocabulary=vocabulary, shape=shape, seed=settings.runtime.seed)


def predict(network: Network, work: Work, split: str, device: torch.device) -> Predictions:
    """Probabilities for the rows of a split, before any temperature."""
    examples = work.examples[split]

    def logits(batch: Batch) -> Float[Tensor, "batch label"]:
        return network(batch.to(device))

    network.eval()
    return Predictions(
        ids=work.splits.named()[split].ids,
        labels=work.labels.names,
        probabilities=probabilities(logits, examples, head=network.head),
        truth=examples.targets,
    )


def probabilities(logits: Callable[[Batch], Float[Tensor, "batch label"]], examples: Examples, *, head: Head) -> Array:
    """Probabilities of what ``logits`` gives for batches of like lengths, shape (row, label), in the rows' order.

    Args:
        logits: of a batch.
        examples: a prepared split.
        head: that the logits belong to; it knows what they mean.
    """
    result = np.zeros((examples.n_outputs, head.n_outputs), dtype=np.float64)
    with torch.inference_mode():
        for batch in prediction_batches(examples):
            result[list(batch.rows)] = head.log_probabilities(logits(batch), batch).exp().cpu().numpy()
    return result


def answer(model: Artefact, logits: Callable[[Batch], Tensor], rows: Rows) -> Predictions:
    """Probabilities for new texts, before the temperature."""
    tokens, _ = text_preparation(model).apply(rows.texts)
    priors = None
    if model.label_baseline is not None:
        priors = model.label_baseline.log_probabilities(rows.texts).astype(np.float32)
    examples = Examples(tokens=tokens, priors=priors)
    found = probabilities(logits, examples, head=model.network.head)
    return Predictions(ids=rows.ids, labels=model.labels, probabilities=found)


def text_preparation(model: Artefact) -> TextPreparation:
    """How the texts of a model become tokens."""
    assert isinstance(model.preparation, TextPreparation)
    return model.preparation


def asked(source: str, data: DataSettings) -> Asked:
    """The rows of a table, or lines of standard input."""
    return asked_rows(source, Columns(text=data.text, id=data.id), data=data)


def labelled(source: str, model: Artefact) -> tuple[Rows, FileFacts]:
    """The rows of a table with labels that the model has."""
    data = model.settings.data
    return read_rows(
        source,
        Columns(text=data.text, label=data.label, id=data.id),
        format=table_format(source, data),
        encoding=data.encoding,
        labels=model.labels,
        on_bad_row=data.on_bad_row,
    )


def judge(model: Artefact, rows: Rows, found: Predictions) -> Predictions:
    """The answers with the label numbers of the rows."""
    return replace(found, truth=LabelSet(model.labels).apply(_labels(rows)))


def beside(_: Artefact, rows: Rows, found: Predictions, baseline: Baseline[Any]) -> Predictions:
    """What a baseline says of the same texts."""
    return replace(found, probabilities=np.exp(ask(baseline, rows.texts)))


def _table(_: Rows, found: Predictions) -> pl.DataFrame:
    return predictions_table(found)


def files(_: Artefact, steps: Sequence[str]) -> AnswerFiles:
    """A row a text: its id, the label, and the probability of each label; there are no steps behind them."""
    if steps:
        raise UsageError(Problem("--steps", "steps are for entities; this is a run of classify.", "Leave it out."))
    return AnswerFiles(tables={".csv": _table, ".jsonl": _table, ".parquet": _table})


def baseline_predictions(work: Work, split: str) -> Mapping[str, Predictions]:
    """What each baseline says of the rows of a split."""
    rows = work.splits.named()[split]
    return {
        name: Predictions(
            ids=rows.ids,
            labels=work.labels.names,
            probabilities=np.exp(by_split[split]),
            truth=work.examples[split].targets,
        )
        for name, by_split in work.baselines.log_probabilities.items()
    }


def _labels(rows: Rows) -> Sequence[str]:
    assert rows.labels is not None
    return rows.labels


def _run_baselines(
    named: Mapping[str, Rows], targets: Indices, settings: Settings, *, n_labels: int, cache: Path | None
) -> BaselineRun:
    chosen = stratified_sample(targets, settings.evaluate.baseline_rows, seed=settings.runtime.seed)
    return run_baselines(
        settings.baselines,
        LabelledRows(named["train"].take(chosen).texts, targets[chosen], n_labels),
        splits={name: rows.texts for name, rows in named.items() if name != "train"},
        seed=settings.runtime.seed,
        cache=cache,
    )


def standing_priors(
    training: LabelledRows,
    baselines: BaselineRun,
    *,
    settings: Settings,
    cache: Path | None,
    groups: Sequence[str] | None = None,
) -> dict[str, NDArray[np.float32]]:
    """What the baseline under the head says of every split, shape (row, label); nothing where the head has none.

    For training rows it is out of fold, so that the head learns to trust it rightly.

    Args:
        training: all training rows.
        baselines: fitted, with what they say of the other splits.
        settings: all settings.
        cache: folder where baselines are kept by content, or None.
        groups: of the training texts; see :func:`~seqwise.baselines.out_of_fold.out_of_fold`.
    """
    stand_on = settings.head.stand_on
    if not stand_on:
        return {}
    own = out_of_fold(
        stand_on,
        training,
        seed=settings.runtime.seed,
        groups=groups,
        most=settings.evaluate.baseline_rows,
        cache=cache,
    )
    every = {"train": own, **baselines.log_probabilities[stand_on]}
    return {name: values.astype(np.float32) for name, values in every.items()}


def vectors_of(work: Work, settings: Settings) -> NDArray[np.float32] | None:
    """The word vectors that the settings name for the vocabulary, or None where they name none."""
    if not settings.prepare.vectors or isinstance(settings.encoder, BertSettings):
        return None
    encoder = settings.encoder
    width = encoder.hidden if isinstance(encoder, TransformerSettings) else encoder.embedding
    return read_vectors(Path(settings.prepare.vectors), work.preparation.vocabulary, width=width).matrix


def head_shape(work: Work, settings: Settings, *, n_outputs: int) -> HeadShape:
    """What the head must know of these examples, with what its loss does about rare labels."""
    training, counts = settings.training, label_counts(work.examples["train"], len(work.labels.names))
    return HeadShape(
        n_outputs=n_outputs,
        class_weights=None if counts is None else class_weights(counts, training),
        logit_offsets=None if counts is None else logit_offsets(counts, training.logit_adjustment),
        focal=training.focal,
        label_smoothing=training.label_smoothing,
        n_words=len(work.words or ()),
    )


TASK = TaskSpec(
    name="classify",
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
)
