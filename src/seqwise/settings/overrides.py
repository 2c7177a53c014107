"""``--set table.key=value`` in, a dotted key and its value out, and its place in the tables of a settings file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from seqwise.errors import Problem
from seqwise.settings.tables import plain


@dataclass(frozen=True)
class Override:
    """One value from the command line, and the keys that lead to it."""

    parts: tuple[str, ...]
    value: object

    @property
    def key(self) -> str:
        """The dotted key."""
        return ".".join(self.parts)


def parse_override(text: str) -> Override | Problem:
    """Read ``table.key=value``: the key as TOML reads it, the value as TOML or else as plain text.

    Example:
        >>> parse_override("training.epochs=5")
        Override(parts=('training', 'epochs'), value=5)
        >>> parse_override("encoder.checkpoint=klue/roberta-small").value
        'klue/roberta-small'
        >>> parse_override("data.test=2021-03-01").value
        '2021-03-01'
    """
    key, equals, value = text.partition("=")
    parts = _key_parts(key) if equals else ()
    if not parts:
        fix = "For example: --set training.epochs=5"
        return Problem(where=f'--set "{text}"', what="is not of the form table.key=value.", fix=fix)
    return Override(parts=parts, value=plain({key: _value(value)})[key])  # dates as text, as in a file


def merge(tables: dict[str, object], override: Override) -> Problem | None:
    """Put a value into nested tables, making missing ones; a problem if a value stands in the way."""
    table = tables
    for part in override.parts[:-1]:
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            return Problem(
                where=f"--set {override.key}", what=f"{part} is a value and not a table.", fix=f"Set {part} itself."
            )
        table = cast("dict[str, object]", inner)
    table[override.parts[-1]] = override.value
    return None


def _key_parts(key: str) -> tuple[str, ...]:
    try:
        inner: object = tomllib.loads(f"{key.strip()} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    parts: list[str] = []
    while isinstance(inner, Mapping):
        table = cast("Mapping[str, object]", inner)
        if len(table) != 1:  # a line end in the key made two of it
            return ()
        parts.append(next(iter(table)))
        inner = table[parts[-1]]
    return tuple(parts)


def _value(text: str) -> object:
    try:
        read = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return read["value"] if len(read) == 1 else text
