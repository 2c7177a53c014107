"""All baselines of a run, fitted on the training rows and asked for every other split; kept by content."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray

from seqwise.baselines.contract import Baseline, BaselineState, TextUnits, ask
from seqwise.baselines.members import build_baseline, build_text_baseline
from seqwise.baselines.residual_quantiles import LEVELS, ResidualQuantiles, restore_quantiles
from seqwise.baselines.texts import TEXTS, TextBaseline
from seqwise.cache import content_key, kept_file, text_digest
from seqwise.records import Array, Indices, pick
from seqwise.series_records import SeenWindows

SETTINGS = "settings"
AnyBaseline = Baseline[Any] | ResidualQuantiles | TextBaseline


@dataclass(frozen=True)
class BaselineRun:
    """Log-probabilities by baseline and split, seconds to fit each, the fitted ones, and how many texts or windows.

    In place of probabilities there are ``points`` of baselines of numbers, shape (window, step, channel), and ``texts``
    of those that write texts.
    """

    log_probabilities: Mapping[str, Mapping[str, Array]]
    seconds: Mapping[str, float]
    fitted: Mapping[str, AnyBaseline]
    n_rows: int
    points: Mapping[str, Mapping[str, Array]] = field(default_factory=dict[str, Mapping[str, Array]])
    texts: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict[str, Mapping[str, Sequence[str]]])


@dataclass(frozen=True)
class LabelledRows:
    """Training rows (texts, their units, steps of windows, or images), their labels, shape (row,), and how many."""

    rows: Sequence[str] | TextUnits | SeenWindows | NDArray[np.uint8]
    targets: Indices
    n_labels: int

    @property
    def n_texts(self) -> int:
        """Texts, or windows, that are rows or hold them."""
        rows = self.rows
        if isinstance(rows, SeenWindows):
            return len(rows.times)
        return len(rows.texts) if isinstance(rows, TextUnits) else len(rows)

    def of_rows(self, of_texts: NDArray[Any]) -> NDArray[Any]:
        """What holds for each text, or window, shape (text,), for each row, shape (row,)."""
        if isinstance(self.rows, SeenWindows):
            return np.repeat(of_texts, self.rows.horizon)
        return np.repeat(of_texts, np.diff(self.rows.units.offsets)) if isinstance(self.rows, TextUnits) else of_texts

    def where(self, is_taken: NDArray[np.bool_]) -> "LabelledRows":
        """The rows of some of the texts, or windows; ``is_taken`` has the shape (text,)."""
        rows = self.rows
        if isinstance(rows, TextUnits | SeenWindows):
            taken = rows.where(is_taken)
        else:
            taken = rows[is_taken] if isinstance(rows, np.ndarray) else pick(rows, np.flatnonzero(is_taken))
        return LabelledRows(taken, self.targets[self.of_rows(is_taken)], self.n_labels)


def run_baselines(
    names: Sequence[str],
    training: LabelledRows,
    *,
    splits: Mapping[str, Sequence[str] | TextUnits | SeenWindows | NDArray[np.uint8]],
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
    return BaselineRun(log_probabilities=answers, seconds=seconds, fitted=fitted, n_rows=training.n_texts)


def run_text_baselines(
    names: Sequence[str],
    training: tuple[Sequence[str], Sequence[str]],
    *,
    splits: Mapping[str, Sequence[str]],
) -> BaselineRun:
    """Fit each baseline that writes texts on sources and targets, and ask it for the sources of every split."""
    fitted: dict[str, AnyBaseline] = {}
    seconds: dict[str, float] = {}
    texts: dict[str, dict[str, Sequence[str]]] = {}
    for name in names:
        began = time.monotonic()
        baseline = build_text_baseline(name).fit(*training)
        fitted[name], texts[name] = baseline, {split: baseline.translate(rows) for split, rows in splits.items()}
        seconds[name] = round(time.monotonic() - began, 3)
    return BaselineRun({}, seconds=seconds, fitted=fitted, n_rows=len(training[0]), texts=texts)


def restored(name: str, state: BaselineState) -> AnyBaseline:
    """The baseline of this name that a state was taken of."""
    if LEVELS in state.settings:
        return restore_quantiles(name, state)
    baseline = build_text_baseline(name) if TEXTS in state.settings else build_baseline(name)
    baseline.restore(state)
    return baseline


def _content_key(training: LabelledRows, seed: int) -> str:
    return content_key(
        *_content(training.rows),
        training.targets.tobytes(),
        f"{training.n_labels} {seed} {sklearn.__version__} {np.__version__}",
        code=Path(__file__).parent,
    )


def _content(rows: Sequence[str] | TextUnits | SeenWindows | NDArray[np.uint8]) -> tuple[str | bytes, ...]:
    if isinstance(rows, np.ndarray):
        return (str(rows.shape), rows.tobytes())
    if isinstance(rows, SeenWindows):
        arrays = (rows.inputs, rows.units, rows.times, rows.known)
        shapes = f"{rows.inputs.dtype} {rows.inputs.shape} {rows.known.shape} {rows.season}"
        return (shapes, text_digest(rows.states), *(array.tobytes() for array in arrays))
    if isinstance(rows, TextUnits):
        edges, offsets = rows.units.edges.tobytes(), rows.units.offsets.tobytes()
        return (text_digest(rows.texts), edges, offsets, text_digest(rows.tags), str(rows.scheme))
    return (text_digest(rows),)


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
