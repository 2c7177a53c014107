"""What the parser of a format is given and what it hands on: numbered lines in, sentences and told faults out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from seqwise.errors import Problem, UsageError
from seqwise.read.faults import Ledger
from seqwise.records import Span

Line = tuple[int, str]  # its number, from 1, and its text without the line end
Edges = tuple[tuple[int, int], ...]  # start and end of each word, characters of the text


@dataclass(frozen=True)
class Layout:
    """Where a format with a choice has what; an empty name is the format's own default.

    Attributes:
        token: the column of the tokens: a number from 1 for ``conll`` (default: the first); the key of the text for
            ``spans`` (default: ``text``).
        tag: the column of the tags: a number for ``conll`` (default: the last); a name for ``conllu`` (default:
            ``upos``; ``misc:KEY`` is a key of the last column); ``inline`` or ``rows`` for ``kmou`` (default:
            ``inline``) and ``klue`` (default: ``rows``), which hold their entities twice; ``entities`` (the default),
            ``tag`` or ``pos`` for ``spacy``.
        scheme: of the tags: ``auto``, ``none`` where every word has its own tag, such as parts of speech, a name of
            `seqwise.spans.schemes`, such as ``BIOES``, or with its spelling, ``BIO spelt PS_B``. ``auto`` is ``none``
            for ``conllu`` without ``misc:``, and elsewhere the one scheme in which all tags are valid.
        plain: for ``inline``: the parallel file of the sentences without tags.
    """

    token: str = ""
    tag: str = ""
    scheme: str = "auto"
    plain: str = ""


DEFAULT = Layout()


@dataclass(frozen=True)
class Mark:
    """An entity as the file gives it, and where: the line, and the column or key as a message names it."""

    span: Span
    line: int
    column: str


@dataclass(frozen=True)
class Sentence:
    """One sentence of a file: raw text, and its entities as tags of units or as marks.

    Attributes:
        line: the first line of it.
        text: raw.
        id: its own id in the file, or empty.
        group: its document, or empty.
        words: edges of the words; () for a format of characters or plain text.
        units: edges of what has a tag, in the order of the text.
        tags: one a unit, or ().
        tag_lines: the line of each unit.
        column: of the tags, as a message names it.
        marks: the entities, where the file has them as spans.
    """

    line: int
    text: str
    id: str = ""
    group: str = ""
    words: Edges = ()
    units: Edges = ()
    tags: tuple[str, ...] = ()
    tag_lines: tuple[int, ...] = ()
    column: str = ""
    marks: tuple[Mark, ...] = ()


@dataclass
class Tally:
    """What is worth a note on a file: counted by kind, with the first line, after what is said of the file itself."""

    seen: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    of_file: list[str] = field(default_factory=list[str])

    def tell(self, what: str, line: int, *, count: int = 1) -> None:
        """Count what was seen in a line; ``count`` 0 is nothing."""
        if count:
            first, before = self.seen.get(what, (line, 0))
            self.seen[what] = (min(first, line), before + count)

    def notes(self) -> tuple[str, ...]:
        """A note a kind, in the order in which they were first seen."""
        told = (f"{what}: {count:,}, the first in line {line}" for what, (line, count) in self.seen.items())
        return (*self.of_file, *told)


@dataclass(frozen=True)
class Parsing:
    """One pass over one file: what was asked for, and the accounts that the parser keeps.

    Attributes:
        path: the file, as the user wrote it.
        layout: where what is.
        encoding: that was asked for, for a second file.
        ledger: the sentences that are left out, and why.
        tally: what is worth a note.
    """

    path: str
    layout: Layout
    encoding: str
    ledger: Ledger
    tally: Tally = field(default_factory=Tally)

    @property
    def name(self) -> str:
        """The file without its folder, as it stands in ids."""
        return Path(self.path).name


Parser = Callable[[TextIO, Parsing], Iterator[Sentence]]


def numbered(stream: Iterable[str]) -> Iterator[Line]:
    """The lines of a stream with their numbers, without line ends; U+0085 and the like end no line."""
    for line, text in enumerate(stream, 1):
        yield line, text.removesuffix("\n").removesuffix("\r")


def blocks(lines: Iterable[Line], is_separator: Callable[[str], bool]) -> Iterator[list[Line]]:
    """Runs of lines between separators; several separators in a row are as one."""
    block: list[Line] = []
    for line, text in lines:
        if not is_separator(text):
            block.append((line, text))
        elif block:
            yield block
            block = []
    if block:
        yield block


def is_blank(text: str) -> bool:
    """Whether a line holds nothing but blanks: one TAB separates sentences as well as nothing does."""
    return not text.strip()


def joined(tokens: Sequence[str], separator: str = " ") -> tuple[str, Edges]:
    """The text of tokens with a separator between them, and their edges in it.

    Example:
        >>> joined(["to", "Mr", "."])
        ('to Mr .', ((0, 2), (3, 5), (6, 7)))
    """
    edges: list[tuple[int, int]] = []
    end = -len(separator)
    for token in tokens:
        start = end + len(separator)
        end = start + len(token)
        edges.append((start, end))
    return separator.join(tokens), tuple(edges)


def require(value: str, allowed: Sequence[str], *, where: str) -> str:
    """The value, or the first allowed one for an empty value.

    Raises:
        UsageError: if it is not allowed.
    """
    if value and value not in allowed:
        what = f'found "{value}"; allowed: {", ".join(allowed)}.'
        raise UsageError(Problem(where=where, what=what, fix=f"Leave it out for {allowed[0]}."))
    return value or allowed[0]
