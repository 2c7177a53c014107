"""A bare file of predictions in, evidence out: the checks run on any model's output."""

from collections.abc import Mapping, Sequence

import numpy as np

from seqwise.errors import DataError, Problem, did_you_mean
from seqwise.records import Array, Evidence, Indices, Language, Predictions

# The name under which a bare file stands in the findings.
SPLIT = "predictions"


def evidence_from_predictions(
    ids: Sequence[str],
    labels: Sequence[str],
    *,
    probabilities: Array,
    truth: Sequence[str] | Indices | None = None,
    language: Language = "en",
) -> Evidence:
    """Evidence of predictions alone.

    Args:
        ids: one a row.
        labels: one a column, in the order of the columns.
        probabilities: what the file holds, shape (row, label); it need not be probabilities, that is checked.
        truth: label names or label numbers, one a row; None when unknown.
        language: of the findings.

    Raises:
        DataError: if the shapes do not fit, or a true label is not one of ``labels``.
    """
    table = np.asarray(probabilities, dtype=np.float64)
    problems = _shape_problems(table, n_rows=len(ids), n_labels=len(labels))
    if truth is not None and len(truth) != len(ids):
        what = f"found {len(truth):,} true labels for {len(ids):,} rows."
        problems.append(Problem("predictions", what, "Give one label a row."))
    if problems:
        raise DataError(problems)
    numbers = None if truth is None else _label_numbers(truth, labels)
    one = Predictions(ids=tuple(ids), labels=tuple(labels), probabilities=table, truth=numbers)
    return Evidence(task="classify", language=language, labels=tuple(labels), predictions={SPLIT: one})


def _shape_problems(table: Array, *, n_rows: int, n_labels: int) -> list[Problem]:
    if table.ndim != 2:
        what = f"found an array with {table.ndim} axes."
        return [Problem("predictions", what, "Give a table with one row a text and one column a label.")]
    problems: list[Problem] = []
    if len(table) != n_rows:
        what = f"found {len(table):,} rows of numbers for {n_rows:,} ids."
        problems.append(Problem("predictions", what, "Give one row an id."))
    if table.shape[1] != n_labels:
        what = f"found {table.shape[1]:,} columns of numbers for {n_labels:,} labels."
        problems.append(Problem("predictions", what, "Give one column a label, in the same order."))
    return problems


def _label_numbers(truth: Sequence[str] | Indices, labels: Sequence[str]) -> Indices:
    if isinstance(truth, np.ndarray) and truth.dtype.kind in "iu":
        return _in_range(truth.astype(np.int64), n_labels=len(labels))
    number_of = {label: number for number, label in enumerate(labels)}
    names = [str(label) for label in truth]
    strangers = {name: names.count(name) for name in dict.fromkeys(names) if name not in number_of}
    if strangers:
        raise DataError([_stranger(name, times, number_of) for name, times in strangers.items()])
    return np.asarray([number_of[name] for name in names], dtype=np.int64)


def _stranger(name: str, times: int, known: Mapping[str, int]) -> Problem:
    what = f'found the true label "{name}" ({times:,} rows); known labels: {", ".join(known)}.'
    return Problem("predictions", what, did_you_mean(name, known))


def _in_range(numbers: Indices, *, n_labels: int) -> Indices:
    wrong = numbers[(numbers < 0) | (numbers >= n_labels)]
    if len(wrong):
        what = f"found the label number {int(wrong[0])} ({len(wrong):,} rows); there are {n_labels:,} labels."
        raise DataError(Problem("predictions", what, f"Use 0 to {n_labels - 1}."))
    return numbers
