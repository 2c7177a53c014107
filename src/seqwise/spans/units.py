"""Spans of characters come in and spans of units go out, and back: units are tokens with offsets into the raw text.

The offsets alone join the two. The text is never normalised, split again or searched, so decomposed Hangul, zero-width
characters and full-width digits shift nothing.
"""

import re
from collections.abc import Iterable

import numpy as np

from seqwise.errors import DataError, Problem
from seqwise.records import Indices, Span

_EOJEOL = re.compile(r"\S+")


def unit_spans(spans: Iterable[Span], offsets: Indices) -> list[Span | None]:
    """For each span of characters the shortest run of units that holds all of it that units hold at all.

    A boundary inside a unit takes the whole unit: typical for a word piece with a particle (조사). Such a span does not
    come back from :func:`character_spans`, and two spans may share a unit.

    Args:
        spans: of characters of the raw text.
        offsets: start and end of each unit in the raw text, shape (unit, 2), in the order of the text; units without
            text, such as ``[CLS]``, have start = end anywhere. Units may overlap, as the bytes of one character do.

    Returns:
        A span of units for each span; None where no unit holds a character of it.

    Raises:
        DataError: units that are not in the order of the text.

    Example:
        >>> unit_spans([Span(0, 2, "PS")], np.array([[0, 0], [0, 1], [1, 3], [0, 0]]))
        [Span(start=1, end=3, label='PS')]
    """
    filled = np.flatnonzero(offsets[:, 1] > offsets[:, 0])
    starts, ends = offsets[filled, 0], offsets[filled, 1]
    backward = np.flatnonzero((np.diff(starts) < 0) | (np.diff(ends) < 0))
    if len(backward):
        unit = int(filled[backward[0] + 1])
        what = f"stands before the unit in front of it, at {offsets[unit, 0]} to {offsets[unit, 1]} of the text."
        raise DataError(Problem(f"unit {unit}", what, "Give the units in the order of the text."))
    units: list[Span | None] = []
    for span in spans:
        first = int(np.searchsorted(ends, span.start, side="right"))
        last = int(np.searchsorted(starts, span.end, side="left")) - 1
        holds = first <= last
        units.append(Span(int(filled[first]), int(filled[last]) + 1, span.label) if holds else None)
    return units


def character_spans(spans: Iterable[Span], offsets: Indices, *, text: str) -> list[Span | None]:
    """For each span of units its characters in the raw text, without blanks at the edges.

    Args:
        spans: of units.
        offsets: as in :func:`unit_spans`.
        text: raw; it is asked for blanks only, which some units carry at their beginning.

    Returns:
        A span of characters for each span; None where its units hold no text but blanks.

    Example:
        >>> character_spans([Span(1, 3, "LC")], np.array([[0, 2], [2, 5], [5, 6]]), text="나는 서울시")
        [Span(start=3, end=6, label='LC')]
    """
    found: list[Span | None] = []
    for span in spans:
        inside = offsets[span.start : span.end]
        inside = inside[inside[:, 1] > inside[:, 0]]
        ends = (int(inside[0, 0]), int(inside[-1, 1])) if len(inside) else (0, 0)
        found.append(trimmed(Span(*ends, span.label), text))
    return found


def trimmed(span: Span, text: str) -> Span | None:
    """The span without whitespace at its edges; None when nothing else is in it.

    Whitespace is what ``str.isspace`` says. Zero-width characters are not: they stay where the span has them.
    """
    held = text[span.start : span.end]
    start = span.start + len(held) - len(held.lstrip())
    end = start + len(held.strip())
    return Span(start, end, span.label) if end > start else None


def eojeol_offsets(text: str) -> Indices:
    """Start and end of each eojeol (a run without whitespace) in the raw text, shape (eojeol, 2)."""
    return np.array([match.span() for match in _EOJEOL.finditer(text)], dtype=np.int64).reshape(-1, 2)
