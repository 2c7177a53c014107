"""The schema of a settings file in words: which keys each table has, and what each key allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from seqwise.settings.root import Settings

# A JSON schema, as pydantic writes it: a tree of plain dictionaries.
Schema = Mapping[str, Any]
EMPTY: Schema = {}


@dataclass(frozen=True)
class Spot:
    """Where a path of keys leads: its dotted name, its schema, and the table that holds it."""

    path: str
    schema: Schema
    table: str
    table_schema: Schema


@cache
def root() -> Schema:
    """The schema of the whole file."""
    return Settings.model_json_schema()


def follow(schema: Schema) -> Schema:
    """The schema itself, or the one that it refers to."""
    reference = schema.get("$ref")
    return schema if reference is None else root()["$defs"][reference.rsplit("/", 1)[-1]]


def keys(schema: Schema) -> Mapping[str, Schema]:
    """Name to schema of the keys of a table; empty for anything else."""
    return {name: follow(inner) for name, inner in schema.get("properties", EMPTY).items()}


def members(schema: Schema) -> Mapping[str, Schema]:
    """Name to schema of an open kind (encoder, schedule); empty for anything else."""
    mapping: Mapping[str, str] = schema.get("discriminator", EMPTY).get("mapping", EMPTY)
    return {name: follow({"$ref": reference}) for name, reference in mapping.items()}


def names(schema: Schema) -> str:
    """The members of an open kind, in words."""
    return _one_of(list(members(schema)))


def required(schema: Schema) -> Sequence[str]:
    """The keys of a table that have no default."""
    return schema.get("required", ())


def locate(parts: Sequence[str | int]) -> Spot:
    """Walk from the top along keys, list indices and names of members, as pydantic's error locations go."""
    spot = Spot(path="", schema=root(), table="", table_schema=root())
    for part in parts:
        spot = _step(spot, part)
    return spot


def _step(spot: Spot, part: str | int) -> Spot:
    schema = spot.schema
    if isinstance(part, int):
        prefix: Sequence[Schema] = schema.get("prefixItems", ())
        item = prefix[part] if part < len(prefix) else schema.get("items", EMPTY)
        return Spot(f"{spot.path}[{part}]", follow(item), spot.table, spot.table_schema)
    if part in members(schema):  # the name of the member stands in the location, but not in the file
        return Spot(spot.path, members(schema)[part], spot.table, spot.table_schema)
    path = f"{spot.path}.{part}" if spot.path else part
    if "properties" in schema:
        return Spot(path, keys(schema).get(part, EMPTY), spot.path, schema)
    if schema.get("type") == "object":
        return Spot(path, follow(schema.get("additionalProperties", EMPTY)), spot.path, schema)
    return spot  # the name of a branch of "text or number"


def allowed(schema: Schema) -> str:
    """What a key allows, in words.

    Example:
        >>> allowed({"type": "integer", "minimum": 1})
        'a whole number, 1 or more'
    """
    if members(schema):
        return f"a table with name = {names(schema)}"
    if "const" in schema:
        return f'"{schema["const"]}"'
    if "enum" in schema:
        return _one_of(schema["enum"])
    if "anyOf" in schema:
        return " or ".join(allowed(branch) for branch in schema["anyOf"] if branch.get("type") != "null")
    return _allowed_type(schema)


def _allowed_type(schema: Schema) -> str:
    kind = schema.get("type")
    if kind == "array":
        return _allowed_list(schema)
    if kind == "object":
        return "a table" if "properties" in schema else 'a table of lines: name = "text"'
    words = {"string": "text in quotes", "boolean": "true or false", "integer": "a whole number", "number": "a number"}
    return ", ".join(part for part in (words[str(kind)], _range(schema)) if part)


def _allowed_list(schema: Schema) -> str:
    several = {"string": "texts in quotes", "integer": "whole numbers", "number": "numbers"}
    if "prefixItems" in schema:
        return f"a list of {len(schema['prefixItems'])} {several[schema['prefixItems'][0]['type']]}"
    item: Schema = schema["items"]
    least = f", at least {schema['minItems']} of them" if "minItems" in schema else ""
    each = f", each {_range(item)}" if _range(item) else ""
    return f"a list of {several[item['type']]}{least}{each}"


def _range(schema: Schema) -> str:
    low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    high, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    if low is not None and high is not None:
        return f"{_number(low)} to {_number(high)}"
    lower = f"above {_number(above)}" if above is not None else f"{_number(low)} or more" if low is not None else ""
    upper = f"below {_number(below)}" if below is not None else f"{_number(high)} or less" if high is not None else ""
    return " and ".join(part for part in (lower, upper) if part)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _one_of(names: Sequence[str]) -> str:
    quoted = [f'"{name}"' for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
