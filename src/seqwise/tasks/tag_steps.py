"""Optional steps behind a tagger: an entity as answers tell it comes in, the same entity mended goes out, counted.

Scores, and the predictions that a run keeps, are never touched: gold entities are compared with what the tagger says.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from seqwise.errors import Problem, UsageError, did_you_mean
from seqwise.records import Span
from seqwise.spans.counts import count_of
from seqwise.spans.postprocess import without_particles
from seqwise.spans.schemes import Scheme

Record = dict[str, Any]
Columns = dict[str, Any]  # to a type of polars
# Labels of quantities in KLUE and TTA (QT, QT_COUNT), and in KMOU's corpus. Of the entities of other labels some read
# as numbers and are none: 공주, a city, as 0 주.
QUANTITIES = frozenset({"QT", "NOH", "MNY", "PNT", "DUR"})


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        apply: an entity's record to the record after it, and whether anything was done.
        told: what was done to entities.
        columns: that it adds to the record.
    """

    apply: Callable[[Record], tuple[Record, bool]]
    told: str
    columns: Columns = field(default_factory=Columns)


def _particles(record: Record) -> tuple[Record, bool]:
    text: str = record["text"]
    kept = without_particles(Span(0, len(text), ""), text).end
    return {**record, "end": record["start"] + kept, "text": text[:kept]}, kept < len(text)


def _counts(record: Record) -> tuple[Record, bool]:
    count = count_of(record["text"]) if record["label"].split("_")[0] in QUANTITIES else None
    value, counter = (None, None) if count is None else (count.value, count.counter)
    return {**record, "value": value, "counter": counter}, count is not None


STEPS: dict[str, Step] = {
    "particles": Step(_particles, "shortened"),
    "counts": Step(_counts, "read as a number", {"value": pl.Int64, "counter": pl.String}),
}


@dataclass
class Steps:
    """The steps behind one answer, in their order, and how many entities each has changed so far."""

    names: tuple[str, ...] = ()
    n_entities: int = 0
    n_changed: Counter[str] = field(default_factory=Counter[str])

    @property
    def columns(self) -> Columns:
        """Those that the steps add to an entity's own."""
        return {column: type_ for name in self.names for column, type_ in STEPS[name].columns.items()}

    def apply(self, record: Record) -> Record:
        """An entity after all steps; its probability stays that of the entity that was decoded."""
        self.n_entities += 1
        for name in self.names:
            record, is_changed = STEPS[name].apply(record)
            self.n_changed[name] += is_changed
        return record

    def notes(self) -> tuple[str, ...]:
        """What each step has done so far."""
        return tuple(
            f"{name}: {self.n_changed[name]:,} of {self.n_entities:,} entities {STEPS[name].told}"
            for name in self.names
        )


def chosen_steps(names: Sequence[str], scheme: Scheme | None) -> Steps:
    """The named steps for a tagger.

    Args:
        names: of `STEPS`, in the order in which they are applied.
        scheme: of the tagger's tags; None where words have tags of their own.

    Raises:
        UsageError: if there is no such step, or the tags hold no entities.
    """
    problems = [
        Problem("--steps", f'found "{name}"; known: {", ".join(STEPS)}.', did_you_mean(name, STEPS))
        for name in names
        if name not in STEPS
    ]
    if names and scheme is None:
        problems = [
            Problem("--steps", "steps are for entities; this run gives words tags of their own.", "Leave it out.")
        ]
    if problems:
        raise UsageError(problems)
    return Steps(tuple(names))
