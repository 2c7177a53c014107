"""Generated rosters: rules, shares and seeds by counting; what can be learned by conditional entropies."""

import csv
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import pytest

from seqwise.errors import UsageError
from seqwise.examples.roster import Roster, RosterPlan, RosterRules, broken, generate, healthy

RULES = RosterRules(forbidden=(("N", "D"), ("E", "D")), longest={"N": 2, "D": 3})
PLAN = RosterPlan(
    units=12,
    days=400,
    rotations=("DDEENNOO", "DDDOO"),
    holidays=(date(2020, 1, 1), date(2020, 5, 5), date(2020, 12, 25)),
    swaps=0.2,
    rules=RULES,
)


def lines(roster: Roster) -> list[str]:
    return ["".join(row) for row in roster.shifts]


def entropy_after(roster: Roster, n_before: int) -> float:
    """Entropy of a day given so many days before it, of all people, in bits; the plain sum over counts."""
    windows = Counter(
        row[begin : begin + n_before + 1] for row in lines(roster) for begin in range(len(row) - n_before)
    )
    pasts: Counter[str] = Counter()
    for window, count in windows.items():
        pasts[window[:-1]] += count
    total = windows.total()
    return -sum(count / total * np.log2(count / pasts[window[:-1]]) for window, count in windows.items())


def faults(**changes: object) -> str:
    with pytest.raises(UsageError) as told:
        replace(PLAN, **changes)
    return str(told.value)


def test_people_take_rotations_by_turns_and_begin_at_their_phase() -> None:
    plan = RosterPlan(units=3, days=7, rotations=("DNO", ["O", "E"]), phases=(1, 0, 2))
    assert lines(generate(plan, seed=0)) == ["NODNODN", "OEOEOEO", "ODNODNO"]


def test_phases_that_are_not_given_are_drawn_from_all_days_of_the_rotation() -> None:
    roster = generate(RosterPlan(units=300, days=8, rotations=("DDEENNOO",)), seed=1)
    drawn = Counter(lines(roster))
    assert set(drawn) == {("DDEENNOO" * 2)[phase : phase + 8] for phase in range(8)}
    assert max(drawn.values()) < 70  # 300 / 8 = 37.5 are awaited of each


@pytest.mark.parametrize("seed", range(5))
def test_rules_hold_without_noise_after_holidays_and_swaps(seed: int) -> None:
    roster = generate(PLAN, seed=seed)
    assert not RULES.violations(roster.shifts).any()
    for row in lines(roster):
        assert not {"ND", "ED"} & {before + after for before, after in pairwise(row)}
        runs = [(shift, len(list(run))) for shift, run in groupby(row)]
        assert all(length <= {"N": 2, "D": 3}.get(shift, 400) for shift, length in runs)
    assert not healthy(seed, noise=0).plan.rules.violations(healthy(seed, noise=0).shifts).any()


def test_without_rules_swaps_break_them_so_rules_do_something() -> None:
    free = generate(replace(PLAN, rules=RosterRules()), seed=0)
    assert RULES.violations(free.shifts).any()


def test_violations_are_those_of_a_walk_through_the_days() -> None:
    roster = generate(replace(PLAN, noise=0.5), seed=3)
    wanted = np.zeros(roster.shifts.shape, dtype=bool)
    for unit, row in enumerate(lines(roster)):
        for day in range(400):
            pair, night, early = row[max(0, day - 1) : day + 1], row[max(0, day - 2) : day + 1], row[: day + 1]
            wanted[unit, day] = pair in {"ND", "ED"} or night == "NNN" or early.endswith("DDDD")
    assert wanted.any()
    assert (RULES.violations(roster.shifts) == wanted).all()


def test_swaps_keep_the_shifts_of_each_day_and_change_about_their_share() -> None:
    plan = replace(PLAN, holidays=(), rules=RosterRules(), rotations=("DENO",), swaps=0.0)
    before, after = generate(plan, seed=2).shifts, generate(replace(plan, swaps=0.1), seed=2).shifts
    assert (np.sort(before, axis=0) == np.sort(after, axis=0)).all()
    # two of 12 people differ with a chance of about 3 in 4, and few days are met twice
    assert 0.05 < np.mean(before != after) < 0.1


def test_a_holiday_gives_off_with_its_chance_and_other_days_stay() -> None:
    plan = RosterPlan(units=2000, days=3, rotations=("D",), holidays=(date(2020, 1, 2),), holiday_off=0.3)
    off = generate(plan, seed=0).shifts == "O"
    assert off[:, [0, 2]].sum() == 0
    assert off[:, 1].mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.3 * 0.7 / 2000))


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.5, 1.0])
def test_noise_replaces_its_share_of_days_by_draws_from_the_shares_of_the_shifts(noise: float) -> None:
    plan = replace(PLAN, units=50)
    planned, roster = generate(plan, seed=4), generate(replace(plan, noise=noise), seed=4)
    assert np.count_nonzero(roster.replaced) == round(noise * 50 * 400)
    assert (roster.shifts == planned.shifts)[~roster.replaced].all()
    shares = {shift: np.mean(planned.shifts == shift) for shift in "DENO"}
    unlike = 1 - sum(share**2 for share in shares.values())
    assert np.mean(roster.shifts != planned.shifts) == pytest.approx(noise * unlike, abs=0.015)
    for shift, share in shares.items():
        assert np.mean(roster.shifts == shift) == pytest.approx(share, abs=0.015)


def test_more_noise_replaces_the_same_days_and_others() -> None:
    little, much = (generate(replace(PLAN, noise=noise), seed=4) for noise in (0.1, 0.4))
    assert (little.replaced <= much.replaced).all()
    assert (little.shifts == much.shifts)[little.replaced].all()


def test_a_seed_gives_one_roster_and_another_seed_another() -> None:
    for make in (healthy, broken):
        assert (make(3).shifts == make(3).shifts).all()
        assert (make(3).shifts != make(4).shifts).any()


def test_the_healthy_roster_can_be_foretold_and_the_more_the_longer_one_looks_back() -> None:
    planned = healthy(noise=0)
    assert entropy_after(planned, 0) > 1.8
    assert 0.4 < entropy_after(planned, 3) < 0.7
    assert entropy_after(planned, 5) < 0.5 * entropy_after(planned, 3)
    assert entropy_after(healthy(noise=0.1), 3) < 0.65 * entropy_after(healthy(noise=1), 3)


def test_the_rotations_of_the_healthy_roster_have_18_8_and_7_days_and_need_more_than_3_days_to_be_told() -> None:
    bare = generate(replace(healthy(noise=0).plan, holidays=(), swaps=0.0), seed=0)
    periods = [min(p for p in range(1, 40) if row[p:] == row[:-p]) for row in lines(bare)]
    assert periods == ([18, 8, 7] * 14)[:40]
    assert entropy_after(bare, 3) > 0.25
    assert entropy_after(bare, 7) == 0


def test_with_noise_1_neither_the_past_nor_the_weekday_nor_the_person_says_anything() -> None:
    roster = healthy(noise=1)
    whole, n = entropy_after(roster, 0), roster.shifts.size
    # a count of k cells is too sure by about (k - 1) / 2n nats: 64 pasts have 3 free cells each (Miller 1955)
    assert whole - entropy_after(roster, 3) == pytest.approx(64 * 3 / (2 * n * np.log(2)), abs=0.003)
    shares = np.mean(roster.shifts == "O")
    for groups in (roster.shifts, *(roster.shifts[:, day::7].reshape(1, -1) for day in range(7))):
        spread = np.sqrt(shares * (1 - shares) / groups.shape[1])
        assert np.abs(np.mean(groups == "O", axis=1) - shares).max() < 4 * spread


@pytest.mark.parametrize("noise", [0.0, 0.2, 1.0])
def test_the_broken_roster_has_50_weeks_9_of_21_test_days_off_and_off_in_front(noise: float) -> None:
    for seed in range(20):
        shifts = broken(seed, noise=noise).shifts
        assert shifts.shape == (1, 50 * 7)
        assert np.count_nonzero(shifts[0, -21:] == "O") == 9
        assert Counter(shifts[0, :-21].tolist()).most_common(1)[0][0] == "O"


def test_long_rows_say_person_date_shift_weekday_and_holiday(tmp_path: Path) -> None:
    roster = generate(PLAN, seed=0)
    roster.write_csv(tmp_path / "roster.csv")
    text = (tmp_path / "roster.csv").read_bytes().decode("utf-8")
    assert text.startswith("unit,date,shift,weekday,holiday\nperson_01,2020-01-01,")
    rows = list(csv.DictReader(text.splitlines()))
    days = [date(2020, 1, 1) + timedelta(days=day) for day in range(400)]
    assert rows == [
        {
            "unit": f"person_{unit:02d}",
            "date": str(day),
            "shift": shift,
            "weekday": f"{day:%a}",
            "holiday": str(int(day in PLAN.holidays)),
        }
        for unit, row in enumerate(lines(roster), start=1)
        for day, shift in zip(days, row, strict=True)
    ]


def test_names_of_shifts_may_be_words() -> None:
    plan = RosterPlan(
        units=1,
        days=3,
        shifts=("Day", "Off duty"),
        off="Off duty",
        rotations=(("Day",),),
        holidays=(date(2020, 1, 2),),
        holiday_off=1.0,
    )
    assert generate(plan, seed=0).columns()["shift"] == ["Day", "Off duty", "Day"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"units": 0}, "units: is 0. Give 1 or more."),
        ({"days": 0}, "days: is 0. Give 1 or more."),
        ({"noise": 1.1}, "noise: is 1.1. Give a share from 0 to 1."),
        ({"noise": float("nan")}, "noise: is nan. Give a share from 0 to 1."),
        ({"swaps": -0.1}, "swaps: is -0.1. Give a share from 0 to 1."),
        ({"holiday_off": 2}, "holiday_off: is 2. Give a share from 0 to 1."),
        ({"units": 1}, "swaps: is 0.2 with one person. Give 0, or more units."),
        ({"phases": (1, 2)}, "phases: has 2 values for 12 units. Give one for each unit, or none"),
        ({"shifts": (*"DENOD",)}, "shifts: has a name twice. Name each shift once."),
        ({"rotations": ()}, "rotations: has none, or an empty one."),
        ({"rotations": ("DO", "")}, "rotations: has none, or an empty one."),
        ({"rotations": ("DXO",)}, 'rotations: holds "X", which is not among the shifts. The shifts are D, E, N, O.'),
        ({"rotations": ("dO",)}, 'rotations: holds "d", which is not among the shifts. Did you mean "D"?'),
        ({"off": "F"}, 'off: holds "F", which is not among the shifts.'),
        ({"rules": RosterRules(forbidden=(("N", "Z"),))}, 'rules.forbidden: holds "Z", which is not among the shifts.'),
        ({"rules": RosterRules(longest={"Z": 2})}, 'rules.longest: holds "Z", which is not among the shifts.'),
        ({"rules": RosterRules(longest={"O": 0})}, 'rules.longest of "O": is 0. Give 1 or more.'),
        ({"rotations": ("NNOON",)}, "rotations: N N O O N breaks the rules, at its seam perhaps."),
        ({"rotations": ("DOON",)}, "rotations: D O O N breaks the rules, at its seam perhaps."),
        ({"rotations": ("D",)}, "rotations: D breaks the rules, at its seam perhaps."),
    ],
)
def test_a_wrong_plan_is_told(changes: dict[str, object], told: str) -> None:
    assert told in faults(**changes)


def test_all_faults_of_a_plan_are_told_at_once() -> None:
    assert len(faults(units=0, noise=2, rotations=("X",)).splitlines()) == 3


def test_a_negative_seed_is_told() -> None:
    with pytest.raises(UsageError, match=r"seed: is -1. Give 0 or more."):
        generate(PLAN, seed=-1)
    with pytest.raises(UsageError, match="seed"):
        broken(-1)
