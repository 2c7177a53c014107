"""The work that we and the peer share: Spooky's rows and all-MiniLM-L6-v2, prepared once and written as one folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
import transformers
from results import ROOT

from seqwise import fitting
from seqwise.artefact import Artefact, write_artefact
from seqwise.model.network import Network
from seqwise.read.checkpoints import find_checkpoint
from seqwise.read.splits import read_splits
from seqwise.records import Examples
from seqwise.settings.root import Settings
from seqwise.settings.task_defaults import with_task_defaults
from seqwise.tasks.classify import TASK
from seqwise.tasks.contract import Work

DATA = ROOT.parent / "shared" / "data"
SCRATCH = ROOT / "runs" / "speed"
RATE = 1e-4
EPOCHS = 100  # a plan that no measurement comes to the end of
DROPOUTS = ("hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout")
Precision = Literal["auto", "float32", "bfloat16"]
Row = dict[str, object]


@dataclass(frozen=True)
class Shared:
    """Prepared rows, and the folder of the network before training that both sides open: the same first weights."""

    settings: Settings
    work: Work
    checkpoint: Path
    folder: Path

    @property
    def config(self) -> dict[str, object]:
        """The folder's ``config.json``."""
        return json.loads((self.folder / "config.json").read_text(encoding="utf-8"))

    @property
    def device(self) -> torch.device:
        """Where both sides train."""
        return torch.device(self.settings.runtime.device)

    @property
    def train(self) -> Examples:
        """The training rows."""
        return self.work.examples["train"]

    @property
    def held_out(self) -> Examples:
        """Rows that no side trains on."""
        return self.work.examples["validation"]

    def build(self, *, batch_size: int, precision: Precision) -> fitting.Built:
        """Our network on its machine, with its batches."""
        training = self.settings.training.model_copy(update={"batch_size": batch_size, "precision": precision})
        settings = self.settings.model_copy(update={"training": training})
        return fitting.build(TASK, self.work, settings=settings, checkpoint=self.checkpoint)


def share(
    name: str,
    *,
    seed: int = 0,
    checkpoint: Path | None = None,
    device: Literal["cpu", "cuda"] = "cpu",
    has_dropout: bool = True,
) -> Shared:
    """Read and prepare Spooky, and write the untrained network of this seed to a folder of this name.

    Both sides train alike: AdamW at a constant rate, no weight decay, gradients clipped to norm 1, the checkpoint's own
    dropout, and no evaluation on the way. The rows are the same for every seed. Without dropout ours has none; the
    peer's is for :func:`open_theirs` to take away.
    """
    dropout: dict[str, object] = {} if has_dropout else {"dropout": 0.0}
    settings = Settings.model_validate(
        with_task_defaults(
            {
                "task": "classify",
                "data": {"train": str(DATA / "spooky" / "train.csv"), "label": "author", "id": "id"},
                "prepare": {"tokens": "checkpoint", "max_length": 256},
                "encoder": {"name": "bert", "checkpoint": str(checkpoint or "all-MiniLM-L6-v2"), **dropout},
                "head": dropout,
                "training": {
                    "epochs": EPOCHS,
                    "learning_rate": RATE,
                    "schedule": {"name": "constant"},
                    "weight_decay": 0.0,
                    "patience": 0,
                    "checkpoint_s": 1e9,
                },
                "evaluate": {"baselines": ["prior"]},
                "runtime": {"seed": seed, "device": device},
            }
        )
    )
    folder = checkpoint or find_checkpoint("all-MiniLM-L6-v2")
    work = TASK.prepare(read_splits(settings.data, seed=0), settings, folder, None)
    save(work, TASK.build(work, settings, folder), settings, SCRATCH / name)
    return Shared(settings=settings, work=work, checkpoint=folder, folder=SCRATCH / name)


def save(work: Work, network: Network, settings: Settings, folder: Path) -> None:
    """Write a network as a folder that ``transformers`` opens too."""
    artefact = Artefact(
        task="classify",
        settings=settings,
        labels=work.labels.names,
        network=network,
        preparation=work.preparation,
        temperature=1.0,
        baseline=None,
    )
    write_artefact(folder, artefact)


def open_theirs(
    folder: Path, *, has_dropout: bool = True
) -> tuple[transformers.PreTrainedModel, transformers.PreTrainedTokenizerFast]:
    """The folder as the peer opens it: model and tokenizer."""
    shares: dict[str, float] = {} if has_dropout else dict.fromkeys(DROPOUTS, 0.0)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, **shares)
    return model, transformers.PreTrainedTokenizerFast.from_pretrained(folder)


def as_dictionaries(examples: Examples) -> list[Row]:
    """Rows as the peer's data set has them: ids already made, so that neither side tokenizes while it trains."""
    assert examples.targets is not None
    rows = np.split(examples.tokens.ids, examples.tokens.offsets[1:-1])
    return [
        {"input_ids": ids.tolist(), "attention_mask": [1] * len(ids), "labels": int(target)}
        for ids, target in zip(rows, examples.targets, strict=True)
    ]
