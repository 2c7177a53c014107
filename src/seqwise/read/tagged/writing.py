"""Tagged rows in, a file of a format out; it is read back, and what it does not give back is told and counted."""

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from seqwise.errors import DataError, Problem, UsageError, did_you_mean
from seqwise.read.encodings import AUTO
from seqwise.read.tagged.conllu import MISC
from seqwise.read.tagged.docbin import ENDING, SPACY, TAG, encode_docbin
from seqwise.read.tagged.marked import write_marks
from seqwise.read.tagged.reading import DEFAULT, NO_SCHEME, SCHEMES, Layout, OnBadSentence, read_tagged
from seqwise.read.tagged.sentences import Edges, Mark, Sentence, Tally
from seqwise.records import Annotation, Rows, Span
from seqwise.spans.schemes import OUTSIDE, Scheme, tags_of
from seqwise.spans.units import eojeol_offsets, unit_spans

__all__ = ["Target", "convert", "format_of", "write_tagged"]

ENDINGS = {".conll": "conll", ".conllu": "conllu", ".tsv": "klue", ".txt": "inline", ".jsonl": "spans", ENDING: SPACY}
ENTITY_KEY = "NER"  # of the last column of CoNLL-U


@dataclass(frozen=True)
class Target:
    """What a file is written as.

    Attributes:
        format: a name of `WRITERS`, or ``spacy``.
        scheme: of the tags of ``conll``, ``conllu`` and ``klue``, as in `Layout.scheme`.
    """

    format: str
    scheme: str = "BIO"


@dataclass(frozen=True)
class _Item:
    """One sentence to write, with the words and tags that a format of words gives it."""

    text: str
    id: str
    group: str
    annotation: Annotation
    words: Edges
    scheme: Scheme
    has_word_tags: bool
    has_entities: bool

    @property
    def tokens(self) -> list[str]:
        return [self.text[start:end] for start, end in self.words]

    @property
    def word_tags(self) -> tuple[str, ...]:
        return self.annotation.tags or ("_",) * len(self.words)

    def entity_tags(self, units: Edges) -> tuple[str, ...]:
        """The entities as tags of units; one that shares a unit with the one before it is left out."""
        kept: list[Span] = []
        for span in unit_spans(self.annotation.entities, np.array(units, dtype=np.int64).reshape(-1, 2)):
            if span is not None and (not kept or span.start >= kept[-1].end):
                kept.append(span)
        return tuple(tags_of(kept, len(units), scheme=self.scheme))


def write_tagged(rows: Rows, path: str | Path, *, target: Target) -> tuple[str, ...]:
    """Write rows with annotations, and read the file back: the report says what it does not give back.

    Formats of words have the words of the file, else its eojeols. Entities whose edges are not those of words take
    whole words there, and one that shares a word with the entity before it is left out. ``conll`` has the entities' tag
    last, with the words' own tag before it where there are any; ``conllu`` has it as ``NER=`` in its last column.

    Args:
        rows: with annotations without faults, as `read_tagged` gives them.
        path: the file, packed where its name ends in .gz; written beside its place, read back and renamed.
        target: the format, and the scheme of its tags.

    Returns:
        A sentence for each kind of loss; none when every row is read back equal.

    Raises:
        DataError: if the format can hold none of the sentences, or cannot be read back; there is no new file then.
        UsageError: if the format or the scheme is not known, or the rows have no annotations.
    """
    _require_format(target)
    scheme = _scheme(target.scheme)
    if rows.annotations is None:
        raise UsageError(Problem(str(path), "the rows have no annotations.", "Read them with read_tagged."))
    items = _items(rows, rows.annotations, scheme)
    content, row_at = _documents(items) if target.format == SPACY else _lines(items, WRITERS[target.format])
    if not row_at:
        what = f"no sentence can be written as {target.format}."
        raise DataError(Problem(str(path), what, "Take another format, such as spans."))
    read = _written(content, Path(path), target=target, item=items[0])
    return _losses(rows, rows.annotations, {row_at[line]: row for line, row in read.items() if line in row_at})


def convert(
    source: str | Path,
    path: str | Path,
    *,
    target: Target,
    layout: Layout = DEFAULT,
    format: str = AUTO,  # noqa: A002 (as in read_tagged)
    on_bad_row: OnBadSentence = "stop",
) -> tuple[str, ...]:
    """Read a file of one format and write it as another.

    Args:
        source: the file to read, with ``format`` and ``layout`` as in `read_tagged`.
        path: the file to write.
        target: what it is written as.
        layout: of the source.
        format: of the source.
        on_bad_row: as in `read_tagged`.

    Returns:
        The report, line by line: what was read, what was noted while reading, what was written, and what was lost.

    Raises:
        UsageError: if both are one file, or the format or the scheme is not known.
        DataError: with the faults of the source, or if the format can hold none of its sentences.
    """
    _require_format(target)
    _scheme(target.scheme)
    if Path(path).exists() and Path(path).samefile(source):
        raise UsageError(Problem(str(path), "is the file that is read.", "Name another file."))
    rows, facts = read_tagged(source, layout, format=format, on_bad_row=on_bad_row)
    n_entities = sum(len(annotation.entities) for annotation in rows.annotations or ())
    n_tags = sum(len(annotation.tags) for annotation in rows.annotations or ())
    read = f"{source}: {len(rows):,} sentences, {n_entities:,} entities, {n_tags:,} words with tags of their own"
    losses = write_tagged(rows, path, target=target)
    told = losses or ("nothing is lost: read back, every sentence is equal",)
    return (read, *facts.notes, f"{path}: written as {target.format}", *told)


def format_of(path: str | Path) -> str:
    """The format that the ending of a file's name stands for.

    Raises:
        UsageError: if it stands for none.

    Example:
        >>> format_of("new.jsonl.gz")
        'spans'
    """
    ending = Path(str(path).casefold().removesuffix(".gz")).suffix
    if ending not in ENDINGS:
        what = f"its ending stands for no format; known: {', '.join(ENDINGS)}."
        raise UsageError(Problem(str(path), what, f"Pass --to: {', '.join((*WRITERS, SPACY))}."))
    return ENDINGS[ending]


def _require_format(target: Target) -> None:
    known = (*WRITERS, SPACY)
    if target.format not in known:
        what = f'found "{target.format}"; allowed: {", ".join(known)}.'
        raise UsageError(Problem(where="format", what=what, fix=did_you_mean(target.format, known)))


def _scheme(name: str) -> Scheme:
    if name not in SCHEMES:
        what = f'found "{name}"; allowed: {", ".join(SCHEMES)}.'
        raise UsageError(Problem(where="scheme", what=what, fix=did_you_mean(name, SCHEMES)))
    return SCHEMES[name]


def _items(rows: Rows, annotations: Sequence[Annotation], scheme: Scheme) -> list[_Item]:
    has_word_tags = any(annotation.tags for annotation in annotations)
    has_entities = not has_word_tags or any(annotation.entities for annotation in annotations)
    groups = rows.groups or ("",) * len(rows)
    items: list[_Item] = []
    for text, id_, group, annotation in zip(rows.texts, rows.ids, groups, annotations, strict=True):
        words = annotation.words or tuple((start, end) for start, end in eojeol_offsets(text).tolist())
        items.append(_Item(text, id_, group, annotation, words, scheme, has_word_tags, has_entities))
    return items


def _conll(item: _Item, _group: str) -> str | None:
    columns = [item.tokens]
    columns += [list(item.word_tags)] if item.has_word_tags else []
    columns += [list(item.entity_tags(item.words))] if item.has_entities else []
    return _table(columns)


def _conllu(item: _Item, group: str) -> str | None:
    if "\n" in item.text or "\n" in item.id or "\n" in item.group:
        return None
    comments = [f"# newdoc id = {item.group}"] if item.group != group else []
    comments += [f"# sent_id = {item.id}", f"# text = {item.text}"]
    tags = item.entity_tags(item.words) if item.has_entities else ()
    rows: list[list[str]] = []
    for i, (start, end) in enumerate(item.words):
        # Words of one place are those of a multi-word token; their own forms are not known.
        is_first = item.words[i - 1 : i] != ((start, end),)
        n_same = next((n for n, edge in enumerate(item.words[i:]) if edge != (start, end)), len(item.words) - i)
        is_tight = end < len(item.text) and not item.text[end].isspace()
        space = ["SpaceAfter=No"] if is_tight else []
        if is_first and n_same > 1:
            rows.append([f"{i + 1}-{i + n_same}", item.text[start:end], *"_" * 7, "|".join(space) or "_"])
        is_shared = not is_first or n_same > 1
        misc = [] if is_shared else space
        misc = [*misc, *(f"{ENTITY_KEY}={tag}" for tag in tags[i : i + 1] if tag != OUTSIDE)]
        form = "_" if is_shared else item.text[start:end]
        rows.append([str(i + 1), form, "_", item.word_tags[i], *"_" * 5, "|".join(misc) or "_"])
    table = _table([list(column) for column in zip(*rows, strict=True)])
    return None if table is None else "\n".join([*comments, table])


def _klue(item: _Item, _group: str) -> str | None:
    characters = tuple((i, i + 1) for i in range(len(item.text)))
    marked = write_marks(item.text, item.annotation.entities)
    if "\n" in item.text or "\n" in item.id:
        return None
    rows = [f"{character}\t{tag}" for character, tag in zip(item.text, item.entity_tags(characters), strict=True)]
    return "\n".join([f"## {item.id}\t{marked}", *rows, "", ""])


def _inline(item: _Item, _group: str) -> str | None:
    return None if "\n" in item.text else f"{write_marks(item.text, item.annotation.entities)}\n"


def _spans(item: _Item, _group: str) -> str:
    annotation = item.annotation
    record: dict[str, object] = {"id": item.id, "text": item.text}
    record |= {"group": item.group} if item.group else {}
    record |= {"words": annotation.words} if annotation.words else {}
    record |= {"tags": annotation.tags} if annotation.tags else {}
    record["entities"] = [{"start": span.start, "end": span.end, "label": span.label} for span in annotation.entities]
    return f"{json.dumps(record, ensure_ascii=False)}\n"


Writer = Callable[[_Item, str], str | None]  # a sentence and the group of the one before it to its lines
WRITERS: dict[str, Writer] = {
    "conll": _conll,
    "conllu": _conllu,
    "klue": _klue,
    "inline": _inline,
    "spans": _spans,
}


def _lines(items: Sequence[_Item], write: Writer) -> tuple[bytes, dict[int, int]]:
    """The content of a file of text, and the row of each sentence by its first line."""
    parts: list[str] = []
    row_at: dict[int, int] = {}
    line = 1
    for row, item in enumerate(items):
        part = write(item, items[row - 1].group if row else "")
        if part is not None:
            parts.append(part)
            row_at[line] = row
            line += part.count("\n")
    return "".join(parts).encode(), row_at


def _documents(items: Sequence[_Item]) -> tuple[bytes, dict[int, int]]:
    """The content of a file of documents, and the row of each by its number."""
    sentences = [
        Sentence(
            line=row,
            text=item.text,
            id=item.id,
            group=item.group,
            words=item.words,
            tags=item.word_tags if item.has_word_tags else (),
            marks=tuple(Mark(span, row, "") for span in item.annotation.entities),
        )
        for row, item in enumerate(items)
    ]
    content, rows = encode_docbin(sentences)
    return content, dict(enumerate(rows, 1))


def _table(columns: list[list[str]]) -> str | None:
    """Columns as lines with TABs and a blank line behind them; None where a cell breaks lines or columns."""
    if any("\n" in cell or "\t" in cell for column in columns for cell in column):
        return None
    return "\n".join(["\t".join(cells) for cells in zip(*columns, strict=True)] + ["", ""])


def _written(content: bytes, path: Path, *, target: Target, item: "_Item") -> "dict[int, _Read]":
    """What is read back from the file, which takes its place only then."""
    with TemporaryDirectory(prefix=".", dir=path.parent) as folder:
        beside = Path(folder) / path.name
        beside.write_bytes(gzip.compress(content, mtime=0) if path.name.casefold().endswith(".gz") else content)
        try:
            read = _read_back(beside, target, item)
        except DataError as error:
            what = f"not written: {target.format} does not give these sentences back. {error.problems[0].what}"
            raise DataError(Problem(str(path), what, "Take another format, such as spans, or other labels.")) from error
        beside.replace(path)
    return read


@dataclass(frozen=True)
class _Read:
    """What a written sentence is when it is read back."""

    text: str
    id: str
    group: str
    annotation: Annotation


def _read_back(path: str | Path, target: Target, item: _Item) -> dict[int, _Read]:
    """The sentences of a written file by their lines; a format with two columns of tags is read for each."""
    word_tags, entities = {
        "conll": (Layout(tag="2", scheme=NO_SCHEME), Layout(scheme=target.scheme)),
        "conllu": (Layout(), Layout(tag=f"{MISC}{ENTITY_KEY}", scheme=target.scheme)),
        SPACY: (Layout(tag=TAG), Layout()),
    }.get(target.format, (None, Layout(scheme=target.scheme if target.format == "klue" else AUTO)))
    found: dict[int, _Read] = {}
    for layout in (word_tags if item.has_word_tags else None, entities if item.has_entities or not word_tags else None):
        if layout is None:
            continue
        rows, _ = read_tagged(path, layout, format=target.format, on_bad_row="skip")
        groups = rows.groups or ("",) * len(rows)
        for row, annotation in enumerate(rows.annotations or ()):
            line = int(rows.lines[row])
            tags = found[line].annotation.tags if line in found else annotation.tags
            found[line] = _Read(rows.texts[row], rows.ids[row], groups[row], replace(annotation, tags=tags))
    return found


def _losses(rows: Rows, annotations: Sequence[Annotation], read: Mapping[int, _Read]) -> tuple[str, ...]:
    """What is not given back, counted by kind with the first line of the source; ``read``: by row."""
    tally = Tally()
    for row, annotation in enumerate(annotations):
        line, seen = int(rows.lines[row]), read.get(row)
        if seen is None:
            tally.tell("sentences that the format cannot hold, left out", line)
            tally.tell("entities in them", line, count=len(annotation.entities))
            continue
        has_own_id = rows.ids[row] != f"{Path(rows.files[rows.file_of[row]]).name}:{line}"
        given, kept = _comparable(rows.texts[row], annotation), _comparable(seen.text, seen.annotation)
        lost = {
            f"sentences with {_difference(rows.texts[row], seen.text)}": rows.texts[row] != seen.text,
            "sentences without their id": has_own_id and rows.ids[row] != seen.id,
            "sentences without their document": rows.groups is not None and rows.groups[row] != seen.group,
            "sentences with other words or none": given.words != kept.words,
            "sentences without the tags of their words": given.tags != kept.tags,
        }
        for what, is_lost in lost.items():
            tally.tell(what, line, count=int(is_lost))
        tally.tell("entities lost or with other edges", line, count=len(set(given.entities) - set(kept.entities)))
        tally.tell("entities that were not there", line, count=len(set(kept.entities) - set(given.entities)))
    return tally.notes()


def _difference(text: str, other: str) -> str:
    return "other blanks in their text" if "".join(text.split()) == "".join(other.split()) else "another text"


def _comparable(text: str, annotation: Annotation) -> Annotation:
    """The annotation with places that count characters but not blanks, which do not move where only blanks change."""
    place = [0, *accumulate(not character.isspace() for character in text)]
    return Annotation(
        words=tuple((place[start], place[end]) for start, end in annotation.words),
        tags=annotation.tags,
        entities=tuple(Span(place[span.start], place[span.end], span.label) for span in annotation.entities),
    )
