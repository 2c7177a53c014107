"""Tagged texts, prepared: rows with annotations come in; windows of tokens, their units and targets come out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from seqwise.errors import DataError, Problem, did_you_mean
from seqwise.prepare.labels import LabelSet
from seqwise.prepare.tags import Alignment, tag_units
from seqwise.prepare.tokens import TextPreparation
from seqwise.prepare.units import Split, tokenized_units
from seqwise.prepare.windows import OVERLAP, windows_of
from seqwise.records import Examples, FlatUnits, Indices, Rows
from seqwise.spans.schemes import Scheme


@dataclass(frozen=True)
class TaggedExamples:
    """One split of tagged texts; the units of ``examples`` are ``units``, on the same axis.

    Attributes:
        examples: a row a window, a target a unit; no targets where the rows have no annotations.
        units: of the texts, edges in the raw text.
        texts: the text that each window is of, shape (window,); a text without a unit has no window.
        n_units_cut: units with more tokens than windows share, which lost some of them.
        n_tokens_cut: what these lost.
        n_texts_cut: texts that they are of.
        alignment: what the tags of the units hold of the entities; None where words have tags of their own.
    """

    examples: Examples
    units: FlatUnits
    texts: Indices
    n_units_cut: int
    n_tokens_cut: int
    n_texts_cut: int
    alignment: Alignment | None = None


def prepare_tagged(
    rows: Rows,
    preparation: TextPreparation,
    *,
    labels: LabelSet | None,
    scheme: Scheme | None,
    split: Split = "pieces",
    overlap: float = OVERLAP,
) -> TaggedExamples:
    """Rows of tagged text to windows of tokens with a target for each unit; nothing is cut away.

    Args:
        rows: raw texts, with annotations where they are known.
        preparation: fitted; see :func:`seqwise.prepare.units.unit_texts` for what to fit it on.
        labels: every tag, as :func:`seqwise.prepare.tags.fit_tags` gives them; None: there are to be no targets.
        scheme: of the tags of entities; None where words have tags of their own.
        split: what the units are where the rows have no words: see :mod:`seqwise.prepare.units`.
        overlap: least share of a window that the next one repeats, from 0 up to, not including, 1.

    Raises:
        DataError: tags that are not among ``labels``; all are told, each with the row that has it first.
        SeqwiseError: as `units.tokenized_units` and `windows.windows_of` do.
    """
    tokenized = tokenized_units(rows.texts, preparation, annotations=rows.annotations, split=split)
    windows = windows_of(tokenized, preparation, overlap=overlap)
    targets, alignment = None, None
    if rows.annotations is not None and labels is not None:
        targets, alignment = unit_targets(rows, tokenized.units, labels=labels, scheme=scheme)
    return TaggedExamples(
        examples=Examples(windows.tokens, targets=targets, units=windows.units),
        units=tokenized.units,
        texts=windows.texts,
        n_units_cut=windows.n_units_cut,
        n_tokens_cut=windows.n_tokens_cut,
        n_texts_cut=windows.n_texts_cut,
        alignment=alignment,
    )


def unit_targets(
    rows: Rows, units: FlatUnits, *, labels: LabelSet, scheme: Scheme | None
) -> tuple[Indices, Alignment | None]:
    """The tag number of each unit, shape (unit,), and what these tags hold of the entities, if there are any.

    Args:
        rows: with annotations.
        units: of their texts; the words where words have tags of their own.
        labels: every tag.
        scheme: as in :func:`prepare_tagged`.

    Raises:
        DataError: tags that are not among ``labels``, or words without a tag of their own where they ought to have one.
    """
    annotations = rows.annotations or ()
    if scheme is not None:
        tags, alignment = tag_units(rows.texts, annotations, units=units, scheme=scheme)
        return _numbers(tags, labels, rows=rows, units=units), alignment
    tags = list(chain.from_iterable(annotation.tags for annotation in annotations))
    if len(tags) != len(units.edges):
        what = f"has {len(tags):,} tags for {len(units.edges):,} words."
        raise DataError(Problem(", ".join(rows.files), what, "Give every word a tag of its own."))
    return _numbers(tags, labels, rows=rows, units=units), None


def _numbers(tags: list[str], labels: LabelSet, *, rows: Rows, units: FlatUnits) -> Indices:
    unknown = sorted(set(tags) - set(labels.names))
    if unknown:
        raise DataError([_unknown(tag, tags, labels.names, rows=rows, units=units) for tag in unknown])
    return labels.apply(tags)


def _unknown(tag: str, tags: list[str], known: Sequence[str], *, rows: Rows, units: FlatUnits) -> Problem:
    row = int(np.searchsorted(units.offsets, tags.index(tag), side="right")) - 1
    what = f'tag "{tag}" is not one of the training rows ({tags.count(tag)} such).'
    return Problem(rows.place(row), what, f"{did_you_mean(tag, known)} Mend it, or add training rows with it.".lstrip())
