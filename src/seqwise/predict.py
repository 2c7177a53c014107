"""From texts to probabilities with a trained model: one call for a list, a stream of blocks for a file of any size."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from seqwise.answers import Answers
from seqwise.artefact import Artefact, read_artefact
from seqwise.backends import BACKENDS
from seqwise.backends.contract import BackendSpec, Logits
from seqwise.catalog import load
from seqwise.evaluate.calibration import calibrated
from seqwise.read.memory import rows_in_memory
from seqwise.records import Array, Predictions, Rows
from seqwise.runtime import set_up
from seqwise.tasks.choice import task_of
from seqwise.tasks.contract import TaskSpec


@dataclass(frozen=True)
class Predictor:
    """A model ready to answer; probabilities only, the temperature applied."""

    artefact: Artefact
    logits: Logits
    backend: BackendSpec

    @property
    def task(self) -> TaskSpec:
        """What the model was trained for."""
        return task_of(self.artefact.settings)

    def probabilities(self, texts: Sequence[str]) -> Array:
        """Probabilities for texts without a file, shape (row, label), in their order; each row adds up to 1."""
        if not texts:
            return np.zeros((0, len(self.artefact.labels)), dtype=np.float64)
        return self.label(rows_in_memory(texts)).probabilities

    def predict(self, rows: Any) -> Answers:
        """Answers to rows of text in their order, or to a table of series."""
        found = self.task.answer(self.artefact, self.logits, rows)
        return calibrated(found, self.artefact.temperature, shifts=self.artefact.shifts)

    def label(self, rows: Rows) -> Predictions:
        """Predictions for rows of text, in their order."""
        found = self.predict(rows)
        assert isinstance(found, Predictions)
        return found

    def stream(self, blocks: Iterable[Any]) -> Iterator[tuple[Any, Answers]]:
        """Rows and their predictions block by block, so that memory does not grow with the file."""
        return ((block, self.predict(block)) for block in blocks)


def load_predictor(model: Path, *, backend: str = "") -> Predictor:
    """Open a model folder with the precision and threads that it was trained with, on its device or what is there.

    Args:
        model: the folder.
        backend: a name of ``seqwise list backends``; empty: as the settings of the run say.

    Raises:
        DataError: if the folder is no model of ours, or was changed.
        UsageError: if there is no such backend, it cannot compute this model, or its logits are not torch's.
        MissingExtraError: if the backend's package is not installed.
    """
    artefact = read_artefact(model)
    settings = artefact.settings
    machine = set_up(
        device="cpu" if settings.runtime.device == "cpu" else "auto",
        precision=settings.training.precision,
        threads=settings.runtime.threads,
    )
    loaded = load("seqwise.backends", backend or settings.runtime.backend, constant="BACKEND", table=BACKENDS)
    spec = cast(BackendSpec, loaded)
    return Predictor(artefact=artefact, logits=spec.build(artefact, model, machine), backend=spec)
