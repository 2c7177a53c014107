"""Tags of units: entities of raw texts come in; a tag for each unit comes out, and proof of what comes back of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from seqwise.prepare.labels import LabelSet
from seqwise.records import Annotation, FlatUnits, Span
from seqwise.spans.schemes import OUTSIDE, Scheme, spans_of, tags_of
from seqwise.spans.units import character_spans, unit_spans

Reason = Literal["inside_unit", "shared_unit", "no_unit", "edge_outside"]


@dataclass(frozen=True)
class Misaligned:
    """An entity that the tags of units cannot hold exactly.

    Attributes:
        text: its number.
        entity: as annotated.
        found: what comes back from the tags, or None.
        reason: ``inside_unit``: an edge lies inside a unit, so the tags take all of the unit; ``shared_unit``: its
            first unit belongs to the entity before it; ``no_unit``: no unit holds a character of it but blanks;
            ``edge_outside``: no unit holds its first or last characters, as blanks and zero-width ones.
    """

    text: int
    entity: Span
    found: Span | None
    reason: Reason


@dataclass(frozen=True)
class Alignment:
    """What comes back when entities become tags of units and those become entities again.

    Attributes:
        n_entities: of the texts.
        misaligned: those that do not come back as they were; all others do.
    """

    n_entities: int
    misaligned: tuple[Misaligned, ...]

    @property
    def n_exact(self) -> int:
        """Entities that come back as they were."""
        return self.n_entities - len(self.misaligned)

    @property
    def reasons(self) -> dict[Reason, int]:
        """How many entities do not come back, by reason; every reason is there."""
        counts = Counter(each.reason for each in self.misaligned)
        return {reason: counts[reason] for reason in get_args(Reason)}


def fit_tags(annotations: Iterable[Annotation], scheme: Scheme | None) -> LabelSet:
    """Every tag that training texts ask for: ``O`` and each role of each label of an entity, or the words' own tags.

    Args:
        annotations: of training texts.
        scheme: of entities; None where words have tags of their own.

    Example:
        >>> fit_tags([Annotation(entities=(Span(0, 2, "PS"),))], Scheme("BIO")).names
        ('O', 'B-PS', 'I-PS')
    """
    if scheme is None:
        return LabelSet(tuple(sorted({tag for annotation in annotations for tag in annotation.tags})))
    labels = sorted({entity.label for annotation in annotations for entity in annotation.entities})
    roles = ("B", "I", "E", "S") if scheme.marks_ends else ("B", "I")
    return LabelSet((OUTSIDE, *(scheme.write(role, label) for label in labels for role in roles)))


def tag_units(
    texts: Sequence[str], annotations: Sequence[Annotation], *, units: FlatUnits, scheme: Scheme
) -> tuple[list[str], Alignment]:
    """The tag of each unit, and for each entity whether it comes back from the tags exactly.

    Every entity is led there and back: characters, units, tags, units, characters. A unit that two entities want is
    given to the first; the second keeps its other units, if it has any.

    Args:
        texts: raw.
        annotations: one a text, entities in the order of the text.
        units: of the texts.
        scheme: of the tags.
    """
    tags: list[str] = []
    misaligned: list[Misaligned] = []
    edges = [units.edges[start:end] for start, end in zip(units.offsets[:-1], units.offsets[1:], strict=True)]
    for number, (text, annotation, own) in enumerate(zip(texts, annotations, edges, strict=True)):
        if not annotation.entities:
            tags += [OUTSIDE] * len(own)
            continue
        placed, shared = _disjoint(unit_spans(annotation.entities, own))
        own_tags = tags_of([span for span in placed if span is not None], len(own), scheme=scheme)
        tags += own_tags
        back = iter(character_spans(spans_of(own_tags, scheme), own, text=text))
        found = [None if span is None else next(back) for span in placed]
        for entity, span, is_shared in zip(annotation.entities, found, shared, strict=True):
            if span != entity:
                misaligned.append(Misaligned(number, entity, span, _reason(entity, span, is_shared=is_shared)))
    return tags, Alignment(sum(len(annotation.entities) for annotation in annotations), tuple(misaligned))


def entities_of(
    texts: Sequence[str], tags: Sequence[str], *, units: FlatUnits, scheme: Scheme
) -> list[tuple[Span, ...]]:
    """The entities that the tags of units hold, as characters of each text; blanks at their edges are left out.

    Args:
        texts: raw.
        tags: one a unit, of all texts on one axis.
        units: of the texts.
        scheme: of the tags.
    """
    found: list[tuple[Span, ...]] = []
    for text, start, end in zip(texts, units.offsets[:-1], units.offsets[1:], strict=True):
        spans = spans_of(tags[start:end], scheme)
        placed = character_spans(spans, units.edges[start:end], text=text)
        found.append(tuple(span for span in placed if span is not None))
    return found


def _disjoint(spans: Iterable[Span | None]) -> tuple[list[Span | None], list[bool]]:
    """Spans of units without those that belong to an earlier span, and whether each one lost any."""
    placed: list[Span | None] = []
    shared: list[bool] = []
    end = 0
    for span in spans:
        shared.append(span is not None and span.start < end)
        start = max(end, span.start) if span else end
        placed.append(Span(start, span.end, span.label) if span and start < span.end else None)
        end = max(end, span.end) if span else end
    return placed, shared


def _reason(entity: Span, found: Span | None, *, is_shared: bool) -> Reason:
    if is_shared:
        return "shared_unit"
    if found is None:
        return "no_unit"
    return "inside_unit" if found.start < entity.start or found.end > entity.end else "edge_outside"
