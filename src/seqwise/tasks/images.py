"""One label an image, which is read row by row: what the task ``classify`` does with files of images."""

from collections.abc import Mapping, Sequence
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
from seqwise.baselines.sample import stratified_sample
from seqwise.errors import Problem, UsageError
from seqwise.image_records import Images, ImageSplits
from seqwise.model.contracts import Vocabulary
from seqwise.model.network import Network, build_network
from seqwise.prepare.images import ImagePreparation, fit_images
from seqwise.prepare.labels import LabelSet, fit_labels
from seqwise.read.asked import STANDARD_INPUT, Asked
from seqwise.read.idx import read_images
from seqwise.read.splits import read_image_splits
from seqwise.records import FileFacts, Predictions
from seqwise.run_folder import predictions_table
from seqwise.settings.root import Settings
from seqwise.settings.stations import DataSettings
from seqwise.tasks.classify import head_shape, probabilities, standing_priors
from seqwise.tasks.contract import AnswerFiles, Logits, TaskSpec, Work
from seqwise.tensors import Batch


@dataclass(frozen=True, kw_only=True)
class ImageWork(Work):
    """Images, prepared."""

    splits: ImageSplits
    preparation: ImagePreparation


def read(data: DataSettings, seed: int) -> ImageSplits:
    """Labelled images as splits."""
    return read_image_splits(data, seed=seed)


def prepare(splits: ImageSplits, settings: Settings, _: Path | None, cache: Path | None) -> ImageWork:
    """Fit labels, scaling and baselines on the training images, and turn every split into examples."""
    named = splits.images()
    labels = fit_labels(_labels(splits.train), given=settings.data.labels)
    targets = {name: labels.apply(_labels(images)) for name, images in named.items()}
    preparation = fit_images(splits.train)
    seed = settings.runtime.seed
    chosen = stratified_sample(targets["train"], settings.evaluate.baseline_rows, seed=seed)
    baselines = run_baselines(
        settings.baselines,
        LabelledRows(splits.train.pixels[chosen], targets["train"][chosen], len(labels)),
        splits={name: images.pixels for name, images in named.items() if name != "train"},
        seed=seed,
        cache=cache,
    )
    training = LabelledRows(splits.train.pixels, targets["train"], len(labels))
    priors = standing_priors(training, baselines, settings=settings, cache=cache)
    return ImageWork(
        splits=splits,
        preparation=preparation,
        labels=labels,
        examples={
            name: replace(preparation.apply(images), targets=targets[name], priors=priors.get(name))
            for name, images in named.items()
        },
        truncation={},
        baselines=baselines,
    )


def build(work: Work, settings: Settings, _: Path | None) -> Network:
    """The network for these images, its weights a function of the seed alone."""
    vocabulary = Vocabulary(work.preparation.vocabulary_size, n_features=work.preparation.n_features)
    shape = head_shape(work, settings, n_outputs=len(work.labels))
    return build_network(
        settings.encoder, settings.head, vocabulary=vocabulary, shape=shape, seed=settings.runtime.seed
    )


def predict(network: Network, work: Work, split: str, device: torch.device) -> Predictions:
    """Probabilities for the images of a split, before any temperature."""

    def logits(batch: Batch) -> Tensor:
        return network(batch.to(device))

    network.eval()
    return _said(work, split, probabilities(logits, work.examples[split], head=network.head))


def baseline_predictions(work: Work, split: str) -> Mapping[str, Predictions]:
    """What each baseline says of the images of a split."""
    return {
        name: _said(work, split, np.exp(by_split[split])) for name, by_split in work.baselines.log_probabilities.items()
    }


def asked(source: str, _: DataSettings) -> Asked:
    """The images of a file; they need no labels."""
    if source == STANDARD_INPUT:
        raise UsageError(Problem("INPUT", "found -; images are read from a file.", "Name an idx file of images."))
    images, _facts = read_images(source, is_labelled=False)
    return Asked(iter([images]))


def labelled(source: str, _: Artefact) -> tuple[Images, FileFacts]:
    """The images of a file with the labels beside them."""
    images, facts = read_images(source)
    return images, facts[0]


def answer(model: Artefact, logits: Logits, images: Images) -> Predictions:
    """Probabilities for new images, before the temperature."""
    assert isinstance(model.preparation, ImagePreparation)
    examples = model.preparation.apply(images)
    if model.label_baseline is not None:
        examples = replace(examples, priors=ask(model.label_baseline, images.pixels).astype(np.float32))
    found = probabilities(logits, examples, head=model.network.head)
    return Predictions(ids=images.ids, labels=model.labels, probabilities=found)


def judge(model: Artefact, images: Images, found: Predictions) -> Predictions:
    """The answers with the label numbers of the images."""
    return replace(found, truth=LabelSet(model.labels).apply(_labels(images)))


def beside(_: Artefact, images: Images, found: Predictions, baseline: Baseline[Any]) -> Predictions:
    """What a baseline says of the same images."""
    return replace(found, probabilities=np.exp(ask(baseline, images.pixels)))


def files(_: Artefact, steps: Sequence[str]) -> AnswerFiles:
    """A row an image: its id, the label, and the probability of each label; there are no steps behind them."""
    if steps:
        raise UsageError(Problem("--steps", "steps are for entities; this is a run of classify.", "Leave it out."))
    return AnswerFiles(tables={".csv": _table, ".jsonl": _table, ".parquet": _table})


def _table(_: Images, found: Predictions) -> pl.DataFrame:
    return predictions_table(found)


def _said(work: Work, split: str, found: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Predictions:
    assert isinstance(work, ImageWork)
    return Predictions(
        ids=work.splits.images()[split].ids,
        labels=work.labels.names,
        probabilities=found,
        truth=work.examples[split].targets,
    )


def _labels(images: Images) -> Sequence[str]:
    assert images.labels is not None
    return images.labels


# Chosen by the format of the files; its name for users is that of the task.
OF_IMAGES = TaskSpec(
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
