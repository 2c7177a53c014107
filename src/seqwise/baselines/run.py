"""All baselines of a run, fitted on the training rows and asked for every other split; kept by content."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray

from seqwise.baselines.contract import Baseline, BaselineState, TextUnits, ask
from seqwise.baselines.members import build_baseline
from seqwise.cache import content_key, kept_file, text_digest
from seqwise.records import Array, Indices, pick

SETTINGS = "settings"


@dataclass(frozen=True)
class BaselineRun:
    """Log-probabilities by baseline and split, seconds to fit each, the fitted baselines, and how many texts."""

    log_probabilities: Mapping[str, Mapping[str, Array]]
    seconds: Mapping[str, float]
    fitted: Mapping[str, Baseline[Any]]
    n_rows: int


@dataclass(frozen=True)
class LabelledRows:
    """Training rows (texts, or the units of texts), their label numbers, shape (row,), and the number of labels."""

    rows: Sequence[str] | TextUnits
    targets: Indices
    n_labels: int

    @property
    def texts(self) -> Sequence[str]:
        """The texts that are rows, or hold them."""
        return self.rows.texts if isinstance(self.rows, TextUnits) else self.rows

    def of_rows(self, of_texts: NDArray[Any]) -> NDArray[Any]:
        """What holds for each text, shape (text,), for each row, shape (row,)."""
        return np.repeat(of_texts, np.diff(self.rows.units.offsets)) if isinstance(self.rows, TextUnits) else of_texts

    def where(self, is_taken: NDArray[np.bool_]) -> "LabelledRows":
        """The rows of some of the texts; ``is_taken`` has the shape (text,)."""
        rows = self.rows
        taken = rows.where(is_taken) if isinstance(rows, TextUnits) else pick(rows, np.flatnonzero(is_taken))
        return LabelledRows(taken, self.targets[self.of_rows(is_taken)], self.n_labels)


def run_baselines(
    names: Sequence[str],
    training: LabelledRows,
    *,
    splits: Mapping[str, Sequence[str] | TextUnits],
    seed: int,
    cache: Path | None,
) -> BaselineRun:
    """Fit each baseline, or take it from the cache, and ask it for every split.

    Args:
        names: keys of the table of baselines.
        training: what they learn from.
        splits: rows of the other splits by name.
        seed: of whatever is random in a baseline.
        cache: folder of fitted baselines, named by the content that made them; None: fit anew.
    """
    content = _content_key(training, seed)
    fitted: dict[str, Baseline[Any]] = {}
    seconds: dict[str, float] = {}
    answers: dict[str, dict[str, Array]] = {}
    for name in names:
        began = time.monotonic()
        if cache is None:
            fitted[name] = _fit(name, training, seed=seed)
        else:
            write = partial(_fit_and_write, name=name, training=training, seed=seed)
            fitted[name] = _read(kept_file(cache, f"{name}-{content}.npz", make=write), name)
        answers[name] = {split: ask(fitted[name], rows) for split, rows in splits.items()}
        seconds[name] = round(time.monotonic() - began, 3)
    return BaselineRun(log_probabilities=answers, seconds=seconds, fitted=fitted, n_rows=len(training.texts))


def _content_key(training: LabelledRows, seed: int) -> str:
    rows, units = training.rows, ()
    if isinstance(rows, TextUnits):
        units = (rows.units.edges.tobytes(), rows.units.offsets.tobytes(), text_digest(rows.tags), str(rows.scheme))
    return content_key(
        text_digest(training.texts),
        training.targets.tobytes(),
        f"{training.n_labels} {seed} {sklearn.__version__} {np.__version__}",
        *units,
        code=Path(__file__).parent,
    )


def _fit(name: str, training: LabelledRows, *, seed: int) -> Baseline[Any]:
    return build_baseline(name).fit(training.rows, training.targets, n_labels=training.n_labels, seed=seed)


def _fit_and_write(path: Path, *, name: str, training: LabelledRows, seed: int) -> None:
    state = _fit(name, training, seed=seed).state()
    settings = np.frombuffer(json.dumps(dict(state.settings)).encode(), dtype=np.uint8)
    arrays: dict[str, Any] = {SETTINGS: settings, **state.arrays}
    np.savez(path, **arrays)


def _read(path: Path, name: str) -> Baseline[Any]:
    with np.load(path, allow_pickle=False) as stored:
        arrays: dict[str, NDArray[np.generic]] = {key: stored[key] for key in stored.files}
    baseline = build_baseline(name)
    baseline.restore(BaselineState(settings=json.loads(arrays.pop(SETTINGS).tobytes()), arrays=arrays))
    return baseline
