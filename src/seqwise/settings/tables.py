"""Bare tables, before they are settings: made plain, walked, and mended so far that the sound part can be judged."""

import math
from collections.abc import Iterator, Mapping, Sequence
from numbers import Integral, Real
from typing import cast

from seqwise.settings import schema as shape
from seqwise.settings.schema import Schema

Tables = Mapping[str, object]


def plain(tables: Tables) -> dict[str, object]:
    """A copy of the tables as TOML would give it: tuples as lists, numpy's numbers as Python's, dates as text."""
    return {str(name): _plain(value) for name, value in tables.items()}


def _plain(value: object) -> object:
    match value:
        case Mapping():
            return plain(cast("Tables", value))
        case list() | tuple():
            return [_plain(item) for item in cast("Sequence[object]", value)]
        case None | bool() | str():
            return value
        case Integral():
            return int(value)
        case Real():
            return float(value)
        case _:
            return str(value)


def leaves(tables: Tables, *, path: str = "") -> Iterator[tuple[str, object]]:
    """Dotted key and value of everything that is not a table."""
    for name, value in tables.items():
        key = f"{path}.{name}" if path else name
        if isinstance(value, Mapping):
            yield from leaves(cast("Tables", value), path=key)
        else:
            yield key, value


def endless(tables: Tables) -> Iterator[tuple[str, float]]:
    """Dotted key and value of every number that is infinite or no number; ranges let some of these through."""
    for key, value in leaves(tables):
        for item in cast("Sequence[object]", value) if isinstance(value, list) else (value,):
            if isinstance(item, float) and not math.isfinite(item):
                yield key, item


def repaired(tables: Tables, wrong: Sequence[str]) -> dict[str, object]:
    """The tables without the wrong keys, and with something in the place of every required key that is missing."""
    result = plain(tables)
    for key in wrong:
        _drop(result, key.split("[", 1)[0])
    _fill(result, shape.root())
    return result


def _drop(table: dict[str, object], key: str) -> None:
    head, _, rest = key.partition(".")
    inner = table.get(head)
    if key in table:  # names of silenced findings may hold dots
        del table[key]
    elif isinstance(inner, dict):
        _drop(cast("dict[str, object]", inner), rest)


def _fill(table: dict[str, object], schema: Schema) -> None:
    for name, inner in shape.keys(schema).items():
        is_needed = name in shape.required(schema)
        if name not in table and not is_needed:
            continue
        if shape.members(inner):
            _fill_member(table, name, inner)
        elif shape.keys(inner):
            held = table.setdefault(name, {})
            if isinstance(held, dict):
                _fill(cast("dict[str, object]", held), inner)
        elif is_needed:
            table.setdefault(name, _anything(inner))


def _fill_member(table: dict[str, object], name: str, schema: Schema) -> None:
    members, held = shape.members(schema), table.get(name)
    chosen: dict[str, object] = {}
    if isinstance(held, dict):
        chosen = cast("dict[str, object]", held)
    if chosen.get("name") not in list(members):
        chosen = {"name": next(iter(members))}
    _fill(chosen, members[str(chosen["name"])])
    table[name] = chosen


def _anything(schema: Schema) -> object:
    """Some value that the key allows."""
    if "const" in schema:
        return schema["const"]
    if schema.get("type") == "string":
        return schema.get("enum", ["?"])[0]
    return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
