"""Facts in, the tables of the page out: scores beside their baselines, who is taken for whom, labels by split."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seqwise.evaluate.metrics import LOWER_IS_BETTER
from seqwise.records import Interval, Predictions, SplitScores
from seqwise.report.facts import RunFacts
from seqwise.report.numbers import score

# A heat map of more labels is no longer read, and K * K cells outgrow the page: then the largest are listed.
MOST_LABELS_OF_MATRIX = 20
MOST_CONFUSIONS = 40
# Scores that would mislead or crowd beside the others; those of one label, ``NAME.LABEL``, have a table of their own.
NOT_ACROSS = frozenset({"token_accuracy", "entity_macro_precision", "entity_macro_recall"})
# Not ranked: the best coverage is what was asked for, and forced BLEU is not the score of the model in use.
NOT_RANKED = frozenset({"coverage", "forced_bleu"})
# Rows of a table by label; a task with more labels has its whole table in details.json.
MOST_LABELS_OF_TABLE = 100


@dataclass(frozen=True)
class ScoreCell:
    """One metric of one model; ``is_best`` where no other row is better by a decimal that is written."""

    interval: Interval | None
    is_best: bool


@dataclass(frozen=True)
class ScoreRow:
    """The model, or a baseline, with one cell for each metric of the table."""

    name: str
    is_model: bool
    cells: tuple[ScoreCell, ...]


@dataclass(frozen=True)
class ScoreTable:
    """One split: metrics across, the model and every baseline down."""

    split: str
    n: int
    metrics: tuple[str, ...]
    rows: tuple[ScoreRow, ...]


@dataclass(frozen=True)
class Cell:
    """Rows of one true label that were given one label, and their share of the true label's rows."""

    n: int
    share: float


@dataclass(frozen=True)
class Confusion:
    """Truth down, prediction across; with many labels only ``largest``: (truth, prediction, cell), most rows first."""

    split: str
    labels: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    n_of_truth: tuple[int, ...]
    largest: tuple[tuple[str, str, Cell], ...]


@dataclass(frozen=True)
class ClassRow:
    """One label and its (rows, share) in each split."""

    label: str
    counts: tuple[Cell, ...]


@dataclass(frozen=True)
class ClassTable:
    """Labels down, splits across; ``n_left_out`` labels are not shown."""

    splits: tuple[str, ...]
    totals: tuple[int, ...]
    rows: tuple[ClassRow, ...]
    n_left_out: int


def score_table(split: str, scores: SplitScores) -> ScoreTable:
    """The model first, then the baselines, best by the verdict's metric on top."""
    metric = scores.verdict.metric
    across = (name for name in scores.metrics if "." not in name and name not in NOT_ACROSS)
    metrics = tuple(sorted(across, key=lambda name: name != metric))
    baselines = sorted(scores.baselines, key=lambda name: _rank(scores.baselines[name].get(metric), metric))
    named: dict[str, Mapping[str, Interval]] = {
        "": scores.metrics,
        **{name: scores.baselines[name] for name in baselines},
    }
    best = {one: min(_rank(row.get(one), one) for row in named.values()) for one in metrics}
    rows = tuple(
        ScoreRow(
            name,
            is_model=not name,
            cells=tuple(
                ScoreCell(row.get(one), is_best=one not in NOT_RANKED and _is_best(row.get(one), one, best[one]))
                for one in metrics
            ),
        )
        for name, row in named.items()
    )
    return ScoreTable(split=split, n=scores.n, metrics=metrics, rows=rows)


def _rank(interval: Interval | None, metric: str) -> float:
    """A number that is lower for a better score; infinite for none."""
    if interval is None or math.isnan(interval.value):
        return math.inf
    return interval.value if metric in LOWER_IS_BETTER else -interval.value


def _is_best(interval: Interval | None, metric: str, best: float) -> bool:
    return interval is not None and math.isfinite(best) and score(_rank(interval, metric)) == score(best)


def confusion(split: str, predictions: Predictions) -> Confusion | None:
    """Who is taken for whom on one split, or None when the truth is unknown."""
    truth, labels = predictions.truth, predictions.labels
    if truth is None or len(truth) == 0:
        return None
    n_labels = len(labels)
    pairs = truth * n_labels + predictions.predicted
    counts = np.bincount(pairs, minlength=n_labels * n_labels).reshape(n_labels, n_labels)  # (truth, prediction)
    totals = tuple(int(n) for n in counts.sum(axis=1))
    is_small = n_labels <= MOST_LABELS_OF_MATRIX
    return Confusion(
        split=split,
        labels=labels,
        cells=tuple(_cells(row.tolist(), totals[i]) for i, row in enumerate(counts)) if is_small else (),
        n_of_truth=totals,
        largest=() if is_small else _largest(counts, labels),
    )


def _cells(counts: Sequence[int], total: int) -> tuple[Cell, ...]:
    return tuple(Cell(n, n / total if total else 0.0) for n in counts)


def _largest(
    counts: np.ndarray[tuple[int, int], np.dtype[np.int64]], labels: tuple[str, ...]
) -> tuple[tuple[str, str, Cell], ...]:
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_CONFUSIONS]
    places = [divmod(int(place), len(labels)) for place in order]
    return tuple(
        (labels[row], labels[column], Cell(int(wrong[row, column]), float(wrong[row, column] / counts[row].sum())))
        for row, column in places
        if wrong[row, column]
    )


def class_table(facts: RunFacts) -> ClassTable | None:
    """How many rows of each label each split holds, or None when the run does not say."""
    counts = facts.details.class_counts
    if not counts:
        return None
    labels = tuple(dict.fromkeys(label for found in counts.values() for label in found))
    totals = tuple(sum(found.values()) for found in counts.values())
    rows = tuple(
        ClassRow(
            label,
            tuple(
                Cell(found.get(label, 0), found.get(label, 0) / total if total else 0.0)
                for found, total in zip(counts.values(), totals, strict=True)
            ),
        )
        for label in labels[:MOST_LABELS_OF_TABLE]
    )
    return ClassTable(tuple(counts), totals=totals, rows=rows, n_left_out=max(0, len(labels) - len(rows)))
