"""Parallel text stands in two files; one name with braces stands for both, as a shell has it."""

import re
from typing import NamedTuple

_BRACES = re.compile(r"\{([^{},]+),([^{},]+)\}")


class Sides(NamedTuple):
    """The two files of parallel text, and what their names say of them, such as ``de`` and ``en``."""

    source: str
    target: str
    names: tuple[str, str]


def sides_of(path: str) -> Sides | None:
    """The two files that a name with one pair of braces stands for, else None.

    Example:
        >>> sides_of("train.{de,en}.gz")
        Sides(source='train.de.gz', target='train.en.gz', names=('de', 'en'))
    """
    found = _BRACES.findall(path)
    if len(found) != 1:
        return None
    (names,) = found
    return Sides(_BRACES.sub(names[0], path), _BRACES.sub(names[1], path), (names[0], names[1]))
