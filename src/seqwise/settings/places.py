"""Where a setting was given: the line of a file, a flag, or the caller's name; error messages begin with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

HEADER = re.compile(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?")
KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
NAME = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


def _no_lines() -> dict[str, int]:
    return {}


def _no_flags() -> dict[str, str]:
    return {}


@dataclass(frozen=True)
class Origin:
    """Who gave the settings, and where each key stands.

    Attributes:
        name: the file, or who called.
        lines: dotted key or table to its line in the file.
        flags: dotted key to the flag of the command line that set it.
    """

    name: str
    lines: Mapping[str, int] = field(default_factory=_no_lines)
    flags: Mapping[str, str] = field(default_factory=_no_flags)

    def place(self, key: str) -> str:
        """``FILE:LINE key``, or the flag; a key that stands nowhere is told without a line."""
        plain = key.split("[", 1)[0]
        if plain in self.flags:
            return self.flags[plain]
        line = self.lines.get(plain)
        return f"{self.name} {key}" if line is None else f"{self.name}:{line} {key}"


def key_lines(text: str) -> dict[str, int]:
    r"""Dotted key, or table, to the line where it stands in a TOML text that is known to be sound.

    Keys inside inline tables are not found: messages on them then name the key alone.

    Example:
        >>> key_lines("[training]\nepochs = 3")
        {'training': 1, 'training.epochs': 2}
    """
    found: dict[str, int] = {}
    table: tuple[str, ...] = ()
    is_in_text = False
    for number, line in enumerate(text.split("\n"), start=1):
        header, key = HEADER.fullmatch(line.rstrip("\r")), KEY.match(line)
        if not is_in_text and header is not None:
            table = _parts(header.group(1))
            found.setdefault(".".join(table), number)
        elif not is_in_text and key is not None:
            found.setdefault(".".join((*table, *_parts(key.group(1)))), number)
        quotes = line.count('"""') + line.count("'''")
        is_in_text = is_in_text != (quotes % 2 == 1)
    return found


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in NAME.findall(dotted))
