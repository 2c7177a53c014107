"""CoNLL-U: ten columns a word, multi-word ranges, empty nodes; the text is the file's own where the words stand in it.

The format: https://universaldependencies.org/format.html.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from seqwise.read.faults import SKIP, Kind
from seqwise.read.tagged.sentences import Edges, Line, Parsing, Sentence, blocks, is_blank, numbered, require

COLUMNS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
MISC = "misc:"
TAGS = ("upos", "xpos", "lemma", "feats", "deprel", "deps", "misc")
FIX = f"Fix the line, {SKIP}"
_ID = re.compile(r"[0-9]+(?:[-.][0-9]+)?")


def parse_conllu(stream: TextIO, parsing: Parsing) -> Iterator[Sentence]:
    """Sentences with one tag a word: ``words`` are the syntactic words, so that every one has its tag.

    Words of a multi-word token share its place, or have their own where their forms spell it (``can`` and ``not`` in
    ``cannot``). Where the words do not stand in ``# text`` in order, the text is rebuilt from them and
    ``SpaceAfter=No``. Documents are groups; paragraphs, in a file without documents.
    """
    tag = parsing.layout.tag
    tag = tag if tag.startswith(MISC) else require(tag, TAGS, where="data.label")
    document, paragraph, has_documents = "", "", False
    for block in blocks(numbered(stream), is_blank):
        comments = _comments(block)
        rows = [(line, text.split("\t")) for line, text in block if not text.startswith("#")]
        if "newdoc" in comments:
            document, paragraph, has_documents = comments["newdoc"], "", True
        paragraph = comments.get("newpar", paragraph)
        if not rows:
            parsing.tally.tell("blocks of comments alone", block[0][0])
            continue
        words = [(line, cells) for line, cells in rows if cells[0].isdecimal()]
        faults = (fault for line, cells in rows if (fault := _fault(line, cells)) is not None)
        fault = next(faults, None) or _disorder(words)
        if fault is not None:
            parsing.ledger.leave_out(*fault)
            continue
        parsing.tally.tell("empty nodes, skipped", rows[0][0], count=sum("." in cells[0] for _, cells in rows))
        surfaces = _surfaces([cells for _, cells in rows])
        text, places = _text(surfaces, comments.get("text"), parsing, line=block[0][0])
        edges = tuple(edge for surface, place in zip(surfaces, places, strict=True) for edge in surface.edges(place))
        yield Sentence(
            line=block[0][0],
            text=text,
            id=comments.get("sent_id", ""),
            group=document if has_documents else paragraph,
            words=edges,
            units=edges,
            tags=tuple(_tag(cells, tag) for _, cells in words),
            tag_lines=tuple(line for line, _ in words),
            column=tag,
        )


@dataclass(frozen=True)
class _Surface:
    """A run of letters in the text, and the forms of the words in it: one, or several of a multi-word token."""

    form: str
    forms: tuple[str, ...]
    has_space_after: bool

    def edges(self, place: tuple[int, int]) -> Edges:
        start, end = place
        if "".join(self.forms) != self.form:
            return ((start, end),) * len(self.forms)
        found: list[tuple[int, int]] = []
        for form in self.forms:
            found.append((start, start + len(form)))
            start += len(form)
        return tuple(found)


def _comments(block: list[Line]) -> dict[str, str]:
    """Keys of the comments; a document or paragraph without an id is known by its line."""
    found: dict[str, str] = {}
    for line, text in block:
        if not text.startswith("#"):
            continue
        key, _, value = text[1:].partition("=")
        words = key.split()
        name = words[0] if words else ""
        if name in ("newdoc", "newpar"):
            found[name] = value.strip() or f"{name} in line {line}"
        elif name in ("text", "sent_id") and len(words) == 1:
            found[name] = value.removeprefix(" ")
    return found


def _fault(line: int, cells: list[str]) -> tuple[Kind, int] | None:
    if len(cells) != len(COLUMNS):
        found = f"found {len(cells)} columns between TABs"
        return Kind(found=found, rule=f"CoNLL-U has {len(COLUMNS)}.", fix=FIX), line
    if not _ID.fullmatch(cells[0]):
        return Kind(found=f'found "{cells[0]}"', column="id", rule="an id is 1, 1-2 or 1.1.", fix=FIX), line
    if not cells[1]:
        return Kind(found="found an empty form", column="form", fix=FIX), line
    return None


def _disorder(words: list[tuple[int, list[str]]]) -> tuple[Kind, int] | None:
    for number, (line, cells) in enumerate(words, 1):
        if cells[0] != str(number):
            rule = f"the words of a sentence count from 1, and this is word {number}."
            return Kind(found=f'found "{cells[0]}"', column="id", rule=rule, fix=FIX), line
    return None


def _surfaces(rows: Sequence[list[str]]) -> list[_Surface]:
    forms = {int(cells[0]): cells[1] for cells in rows if cells[0].isdecimal()}
    found: list[_Surface] = []
    covered = 0
    for cells in rows:
        if "." in cells[0]:
            continue
        first, _, last = cells[0].partition("-")
        if int(first) <= covered:
            continue
        covered = int(last or first)
        inside = tuple(forms[number] for number in range(int(first), covered + 1) if number in forms)
        found.append(_Surface(cells[1], inside, "SpaceAfter=No" not in cells[9].split("|")))
    return found


def _text(surfaces: Sequence[_Surface], text: str | None, parsing: Parsing, *, line: int) -> tuple[str, Edges]:
    if text is not None:
        places = _places(surfaces, text)
        if places is not None:
            return text, places
    why = "no text of its own" if text is None else "a text in which its words do not stand in order"
    parsing.tally.tell(f"sentences with {why}, rebuilt from the words", line)
    rebuilt = "".join(surface.form + " " * surface.has_space_after for surface in surfaces).rstrip(" ")
    return rebuilt, _places(surfaces, rebuilt) or ()


def _places(surfaces: Sequence[_Surface], text: str) -> Edges | None:
    """Where each surface stands in the text with nothing but blanks between them, or None."""
    places: list[tuple[int, int]] = []
    end = 0
    for surface in surfaces:
        start = end
        while not text.startswith(surface.form, start):
            if not text[start : start + 1].isspace():
                return None
            start += 1
        end = start + len(surface.form)
        places.append((start, end))
    return tuple(places) if not text[end:].strip() else None


def _tag(cells: list[str], tag: str) -> str:
    if not tag.startswith(MISC):
        return cells[COLUMNS.index(tag)]
    key = f"{tag.removeprefix(MISC)}="
    return next((pair.removeprefix(key) for pair in cells[9].split("|") if pair.startswith(key)), "O")
