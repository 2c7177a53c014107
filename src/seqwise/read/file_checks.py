"""What only the whole file shows: misspelt labels, ids with two labels, mixed times, one label only, no rows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from seqwise.errors import Problem
from seqwise.read.columns import Columns
from seqwise.read.faults import SKIP, Kind, Ledger, n_rows, shown
from seqwise.records import Rows
from seqwise.repeats import first_rows, text_numbers
from seqwise.times import parse_time

FEWEST_ROWS = 20  # with fewer rows a label that stands once says nothing
MOST_SEEN = 2  # a label that occurs more often is not taken for a slip of the hand
TIMES_AS_OFTEN = 5  # a frequent label occurs so many times as often as the rare one
MOST_COMPARED = 20_000  # pairs of labels; past that, labels are compared without case and blanks only


def misspelt(rows: Rows, columns: Columns, *, ledger: Ledger) -> set[int]:
    """Rows whose label occurs once or twice and is nearly a frequent one; asked only when no labels are given."""
    if rows.labels is None or len(rows) < FEWEST_ROWS:
        return set()
    meant = _meant(Counter(rows.labels))
    bad = {row for row, label in enumerate(rows.labels) if label in meant} if meant else set[int]()
    for row in bad:
        label = rows.labels[row]
        kind = Kind(
            found=f"found {shown(label)}",
            column=columns.label,
            rule=f"probably misspelt: {shown(meant[label])} is frequent.",
            value=label,
            allowed=(meant[label],),
            fix=f"Fix the cell, list it in data.labels if it is meant, {SKIP}",
        )
        ledger.tell(kind, int(rows.lines[row]))
    return bad


def _meant(counts: Counter[str]) -> dict[str, str]:
    """Rare label to the frequent label that it nearly is."""
    rare = [label for label, count in counts.items() if count <= MOST_SEEN]
    frequent = [label for label, count in counts.most_common() if count >= TIMES_AS_OFTEN]
    compare = _is_near if len(rare) * len(frequent) <= MOST_COMPARED else _is_same_word
    pairs = ((label, other) for label in rare for other in frequent if counts[other] >= TIMES_AS_OFTEN * counts[label])
    meant: dict[str, str] = {}
    for label, other in pairs:
        if label not in meant and compare(label, other):
            meant[label] = other
    return meant


def _is_same_word(label: str, other: str) -> bool:
    return label.strip().casefold() == other.strip().casefold()


def _is_near(label: str, other: str) -> bool:
    """Equal but for case, blanks or a letter; two letters in long words. Digits must agree: class1 is not class2."""
    if _is_same_word(label, other):
        return True
    if [char for char in label if char.isdigit()] != [char for char in other if char.isdigit()]:
        return False
    shorter = min(len(label), len(other))
    n_allowed = 2 if shorter >= 7 else int(shorter >= 4)
    if abs(len(label) - len(other)) > n_allowed:
        return False
    return _n_edits(label.casefold(), other.casefold()) <= n_allowed


def _n_edits(left: str, right: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours (optimal string alignment; Damerau 1964)."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, char in enumerate(left, 1):
        earlier, before, row = before, row, [i]
        for j, other in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (char != other))
            if i > 1 and j > 1 and char == right[j - 2] and left[i - 2] == other:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]


def contradictory_ids(rows: Rows, columns: Columns, *, ledger: Ledger) -> set[int]:
    """All rows of an id that stands in the file with more than one label."""
    labels = rows.labels
    if not columns.id or labels is None:
        return set()
    earlier = first_rows(rows.ids, len(rows))
    label_of = text_numbers(labels, len(rows))
    differs = np.flatnonzero(label_of != label_of[earlier])
    for row in differs.tolist():
        first = int(earlier[row])
        here, there = shown(labels[row]), shown(labels[first])
        found = f"found {shown(rows.ids[row])} again with the label {here}"
        rule = f"line {rows.lines[first]} has it with the label {there}."
        fix = f"Keep one of them, {SKIP}"
        ledger.tell(Kind(found=found, column=columns.id, rule=rule, fix=fix), int(rows.lines[row]))
    wrong: list[int] = np.flatnonzero(np.isin(earlier, earlier[differs])).tolist()
    return set(wrong)


def repeated_ids(rows: Rows, columns: Columns) -> str:
    """A note on ids that stand more than once, or an empty string."""
    if not columns.id:
        return ""
    n_repeated = int((first_rows(rows.ids, len(rows)) != np.arange(len(rows))).sum())
    if not n_repeated:
        return ""
    return f'{n_rows(n_repeated)} with an id of column "{columns.id}" that stands above already'


def similar_labels(rows: Rows) -> str:
    """A note on labels that differ only by case or blanks, or an empty string."""
    spellings: defaultdict[str, list[str]] = defaultdict(list)
    for label in sorted(set(rows.labels or ())):
        spellings[label.strip().casefold()].append(shown(label))
    alike = [" and ".join(labels) for labels in spellings.values() if len(labels) > 1]
    return f"labels that differ only by case or blanks: {'; '.join(alike[:5])}" if alike else ""


def whole_file_problems(rows: Rows, columns: Columns, *, needs_two_labels: bool) -> Iterable[Problem]:
    """Faults of a file as a whole, which leaving out rows does not mend."""
    path = rows.files[0]
    if needs_two_labels and rows.labels is not None and len(set(rows.labels)) == 1:
        what = f"all {n_rows(len(rows))} carry the label {shown(rows.labels[0])}."
        fix = "Give rows of at least two labels, or set data.label to the right column."
        yield Problem(where=f'{path} column "{columns.label}"', what=what, fix=fix)
    if rows.times is not None:
        yield from _mixed_times(rows, rows.times, columns, path)


def _mixed_times(rows: Rows, times: Sequence[str], columns: Columns, path: str) -> Iterable[Problem]:
    first: dict[str, int] = {}
    for row, cell in enumerate(times):
        parsed = parse_time(cell)
        if parsed is not None:
            first.setdefault(parsed[0], row)
    if len(first) > 1:
        told = " and ".join(f"{kind} in line {rows.lines[row]} ({shown(times[row])})" for kind, row in first.items())
        fix = "Write all times in one way."
        yield Problem(where=f'{path} column "{columns.time}"', what=f"holds {told}.", fix=fix)
