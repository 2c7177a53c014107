"""What a task offers to the road in ``workflow.py``: how its rows become examples, a network, and predictions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from seqwise.baselines.run import BaselineRun
from seqwise.model.network import Network
from seqwise.prepare.labels import LabelSet
from seqwise.prepare.tokens import TextPreparation
from seqwise.records import Examples, Predictions, Splits, Truncation
from seqwise.settings.root import Settings


@dataclass(frozen=True)
class Work:
    """A task's rows, prepared: examples by split, and all that was fitted on the training rows."""

    splits: Splits
    preparation: TextPreparation
    labels: LabelSet
    examples: Mapping[str, Examples]
    truncation: Mapping[str, Truncation]
    baselines: BaselineRun


@dataclass(frozen=True)
class TaskSpec:
    """A member of the table of tasks."""

    name: str
    prepare: Callable[[Splits, Settings, Path | None, Path | None], Work]
    build: Callable[[Work, Settings, Path | None], Network]
    predict: Callable[[Network, Work, str, torch.device], Predictions]
    baseline_predictions: Callable[[Work, str], Mapping[str, Predictions]]
