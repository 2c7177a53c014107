"""Faults of spans over a text: a raw text and its spans come in; what is wrong with them comes out, with a repair."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from seqwise.records import Span
from seqwise.spans.units import trimmed

SpanFaultKind = Literal["reversed", "out_of_range", "empty", "whitespace_edge", "overlapping"]


@dataclass(frozen=True)
class SpanFault:
    """A span that does not fit its text; ``what`` and ``fix`` are those of a problem, to which a reader adds the place.

    Attributes:
        index: of the span among those that were given.
        span: as it was given.
        kind: what is wrong; a span may have several faults.
        repair: the span with all its own faults mended, the same for each of them; None: drop it.
        what: the fault in words.
    """

    index: int
    span: Span
    kind: SpanFaultKind
    repair: Span | None
    what: str

    @property
    def fix(self) -> str:
        """The repair in words."""
        return "Drop it." if self.repair is None else f"Use {self.repair.start} to {self.repair.end}."


def span_faults(text: str, spans: Sequence[Span]) -> list[SpanFault]:
    """What is wrong with the spans of a text: faults of single spans first, then the overlaps.

    A reversed span is turned, one that leaves the text is cut, whitespace at the edges is cut away, and what then holds
    nothing is to be dropped. Overlaps are judged after these repairs. Of spans that overlap the longest is kept, of
    equally long ones the first, as spaCy's ``filter_spans`` keeps them.

    Args:
        text: raw.
        spans: of its characters, in any order.

    Example:
        >>> [(fault.kind, fault.repair) for fault in span_faults("서울 시청", [Span(0, 3, "LC")])]
        [('whitespace_edge', Span(start=0, end=2, label='LC'))]
    """
    faults: list[SpanFault] = []
    sound: list[tuple[int, Span]] = []
    for index, span in enumerate(spans):
        kinds, repair = _mend(span, text)
        faults += [
            SpanFault(index, span, kind, repair, f"{_told(span)} {_WORDS[kind].format(n=len(text))}") for kind in kinds
        ]
        if repair is not None:
            sound.append((index, repair))
    kept: list[Span] = []
    for index, span in sorted(sound, key=lambda item: (item[1].start - item[1].end, item[1].start)):
        longer = next((other for other in kept if other.start < span.end and span.start < other.end), None)
        if longer is None:
            kept.append(span)
            continue
        what = f"{_told(span)} overlaps {_told(longer)}."
        faults.append(SpanFault(index, spans[index], "overlapping", None, what))
    return faults


def mended_spans(text: str, spans: Sequence[Span]) -> list[Span]:
    """The spans after every repair that :func:`span_faults` offers, in the order of the text; they have no faults."""
    repairs = {fault.index: fault.repair for fault in span_faults(text, spans)}
    mended = [repairs.get(index, span) for index, span in enumerate(spans)]
    return sorted((span for span in mended if span is not None), key=lambda span: span.start)


def _mend(span: Span, text: str) -> tuple[list[SpanFaultKind], Span | None]:
    kinds: list[SpanFaultKind] = []
    start, end = sorted((span.start, span.end))
    if span.end < span.start:
        kinds.append("reversed")
    if start < 0 or end > len(text):
        kinds.append("out_of_range")
        start, end = max(start, 0), min(end, len(text))
    repair = trimmed(Span(start, end, span.label), text)
    if repair is None:
        kinds.append("empty")
    elif (repair.start, repair.end) != (start, end):
        kinds.append("whitespace_edge")
    return kinds, repair


def _told(span: Span) -> str:
    return f"span {span.start} to {span.end} ({span.label})"


_WORDS: dict[SpanFaultKind, str] = {
    "reversed": "ends before it begins.",
    "out_of_range": "leaves the text of {n} characters.",
    "empty": "holds nothing but blanks, or nothing at all.",
    "whitespace_edge": "begins or ends with a blank.",
}
