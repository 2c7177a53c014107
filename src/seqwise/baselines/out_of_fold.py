"""What a head that stands on a baseline learns from: log-probabilities of rows that the baseline has not seen."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seqwise.baselines.contract import TextUnits
from seqwise.baselines.folds import image_texts, stratified_folds, window_folds, windows_clear_of
from seqwise.baselines.run import LabelledRows, run_baselines
from seqwise.baselines.sample import stratified_sample
from seqwise.records import Array, Indices
from seqwise.series_records import SeenWindows

# Times that a baseline is fitted. Those of units take a minute for half a million of them, and three folds leave them
# two thirds of the texts.
FOLDS, FOLDS_OF_UNITS = 5, 3


def out_of_fold(
    name: str,
    training: LabelledRows,
    *,
    seed: int,
    groups: Sequence[str] | None = None,
    most: int = 10**9,
    cache: Path | None = None,
) -> Array:
    """Log-probabilities of each row by a baseline fitted on the other folds, shape (row, label).

    Exact copies of a text are held out together, so a row is not judged by its own label through a copy either; and so
    are the units of a text, and the windows of a unit or of a time. A window that sees or foretells what a held-out
    window foretells is not learned from. Where all rows are one text there is nothing to learn from, and every label
    gets the same probability.

    Args:
        name: a baseline of the table.
        training: texts, the units of texts, or the steps of windows.
        seed: of folds and baseline.
        groups: one a text, such as its document; texts of one group are held out together, instead of copies. Not for
            windows, which know their unit.
        most: texts that are rows and that a baseline learns from, drawn by label from the other folds where they have
            more; units and windows are all learned from.
        cache: as for :func:`~seqwise.baselines.run.run_baselines`.

    Raises:
        UsageError: if the table has no such baseline.
    """
    folds = _folds(training, groups, seed=seed)
    result = np.full((len(training.rows), training.n_labels), -np.log(training.n_labels))
    for fold in np.unique(folds).tolist():
        is_own = folds == fold
        windows = training.rows if isinstance(training.rows, SeenWindows) else None
        others = training.where(~is_own if windows is None else windows_clear_of(windows, is_own))
        if not isinstance(others.rows, TextUnits | SeenWindows):
            drawn = np.zeros(len(others.rows), dtype=np.bool_)
            drawn[stratified_sample(others.targets, most, seed=seed)] = True
            others = others.where(drawn)
        if len(others.rows):
            asked = {"own": training.where(is_own).rows}
            found = run_baselines([name], others, splits=asked, seed=seed, cache=cache)
            result[training.of_rows(is_own)] = found.log_probabilities[name]["own"]
    return result


def _folds(training: LabelledRows, groups: Sequence[str] | None, *, seed: int) -> Indices:
    """The fold of each text, or window, shape (text,)."""
    if isinstance(training.rows, SeenWindows):
        return window_folds(training.rows, folds=FOLDS, seed=seed)
    if not isinstance(training.rows, TextUnits):
        rows = training.rows
        alike = image_texts(rows) if isinstance(rows, np.ndarray) else rows
        return stratified_folds(groups or alike, training.targets, folds=FOLDS, seed=seed)
    unlabelled = np.zeros(training.n_texts, dtype=np.int64)
    return stratified_folds(groups or training.rows.texts, unlabelled, folds=FOLDS_OF_UNITS, seed=seed)
