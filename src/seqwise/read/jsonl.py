"""JSON Lines: one object a line; the wanted keys become cells, and a value of the wrong type is a bad row."""

import json
from collections.abc import Iterator, Mapping
from typing import cast

from seqwise.errors import DataError, Problem
from seqwise.read.blocks import Opened, Record, in_blocks
from seqwise.read.columns import FLAGGED, MOST_NAMES, NUMBERED, OF_SERIES, Request, setting
from seqwise.read.encodings import reopen, scan
from seqwise.read.faults import SKIP, Kind, Ledger, shown
from seqwise.records import FileFacts

JsonObject = dict[str, object]
FIX_VALUE = f"Fix the value, {SKIP}"
KINDS = {
    "list": "an array",
    "dict": "an object",
    "str": "the string",
    "bool": "the truth value",
    "int": "the whole number",
    "float": "the number with a decimal point",
}
ALLOWED = {
    "text": "a text must be a string.",
    "label": "a label must be a string, a whole number, or true or false.",
    "id": "an id must be a string or a whole number.",
    "group": "a group must be a string or a number.",
    "time": "a time must be a string or a number.",
    "unit": "a unit must be a string or a number.",
} | dict.fromkeys(OF_SERIES, "a value must be a string, a number, or true or false.")


def open_jsonl(request: Request, ledger: Ledger) -> Opened:
    """Scan a file of JSON Lines; its objects follow while the blocks are taken."""
    facts = scan(request.path, request.encoding)
    first = _first_object(facts)
    names = request.columns.named(list(first or ()))
    if request.label_is_optional and first is not None and names.get("label") not in first:
        names.pop("label", None)
    places = {role: place for place, role in enumerate(names)}
    return Opened(facts=facts, blocks=in_blocks(_rows(facts, names, ledger), places, size=request.block))


def cell(role: str, value: object) -> str | None:
    """The text of a JSON value in the house's spelling; None when the role does not take a value of this type.

    Example:
        >>> cell("label", True), cell("label", 3), cell("label", 1.0), cell("text", None)
        ('true', '3', None, '')
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if role == "text":
        return None
    if isinstance(value, bool):
        return json.dumps(value) if setting(role) in FLAGGED else None
    if isinstance(value, int) or (isinstance(value, float) and setting(role) in NUMBERED):
        return str(value)
    return None


def _first_object(facts: FileFacts) -> JsonObject | None:
    """The first line's object, or None when it is broken, which is told with the other bad rows."""
    with reopen(facts) as stream:
        text = next((line for line in stream if line.strip()), "")
    if text.lstrip().startswith("["):
        raise DataError(
            Problem(
                where=facts.path,
                what="holds a JSON array, not one object a line.",
                fix="Write one object a line, for example with: jq -c '.[]' FILE",
            )
        )
    parsed = parse_object(text)
    return None if isinstance(parsed, Kind) else parsed


def parse_object(text: str) -> JsonObject | Kind:
    """The object of one line, or why there is none."""
    try:
        value: object = json.loads(text.rstrip("\r\n"))
    except json.JSONDecodeError as error:
        return Kind(found=f"found broken JSON at column {error.colno}: {error.msg}", fix=f"Fix the line, {SKIP}")
    except (ValueError, RecursionError) as error:
        return Kind(found=f"found JSON that cannot be read: {error}", fix=f"Fix the line, {SKIP}")
    if isinstance(value, dict):
        return cast("JsonObject", value)
    return Kind(found=f"found {_told(value)}", rule="each line must be one JSON object.", fix=f"Fix the line, {SKIP}")


def _cells(row: JsonObject, names: Mapping[str, str]) -> list[str] | Kind:
    cells: list[str] = []
    for role, name in names.items():
        if name not in row:
            keys = ", ".join(list(row)[:MOST_NAMES])
            rule = f"the keys there are: {keys}." if keys else "the object is empty."
            return Kind(
                found="found no such key",
                column=name,
                rule=rule,
                value=name,
                allowed=tuple(row),
                fix=f"Set data.{setting(role)}, or add the key, {SKIP}",
            )
        text = cell(role, row[name])
        if text is None:
            return Kind(found=f"found {_told(row[name])}", column=name, rule=ALLOWED[setting(role)], fix=FIX_VALUE)
        cells.append(text)
    return cells


def _rows(facts: FileFacts, names: Mapping[str, str], ledger: Ledger) -> Iterator[Record]:
    with reopen(facts) as stream:
        for line, text in enumerate(stream, 1):
            if not text.strip():
                continue
            parsed = parse_object(text)
            row = parsed if isinstance(parsed, Kind) else _cells(parsed, names)
            if isinstance(row, Kind):
                ledger.leave_out(row, line)
            else:
                yield line, row


def _told(value: object) -> str:
    """A JSON value of the wrong type, as an error shows it: kind and value."""
    kind = "null" if value is None else KINDS.get(type(value).__name__, "a value")
    return f"{kind} {shown(json.dumps(value, ensure_ascii=False))[1:-1]}"
