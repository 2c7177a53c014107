"""What a task offers to the road in ``workflow.py``: how its rows become examples, a network, and predictions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import torch
from torch import Tensor

from seqwise.answers import Answers
from seqwise.artefact import Artefact
from seqwise.baselines.run import BaselineRun
from seqwise.image_records import ImageSplits
from seqwise.model.network import Network
from seqwise.prepare.images import ImagePreparation
from seqwise.prepare.labels import LabelSet
from seqwise.prepare.pairs import PairPreparation
from seqwise.prepare.series_preparation import SeriesPreparation
from seqwise.prepare.tokens import TextPreparation
from seqwise.prepare.unit_words import UnitWords
from seqwise.read.asked import Asked
from seqwise.records import Examples, FileFacts, Predictions, Rows, Splits, Truncation
from seqwise.series_records import SeriesTable
from seqwise.settings.root import Settings
from seqwise.settings.stations import DataSettings
from seqwise.tensors import Batch

# What computes: a batch in, the head's outputs out.
Logits = Callable[[Batch], Tensor]
# What a task reads.
Material = Splits | SeriesTable | ImageSplits


@dataclass(frozen=True)
class Work:
    """A task's rows, prepared: examples by split, and all that was fitted on the training rows."""

    splits: Material
    preparation: TextPreparation | SeriesPreparation | PairPreparation | ImagePreparation
    labels: LabelSet
    examples: Mapping[str, Examples]
    truncation: Mapping[str, Truncation]
    baselines: BaselineRun
    has_words: bool = False
    words: UnitWords | None = None


@dataclass(frozen=True)
class AnswerFiles:
    """As what the answers to new rows leave: by the ending of the file's name.

    Attributes:
        tables: rows and what was said of them to a table; that of ``.csv`` goes to the screen too.
        formats: those of tagged text, by their names in ``seqwise list formats``.
        annotated: blocks of rows and what was said of them to rows with annotations, for ``formats``.
        notes: what the steps behind the model have done so far.
    """

    tables: Mapping[str, Callable[[Any, Any], pl.DataFrame]]
    formats: Mapping[str, str] = field(default_factory=dict[str, str])
    annotated: Callable[[Iterable[tuple[Rows, Predictions]]], Rows] | None = None
    notes: Callable[[], tuple[str, ...]] = tuple

    @property
    def endings(self) -> tuple[str, ...]:
        """Every ending."""
        return (*self.tables, *self.formats)


@dataclass(frozen=True)
class TaskSpec:
    """A member of the table of tasks.

    Attributes:
        name: of the task.
        read: the files of the settings, by the run's seed.
        prepare: what was read, settings, folder of the checkpoint and of the cache, if any, to work.
        build: the network for prepared rows, its weights a function of the seed alone.
        predict: what a network says of a split, before any temperature.
        baseline_predictions: what each baseline says of a split.
        answer: what a trained model says of new rows, before its temperature; the logits are a backend's.
        asked: the rows of a file, or of standard input with ``-``, that are to be answered.
        labelled: the rows of a file that are to be scored.
        judge: a model's answers to labelled rows, with their truth.
        beside: what a baseline says of the rows that such answers are to, with their truth.
        files: as what a model's answers leave, after the steps of these names.
        settle: the settings, with what only the data can tell for ``auto``; None where nothing is open.

    Rows are what the task's own ``asked`` and ``labelled`` give.
    """

    name: str
    read: Callable[[DataSettings, int], Material]
    prepare: Callable[[Any, Settings, Path | None, Path | None], Work]
    build: Callable[[Work, Settings, Path | None], Network]
    predict: Callable[[Network, Work, str, torch.device], Answers]
    baseline_predictions: Callable[[Work, str], Mapping[str, Answers]]
    answer: Callable[[Artefact, Callable[[Batch], Tensor], Any], Answers]
    asked: Callable[[str, DataSettings], Asked]
    labelled: Callable[[str, Artefact], tuple[Any, FileFacts]]
    judge: Callable[[Artefact, Any, Any], Answers]
    beside: Callable[[Artefact, Any, Any, Any], Answers]
    files: Callable[[Artefact, Sequence[str]], AnswerFiles]
    settle: Callable[[Settings, Any], Settings] | None = None
