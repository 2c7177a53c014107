"""Which column holds what, and where it stands in a header; a misspelt column is told with its nearest name."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from seqwise.errors import DataError, Problem, UsageError, did_you_mean

MOST_NAMES = 30  # names of a header that an error lists
OF_SERIES = frozenset(("value", "static", "known", "past"))  # settings of columns that hold what series are made of
NUMBERED = OF_SERIES | {"group", "time", "unit"}  # settings whose columns may hold numbers with a decimal point
FLAGGED = OF_SERIES | {"label"}  # settings whose columns may hold truth values


class Choice(Protocol):
    """Says which columns of a file are wanted."""

    def named(self, header: Sequence[str] = ()) -> dict[str, str]:
        """Role to column name, in a file that offers these names; `setting` tells what a role is."""
        ...


def setting(role: str) -> str:
    """The setting that names the column of a role: ``value`` for ``value Close``, one of several columns.

    Example:
        >>> setting("value Adj Close"), setting("text")
        ('value', 'text')
    """
    return role.partition(" ")[0]


@dataclass(frozen=True)
class Columns:
    """Column (or JSON key) of each role; an empty name means that the role is not there."""

    text: str
    label: str = ""
    id: str = ""
    group: str = ""
    time: str = ""

    def named(self, header: Sequence[str] = ()) -> dict[str, str]:
        """Role to column name, without the empty ones, whatever the header.

        Raises:
            UsageError: if no text column is named, or text and label are one column.
        """
        del header
        if not self.text:
            raise UsageError(Problem(where="data.text", what="is empty.", fix="Name the column of the text."))
        if self.text == self.label:
            what = f'names the column "{self.label}", which is data.text too.'
            raise UsageError(Problem(where="data.label", what=what, fix="Name the column of the label."))
        roles = {"text": self.text, "label": self.label, "id": self.id, "group": self.group, "time": self.time}
        return {role: name for role, name in roles.items() if name}


@dataclass(frozen=True)
class Request:
    """What one reading of a file asks for.

    Attributes:
        path: the file, as the user wrote it.
        columns: what is in which column.
        encoding: a name, or ``auto``.
        block: rows that are handed on at once.
        label_is_optional: a file without the label column is read without labels.
    """

    path: str
    columns: Choice
    encoding: str
    block: int
    label_is_optional: bool


def find_columns(header: Sequence[str], request: Request, *, line: int | None, hint: str = "") -> dict[str, int]:
    """Role to place in the header, from 0.

    Args:
        header: the names that the file offers.
        request: the columns that are wanted.
        line: line of the header, for messages; None for a file without lines.
        hint: what else may be wrong when a column is missing.

    Raises:
        DataError: if a name stands twice in the header or a wanted one is missing; all faults at once.
    """
    where = request.path if line is None else f"{request.path}:{line}"
    problems = [
        Problem(where=where, what=f'the header names the column "{name}" {count} times.', fix="Rename all but one.")
        for name, count in Counter(header).items()
        if name and count > 1
    ]
    found: dict[str, int] = {}
    for role, name in request.columns.named(header).items():
        if name in header:
            found[role] = header.index(name)
        elif role != "label" or not request.label_is_optional:
            problems.append(_missing(name, role, header, where=where, hint=hint))
    if problems:
        raise DataError(problems)
    return found


def _missing(name: str, role: str, header: Sequence[str], *, where: str, hint: str) -> Problem:
    names = ", ".join(header[:MOST_NAMES])
    more = f" and {len(header) - MOST_NAMES:,} more" if len(header) > MOST_NAMES else ""
    fix = " ".join(part for part in (did_you_mean(name, header), f"Set data.{setting(role)}.", hint) if part)
    return Problem(where=where, what=f'no column "{name}"; the columns are: {names}{more}.', fix=fix)
