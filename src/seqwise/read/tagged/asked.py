"""What a tagger is to answer: lines, a table with a column of texts, or tagged text, whose words are taken as they are.

Tags of such a file are those of other annotators, so they are not even read.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import cast

from seqwise.errors import DataError
from seqwise.read.asked import STANDARD_INPUT, Asked, asked_rows, lines_of_file, typed_lines
from seqwise.read.encodings import AUTO, open_text, scan
from seqwise.read.tables import Columns
from seqwise.read.tagged.reading import NO_SCHEME, read_tagged
from seqwise.read.tagged.sentences import DEFAULT, Layout
from seqwise.read.tagged.sniffing import find_tag_format
from seqwise.records import Annotation, FileFacts, Rows
from seqwise.settings.stations import DataSettings

TABLES = frozenset({".csv", ".parquet", ".pq"})
DELIMITED = frozenset({".tsv", ".tab"})
JSON_LINES = frozenset({".jsonl", ".ndjson", ".json"})
LINES = ".txt"
# Formats that no plain text looks like; columns of a few words a line it may well look like.
MARKED = frozenset({"conllu", "klue", "kmou", "inline", "spans"})


def asked_texts(source: str, data: DataSettings) -> Asked:
    """The texts of a file, or of standard input with ``-``, for a run that was trained on tagged text.

    ``.csv`` and ``.parquet`` hold a column of texts, ``data.text`` of the run or ``text``; so do ``.tsv`` whose header
    names that column and ``.jsonl`` whose records hold no list of entities. ``.txt`` holds a text a line, unless its
    first lines are those of a format of tagged text. All else is tagged text: its words come with the texts.

    Args:
        source: the file, or ``-``.
        data: how the run's own files are read; see :func:`read_like_training`.

    Raises:
        DataError: if the file cannot be read, or holds no text.
    """
    if source == STANDARD_INPUT:
        return typed_lines()
    column = data.text if data.text and not data.text.isdecimal() else "text"
    if _is_table(source, column, data):
        return asked_rows(source, Columns(text=column, id=data.id), data=data.model_copy(update={"format": AUTO}))
    if _ending(source) == LINES and not _is_marked(source, data):
        return lines_of_file(source, data.encoding)
    rows, facts = read_like_training(source, data, scheme=NO_SCHEME)
    words = [Annotation(words=each.words) for each in rows.annotations or ()]
    is_taken = _ending(source) in DELIMITED and _ending(source) != _ending(data.train)
    taken = (f'no column "{column}": read as tagged text, a token a line',) if is_taken else ()
    return Asked(iter([replace(rows, annotations=words)]), lambda: (*taken, *facts.notes))


def read_like_training(path: str, data: DataSettings, *, scheme: str) -> tuple[Rows, FileFacts]:
    """A file of tagged text; one whose name ends as that of the training file has its format and its columns.

    Args:
        path: the file.
        data: the settings by which the training file was read.
        scheme: of the tags, as in ``Layout``.

    Raises:
        DataError: with the faults of the file.
    """
    is_like = _ending(path) == _ending(data.train)
    layout = Layout(token=data.text, tag=data.label, scheme=scheme) if is_like else replace(DEFAULT, scheme=scheme)
    format_ = data.format if is_like else AUTO
    return read_tagged(path, layout, format=format_, encoding=data.encoding, on_bad_row=data.on_bad_row)


def _ending(path: str) -> str:
    return Path(path.casefold().removesuffix(".gz")).suffix


def _is_table(source: str, column: str, data: DataSettings) -> bool:
    ending = _ending(source)
    if ending in DELIMITED:
        return column in _first_line(source, data).split("\t")
    if ending in JSON_LINES:
        return _has_text_alone(_first_line(source, data), column)
    return ending in TABLES


def _first_line(source: str, data: DataSettings) -> str:
    stream, _ = open_text(source, data.encoding)
    with stream:
        return next((line.rstrip("\r\n") for line in stream if line.strip()), "")


def _has_text_alone(line: str, column: str) -> bool:
    """Whether a line is a record with a text and without a list of anything."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return False
    if not isinstance(record, dict):
        return False
    values = cast("dict[str, object]", record)
    return column in values and not any(isinstance(value, list) for value in values.values())


def _is_marked(source: str, data: DataSettings) -> bool:
    try:
        found = find_tag_format(scan(source, data.encoding))
    except DataError:
        return False
    return found in MARKED or _ending(data.train) == LINES
