"""All baselines of a run, fitted on the training rows and asked for every other split; kept by content."""

import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import sklearn
from numpy.typing import NDArray

from seqwise.baselines.contract import Baseline, BaselineState
from seqwise.baselines.members import build_baseline
from seqwise.records import Array, Indices

SETTINGS = "settings"


@dataclass(frozen=True)
class BaselineRun:
    """Log-probabilities by baseline and split, seconds to fit each, and the fitted baselines."""

    log_probabilities: Mapping[str, Mapping[str, Array]]
    seconds: Mapping[str, float]
    fitted: Mapping[str, Baseline]


@dataclass(frozen=True)
class LabelledTexts:
    """Training texts, their label numbers, shape (row,), and the number of labels."""

    texts: Sequence[str]
    targets: Indices
    n_labels: int


def run_baselines(
    names: Sequence[str],
    training: LabelledTexts,
    *,
    splits: Mapping[str, Sequence[str]],
    seed: int,
    cache: Path | None,
) -> BaselineRun:
    """Fit each baseline, or take it from the cache, and ask it for every split.

    Args:
        names: keys of the table of baselines.
        training: what they learn from.
        splits: texts of the other splits by name.
        seed: of whatever is random in a baseline.
        cache: folder of fitted baselines, named by the content that made them; None: fit anew.
    """
    content = _content_hash(training, seed)
    fitted: dict[str, Baseline] = {}
    seconds: dict[str, float] = {}
    answers: dict[str, dict[str, Array]] = {}
    for name in names:
        began = time.monotonic()
        path = None if cache is None else cache / f"{name}-{content}.npz"
        baseline = None if path is None else _read(path, name)
        if baseline is None:
            baseline = build_baseline(name)
            baseline.fit(training.texts, training.targets, n_labels=training.n_labels, seed=seed)
            _write(path, baseline)
        fitted[name] = baseline
        answers[name] = {split: baseline.log_probabilities(rows) for split, rows in splits.items()}
        seconds[name] = round(time.monotonic() - began, 3)
    return BaselineRun(log_probabilities=answers, seconds=seconds, fitted=fitted)


def _content_hash(training: LabelledTexts, seed: int) -> str:
    digest = hashlib.sha256()
    for text in training.texts:
        digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
    digest.update(training.targets.tobytes())
    digest.update(f"{training.n_labels} {seed} {sklearn.__version__} {np.__version__}".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):  # another way to fit is another content
        digest.update(source.read_bytes())
    return digest.hexdigest()[:32]


def _read(path: Path, name: str) -> Baseline | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays: dict[str, NDArray[np.generic]] = {key: stored[key] for key in stored.files}
        settings = json.loads(arrays.pop(SETTINGS).tobytes())
    except (OSError, EOFError, ValueError, KeyError, BadZipFile):
        return None  # absent or damaged: fitted anew and written over
    baseline = build_baseline(name)
    baseline.restore(BaselineState(settings=settings, arrays=arrays))
    return baseline


def _write(path: Path | None, baseline: Baseline) -> None:
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    state = baseline.state()
    settings = np.frombuffer(json.dumps(dict(state.settings)).encode(), dtype=np.uint8)
    beside = path.with_suffix(f".{os.getpid()}.unfinished.npz")  # two runs may fill one cache
    arrays: dict[str, Any] = {SETTINGS: settings, **state.arrays}
    np.savez(beside, **arrays)
    beside.replace(path)
