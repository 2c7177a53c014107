"""Which columns of a table of series hold what, for both shapes of table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from seqwise.errors import Problem, UsageError

ValueKind = Literal["auto", "numbers", "states"]


@dataclass(frozen=True)
class Layout:
    """Where a table of series has what, and how its cells are read.

    Attributes:
        time: the column of the time in a long table.
        value: the columns of the values in a long table; none: all that have no other role.
        unit: the columns that together name the unit; none: a long table has one unit, a wide one a unit a row.
        static: columns that are the same in all rows of a unit.
        known: columns of a long table that are known of times to come.
        past: columns of a long table that are not.
        first: the first of the columns of a wide table that are times; none: the first without another role.
        last: the last of them; none: the last column.
        kind: of the values; ``auto``: states where states are given, or most different cells are no numbers.
        states: the allowed ones in their order; none: those of the file, sorted.
        step: ``auto``: times stand on a regular index, whose step is the most frequent difference; ``row``: each time
            of the file follows the one before it, such as trading days.
    """

    time: str = ""
    value: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()
    static: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    first: str = ""
    last: str = ""
    kind: ValueKind = "auto"
    states: tuple[str, ...] = ()
    step: Literal["auto", "row"] = "auto"


@dataclass(frozen=True)
class LongChoice:
    """The columns of a long table."""

    layout: Layout

    def named(self, header: Sequence[str] = ()) -> dict[str, str]:
        """Role to column name, roles as ``value Close``.

        Raises:
            UsageError: if no time is named, a column has two roles, or none is left for the values.
        """
        layout = self.layout
        if not layout.time:
            raise UsageError(Problem(where="data.time", what="is empty.", fix="Name the column of the time."))
        others = {"unit": layout.unit, "static": layout.static, "known": layout.known, "past": layout.past}
        taken = {layout.time, *(name for names in others.values() for name in names)}
        value = layout.value or tuple(name for name in header if name and name not in taken)
        return _roles({"time": (layout.time,), **others, "value": value})


@dataclass(frozen=True)
class WideChoice:
    """The columns of a wide table."""

    layout: Layout

    def named(self, header: Sequence[str] = ()) -> dict[str, str]:
        """Role to column name, roles as ``value 1949-01``; all from the first to the last time are values.

        Raises:
            UsageError: if a column has two roles, or none is left for the values.
        """
        layout = self.layout
        taken = {*layout.unit, *layout.static}
        free = [name for name in header if name and name not in taken]
        ends = {"first": layout.first or next(iter(free), ""), "last": layout.last or next(reversed(free), "")}
        missing = {f"{role} {name}": name for role, name in ends.items() if name and name not in header}
        if missing:  # told with the columns that there are
            return missing
        places = [list(header).index(name) for name in ends.values() if name]
        value = tuple(header[place] for place in range(places[0], places[1] + 1)) if places else ()
        return _roles({"unit": layout.unit, "static": layout.static, "value": value})


def _roles(columns: dict[str, tuple[str, ...]]) -> dict[str, str]:
    if not columns["value"]:
        raise UsageError(Problem("data.value", "no column is left for it.", "Name the columns of the values."))
    owners: dict[str, str] = {}
    for role, names in columns.items():
        for name in names:
            if name in owners:
                what = f'names the column "{name}", which is data.{owners[name]} too.'
                raise UsageError(Problem(f"data.{role}", what, "Give each column one role."))
            owners[name] = role
    return {f"{role} {name}": name for name, role in owners.items()}
