"""From texts to probabilities with a trained model: one call for a list, a stream of blocks for a file of any size."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seqwise.artefact import Artefact, read_artefact
from seqwise.evaluate.calibration import apply_temperature
from seqwise.records import Array, Examples, Predictions, Rows
from seqwise.runtime import Machine, set_up
from seqwise.tasks.classify import probabilities


@dataclass(frozen=True)
class Predictor:
    """A model ready to answer; probabilities only, the temperature applied."""

    artefact: Artefact
    machine: Machine

    def probabilities(self, texts: Sequence[str]) -> Array:
        """Probabilities, shape (text, label), in the order of the texts; each row adds up to 1."""
        if not texts:
            return np.zeros((0, len(self.artefact.labels)), dtype=np.float64)
        artefact = self.artefact
        tokens, _ = artefact.preparation.apply(texts)
        priors = None
        if artefact.baseline is not None:
            priors = artefact.baseline.log_probabilities(texts).astype(np.float32)
        raw = probabilities(artefact.network, Examples(tokens=tokens, priors=priors), device=self.machine.device)
        return apply_temperature(raw, artefact.temperature)

    def predict(self, rows: Rows) -> Predictions:
        """Predictions for rows of text."""
        return Predictions(ids=rows.ids, labels=self.artefact.labels, probabilities=self.probabilities(rows.texts))

    def stream(self, blocks: Iterable[Rows]) -> Iterator[Predictions]:
        """Predictions block by block, so that memory does not grow with the file."""
        return (self.predict(block) for block in blocks)


def load_predictor(model: Path) -> Predictor:
    """Open a model folder with the precision and threads that it was trained with, on its device or what is there."""
    artefact = read_artefact(model)
    settings = artefact.settings
    machine = set_up(
        device="cpu" if settings.runtime.device == "cpu" else "auto",
        precision=settings.training.precision,
        threads=settings.runtime.threads,
    )
    artefact.network.encoder.to(dtype=machine.dtype)
    artefact.network.to(machine.device)
    return Predictor(artefact=artefact, machine=machine)
