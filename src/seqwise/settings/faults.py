"""What pydantic says of wrong settings in; sentences out: key, value found, what is allowed, the nearest right name."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails

from seqwise.errors import did_you_mean, nearest
from seqwise.settings import schema as shape
from seqwise.settings.schema import Schema, Spot
from seqwise.settings.writing import toml_value

# A value is quoted in a message up to this many characters.
LONGEST_VALUE = 80


@dataclass(frozen=True)
class Fault:
    """One wrong setting: its dotted key, what is wrong, how to mend it, and the other keys that the rule looked at."""

    key: str
    what: str
    fix: str = ""
    also: tuple[str, ...] = ()
    is_missing: bool = False


def faults_of(errors: Sequence[ErrorDetails]) -> list[Fault]:
    """One fault for each key that pydantic complains of; a key of several types gets one, not one a type."""
    faults: dict[str, Fault] = {}
    for error in errors:
        fault = _fault(error)
        faults.setdefault(fault.key, fault)
    return list(faults.values())


def _fault(error: ErrorDetails) -> Fault:
    spot, value = shape.locate(error["loc"]), error["input"]
    match error["type"]:
        case "extra_forbidden":
            return _unknown_key(spot, value, member=_member(error["loc"]))
        case "missing" if isinstance(error["loc"][-1], int):  # a list that is too short
            whole = shape.locate(error["loc"][:-1])
            return Fault(whole.path, _found(value, whole.schema))
        case "missing":
            return _missing(spot)
        case "union_tag_not_found" | "union_tag_invalid":
            return _wrong_member(spot, value)
        case _:
            return Fault(spot.path, _found(value, spot.schema), mend(value, spot.schema, key=spot.path))


def shown(value: object) -> str:
    """A value as it stands in the file, cut where it is long."""
    text = toml_value(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _found(value: object, schema: Schema) -> str:
    return f"found {shown(value)}; allowed: {shape.allowed(schema)}."


def _member(loc: Sequence[str | int]) -> str:
    """The name of the encoder or schedule that the last key of a location belongs to, or an empty string."""
    before = shape.locate(loc[:-2]) if len(loc) > 1 else None
    return str(loc[-2]) if before is not None and loc[-2] in shape.members(before.schema) else ""


def _unknown_key(spot: Spot, value: object, *, member: str) -> Fault:
    name = spot.path.removeprefix(f"{spot.table}.")
    known = list(shape.keys(spot.table_schema))
    if not spot.table:
        kind = "table" if isinstance(value, Mapping) else "key"
        what = f"is an unknown {kind}; the file has task and the tables {', '.join(known[1:])}."
    else:
        owner = f'[{spot.table}] with name = "{member}"' if member else f"[{spot.table}]"
        what = f"is an unknown key; {owner} has {', '.join(known)}."
    return Fault(spot.path, what, did_you_mean(name, known) or _elsewhere(name))


def _elsewhere(name: str) -> str:
    """The right place of a key that stands in the wrong table."""
    homes = [label for label, known in _tables(shape.root(), path="") if name in known]
    if homes:
        return f"{name} is a key of {', '.join(homes)}."
    everywhere = {key: label for label, known in _tables(shape.root(), path="") for key in known}
    match = nearest(name, everywhere)
    return "" if match is None else f'Did you mean "{match}" of {everywhere[match]}?'


def _tables(schema: Schema, *, path: str) -> Iterator[tuple[str, Mapping[str, Schema]]]:
    """Every table of the file with its keys, members of open kinds included."""
    if path and shape.keys(schema):
        yield f"[{path}]", shape.keys(schema)
    for name, member in shape.members(schema).items():
        yield f"[{path}] {name}", shape.keys(member)
    for name, inner in shape.keys(schema).items():
        yield from _tables(inner, path=f"{path}.{name}" if path else name)


def _missing(spot: Spot) -> Fault:
    if shape.members(spot.schema):
        return Fault(f"{spot.path}.name", f"is missing; allowed: {shape.names(spot.schema)}.", "Choose one.")
    needed = shape.required(spot.schema)
    if needed:  # a whole table is missing: name the keys that it cannot do without
        inner = shape.keys(spot.schema)[needed[0]]
        path, schema = f"{spot.path}.{needed[0]}", inner
    else:
        path, schema = spot.path, spot.schema
    what = f"is missing; it is required: {schema.get('description') or shape.allowed(schema)}."
    return Fault(path, what, f"Write {_example(path, schema)}", is_missing=True)


def _example(path: str, schema: Schema) -> str:
    """How a missing key could stand in the file."""
    table, _, key = path.rpartition(".")
    words: dict[Any, str] = {"string": '"…"', "boolean": "true", "array": "[…]"}
    value = f'"{schema["const"]}"' if "const" in schema else words.get(schema.get("type"), "…")
    return f"{key} = {value} under [{table}]." if table else f"{key} = {value} at the top of the file."


def _wrong_member(spot: Spot, value: object) -> Fault:
    key, known = f"{spot.path}.name", list(shape.members(spot.schema))
    name = value.get("name") if isinstance(value, Mapping) else None
    if name is None:
        return Fault(key, f"is missing; allowed: {shape.names(spot.schema)}.", "Choose one.")
    fix = _as_value(name) or did_you_mean(str(name), known)
    return Fault(key, f"found {shown(name)}; allowed: {shape.names(spot.schema)}.", fix)


def _as_value(name: object) -> str:
    """The key that takes this word as its value: "lstm" is a cell of the encoder recurrent and no encoder."""
    homes = [
        f"{key} of {label}"
        for label, known in _tables(shape.root(), path="")
        for key in known
        if name in known[key].get("enum", ())
    ]
    return f'"{name}" is a value of {" and of ".join(homes)}.' if homes else ""


def mend(value: object, schema: Schema, *, key: str) -> str:
    """How to write this value so that the key takes it, or an empty string where we cannot know."""
    kinds = {schema.get("type"), *(branch.get("type") for branch in schema.get("anyOf", ()))}
    if isinstance(value, str) and shape.members(schema):
        known = shape.members(schema)
        return f'Write [{key}] and under it name = "{nearest(value, known) or next(iter(known))}".'
    if isinstance(value, str):
        return did_you_mean(value, schema.get("enum", ())) or _unquoted(value, kinds)
    if "array" in kinds and not isinstance(value, Sequence):
        return f"Write [{toml_value(value)}]."
    if isinstance(value, bool | int | float) and "string" in kinds:
        # TOML knows true, 1 and 1.0 as other things than text; a label, a column or a file is always text.
        return f'Write "{toml_value(value)}" with quotes.'
    if isinstance(value, float) and "integer" in kinds and value.is_integer():
        return f"Write {int(value)}."
    if isinstance(value, int) and "boolean" in kinds and value in (0, 1):
        return f"Write {toml_value(bool(value))}."
    return ""


def _unquoted(text: str, kinds: Collection[Any]) -> str:
    truths = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}
    if "boolean" in kinds and text.casefold() in truths:
        return f"Write {truths[text.casefold()]} without quotes."
    if ("integer" in kinds or "number" in kinds) and _is_number(text):
        return f"Write {text} without quotes."
    return f'Write ["{text}"].' if "array" in kinds else ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
