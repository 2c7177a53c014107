"""What one row must be: a text without NUL, a known label, an id, a group and a time where they are asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seqwise.read.blocks import Block
from seqwise.read.columns import setting
from seqwise.read.faults import MOST_TOLD, SKIP, Kind, Ledger, shown
from seqwise.times import parse_time

EMPTY_RULES = {
    "id": "every row needs an id.",
    "group": "every row needs a group.",
    "time": "every row needs a time.",
    "unit": "every row needs a unit.",
}
FIX_TIME = f"Write numbers, or dates as 2024-01-31 or 2024-01-31T12:00:00, {SKIP}"


@dataclass(frozen=True)
class Rules:
    """What the rows of one reading must keep.

    Attributes:
        names: role to column name.
        labels: the allowed labels; none: any.
        has_labels_checked: whether labels are looked at, which is not so for rows to predict.
        label: what a label is called.
    """

    names: Mapping[str, str]
    labels: frozenset[str]
    has_labels_checked: bool
    label: str = "label"

    @property
    def known(self) -> str:
        """The rule of known labels, as an error tells it."""
        in_order = sorted(self.labels)
        more = f" and {len(in_order) - MOST_TOLD:,} more" if len(in_order) > MOST_TOLD else ""
        return f"known labels: {', '.join(in_order[:MOST_TOLD])}{more}."


def empty_rows(block: Block) -> set[int]:
    """The rows of a block whose text is empty or blank."""
    return {row for row, text in enumerate(block.cells["text"]) if not text or text.isspace()}


def bad_rows(block: Block, rules: Rules, *, ledger: Ledger) -> set[int]:
    """The rows of a block that break a rule; each fault is told to the ledger."""
    faults = list(_faults(block, rules))
    for kind, row in faults:
        ledger.tell(kind, block.lines[row])
    bad = {row for _, row in faults}
    ledger.n_rows += len(bad)
    return bad


def _faults(block: Block, rules: Rules) -> Iterable[tuple[Kind, int]]:
    for role, cells in block.cells.items():
        column = rules.names[role]
        yield from _unreadable(cells, column)
        rule = EMPTY_RULES.get(setting(role), "")
        if role == "label" and rules.has_labels_checked:
            rule = f"every row needs a {rules.label}."
        if rule:
            yield from _empty(cells, column, rule)
        if role == "label" and rules.has_labels_checked and rules.labels:
            yield from _unknown(cells, column, rules)
        if setting(role) == "time":
            yield from _no_time(cells, column)


def _unreadable(cells: list[str], column: str) -> Iterable[tuple[Kind, int]]:
    """NUL characters and lone surrogates; a block without any is passed over at the speed of a copy."""
    whole = "".join(cells)
    if "\0" in whole:
        kind = Kind(found="found a NUL character", column=column)
        yield from ((kind, row) for row, text in enumerate(cells) if "\0" in text)
    if not _is_encodable(whole):
        rule = "half of a character that UTF-16 writes in two parts cannot be written as UTF-8."
        kind = Kind(found="found a lone surrogate", column=column, rule=rule)
        yield from ((kind, row) for row, text in enumerate(cells) if not _is_encodable(text))


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _empty(cells: list[str], column: str, rule: str) -> Iterable[tuple[Kind, int]]:
    blank = {cell for cell in set(cells) if not cell.strip()}
    if not blank:
        return
    kind = Kind(found="found an empty cell", column=column, rule=rule)
    yield from ((kind, row) for row, cell in enumerate(cells) if cell in blank)


def _unknown(cells: list[str], column: str, rules: Rules) -> Iterable[tuple[Kind, int]]:
    unknown = {label for label in set(cells) - rules.labels if label.strip()}
    if not unknown:
        return
    allowed = tuple(sorted(rules.labels))
    kinds = {
        label: Kind(found=f"found {shown(label)}", column=column, rule=rules.known, value=label, allowed=allowed)
        for label in unknown
    }
    yield from ((kinds[label], row) for row, label in enumerate(cells) if label in unknown)


def _no_time(cells: list[str], column: str) -> Iterable[tuple[Kind, int]]:
    wrong = {cell for cell in set(cells) if cell.strip() and parse_time(cell) is None}
    for row, cell in enumerate(cells):
        if cell in wrong:
            yield Kind(found=f"found {shown(cell)}", column=column, rule="this is no time.", fix=FIX_TIME), row
