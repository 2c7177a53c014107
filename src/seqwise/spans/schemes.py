"""Tag schemes: a sequence of tags comes in and spans of units go out, and the other way round.

All readings rest on one rule, that of conlleval (Tjong Kim Sang and Buchholz 2000, "Introduction to the CoNLL-2000
shared task: chunking"), which gives any sequence of tags its chunks. Written back in the scheme, the chunks give the
nearest valid sequence; a sequence is valid when it equals that one, and an entity is well formed when its own tags do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from seqwise.errors import DataError, Problem
from seqwise.records import Span

SchemeName = Literal["BIO", "IOB1", "BIOES", "BILOU"]
Spelling = Literal["B-PS", "B_PS", "PS-B", "PS_B"]
Role = Literal["B", "I", "E", "S", "O"]

OUTSIDE = "O"
_ROLES: dict[SchemeName, dict[str, Role]] = {
    "BIO": {"B": "B", "I": "I"},
    "IOB1": {"B": "B", "I": "I"},
    "BIOES": {"B": "B", "I": "I", "E": "E", "S": "S"},
    "BILOU": {"B": "B", "I": "I", "L": "E", "U": "S"},
}
_LETTERS = {name: {role: letter for letter, role in roles.items()} for name, roles in _ROLES.items()}


@dataclass(frozen=True)
class Scheme:
    """A tag scheme and how its tags are spelt.

    Attributes:
        name: ``BIO`` (IOB2: every entity begins with B), ``IOB1`` (B only where an entity of the same label stands
            right before; Ramshaw and Marcus 1995), ``BIOES`` (E ends an entity of several units, S is one of a single
            unit), or ``BILOU`` (the same with L and U; Ratinov and Roth 2009).
        spelling: of ``B`` with the label ``PS``. A tag without a label is spelt with its letter alone; such tags are
            known in the spelling ``B-PS`` only.
    """

    name: SchemeName
    spelling: Spelling = "B-PS"

    @property
    def marks_ends(self) -> bool:
        """True when the scheme has letters for the end of an entity and for an entity of one unit."""
        return "E" in _LETTERS[self.name]

    def read(self, tag: str) -> tuple[Role, str] | None:
        """Role and label of a tag, or None when the scheme has no such tag.

        Example:
            >>> Scheme("BILOU", "B_PS").read("U_PS")
            ('S', 'PS')
        """
        if tag == OUTSIDE:
            return "O", ""
        is_first = self.spelling.startswith("B")
        letter, label = (tag[:1], tag[2:]) if is_first else (tag[-1:], tag[:-2])
        role = _ROLES[self.name].get(letter)
        return None if role is None or self._spelt(letter, label) != tag else (role, label)

    def write(self, role: Role, label: str) -> str:
        """The tag of a role that the scheme has, and a label."""
        return OUTSIDE if role == "O" else self._spelt(_LETTERS[self.name][role], label)

    def _spelt(self, letter: str, label: str) -> str:
        if not label:
            return letter if self.spelling == "B-PS" else ""
        separator = "-" if "-" in self.spelling else "_"
        parts = (letter, label) if self.spelling.startswith("B") else (label, letter)
        return separator.join(parts)

    def __str__(self) -> str:
        """``BIO spelt B-PS``."""
        return f"{self.name} spelt {self.spelling}"


BIO, IOB1, BIOES, BILOU = Scheme("BIO"), Scheme("IOB1"), Scheme("BIOES"), Scheme("BILOU")


def chunks(tags: Sequence[str], scheme: Scheme) -> list[Span]:
    """The chunks that conlleval finds in any sequence of tags, valid or not, in order.

    A chunk begins at B and S, after O, E and S, and where the label changes. So an I without a beginning opens an
    entity, and an entity without its end is one all the same.

    For BIO and IOB1 this is conlleval (2004-01-26) and seqeval's default mode. For BIOES it is the latter: conlleval
    has no S, so it joins ``S-PS S-PS`` to one chunk, and it begins none at a B after an E of the same label. For BILOU
    it is neither: seqeval joins ``U-PS U-PS``, having no L and no U; here L is E, and U is S.

    Args:
        tags: of the units of one sentence.
        scheme: what the tags mean; BIO and IOB1 are read alike.

    Raises:
        DataError: tags that the scheme does not have.

    Example:
        >>> chunks(["I-PS", "I-PS", "O", "B-LC", "I-PS"], BIO)
        [Span(start=0, end=2, label='PS'), Span(start=3, end=4, label='LC'), Span(start=4, end=5, label='PS')]
    """
    found: list[Span] = []
    start, previous, previous_label = 0, "O", ""
    for i, (role, label) in enumerate([*read_tags(tags, scheme), ("O", "")]):
        is_new = role in "OBS" or previous in "OES" or label != previous_label
        if is_new and previous != "O":
            found.append(Span(start, i, previous_label))
        if is_new:
            start = i
        previous, previous_label = role, label
    return found


def spans_of(tags: Sequence[str], scheme: Scheme) -> list[Span]:
    """The well-formed entities of a sequence of tags, in order.

    Entities that break the scheme are left out, as seqeval's strict mode leaves them out. To be told of them ask
    :func:`seqwise.spans.tag_faults.tag_faults`; to count them all the same, :func:`chunks`. seqeval differs for IOB1
    alone: it opens an entity at an I that follows an invalid B, in ``O B-PS I-PS`` at the third unit, and drops the
    valid second of three in ``I-PS B-PS B-LC``. Here an invalid B takes its whole entity with it, and no other.

    Args:
        tags: of the units of one sentence.
        scheme: what the tags mean.

    Raises:
        DataError: tags that the scheme does not have.

    Example:
        >>> spans_of(["I-PS", "O", "B-LC", "I-LC"], BIO)
        [Span(start=2, end=4, label='LC')]
    """
    found = chunks(tags, scheme)
    valid = tags_of(found, len(tags), scheme=scheme)
    return [span for span in found if valid[span.start : span.end] == list(tags[span.start : span.end])]


def tags_of(spans: Iterable[Span], n: int, *, scheme: Scheme) -> list[str]:
    """The tags of ``n`` units that hold these entities.

    Args:
        spans: of units, in any order.
        n: units of the sentence.
        scheme: of the tags.

    Raises:
        DataError: spans that tags cannot hold: empty, out of range, or overlapping.

    Example:
        >>> tags_of([Span(1, 3, "PS"), Span(3, 4, "PS")], 5, scheme=BIOES)
        ['O', 'B-PS', 'E-PS', 'S-PS', 'O']
    """
    tags = [OUTSIDE] * n
    problems: list[Problem] = []
    before = Span(0, 0, "")
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if span.start < before.end or span.end > n or span.end <= span.start:
            problems.append(_cannot_hold(span, before, n=n))
            continue
        is_next = before.end == span.start > 0 and before.label == span.label
        roles = _roles(span.end - span.start, scheme, is_next=is_next)
        tags[span.start : span.end] = [scheme.write(role, span.label) for role in roles]
        before = span
    if problems:
        raise DataError(problems)
    return tags


def read_tags(tags: Sequence[str], scheme: Scheme) -> list[tuple[Role, str]]:
    """Role and label of each tag.

    Raises:
        DataError: tags that the scheme does not have.
    """
    known = {tag: scheme.read(tag) for tag in set(tags)}
    unknown = [
        Problem(f"unit {i}", f'tag "{tag}" is not a tag of {scheme}.')
        for i, tag in enumerate(tags)
        if known[tag] is None
    ]
    if unknown:
        raise DataError(unknown)
    return [read for tag in tags if (read := known[tag]) is not None]


def _roles(length: int, scheme: Scheme, *, is_next: bool) -> list[Role]:
    """Roles of an entity's units; ``is_next``: right after an entity of the same label."""
    roles: list[Role] = ["I"] * length
    if scheme.marks_ends:
        roles[-1] = "E"
    if scheme.name != "IOB1" or is_next:
        roles[0] = "S" if scheme.marks_ends and length == 1 else "B"
    return roles


def _cannot_hold(span: Span, before: Span, *, n: int) -> Problem:
    place = f"span {span.start} to {span.end} ({span.label})"
    if span.end <= span.start:
        return Problem(place, "holds no unit.", "Mend or drop it.")
    if span.start < 0 or span.end > n:
        return Problem(place, f"lies outside of the {n} units.", "Mend or drop it.")
    return Problem(
        place, f"overlaps {before.start} to {before.end} ({before.label}); tags hold one entity a unit.", "Drop one."
    )
