import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from turns import (
    Spread,
    Turn,
    Watch,
    loss_after,
    percentile,
    rates,
    ratios,
    spread,
    straight_line,
    take_turn,
    take_turns,
)

FINITE = st.floats(-1e6, 1e6)


class Clock:
    """Time that passes only where somebody works."""

    def __init__(self):
        self.now = 0.0
        self.finished = 0

    def finish(self):
        self.finished += 1

    def worker(self, *, units, seconds, log=None, name=""):
        def step():
            self.now += seconds
            if log is not None:
                log.append(name)
            return units

        return step

    @property
    def watch(self):
        return Watch(clock=lambda: self.now, finish=self.finish)


def test_all_are_warmed_once_and_then_take_turns():
    clock, log = Clock(), []
    steps = {name: clock.worker(units=1, seconds=1, log=log, name=name) for name in "AB"}
    take_turns(steps, turns=3, seconds=0, watch=clock.watch)
    assert "".join(log) == "AB" + "AB" * 3


def test_a_turn_ends_with_the_first_step_that_ends_after_its_time():
    clock = Clock()
    assert take_turn(clock.worker(units=5, seconds=2), seconds=5, watch=clock.watch) == Turn(units=15, seconds=6)


def test_a_turn_waits_for_the_device_before_and_after():
    clock = Clock()
    take_turn(clock.worker(units=1, seconds=1), seconds=3, watch=clock.watch)
    assert clock.finished == 2


def test_a_ratio_pairs_turns_so_that_a_slow_machine_slows_both():
    ours, theirs = [Turn(30, 1), Turn(30, 10)], [Turn(10, 1), Turn(10, 10)]
    assert ratios(ours, theirs) == Spread(3, 3, 3)


def test_a_ratio_needs_as_many_turns_of_both():
    with pytest.raises(ValueError, match="shorter"):
        ratios([Turn(1, 1)] * 2, [Turn(1, 1)])


@given(st.lists(FINITE, min_size=1))
def test_a_spread_is_numpys_median_and_range(values):
    found = spread(values)
    assert (found.low, found.high) == (min(values), max(values))
    assert found.median == pytest.approx(np.median(values))


def test_rates_are_units_a_second():
    assert rates([Turn(10, 2), Turn(10, 1), Turn(9, 3)]) == Spread(5, 3, 10)


@given(st.lists(FINITE, min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_numpys_nearest_rank(values, share):
    assert percentile(values, share) == np.percentile(values, 100 * share, method="inverted_cdf")


@given(st.lists(st.tuples(st.integers(1, 9), st.floats(0, 5)), min_size=1), st.integers(1, 20), st.data())
def test_a_loss_is_the_mean_over_the_last_examples_of_the_first(batches, window, data):
    examples, losses = [n for n, _ in batches], [loss for _, loss in batches]
    one_by_one = np.repeat(losses, examples)
    n = data.draw(st.integers(1, len(one_by_one)))
    expected = one_by_one[max(0, n - window) : n].mean()
    assert loss_after(n, examples, losses, window=window) == pytest.approx(expected)


def test_a_straight_line_is_scipys():
    x, y = [1.0, 2.0, 4.0, 8.0], [1.1, 1.9, 4.3, 7.9]
    theirs = scipy.stats.linregress(x, y)
    assert straight_line(x, y) == pytest.approx((theirs.slope, theirs.intercept, theirs.rvalue**2))
