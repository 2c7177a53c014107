"""Which fold a row is held out in: stratified by label, exact duplicates together, by arithmetic of the seed."""

from collections.abc import Sequence

import numpy as np

from seqwise.records import Indices
from seqwise.repeats import text_numbers


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
