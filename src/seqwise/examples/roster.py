"""A plan of duties in, a roster out: rotations of people with holidays, swaps, rules, and noise of a known share.

Example:
    >>> plan = RosterPlan(units=2, days=8, rotations=("DDNNOO",), phases=(0, 2))
    >>> roster = generate(plan, seed=0)
    >>> ["".join(shifts) for shifts in roster.shifts]
    ['DDNNOODD', 'NNOODDNN']
    >>> broken().shifts.shape
    (1, 350)
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqwise.errors import Problem, UsageError, did_you_mean
from seqwise.records import Indices

Shifts = NDArray[np.str_]
Marks = NDArray[np.bool_]

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Public holidays of Korea that have the same date each year: month, day.
FIXED_HOLIDAYS = ((1, 1), (3, 1), (5, 5), (6, 6), (8, 15), (10, 3), (10, 9), (12, 25))
TEST_DAYS, TEST_OFF = 21, 9  # of the broken roster: three weeks, and how many of their days are Off


@dataclass(frozen=True)
class RosterRules:
    """What a roster must not hold: pairs of shifts on two days in a row, and longer runs of a shift than are allowed.

    Attributes:
        forbidden: pairs (yesterday, today).
        longest: days in a row that a shift may last, 1 or more.
    """

    forbidden: tuple[tuple[str, str], ...] = ()
    longest: Mapping[str, int] = field(default_factory=dict[str, int])

    def violations(self, shifts: Shifts) -> Marks:
        """Days on which a rule is broken, shape (unit, day): the second of a pair, and each day past the longest run.

        Args:
            shifts: names of shifts, shape (unit, day).

        Example:
            >>> rules = RosterRules(forbidden=(("N", "D"),), longest={"N": 2})
            >>> rules.violations(np.array([list("DNNNDO")])).astype(int).tolist()
            [[0, 0, 0, 1, 1, 0]]
        """
        broken = np.zeros(shifts.shape, dtype=np.bool_)
        for before, after in self.forbidden:
            broken[:, 1:] |= (shifts[:, :-1] == before) & (shifts[:, 1:] == after)
        days = np.arange(1, shifts.shape[1] + 1)
        for shift, longest in self.longest.items():
            last_other = np.maximum.accumulate(np.where(shifts == shift, 0, days), axis=1)
            broken |= days - last_other > longest
        return broken


@dataclass(frozen=True)
class RosterPlan:
    """How a roster is made. The rules hold in it where ``noise`` is 0.

    Attributes:
        units: people, 1 or more.
        days: days of each, 1 or more.
        start: the first day.
        shifts: names of the shifts in their order.
        rotations: names of shifts that come round again and again; people take the rotations by turns.
            Where every name is one letter, a rotation can be a string.
        phases: for each person how many days of the rotation are over on the first day; drawn where none are given.
        holidays: days on which some have off; those outside of the roster change nothing.
        off: the shift of those who have off.
        holiday_off: chance of a person to have off on a holiday, 0 to 1.
        swaps: person-days for which an exchange of shifts with another person on that day is tried, as a share of all,
            0 to 1. An exchange of equal shifts changes nothing.
        noise: share of the person-days, taken at random, whose shift is replaced by a draw from the shares of the
            shifts in the whole roster, 0 to 1. A draw can be the shift that was there. At 1 all days are independent
            draws, and nothing can be learned but those shares.
        rules: of exchanges and days off those that would break a rule are left out.

    Raises:
        UsageError: if values are out of range, shifts unknown, or a rotation breaks the rules; all faults at once.
    """

    units: int
    days: int
    rotations: tuple[Sequence[str], ...]
    start: date = date(2020, 1, 1)
    shifts: tuple[str, ...] = ("D", "E", "N", "O")
    phases: tuple[int, ...] | None = None
    holidays: tuple[date, ...] = ()
    off: str = "O"
    holiday_off: float = 0.5
    swaps: float = 0.0
    noise: float = 0.0
    rules: RosterRules = RosterRules()

    def __post_init__(self) -> None:
        problems = [*_faults_of_numbers(self), *_faults_of_names(self)]
        if not problems:
            problems = list(_faults_of_rotations(self))
        if problems:
            raise UsageError(problems)


@dataclass(frozen=True)
class Roster:
    """A roster and how it came about.

    Attributes:
        plan: what it was made from.
        shifts: names of shifts, shape (unit, day).
        replaced: days that noise has drawn anew, shape (unit, day).
    """

    plan: RosterPlan
    shifts: Shifts
    replaced: Marks

    @property
    def dates(self) -> NDArray[np.datetime64]:
        """The days, shape (day,)."""
        return np.datetime64(self.plan.start) + np.arange(self.plan.days)

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the people, ``person_01`` and so on, shape (unit,)."""
        width = len(str(self.plan.units))
        return tuple(f"person_{number:0{width}d}" for number in range(1, self.plan.units + 1))

    def columns(self) -> dict[str, list[str]]:
        """Long rows, a row a person and day, person after person.

        Returns:
            The columns ``unit``, ``date`` (2020-01-31), ``shift``, ``weekday`` (Mon) and ``holiday`` (0 or 1).
        """
        n = self.plan.units
        weekdays = [WEEKDAYS[day] for day in (self.dates.astype(np.int64) + 3) % 7]  # 1970-01-01 was a Thursday
        return {
            "unit": np.repeat(self.units, self.plan.days).tolist(),
            "date": self.dates.astype(np.str_).tolist() * n,
            "shift": self.shifts.ravel().tolist(),
            "weekday": weekdays * n,
            "holiday": [str(int(day)) for day in _is_holiday(self.plan)] * n,
        }

    def write_csv(self, path: Path) -> None:
        """Write :meth:`columns` with a header, UTF-8.

        Raises:
            OSError: if the file cannot be written.
        """
        columns = self.columns()
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))


def generate(plan: RosterPlan, *, seed: int) -> Roster:
    """The roster of a plan and a seed, 0 or more.

    Phases, holidays, swaps and noise have random numbers of their own. So with another share of noise the seed gives
    the same roster beneath, and more noise replaces the same days and others.

    Raises:
        UsageError: if the seed is negative.
    """
    return _draw(plan, _random(seed))


def healthy(seed: int = 0, *, units: int = 40, days: int = 731, noise: float = 0.1) -> Roster:
    """A roster in which there is much to learn: rotations of 18, 8 and 7 days, fixed holidays, and swaps.

    Three days are often not enough to know the next one (DDD stands before D and before O); a longer look back is.

    Args:
        seed: 0 or more.
        units: people, 2 or more.
        days: days from 2020-01-01 on.
        noise: as of :class:`RosterPlan`.

    Raises:
        UsageError: if a value is out of range.
    """
    years = range(2020, 2021 + days // 365)
    plan = RosterPlan(
        units=units,
        days=days,
        rotations=("DDDDOOEEEEOONNNOOO", "DDEENNOO", "DDDDDOO"),
        holidays=tuple(date(year, month, day) for year in years for month, day in FIXED_HOLIDAYS),
        swaps=0.02,
        noise=noise,
        rules=RosterRules(forbidden=(("N", "D"), ("N", "E"), ("E", "D")), longest={"N": 3}),
    )
    return generate(plan, seed=seed)


def broken(seed: int = 0, *, noise: float = 0.2) -> Roster:
    """A roster too small to judge a model by: one person, 47 weeks to learn from and 3 to test with.

    Off is the most frequent shift and stands on 9 of the 21 test days, so that who always says Off is right in 43 %:
    rosters are drawn until it does. The numbers are those of a published trial to predict the next week with BERT: Yoo,
    "BERT로 시계열 데이터 분류 Task는 할 수 있을까? (2)", 2022, whose roster is not public.

    Args:
        seed: 0 or more.
        noise: as of :class:`RosterPlan`.

    Raises:
        UsageError: if a value is out of range.
    """
    # Of the rotation's 14 days 6 are Off, the share of 9 in 21.
    plan = RosterPlan(units=1, days=47 * 7 + TEST_DAYS, rotations=("DDDOOEEEOONNOO",), noise=noise)
    random = _random(seed)
    while True:
        roster = _draw(plan, random)
        if np.count_nonzero(roster.shifts[:, -TEST_DAYS:] == plan.off) == TEST_OFF:
            return roster


def _random(seed: int) -> np.random.Generator:
    if seed < 0:
        raise UsageError(Problem(where="seed", what=f"is {seed}.", fix="Give 0 or more."))
    return np.random.default_rng(seed)


def _draw(plan: RosterPlan, random: np.random.Generator) -> Roster:
    of_phases, of_holidays, of_swaps, of_noise = random.spawn(4)
    shifts = _rotated(plan, of_phases)
    _give_holidays(shifts, plan=plan, random=of_holidays)
    _swap(shifts, plan=plan, random=of_swaps)
    replaced = _replace(shifts, share=plan.noise, random=of_noise)
    return Roster(plan, shifts, replaced)


def _rotated(plan: RosterPlan, random: np.random.Generator) -> Shifts:
    rotations = [np.array(list(plan.rotations[unit % len(plan.rotations)])) for unit in range(plan.units)]
    phases = random.integers([len(rotation) for rotation in rotations]) if plan.phases is None else plan.phases
    days = np.arange(plan.days)
    rows = [rotation[(days + phase) % len(rotation)] for rotation, phase in zip(rotations, phases, strict=True)]
    return np.array(rows, dtype=np.array(plan.shifts).dtype)


def _give_holidays(shifts: Shifts, *, plan: RosterPlan, random: np.random.Generator) -> None:
    for day in np.flatnonzero(_is_holiday(plan)):
        units = np.flatnonzero(random.random(plan.units) < plan.holiday_off)
        for unit in units:
            _change(shifts, np.array([unit]), day=int(day), to=np.array([plan.off]), rules=plan.rules)


def _swap(shifts: Shifts, *, plan: RosterPlan, random: np.random.Generator) -> None:
    for _ in range(round(plan.swaps * shifts.size / 2)):
        pair = random.choice(plan.units, size=2, replace=False)
        day = int(random.integers(plan.days))
        _change(shifts, pair, day=day, to=shifts[pair[::-1], day], rules=plan.rules)


def _change(shifts: Shifts, units: Indices, *, day: int, to: Shifts, rules: RosterRules) -> None:
    """Change the shifts of a day, unless that breaks a rule: only days as near as the longest run can be concerned."""
    reach = max([1, *rules.longest.values()])
    near = slice(max(0, day - reach), day + reach + 1)
    changed = shifts[units, near]
    changed[:, day - near.start] = to
    if not rules.violations(changed).any():
        shifts[units, near] = changed


def _replace(shifts: Shifts, *, share: float, random: np.random.Generator) -> Marks:
    """Draw a share of the days anew, in place; the days that were drawn, shape (unit, day)."""
    names, counts = np.unique(shifts, return_counts=True)
    places = random.permutation(shifts.size)[: round(share * shifts.size)]
    drawn = random.choice(names, size=shifts.size, p=counts / shifts.size)
    replaced = np.zeros(shifts.size, dtype=np.bool_)
    replaced[places] = True
    replaced = replaced.reshape(shifts.shape)
    shifts[replaced] = drawn.reshape(shifts.shape)[replaced]
    return replaced


def _is_holiday(plan: RosterPlan) -> Marks:
    days = np.datetime64(plan.start) + np.arange(plan.days)
    return np.isin(days, np.array(plan.holidays, dtype="datetime64[D]"))


def _faults_of_numbers(plan: RosterPlan) -> Iterator[Problem]:
    longest = {f'rules.longest of "{shift}"': count for shift, count in plan.rules.longest.items()}
    for name, count in {"units": plan.units, "days": plan.days, **longest}.items():
        if count < 1:
            yield Problem(where=name, what=f"is {count}.", fix="Give 1 or more.")
    for name, share in {"holiday_off": plan.holiday_off, "swaps": plan.swaps, "noise": plan.noise}.items():
        if not 0 <= share <= 1:
            yield Problem(where=name, what=f"is {share}.", fix="Give a share from 0 to 1.")
    if plan.swaps > 0 and plan.units == 1:
        yield Problem(where="swaps", what=f"is {plan.swaps} with one person.", fix="Give 0, or more units.")
    if plan.phases is not None and len(plan.phases) != plan.units:
        what = f"has {len(plan.phases)} values for {plan.units} units."
        yield Problem(where="phases", what=what, fix="Give one for each unit, or none at all to have them drawn.")


def _faults_of_names(plan: RosterPlan) -> Iterator[Problem]:
    if len(set(plan.shifts)) < len(plan.shifts):
        yield Problem(where="shifts", what="has a name twice.", fix="Name each shift once.")
    if not plan.rotations or not all(plan.rotations):
        yield Problem(
            where="rotations", what="has none, or an empty one.", fix="Give one or more of one or more shifts."
        )
    used = [("rotations", shift) for rotation in plan.rotations for shift in rotation]
    used += [("off", plan.off)] if plan.holidays else []
    used += [("rules.forbidden", shift) for pair in plan.rules.forbidden for shift in pair]
    used += [("rules.longest", shift) for shift in plan.rules.longest]
    for where, shift in dict.fromkeys(used):
        if shift not in plan.shifts:
            fix = did_you_mean(shift, plan.shifts) or f"The shifts are {', '.join(plan.shifts)}."
            yield Problem(where=where, what=f'holds "{shift}", which is not among the shifts.', fix=fix)


def _faults_of_rotations(plan: RosterPlan) -> Iterator[Problem]:
    for rotation in plan.rotations:
        turns = 2 + max([1, *plan.rules.longest.values()]) // len(rotation)
        if plan.rules.violations(np.array([list(rotation) * turns])).any():
            what = f"{' '.join(rotation)} breaks the rules, at its seam perhaps."
            yield Problem(where="rotations", what=what, fix="Change the rotation or the rules.")
