"""Rows in, the numbers of those held out: at random, by label, by group or by time; arithmetic of the seed alone.

Chance comes from the raw 64-bit numbers of Philox, which are the same on every platform and in every version of numpy;
numpy's own shuffling may change between versions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqwise.errors import DataError, Problem
from seqwise.read.faults import n_rows, shown
from seqwise.records import Indices, Rows
from seqwise.repeats import text_numbers
from seqwise.times import parse_time

MOST_NAMED = 10  # labels that a note names
NOTABLE = 0.1  # a share that differs by this part of itself from the share that was asked for is told


@dataclass(frozen=True)
class Draw:
    """What is to be held out.

    Attributes:
        name: the split, ``test`` or ``validation``.
        share: of the rows, above 0 and below 1.
        seed: the run's seed.
        stream: number of the split's own stream of chance, so that one split never moves with the other.
    """

    name: str
    share: float
    seed: int
    stream: int

    def n_held(self, n: int) -> int:
        """Rows to hold out of ``n``: the share, rounded half up, and at least one row on each side."""
        return min(max(1, int(self.share * n + 0.5)), n - 1)

    def order(self, n: int) -> Indices:
        """The numbers 0 to ``n`` - 1 in random order."""
        numbers = np.random.Philox(key=np.array([self.seed, self.stream], dtype=np.uint64)).random_raw(n)
        return np.argsort(numbers, kind="stable").astype(np.int64)


@dataclass(frozen=True)
class Held:
    """Numbers of the rows held out, in file order, and what is worth telling about them."""

    rows: Indices
    notes: tuple[str, ...] = ()

    def rest(self, n: int) -> Indices:
        """The other rows of ``n``, in file order."""
        return np.setdiff1d(np.arange(n, dtype=np.int64), self.rows)


def hold_out(rows: Rows, how: str, *, draw: Draw) -> Held:
    """Choose the rows of a split.

    Args:
        rows: the rows to choose from.
        how: ``random``, ``stratified``, ``grouped`` or ``time``.
        draw: split, share, seed and stream.

    Raises:
        DataError: if the rows cannot be divided: fewer than two rows, one group only, each label on one row only.
    """
    if len(rows) < 2:
        raise _indivisible(
            rows, draw, f"{n_rows(len(rows))} cannot be divided.", "Give more rows, or a file of its own."
        )
    held = HOLDERS[how](rows, draw)
    return Held(rows=np.sort(held.rows), notes=held.notes)


def _random(rows: Rows, draw: Draw) -> Held:
    n = len(rows)
    return Held(draw.order(n)[: draw.n_held(n)])


def _stratified(rows: Rows, draw: Draw) -> Held:
    """Each label gives its part of the held-out rows, and keeps at least one row for training."""
    labels = rows.labels or ("",) * len(rows)
    names = sorted(set(labels))
    number = {name: i for i, name in enumerate(names)}
    codes = np.fromiter(map(number.__getitem__, labels), dtype=np.int64, count=len(rows))
    counts = np.bincount(codes, minlength=len(names)).astype(np.int64)
    quotas = _apportion(counts, draw.n_held(len(rows)))
    if not quotas.any():
        fix = "Give more rows of each label, a file of its own, or set data.split to random."
        raise _indivisible(rows, draw, "every label stands on one row only.", fix)
    order = draw.order(len(rows))
    drawn = codes[order]
    held = [order[drawn == code][:quota] for code, quota in enumerate(quotas.tolist())]
    return Held(np.concatenate(held), notes=_unheld(names, counts, quotas, draw))


def _apportion(counts: NDArray[np.int64], total: int) -> NDArray[np.int64]:
    """``total`` seats by largest remainder, shape (label,); no label gives its last row."""
    n = int(counts.sum())
    seats = counts * total // n
    by_remainder = np.argsort(-(counts * total % n), kind="stable")
    open_seats = [label for label in by_remainder.tolist() if seats[label] + 1 < counts[label]]
    seats[open_seats[: total - int(seats.sum())]] += 1
    return seats


def _unheld(names: Sequence[str], counts: Indices, quotas: Indices, draw: Draw) -> tuple[str, ...]:
    left = [f"{shown(names[i])} ({n_rows(int(counts[i]))})" for i in np.flatnonzero(quotas == 0).tolist()]
    if not left:
        return ()
    more = f" and {len(left) - MOST_NAMED:,} more" if len(left) > MOST_NAMED else ""
    told = ", ".join(left[:MOST_NAMED])
    return (f"{draw.name} has no row of these labels, too rare for its share of {draw.share:g}: {told}{more}",)


def _grouped(rows: Rows, draw: Draw) -> Held:
    """Whole groups in random order, each taken when it brings the number of rows nearer to the share."""
    groups = rows.groups or ()
    numbers = text_numbers(groups, len(rows))  # in the order of the file
    sizes: list[int] = np.bincount(numbers).tolist()
    if len(sizes) < 2:
        what = f"all rows stand in one group, {shown(next(iter(groups)))}."
        raise _indivisible(rows, draw, what, "Set data.group to another column, or give a file of its own.")
    wanted = draw.n_held(len(rows))
    is_chosen = np.zeros(len(sizes), dtype=np.bool_)
    n_rows_chosen = n_chosen = 0
    in_order: list[int] = draw.order(len(sizes)).tolist()
    for group in in_order:
        if n_chosen < len(sizes) - 1 and abs(n_rows_chosen + sizes[group] - wanted) < abs(n_rows_chosen - wanted):
            is_chosen[group] = True
            n_chosen += 1
            n_rows_chosen += sizes[group]
    if not n_chosen:
        is_chosen[min(in_order, key=sizes.__getitem__)] = True
    held = np.flatnonzero(is_chosen[numbers])
    return Held(held, notes=_off_share(len(held), len(rows), f"{is_chosen.sum()} of {len(sizes)} groups", draw))


def _off_share(n_held: int, n: int, what: str, draw: Draw) -> tuple[str, ...]:
    if abs(n_held / n - draw.share) <= NOTABLE * draw.share:
        return ()
    return (f"{draw.name} holds {what}: a share of {n_held / n:.3g}, not {draw.share:g}",)


def _by_time(rows: Rows, draw: Draw) -> Held:
    """The newest rows; of rows with one time, those that stand later in the file."""
    parsed = [parse_time(cell) for cell in rows.times or ()]
    times = [0 if moment is None else moment[1] for moment in parsed]
    order = sorted(range(len(rows)), key=times.__getitem__)
    cut = len(rows) - draw.n_held(len(rows))
    notes: tuple[str, ...] = ()
    if times[order[cut - 1]] == times[order[cut]]:
        n_tied = times.count(times[order[cut]])
        moment = shown((rows.times or ())[order[cut]])
        notes = (f"{draw.name} begins inside the time {moment}, whose {n_rows(n_tied)} stand on both sides",)
    return Held(np.array(order[cut:], dtype=np.int64), notes=notes)


HOLDERS: dict[str, Callable[[Rows, Draw], Held]] = {
    "random": _random,
    "stratified": _stratified,
    "grouped": _grouped,
    "time": _by_time,
}


def _indivisible(rows: Rows, draw: Draw, what: str, fix: str) -> DataError:
    where = f"{rows.files[0]} data.{draw.name} = {draw.share:g}"
    return DataError(Problem(where=where, what=what, fix=fix))
