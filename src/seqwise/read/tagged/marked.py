"""Inline marks ``<서울:LOC>``: a marked line comes in, the plain text and its entities come out, and back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from seqwise.records import Span

# A label begins with a letter, so that <12:30> is no entity; it may have two letters or twenty.
LABEL = r"[^\W\d_][\w.-]*"
_MARK = re.compile(rf"<([^<>]+):({LABEL})>")
_CLOSE = re.compile(rf":({LABEL})>")

Marked = tuple[Span, int]  # an entity of the plain text, and the column, from 1, where its mark begins


@dataclass(frozen=True)
class Mismatch:
    """A marked line that does not spell the plain text, and the column, from 1, up to which it does."""

    column: int


def read_marks(marked: str) -> tuple[str, list[Marked]]:
    """Plain text and entities of a marked line; an entity holds no angle bracket, and entities do not nest.

    Example:
        >>> read_marks("<서울:LC>에서 <2:00:TI>에")
        ('서울에서 2:00에', [(Span(start=0, end=2, label='LC'), 1), (Span(start=5, end=9, label='TI'), 11)])
    """
    parts: list[str] = []
    found: list[Marked] = []
    length = end = 0
    for match in _MARK.finditer(marked):
        parts += [marked[end : match.start()], match[1]]
        start = length + match.start() - end
        length = start + len(match[1])
        end = match.end()
        found.append((Span(start, length, match[2]), match.start() + 1))
    return "".join([*parts, marked[end:]]), found


def align_marks(marked: str, text: str) -> list[Marked] | Mismatch:
    """The entities of a marked line whose plain text is known, so that both may hold any bracket and colon.

    Where several readings spell the text, as of a text that holds a mark itself, the one without brackets inside of
    entities goes first.
    """
    plain, found = read_marks(marked)
    if plain == text:
        return found
    open_states: list[tuple[int, int, int, int]] = [(0, 0, -1, 0)]  # in marked, in text, start of the entity, its mark
    before: dict[tuple[int, int, int, int], tuple[int, int, int, int]] = {}
    furthest = 0
    while open_states:
        state = open_states.pop()
        i, j, start, mark = state
        if i == len(marked) and j == len(text) and start < 0:
            return _way_back(state, before, marked)
        furthest = max(furthest, i)
        steps = [(i + 1, j + 1, start, mark)] if marked[i : i + 1] == text[j : j + 1] != "" else []
        if start < 0 and marked[i : i + 1] == "<":
            steps.append((i + 1, j, j, i))
        close = _CLOSE.match(marked, i) if 0 <= start < j else None
        if close is not None:
            steps.append((close.end(), j, -1, 0))
        for step in steps:
            if step not in before:
                before[step] = state
                open_states.append(step)
    return Mismatch(furthest + 1)


def _way_back(
    state: tuple[int, int, int, int],
    before: dict[tuple[int, int, int, int], tuple[int, int, int, int]],
    marked: str,
) -> list[Marked]:
    found: list[Marked] = []
    while state in before:
        earlier = before[state]
        if earlier[2] >= 0 > state[2]:
            label = marked[earlier[0] + 1 : state[0] - 1]
            found.append((Span(earlier[2], earlier[1], label), earlier[3] + 1))
        state = earlier
    return found[::-1]


def write_marks(text: str, entities: Sequence[Span]) -> str:
    """The marked line of a text; whether it reads back is for the caller to see, since nothing is escaped.

    Example:
        >>> write_marks("서울에서", [Span(0, 2, "LC")])
        '<서울:LC>에서'
    """
    parts: list[str] = []
    end = 0
    for span in entities:
        parts += [text[end : span.start], f"<{text[span.start : span.end]}:{span.label}>"]
        end = span.end
    return "".join([*parts, text[end:]])
