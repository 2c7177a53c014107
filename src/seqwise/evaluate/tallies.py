"""Predictions in, tallies out: the scores of a system, and what each drawn row adds to the sums they are made of.

A row is what resampling draws: a row of the file, or a whole text where units inside of it were tagged, since the units
of one text depend on each other; where series are forecast a block of windows, for the same reason.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from seqwise.evaluate.entities import EntityCounts, count_entities, entity_metrics, entity_sizes
from seqwise.evaluate.metrics import CLIP, N_BINS, confidence_bins, confidence_gaps, row_briers, row_log_losses
from seqwise.records import Array, Indices, Predictions

# Columns of a table of labels: the row itself, right, log loss, Brier, gaps by bin; hits, predictions, truths by label.
ROW, RIGHT, LOSS, BRIER, GAPS = 0, 1, 2, 3, slice(4, 4 + N_BINS)
FIRST_LABEL = 4 + N_BINS
# What of the units' scores stands behind those of entities, by its name there; token accuracy is a footnote.
OF_UNITS = {"token_accuracy": "accuracy", "log_loss": "log_loss", "ece": "ece"}


@dataclass(frozen=True)
class Tally:
    """The scores of one system on one split.

    Attributes:
        table: what each row adds to each sum, shape (row, sum).
        metrics: sums, shape (..., sum), to the values of each metric, shape (...).
        parts: metric to the columns of the table that it is made of.
        sizes: of how many cases a metric is a share; where it is 0 or 1 its interval is Wilson's.
        independent: metrics whose cases are the rows themselves, so that Wilson's interval is theirs throughout.
    """

    table: Array
    metrics: Callable[[Array], dict[str, Array]]
    parts: Mapping[str, Indices]
    sizes: Mapping[str, int]
    independent: frozenset[str] = frozenset()

    @cached_property
    def values(self) -> dict[str, float]:
        """Each metric by its name."""
        return {name: float(value) for name, value in self.metrics(self.table.sum(axis=0)).items()}


def tally_of(system: Predictions, *, clip: float = CLIP) -> Tally:
    """The tally of predictions whose truth is known; ``clip`` is that of the log loss.

    One label a row: accuracy, macro_f1, log_loss, brier and ece (Guo et al. 2017, equation 3, 15 bins). One tag a unit:
    the same, drawn by text. States to come: the same, drawn by blocks of windows. Entities: their scores, then
    token_accuracy, and log_loss and ece of the units.
    """
    rows = _label_tally(system, clip=clip)
    if system.horizons is not None:
        windows = by_text(rows.table, np.arange(len(system.horizons) + 1) * system.horizons.horizon)
        return replace(rows, table=by_text(windows, system.horizons.blocks), independent=frozenset[str]())
    if system.tagged is None:
        return rows
    units = replace(rows, table=by_text(rows.table, system.tagged.units.offsets), independent=frozenset[str]())
    if system.tagged.gold is None:
        return units
    entities = entity_tally(count_entities(system.tagged.gold, system.tagged.found))
    return _joined(entities, units)


def entity_tally(counts: EntityCounts) -> Tally:
    """The tally of entities alone, with every score of :func:`entity_metrics`."""
    n_texts, _, n_labels = counts.table.shape
    sizes = entity_sizes(counts)

    def metrics(sums: Array) -> dict[str, Array]:
        return entity_metrics(sums.reshape(*sums.shape[:-1], 3, n_labels), counts.labels)

    return Tally(
        table=counts.table.reshape(n_texts, 3 * n_labels).astype(np.float64),
        metrics=metrics,
        parts={name: np.arange(3 * n_labels) for name in sizes},
        sizes=sizes,
    )


def _label_tally(system: Predictions, *, clip: float) -> Tally:
    assert system.truth is not None
    n, labels = len(system.truth), np.arange(FIRST_LABEL, FIRST_LABEL + 3 * len(system.labels))
    parts = {
        "accuracy": np.array([RIGHT]),
        "macro_f1": labels,
        "log_loss": np.array([LOSS]),
        "brier": np.array([BRIER]),
        "ece": np.arange(FIRST_LABEL)[GAPS],
    }
    return Tally(
        table=_label_table(system, system.truth, clip=clip),
        metrics=_label_metrics,
        parts=parts,
        sizes={"accuracy": n, "macro_f1": n},
        independent=frozenset({"accuracy"}),
    )


def _label_table(system: Predictions, truth: Indices, *, clip: float) -> Array:
    probabilities, predicted, n_labels = system.probabilities, system.predicted, len(system.labels)
    is_right = (predicted == truth).astype(np.float64)
    table = np.zeros((len(truth), FIRST_LABEL + 3 * n_labels))
    table[:, ROW], table[:, RIGHT] = 1.0, is_right
    table[:, LOSS] = row_log_losses(truth, probabilities, clip=clip)
    table[:, BRIER] = row_briers(truth, probabilities)
    rows, first = np.arange(len(truth)), FIRST_LABEL
    table[rows, GAPS.start + confidence_bins(probabilities)] = confidence_gaps(truth, probabilities)
    table[rows, first + truth] = is_right
    table[rows, first + n_labels + predicted] = 1.0
    table[rows, first + 2 * n_labels + truth] = 1.0
    return table


def _label_metrics(sums: Array) -> dict[str, Array]:
    n = sums[..., ROW]
    hits, predicted, truths = np.split(sums[..., FIRST_LABEL:], 3, axis=-1)
    total = predicted + truths
    f1 = np.divide(2 * hits, total, out=np.zeros_like(hits), where=total > 0)
    return {
        "accuracy": sums[..., RIGHT] / n,
        "macro_f1": f1.sum(axis=-1) / np.maximum(1, (total > 0).sum(axis=-1)),
        "log_loss": sums[..., LOSS] / n,
        "brier": sums[..., BRIER] / n,
        "ece": np.abs(sums[..., GAPS]).sum(axis=-1) / n,
    }


def by_text(table: Array, offsets: Indices) -> Array:
    """Sums over the units of each text, shape (text, sum)."""
    running = np.concatenate([np.zeros((1, table.shape[1])), np.cumsum(table, axis=0)])
    return running[offsets[1:]] - running[offsets[:-1]]


def _joined(entities: Tally, units: Tally) -> Tally:
    """The scores of entities, and behind them those of their units that mean something beside them."""
    width = entities.table.shape[1]

    def metrics(sums: Array) -> dict[str, Array]:
        of_units = units.metrics(sums[..., width:])
        return entities.metrics(sums[..., :width]) | {new: of_units[old] for new, old in OF_UNITS.items()}

    return Tally(
        table=np.concatenate([entities.table, units.table], axis=1),
        metrics=metrics,
        parts={**entities.parts, **{new: units.parts[old] + width for new, old in OF_UNITS.items()}},
        sizes={**entities.sizes, "token_accuracy": units.sizes["accuracy"]},
    )
