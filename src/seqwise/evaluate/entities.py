"""Entity scores: gold and predicted spans of every sentence come in, precision, recall and F1 come out.

An entity counts when start, end and label are all right (strict). Every score is a function of sums over sentences, so
a bootstrap over sentences is one product (``tallies.py``). What the spans are read with decides the rest:

- ``spans_of`` gives the numbers of seqeval's strict mode;
- ``chunks`` gives those of conlleval and of seqeval's default mode, which is milder on invalid tags.

Equal to both on valid and invalid tags; ``spans/schemes.py`` tells of IOB1 and BILOU, in which seqeval differs.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seqwise.records import Array, Indices, Span
from seqwise.spans.units import unit_spans

METRICS = ("precision", "recall", "f1")


@dataclass(frozen=True)
class EntityCounts:
    """What each sentence adds to the scores.

    Attributes:
        labels: of the entities, sorted.
        table: right, predicted and gold entities of each label, shape (sentence, 3, label).
    """

    labels: tuple[str, ...]
    table: Indices

    def metrics(self) -> dict[str, float]:
        """Every score by name; names as in :func:`entity_metrics`."""
        return {name: float(value) for name, value in entity_metrics(self.table.sum(axis=0), self.labels).items()}


def count_entities(gold: Sequence[Iterable[Span]], predicted: Sequence[Iterable[Span]]) -> EntityCounts:
    """Count right, predicted and gold entities of each sentence; an entity that is given twice counts twice.

    Args:
        gold: spans of each sentence, of characters or of units.
        predicted: those of a system, in the same sentences and units.

    Raises:
        ValueError: gold and predicted differ in the number of sentences.
    """
    pairs = [(Counter(true), Counter(found)) for true, found in zip(gold, predicted, strict=True)]
    labels = tuple(sorted({span.label for pair in pairs for counts in pair for span in counts}))
    column = {label: i for i, label in enumerate(labels)}
    table = np.zeros((len(pairs), 3, len(labels)), dtype=np.int64)
    for row, (true, found) in enumerate(pairs):
        for part, counts in enumerate((true & found, found, true)):
            for span, n in counts.items():
                table[row, part, column[span.label]] += n
    return EntityCounts(labels, table)


def count_entities_in_units(
    gold: Sequence[Sequence[Span]], predicted: Sequence[Sequence[Span]], *, offsets: Sequence[Indices]
) -> EntityCounts:
    """Count as :func:`count_entities` does, after every span of characters has become the units that hold it.

    One gold standard, scored at the level of characters (``count_entities``), word pieces (the tokenizer's offsets) or
    eojeols (``eojeol_offsets``). All levels count the same entities, so they differ in what counts as right alone: at a
    coarser level a boundary that misses a particle inside the same unit is right. An entity of which no unit holds a
    character is counted, and never right. KLUE's "character F1" is another thing: the F1 of the characters' tags.

    Args:
        gold: spans of characters of each sentence.
        predicted: those of a system.
        offsets: of the units of each sentence in its raw text, each of shape (unit, 2).

    Raises:
        ValueError: gold, predicted and offsets differ in the number of sentences.
        DataError: units that are not in the order of the text.
    """
    return count_entities(_in_units(gold, offsets, missing=-1), _in_units(predicted, offsets, missing=-2))


def entity_metrics(sums: Array | Indices, labels: Sequence[str]) -> dict[str, Array]:
    """Precision, recall and F1: over all entities (micro), their means over labels (macro), and of each label.

    Args:
        sums: right, predicted and gold entities of each label, shape (..., 3, label).
        labels: of the last axis.

    Returns:
        ``entity_f1`` (micro), ``entity_macro_f1`` and ``entity_f1.LABEL``, the same for precision and recall, each of
        shape (...). 0 where nothing is predicted or nothing is there. As in seqeval the macro means take the labels
        that occur among gold or predicted entities.
    """
    by_label = _shares(sums)
    occurs = sums[..., 1, :] + sums[..., 2, :] > 0
    n_labels = np.maximum(1, occurs.sum(axis=-1))
    values = {f"entity_{name}": value[..., 0] for name, value in _shares(sums.sum(axis=-1, keepdims=True)).items()}
    values |= {f"entity_macro_{name}": value.sum(axis=-1) / n_labels for name, value in by_label.items()}
    for i, label in enumerate(labels):
        values |= {f"entity_{name}.{label}": value[..., i] for name, value in by_label.items()}
    return values


def entity_sizes(counts: EntityCounts) -> dict[str, int]:
    """How many entities each score of :func:`entity_metrics` stands on.

    Predicted ones for precision, gold ones for recall, the mean of both for F1.
    """
    _, predicted, gold = counts.table.sum(axis=0)
    by_label = dict(zip(METRICS, (predicted, gold, (predicted + gold) // 2), strict=True))
    sizes = {f"entity_{mean}{name}": int(n.sum()) for name, n in by_label.items() for mean in ("", "macro_")}
    return sizes | {
        f"entity_{name}.{label}": int(n[i]) for name, n in by_label.items() for i, label in enumerate(counts.labels)
    }


def _in_units(sentences: Sequence[Sequence[Span]], offsets: Sequence[Indices], *, missing: int) -> list[list[Span]]:
    """Spans in units; a span that no unit holds becomes one that equals no other side's."""
    return [
        [
            found or Span(missing, missing, span.label)
            for span, found in zip(spans, unit_spans(spans, edges), strict=True)
        ]
        for spans, edges in zip(sentences, offsets, strict=True)
    ]


def _shares(sums: Array | Indices) -> Mapping[str, Array]:
    """Precision, recall and F1, each of shape (..., label), from sums of shape (..., 3, label)."""
    right, predicted, gold = (sums[..., part, :].astype(np.float64) for part in range(3))
    tops, bottoms = (right, right, 2 * right), (predicted, gold, predicted + gold)
    return {
        name: np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)
        for name, top, bottom in zip(METRICS, tops, bottoms, strict=True)
    }
