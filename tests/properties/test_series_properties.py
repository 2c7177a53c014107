"""However series are cut, a window is of one unit without a gap, and no target of a split is in an earlier one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqwise.errors import DataError, UsageError
from seqwise.prepare.series_windows import WindowPlan, all_windows, split_by_time, split_by_unit
from seqwise.series_records import Covariates, Series, TimeAxis

QUICK = settings(max_examples=150, deadline=None)
NOTHING = Covariates((), np.zeros((0, 0)), ())
# Of each unit the positions that it has: at most 40, some left out.
UNITS = st.lists(st.sets(st.integers(0, 40), min_size=1, max_size=40).map(sorted), min_size=1, max_size=5)
# Units of 100 steps without some of them, behind one that has them all, so that every split has windows.
WHOLE = list(range(100))
LONG = st.lists(st.sets(st.integers(0, 99), max_size=6).map(lambda holes: sorted({*WHOLE} - holes)), max_size=4)
PLANS = st.builds(WindowPlan, input=st.integers(1, 6), horizon=st.integers(1, 4), stride=st.integers(1, 4))


def series_of(units):
    times = np.array([time for unit in units for time in unit], dtype=np.int64)
    return Series(
        units=tuple(f"u{i}" for i in range(len(units))),
        offsets=np.cumsum([0, *map(len, units)]).astype(np.int64),
        times=times,
        values=times[:, None].astype(np.float64),
        channels=("x",),
        states=(),
        axis=TimeAxis("numbers"),
        static=NOTHING,
        known=NOTHING,
        past=NOTHING,
        path="table.csv",
        lines=np.arange(len(times), dtype=np.int64) + 2,
    )


def whole_by_hand(units, plan):
    """Unit and first time of every place where a window fits, by looking at each."""
    length = plan.input + plan.horizon
    return {
        (unit, start)
        for unit, times in enumerate(units)
        for start in times
        if set(range(start, start + length)) <= set(times)
    }


def unit_and_start(windows):
    series = windows.series
    return set(zip(series.unit_of[windows.starts].tolist(), series.times[windows.starts].tolist(), strict=True))


def check_whole(windows):
    series = windows.series
    rows = np.hstack([windows.input_rows, windows.target_rows])
    assert (series.unit_of[rows] == series.unit_of[rows[:, :1]]).all()
    assert (np.diff(series.times[rows], axis=1) == 1).all()


@QUICK
@given(UNITS, PLANS)
def test_windows_never_cross_units_or_gaps_and_none_is_forgotten(units, plan):
    whole = whole_by_hand(units, plan)
    if not whole:
        with pytest.raises(DataError, match="has no window"):
            all_windows(series_of(units), plan)
        return
    windows = all_windows(series_of(units), plan)
    check_whole(windows)
    found = unit_and_start(windows)
    assert found <= whole
    # From the first of a stretch on, every stride.
    for unit, start in whole:
        is_first = (unit, start - 1) not in whole
        is_next = (unit, start - plan.stride) in found and all((unit, start - k) in whole for k in range(plan.stride))
        assert ((unit, start) in found) == (is_first or is_next)


@QUICK
@given(LONG, PLANS, st.integers(20, 60), st.integers(4, 30))
def test_no_target_of_a_later_split_is_in_an_earlier_one_by_time(others, plan, validation, length):
    units = [WHOLE, *others]
    series = series_of(units)
    test = validation + length
    splits = split_by_time(series, plan, validation=validation, test=test)
    targets = {name: series.times[windows.target_rows] for name, windows in splits.items()}
    assert targets["train"].max() < validation <= targets["validation"].min()
    assert targets["validation"].max() < test <= targets["test"].min()
    for windows in splits.values():
        check_whole(windows)
    # With a stride of 1 the splits have all windows but those whose targets lie in two of them.
    if plan.stride == 1:
        found = set[tuple[int, int]]().union(*map(unit_and_start, splits.values()))
        last = plan.horizon - 1
        for unit, start in whole_by_hand(units, plan):
            first = start + plan.input
            is_cut = any(first < edge <= first + last for edge in (validation, test))
            assert ((unit, start) in found) != is_cut


@QUICK
@given(LONG, PLANS, st.integers(0, 5))
def test_a_unit_is_in_one_split(others, plan, seed):
    series = series_of([WHOLE, WHOLE, WHOLE, *others])
    splits = split_by_unit(series, plan, validation=0.3, test=0.3, seed=seed)
    seen = [set(series.unit_of[windows.starts].tolist()) for windows in splits.values()]
    assert sum(map(len, seen)) == len(set.union(*seen))
    everything = unit_and_start(all_windows(series, plan))
    assert set.union(*map(unit_and_start, splits.values())) == everything


def test_windows_behind_each_other_cover_a_series():
    windows = all_windows(series_of([list(range(10))]), WindowPlan(input=3, horizon=2, stride=2))
    assert windows.input_rows.tolist() == [[0, 1, 2], [2, 3, 4], [4, 5, 6]]
    assert windows.target_rows.tolist() == [[3, 4], [5, 6], [7, 8]]
    assert len(windows) == 3


def test_the_first_target_of_a_split_is_at_its_edge():
    splits = split_by_time(series_of([list(range(20))]), WindowPlan(3, 2, 2), validation=10, test=15)
    first = {name: windows.target_rows[0].tolist() for name, windows in splits.items()}
    assert first == {"train": [3, 4], "validation": [10, 11], "test": [15, 16]}
    assert list(split_by_time(series_of([list(range(20))]), WindowPlan(3, 2), validation=10)) == ["train", "validation"]


def test_shares_of_units_are_kept_and_drawn_by_the_seed():
    series = series_of([list(range(5))] * 40)
    sizes = {
        name: len(windows)
        for name, windows in split_by_unit(series, WindowPlan(3, 2), validation=0.25, test=0.25).items()
    }
    assert sizes == {"train": 20, "validation": 10, "test": 10}
    a, b, c = (
        split_by_unit(series, WindowPlan(3, 2), validation=0.25, seed=seed)["validation"].starts.tolist()
        for seed in (1, 1, 2)
    )
    assert a == b != c


def test_what_cannot_be_cut_is_told():
    series = series_of([list(range(6))])
    with pytest.raises(DataError, match=r"table.csv: a unit has no window of 5 \+ 2 steps .* the longest unit has 6\."):
        all_windows(series, WindowPlan(5, 2))
    with pytest.raises(DataError, match="the train split has no window"):
        split_by_time(series, WindowPlan(2, 1), validation=2)
    with pytest.raises(UsageError, match=r"data.test: found 3, but validation begins at 3"):
        split_by_time(series, WindowPlan(2, 1), validation=3, test=3)
    with pytest.raises(UsageError, match=r"shares 0.5 and 0.5 of units"):
        split_by_unit(series, WindowPlan(2, 1), validation=0.5, test=0.5)
    with pytest.raises(UsageError, match=r"(?s)prepare.input: found 0.*prepare.stride: found -1"):
        WindowPlan(0, 1, -1)
