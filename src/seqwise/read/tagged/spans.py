"""JSON with spans, as doccano and Label Studio export it and as we write it: a text and its entities a record.

doccano: https://github.com/doccano/doccano; Label Studio: https://labelstud.io/guide/export.
"""

import json
from collections.abc import Iterator, Mapping
from typing import TextIO, cast

from seqwise.read.faults import SKIP, Kind, shown
from seqwise.read.jsonl import JsonObject, parse_object
from seqwise.read.tagged.sentences import Edges, Mark, Parsing, Sentence
from seqwise.records import Span

FIX = f"Fix the record, {SKIP}"
PLACES = (("entities", "label", "labels", "spans"), ("start", "start_offset"), ("end", "end_offset"))
Found = tuple[str, list[object]]  # key of the entities in the record, and they themselves


class _RecordError(Exception):
    """A record that is left out, and why."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind


def parse_spans(stream: TextIO, parsing: Parsing) -> Iterator[Sentence]:
    """Sentences of JSON Lines, or of one JSON array, which is read whole.

    A record is ``{"text", "label": [[start, end, label]]}`` or ``{"text", "entities": [{"start_offset", "end_offset",
    "label"}]}`` as doccano has it, ``{"data": {"text"}, "annotations": [{"result": [{"value": {"start", "end",
    "labels"}}]}]}`` as Label Studio has it, of which the first annotation that was not cancelled counts, or ours:
    ``{"id", "text", "entities": [{"start", "end", "label"}]}``, with ``group``, ``words`` (edges) and ``tags`` (one a
    word) where they are there. Places are code points; where a record has the text of an entity and the place fits it
    only in units of UTF-16, as a browser counts, the place is turned.
    """
    for line, record in _records(stream):
        try:
            if isinstance(record, Kind):
                raise _RecordError(record)
            yield _sentence(line, record, parsing)
        except _RecordError as bad:
            parsing.ledger.leave_out(bad.kind, line)


def _records(stream: TextIO) -> Iterator[tuple[int, JsonObject | Kind]]:
    for line, text in enumerate(stream, 1):
        if text.lstrip().startswith("["):
            yield from _array(text + stream.read(), line)
            return
        if text.strip():
            yield line, parse_object(text)


def _array(content: str, line: int) -> Iterator[tuple[int, JsonObject | Kind]]:
    decoder = json.JSONDecoder()
    place = content.index("[") + 1
    while True:
        at = place
        while content[at : at + 1].isspace() or content[at : at + 1] == ",":
            at += 1
        line += content.count("\n", place, at)
        if content[at : at + 1] == "]":
            return
        try:
            value, place = decoder.raw_decode(content, at)
        except (ValueError, RecursionError) as error:
            what = f"found broken JSON, and nothing behind it is read: {error}"
            yield line, Kind(found=what, fix="Fix the file.")
            return
        told = Kind(found=f"found {_told(value)}", rule="a record must be a JSON object.", fix=FIX)
        yield line, cast("JsonObject", value) if isinstance(value, dict) else told
        line += content.count("\n", at, place)


def _sentence(line: int, record: JsonObject, parsing: Parsing) -> Sentence:
    key = parsing.layout.token or "text"
    data = record.get("data")
    fields = cast("JsonObject", data) if isinstance(data, dict) else record
    text = fields.get(key)
    if not isinstance(text, str):
        keys = ", ".join(fields) or "none"
        found = "found no such key" if key not in fields else f"found {_told(text)}"
        raise _RecordError(Kind(found=found, column=key, rule=f"a text is a string; keys: {keys}.", fix=FIX))
    name, items = _studio(record, parsing, line) if fields is not record else _listed(record)
    words = _edges(record.get("words"), text)
    tags = _strings(record.get("tags"), len(words))
    identity, group = record.get("id"), record.get("group")
    return Sentence(
        line=line,
        text=text,
        id=str(identity) if isinstance(identity, str | int) else "",
        group=group if isinstance(group, str) else "",
        words=words,
        units=words,
        tags=tags,
        tag_lines=(line,) * len(tags),
        column="tags",
        marks=tuple(_mark(item, f"{name}[{i}]", text, parsing, line=line) for i, item in enumerate(items)),
    )


def _listed(record: JsonObject) -> Found:
    """The entities of a record whose keys are on top."""
    for key in PLACES[0]:
        if isinstance(record.get(key), list):
            return key, cast("list[object]", record[key])
    if isinstance(record.get("tags"), list):
        return "entities", []
    keys = ", ".join(record)
    rule = f"the entities stand in entities, label, labels or spans; keys: {keys}."
    raise _RecordError(Kind(found="found no list of entities", rule=rule, fix=FIX))


def _studio(record: JsonObject, parsing: Parsing, line: int) -> Found:
    """The entities of a task of Label Studio; what is no span of text, such as a choice, is counted."""
    annotations = record.get("annotations", record.get("completions"))
    given = [
        cast("JsonObject", annotation)
        for annotation in (cast("list[object]", annotations) if isinstance(annotations, list) else [])
        if isinstance(annotation, dict) and not cast("JsonObject", annotation).get("was_cancelled")
    ]
    if not given:
        raise _RecordError(Kind(found="found a task without an annotation", column="annotations", fix=FIX))
    parsing.tally.tell("tasks with several annotations, of which the first counts", line, count=int(len(given) > 1))
    result = given[0].get("result")
    items = cast("list[object]", result) if isinstance(result, list) else []
    values = [cast("JsonObject", item).get("value") for item in items if isinstance(item, dict)]
    spans = [value for value in values if isinstance(value, dict) and "labels" in value]
    parsing.tally.tell("results that are no span of text, left out", line, count=len(items) - len(spans))
    return "result", cast("list[object]", spans)


def _mark(item: object, column: str, text: str, parsing: Parsing, *, line: int) -> Mark:
    if isinstance(item, list) and len(cast("list[object]", item)) == 3:
        start, end, label = cast("list[object]", item)
        surface = None
    elif isinstance(item, dict):
        fields = cast("JsonObject", item)
        start, end = (next((fields[key] for key in keys if key in fields), None) for keys in PLACES[1:])
        label, surface = _label(fields), fields.get("text")
    else:
        start = end = label = surface = None
    if type(start) is not int or type(end) is not int or not isinstance(label, str) or not label.strip():
        rule = "an entity has a start and an end, whole numbers, and one label, a string."
        raise _RecordError(Kind(found=f"found {_told(item)}", column=column, rule=rule, fix=FIX))
    span = Span(start, end, label)
    if isinstance(surface, str) and text[max(start, 0) : end] != surface:
        parsing.tally.tell("places in units of UTF-16, turned to characters", line)
        span = _turned(span, surface, text, column=column)
    return Mark(span, line, column)


def _label(fields: Mapping[str, object]) -> object:
    label, labels = fields.get("label"), fields.get("labels")
    several = cast("list[object]", labels) if isinstance(labels, list) else []
    return several[0] if label is None and len(several) == 1 else label


def _turned(span: Span, surface: str, text: str, *, column: str) -> Span:
    units = text.encode("utf-16-le", "surrogatepass")
    before, held = units[: 2 * span.start], units[2 * span.start : 2 * span.end]
    if held != surface.encode("utf-16-le", "surrogatepass"):
        there = shown(text[max(span.start, 0) : max(span.end, 0)])
        rule = f"at {span.start} to {span.end} the text has {there}."
        raise _RecordError(Kind(found=f"found {shown(surface)}", column=column, rule=rule, fix=FIX))
    start = len(before.decode("utf-16-le", "surrogatepass"))
    return Span(start, start + len(surface), span.label)


def _edges(value: object, text: str) -> Edges:
    if value is None:
        return ()
    pairs = cast("list[object]", value) if isinstance(value, list) else [value]
    edges: list[tuple[int, int]] = []
    last = (0, 0)
    for i, pair in enumerate(pairs):
        places = cast("list[object]", pair) if isinstance(pair, list) else []
        start, end = places if len(places) == 2 else (None, None)
        is_sound = type(start) is int and type(end) is int and last[0] <= start < end <= len(text) and last[1] <= end
        if not is_sound:
            rule = "a word has its start and its end in the text, in order."
            raise _RecordError(Kind(found=f"found {_told(pair)}", column=f"words[{i}]", rule=rule, fix=FIX))
        last = cast("tuple[int, int]", (start, end))
        edges.append(last)
    return tuple(edges)


def _strings(value: object, n: int) -> tuple[str, ...]:
    if value is None:
        return ()
    items = cast("list[object]", value) if isinstance(value, list) else []
    strings = tuple(item for item in items if isinstance(item, str))
    if len(strings) != n or len(items) != n:
        kind = Kind(
            found=f"found {len(items):,} tags for {n:,} words", column="tags", rule="a word has one, a string.", fix=FIX
        )
        raise _RecordError(kind)
    return strings


def _told(value: object) -> str:
    return shown(json.dumps(value, ensure_ascii=False))[1:-1]
