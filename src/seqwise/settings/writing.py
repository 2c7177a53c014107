"""Resolved settings in, the text of a TOML file out; reading that file again gives equal settings."""

import re
from collections.abc import Mapping, Sequence

from seqwise.settings.root import Settings

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
ESCAPES = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def to_toml(settings: Settings) -> str:
    """The settings as a TOML file with every value spelt out; values that are unset (None) are left out.

    TOML has no null, so an unset value is one that is not in the file; each such field is unset by default.
    """
    return "\n".join(_lines(settings.model_dump(), path=())) + "\n"


def _lines(table: Mapping[str, object], *, path: tuple[str, ...]) -> list[str]:
    lines = [f"{toml_key(name)} = {toml_value(value)}" for name, value in table.items() if _is_plain(value)]
    for name, value in table.items():
        if isinstance(value, Mapping):
            inner = (*path, name)
            header = ".".join(toml_key(part) for part in inner)
            lines += ["", f"[{header}]", *_lines(value, path=inner)]
    return lines


def _is_plain(value: object) -> bool:
    return value is not None and not isinstance(value, Mapping)


def toml_key(name: str) -> str:
    """A key as TOML writes it: bare where that is allowed, else in quotes."""
    return name if BARE_KEY.fullmatch(name) else _quoted(name)


def toml_value(value: object) -> str:
    """A value as TOML writes it; what TOML does not know is shown as Python shows it."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value)
        case int() | float():
            return repr(value)
        case Mapping():
            return "{" + ", ".join(f"{toml_key(str(name))} = {toml_value(item)}" for name, item in value.items()) + "}"
        case Sequence():
            return "[" + ", ".join(toml_value(item) for item in value) + "]"
        case _:
            return str(value)


def _quoted(text: str) -> str:
    return '"' + "".join(ESCAPES.get(letter) or _plain_or_escaped(letter) for letter in text) + '"'


def _plain_or_escaped(letter: str) -> str:
    return f"\\u{ord(letter):04X}" if letter < " " or letter == "\x7f" else letter
