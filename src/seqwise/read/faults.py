"""The bad rows of one pass over a file: gathered by kind, counted, and told together."""

from dataclasses import dataclass, field

from seqwise.errors import Problem, did_you_mean

MOST_TOLD = 20  # kinds of bad rows in one message; more than that nobody reads
MOST_KEPT = 10_000  # kinds held in memory, so that a file that is all bad cannot fill it
SKIP = "or pass --on-bad-row skip."
FIX_CELL = f"Fix the cell, {SKIP}"


@dataclass(frozen=True)
class Kind:
    """One kind of bad row: the same value found in the same column against the same rule.

    Attributes:
        found: what stands there, for example ``found "positve"``.
        rule: what is allowed, a clause that ends with a full stop; it leads nowhere when empty.
        column: the column, or empty when the row as a whole is bad.
        value: the value itself, when a near one among ``allowed`` is worth naming.
        allowed: the values that are allowed.
        fix: what to do.
    """

    found: str
    rule: str = ""
    column: str = ""
    value: str = field(default="", compare=False)
    allowed: tuple[str, ...] = field(default=(), compare=False)
    fix: str = field(default=FIX_CELL, compare=False)


class Ledger:
    """Collects the bad rows of one file in one pass."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.n_rows = 0
        self._lines: dict[Kind, tuple[int, int]] = {}
        self._n_not_kept = 0

    def __bool__(self) -> bool:
        """True when there is something to tell."""
        return bool(self._lines)

    def tell(self, kind: Kind, line: int) -> None:
        """Note a fault of a row; a row may have several."""
        if kind not in self._lines and len(self._lines) >= MOST_KEPT:
            self._n_not_kept += 1
            return
        first, count = self._lines.get(kind, (line, 0))
        self._lines[kind] = (min(first, line), count + 1)

    def leave_out(self, kind: Kind, line: int) -> None:
        """Note the only fault of a row, and that the row is left out."""
        self.tell(kind, line)
        self.n_rows += 1

    def tells_of(self, column: str) -> bool:
        """True when a cell of this column is bad."""
        return any(kind.column == column for kind in self._lines)

    def problems(self) -> list[Problem]:
        """At most ``MOST_TOLD`` kinds in the order of their first lines, then how many more there are."""
        in_order = sorted(self._lines.items(), key=lambda item: item[1])
        told = [self._problem(kind, line, count) for kind, (line, count) in in_order[:MOST_TOLD]]
        n_more = len(in_order) - len(told) + self._n_not_kept
        return [*told, Problem(where="", what=f"and {n_more:,} more.")] if n_more else told

    def _problem(self, kind: Kind, line: int, count: int) -> Problem:
        where = f"{self.path}:{line}" + (f' column "{kind.column}"' if kind.column else "")
        what = f"{kind.found} ({n_rows(count)})" + (f"; {kind.rule}" if kind.rule else ".")
        near = did_you_mean(kind.value, kind.allowed) if kind.value else ""
        return Problem(where=where, what=what, fix=f"{near} {kind.fix}".strip())


def n_rows(count: int) -> str:
    """``1 row``, ``2 rows``."""
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def shown(value: str) -> str:
    """A value in quotes, with control characters escaped and its end cut off past 60 characters."""
    cut = value if len(value) <= 60 else f"{value[:59]}…"
    return '"' + "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in cut) + '"'
