"""Splits of tagged texts, prepared together: tags and tokens fitted on the training texts, and what the checks see."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from seqwise.prepare.labels import LabelSet
from seqwise.prepare.tagged import TaggedExamples, prepare_tagged
from seqwise.prepare.tags import Misaligned, fit_tags
from seqwise.prepare.tokens import TextPreparation, fit_preparation
from seqwise.prepare.units import unit_texts
from seqwise.records import Rows, Splits
from seqwise.settings.stations import PrepareSettings
from seqwise.spans.schemes import Scheme
from seqwise.tag_evidence import Misalignment, TagEvidence


@dataclass(frozen=True)
class PreparedTags:
    """All splits, and what was fitted on the training texts.

    Attributes:
        labels: every tag.
        preparation: from text to token ids.
        scheme: of the tags of entities; None where words have tags of their own.
        tagged: windows, units and targets by split.
    """

    labels: LabelSet
    preparation: TextPreparation
    scheme: Scheme | None
    tagged: Mapping[str, TaggedExamples]


def prepare_tagged_splits(
    splits: Splits,
    settings: PrepareSettings,
    *,
    checkpoint: Path | None,
    known: tuple[tuple[str, ...], TextPreparation] | None = None,
) -> PreparedTags:
    """Fit tags and tokens on the training texts, and prepare every split.

    Args:
        splits: texts with annotations.
        settings: of the station.
        checkpoint: folder of the encoder's checkpoint, or None for an encoder from scratch.
        known: tags and tokens that go on; new tags stand behind them, and nothing else is fitted.

    Raises:
        DataError: as :func:`seqwise.prepare.tagged.prepare_tagged` does.
    """
    annotations = splits.train.annotations or ()
    scheme = None if any(each.tags for each in annotations) else Scheme(settings.scheme)
    labels = fit_tags(annotations, scheme)
    if known is None:
        texts = unit_texts(splits.train.texts, annotations=annotations, split=settings.split)
        preparation = fit_preparation(list(texts), settings, checkpoint=checkpoint)
    else:
        tags, preparation = known
        labels = LabelSet(tuple(dict.fromkeys((*tags, *labels.names))))
    tagged = {
        name: prepare_tagged(
            rows, preparation, labels=labels, scheme=scheme, split=settings.split, overlap=settings.overlap
        )
        for name, rows in splits.named().items()
    }
    return PreparedTags(labels, preparation, scheme, tagged)


def tag_evidence(
    splits: Splits, tagged: Mapping[str, TaggedExamples], *, labels: LabelSet, scheme: Scheme | None
) -> dict[str, TagEvidence]:
    """The units and true tags of each split, as the checks read them; arguments as in :class:`PreparedTags`."""
    return {
        name: _evidence(rows, tagged[name], names=labels.names, has_entities=scheme is not None)
        for name, rows in splits.named().items()
    }


def _evidence(rows: Rows, prepared: TaggedExamples, *, names: tuple[str, ...], has_entities: bool) -> TagEvidence:
    units, annotations = prepared.units, rows.annotations
    alignment, known = prepared.alignment, dict[str, str]()
    edges = zip(rows.texts, units.offsets[:-1].tolist(), units.offsets[1:].tolist(), strict=True)
    surfaces = (text[a:b] for text, start, end in edges for a, b in units.edges[start:end].tolist())
    return TagEvidence(
        names=names,
        texts=rows.texts,
        offsets=units.offsets,
        surfaces=[known.setdefault(one, one) for one in surfaces],  # each writing is kept once
        truth=prepared.examples.targets,
        has_entities=has_entities,
        gold=None if alignment is None or annotations is None else [each.entities for each in annotations],
        misaligned=() if alignment is None else tuple(_misalignment(one, rows) for one in alignment.misaligned),
    )


def _misalignment(one: Misaligned, rows: Rows) -> Misalignment:
    text, found = rows.texts[one.text], one.found
    return Misalignment(
        place=rows.place(one.text),
        entity=text[one.entity.start : one.entity.end],
        found="" if found is None else text[found.start : found.end],
        reason=one.reason,
    )
