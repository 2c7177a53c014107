"""Which fold a row is held out in, by arithmetic of the seed.

Texts are stratified by label, exact duplicates together; windows go by unit, or by time where there are few units.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seqwise.records import Indices
from seqwise.repeats import text_numbers
from seqwise.series_records import SeenWindows

# With fewer units a fold, one unlike the others would decide what the fold says.
FEWEST_UNITS_OF_A_FOLD = 2


def stratified_folds(texts: Sequence[str], targets: Indices, *, folds: int, seed: int) -> Indices:
    """The fold of each row, 0 .. folds - 1, shape (row,).

    Rows with the same text share a fold, so that no row is judged by a model that has seen its text with its answer.
    A text counts as the label of its first row. The shuffled texts of each label are dealt out to the folds in turn,
    the next label beginning where the last one ended: folds differ by one text in each label and in all.

    Args:
        texts: one a row.
        targets: label numbers, shape (row,).
        folds: how many; folds that are left without a row simply do not occur.
        seed: the same seed gives the same folds.
    """
    text_of_row = text_numbers(texts, len(texts))
    _, first_rows = np.unique(text_of_row, return_index=True)
    shuffled = np.random.default_rng(seed).permutation(len(first_rows))
    dealt = shuffled[np.argsort(targets[first_rows][shuffled], kind="stable")]
    fold_of_text = np.empty(len(first_rows), dtype=np.int64)
    fold_of_text[dealt] = np.arange(len(first_rows)) % folds
    return fold_of_text[text_of_row]


def window_folds(windows: SeenWindows, *, folds: int, seed: int) -> Indices:
    """The fold of each window, 0 .. folds - 1, shape (window,).

    Windows of a unit share a fold, and units are dealt out evenly. Where there are fewer than two units a fold, each
    fold is instead a block of time of all units, and the blocks have like numbers of windows.
    """
    units, unit_of_window = np.unique(windows.units, return_inverse=True)
    if len(units) >= FEWEST_UNITS_OF_A_FOLD * folds:
        return (np.random.default_rng(seed).permutation(len(units)) % folds)[unit_of_window]
    earlier = np.searchsorted(np.sort(windows.times), windows.times)  # windows that begin before
    return earlier * folds // max(1, len(windows.times))


def windows_clear_of(windows: SeenWindows, is_own: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """True for the other windows that hold no target of a fold's own ones, as input or as target, shape (window,).

    Args:
        windows: of all folds.
        is_own: those of one fold of :func:`window_folds`, shape (window,).
    """
    if not is_own.any():
        return ~is_own
    first, last = windows.times[is_own].min(), windows.times[is_own].max() + windows.horizon
    is_apart = (windows.times + windows.horizon <= first) | (windows.times - windows.inputs.shape[1] >= last)
    return ~is_own & (is_apart | ~np.isin(windows.units, windows.units[is_own]))


def image_texts(rows: NDArray[np.uint8]) -> list[str]:
    """The pixels of each image as text, for folds in which copies stand together; shape (row, step, feature)."""
    return [image.tobytes().hex() for image in rows]
