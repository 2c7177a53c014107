"""Baselines of states against sums by hand, chains against all their paths, and boosted trees against scikit-learn."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from seqwise.baselines.boosted import boosted_of
from seqwise.baselines.folds import window_folds, windows_clear_of
from seqwise.baselines.markov import Markov
from seqwise.baselines.members import build_baseline
from seqwise.baselines.out_of_fold import out_of_fold
from seqwise.baselines.run import LabelledRows
from seqwise.baselines.states import last_of_phase, observed
from seqwise.series_records import MISSING, SeenWindows


def seen(inputs, *, horizon=1, times=None, units=None, season=1) -> SeenWindows:
    inputs = np.array(inputs, dtype=np.int64)
    n = len(inputs)
    times = np.full(n, inputs.shape[1]) if times is None else np.array(times)
    units = np.arange(n) if units is None else np.array(units)
    return SeenWindows(inputs[:, :, None], units, times, np.zeros((n, horizon, 0)), season, ("a", "b", "c"))


def sliding(units, *, n_inputs, horizon, season=1):
    """All windows of stride 1 of series of the same length, and their targets."""
    rows = [
        (series[start : start + n_inputs], number, start + n_inputs, series[start + n_inputs :][:horizon])
        for number, series in enumerate(units)
        for start in range(len(series) - n_inputs - horizon + 1)
    ]
    inputs, numbers, times, targets = zip(*rows, strict=True)
    return seen(inputs, horizon=horizon, times=times, units=numbers, season=season), np.ravel(targets)


def answers(name, windows, targets, asked=None, *, n_labels=3):
    baseline = build_baseline(name).fit(windows, np.array(targets), n_labels=n_labels, seed=0)
    return np.exp(baseline.log_probabilities(windows if asked is None else asked))


def test_overlapping_windows_give_each_time_of_a_unit_once() -> None:
    units = [[0, 1, 2, MISSING, 0, 1], [2, 2, 1, 1, 0, 0]]
    windows, targets = sliding(units, n_inputs=2, horizon=2)
    found = observed(windows, targets)
    assert found.codes.tolist() == [0, 1, 2, 0, 1, 2, 2, 1, 1, 0, 0]
    assert found.units.tolist() == [0] * 5 + [1] * 6
    assert found.times.tolist() == [0, 1, 2, 4, 5, 0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("inputs", "season", "found"),
    [
        ([0, 1, 2], 1, [2, 2, 2, 2, 2]),
        ([0, 1, MISSING], 1, [1, 1, 1, 1, 1]),
        ([0, 1, 2], 3, [0, 1, 2, 0, 1]),  # steps 3 and 4 go back two seasons
        ([0, 1, 2], 4, [MISSING, 0, 1, 2, MISSING]),
        ([0, 1, 2, MISSING, 1], 3, [2, 0, 1, 2, 0]),  # a season before is not known, two seasons before is
    ],
)
def test_the_last_state_of_a_phase(inputs, season, found) -> None:
    assert last_of_phase(seen([inputs], horizon=5), season).tolist() == [found]


@pytest.mark.parametrize("name", ["majority", "prior"])
def test_missing_targets_are_not_counted(name) -> None:
    windows = seen([[0]] * 8)
    with_gaps = answers(name, windows, [0, 0, 0, 1, *[MISSING] * 4])
    np.testing.assert_array_equal(with_gaps[:4], answers(name, windows.where(np.arange(4)), [0, 0, 0, 1]))


def test_last_by_hand() -> None:
    # Step 1 is right in 2 of 3 known: rate 2.5 / 4. Known targets: a, a, b, a, c; shares 3.5, 1.5 and 1.5 of 6.5.
    windows = seen([[0, 0], [1, 0], [0, 1]], horizon=2)
    found = answers("last", windows, [0, 1, 0, MISSING, 0, 2], seen([[0, 1], [MISSING, MISSING]], horizon=2))
    rate, late = 2.5 / 4, 0.5 / 3
    np.testing.assert_allclose(found[0], [(1 - rate) * 0.7, rate, (1 - rate) * 0.3], atol=1e-8)
    np.testing.assert_allclose(found[1], [(1 - late) * 0.7, late, (1 - late) * 0.3], atol=1e-8)
    np.testing.assert_allclose(found[2:], np.tile([3.5 / 6.5, 1.5 / 6.5, 1.5 / 6.5], (2, 1)), atol=1e-8)


def test_season_falls_back_on_shares_where_the_input_is_shorter_than_a_season() -> None:
    windows = seen([[0, 1], [0, 1]], horizon=2, season=3)
    found = answers("season", windows, [0, 0, 1, 0])
    np.testing.assert_allclose(found[0], [3.5 / 5.5, 1.5 / 5.5, 0.5 / 5.5], atol=1e-8)
    assert found[1][0] == pytest.approx(2.5 / 3)  # state a is a season before step 1, and is right in 2 of 2


@pytest.mark.parametrize(("season", "time", "counts"), [(2, 100, [2, 0, 1]), (2, 101, [0, 3, 0]), (1, 3, [0, 1, 0])])
def test_position_by_hand(season, time, counts) -> None:
    windows, targets = sliding([[0, 1, 0, 1, 2, 1]], n_inputs=3, horizon=1, season=season)
    shares = np.array([0.5, 2.5, 1.5]) / 4.5  # of the targets b, c, b
    found = answers("position", windows, targets, seen([[0] * 3], times=[time], season=season))
    np.testing.assert_allclose(found[0], (np.array(counts) + shares) / (sum(counts) + 1), atol=1e-8)


def test_position_of_a_time_never_seen_has_the_shares_of_the_targets() -> None:
    windows, targets = sliding([[0, 1, 0, 1, 2, 1]], n_inputs=3, horizon=1)
    found = answers("position", windows, targets, seen([[0] * 3] * 2, times=[-1, 6]))
    np.testing.assert_allclose(found, np.tile(np.array([0.5, 2.5, 1.5]) / 4.5, (2, 1)), atol=1e-8)


def next_state(units, context):
    """Witten and Bell by the formula, from counts of each context in the whole series."""
    counts: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
    for series in units:
        for time, length in product(range(len(series)), range(4)):
            behind = tuple(series[time - length : time]) if time >= length else (MISSING,)
            if MISSING not in (*behind, series[time]):
                counts[behind][series[time]] += 1
    shorter = next_state(units, context[1:]) if context else np.full(3, 1 / 3)
    found = np.array([counts[context][state] for state in range(3)])
    kinds = np.count_nonzero(found)
    return (found + kinds * shorter) / (found.sum() + kinds) if kinds else shorter


def by_all_paths(units, known, *, order, step):
    """The distribution of a later state, as a sum over every path to it."""
    result = np.zeros(3)
    for path in product(range(3), repeat=step + 1):
        states, weight = list(known), 1.0
        for state in path:
            weight *= next_state(units, tuple(states[max(0, len(states) - order) :]))[state]
            states.append(state)
        result[path[-1]] += weight
    return result


CHAIN = [
    np.random.default_rng(5).choice(3, size=30, p=[0.5, 0.3, 0.2]).tolist(),
    [0, 1, 1, 0, MISSING, 2, 1, 0] * 3 + [1] * 6,
]


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(
    ("inputs", "known", "gap"),
    [
        ([0, 1, 2, 1], [0, 1, 2, 1], 0),
        ([2, 2, 2, 2], [2, 2, 2, 2], 0),
        ([MISSING, MISSING, 2, 1], [2, 1], 0),
        ([0, MISSING, 2, 1], [2, 1], 0),  # what lies before a gap says nothing
        ([0, 2, MISSING, MISSING], [0, 2], 2),  # the chain walks over what is not known
        ([MISSING] * 4, [], 0),
    ],
)
def test_a_chain_is_the_sum_over_all_its_paths(order, inputs, known, gap) -> None:
    windows, targets = sliding(CHAIN, n_inputs=4, horizon=3)
    found = answers(f"markov{order}", windows, targets, seen([inputs], horizon=3))
    want = [by_all_paths(CHAIN, known, order=order, step=gap + step) for step in range(3)]
    np.testing.assert_allclose(found, want, atol=1e-7)


def test_a_window_shorter_than_the_order_uses_what_it_has() -> None:
    windows, targets = sliding(CHAIN, n_inputs=1, horizon=1)
    found = answers("markov3", windows, targets, seen([[2]]))
    np.testing.assert_allclose(found[0], next_state([*CHAIN], (2,)), atol=1e-2)


def test_the_order_is_lowered_where_a_table_would_not_fit(monkeypatch) -> None:
    windows, targets = sliding(CHAIN, n_inputs=4, horizon=3)
    wanted = answers("markov1", windows, targets)
    monkeypatch.setattr("seqwise.baselines.markov.MOST_CELLS", 12)  # 4 contexts of 3 states
    np.testing.assert_array_equal(
        np.exp(Markov(3).fit(windows, targets, n_labels=3, seed=0).log_probabilities(windows)), wanted
    )


@pytest.mark.parametrize("n_labels", [2, 4])
def test_boosted_trees_say_what_scikit_learn_says(n_labels) -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(400, 3))
    targets = np.digitize(rows[:, 0] * rows[:, 1], [0.0, 0.5, 1.0][: n_labels - 1])
    model = HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=7).fit(rows, targets)
    asked = rng.normal(size=(50, 3))
    boosted = boosted_of(model)
    stages = [np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True) for scores in boosted.after_rounds(asked)]
    np.testing.assert_allclose(stages, list(model.staged_predict_proba(asked)), atol=1e-6)
    np.testing.assert_array_equal(boosted.scores(asked), boosted.after_rounds(asked)[-1])


def test_a_covariate_that_is_not_known_tells_as_much_as_one_that_is() -> None:
    windows, targets = sliding(np.random.default_rng(0).integers(3, size=(20, 40)), n_inputs=3, horizon=2)
    known = np.array([5.0, np.nan, -5.0])[targets].reshape(-1, 2, 1)
    found = answers("lags", replace(windows, known=known), targets)
    assert (found.argmax(axis=1) == targets).all()


def test_random_states_are_not_foretold_better_than_by_their_shares() -> None:
    windows, targets = sliding(np.random.default_rng(0).integers(3, size=(20, 40)), n_inputs=10, horizon=3)
    asked, truth = sliding(np.random.default_rng(1).integers(3, size=(20, 40)), n_inputs=10, horizon=3)
    for name in ("last", "season", "markov1", "markov2", "markov3", "lags"):
        found = answers(name, windows, targets, asked)
        # Within what 1800 transitions leave open of a chain of 27 contexts.
        assert -np.mean(np.log(found[np.arange(len(truth)), truth])) == pytest.approx(np.log(3), abs=0.025), name


class TestFolds:
    def test_many_units_are_held_out_whole(self) -> None:
        windows, _ = sliding(np.zeros((11, 6), dtype=int), n_inputs=2, horizon=1)
        folds = window_folds(windows, folds=5, seed=0)
        assert [len(set(folds[windows.units == unit])) for unit in range(11)] == [1] * 11
        assert sorted(np.bincount(folds) // 4) == [2, 2, 2, 2, 3]
        for fold in range(5):
            np.testing.assert_array_equal(windows_clear_of(windows, folds == fold), folds != fold)

    def test_few_units_are_held_out_by_time_and_nothing_of_a_target_is_learned_from(self) -> None:
        windows, _ = sliding(np.zeros((2, 60), dtype=int), n_inputs=4, horizon=3)
        folds = window_folds(windows, folds=5, seed=0)
        assert set(folds) == set(range(5))
        for fold in range(5):
            own, others = windows.where(folds == fold), windows.where(windows_clear_of(windows, folds == fold))
            foretold = {time + step for time in own.times.tolist() for step in range(3)}
            touched = {time + step for time in others.times.tolist() for step in range(-4, 3)}
            assert not foretold & touched
            assert len(others.times) > 50

    @pytest.mark.parametrize("n_units", [3, 15])
    def test_random_states_cannot_be_told_out_of_fold(self, n_units) -> None:
        # In fold, a chain of order 3 of 27 contexts knows 40 random states half by heart.
        series = np.random.default_rng(0).integers(3, size=(n_units, 100))
        windows, targets = sliding(series, n_inputs=3, horizon=2)
        found = out_of_fold("markov3", LabelledRows(windows, targets, 3), seed=0)
        assert found.shape == (len(targets), 3)
        assert -np.mean(found[np.arange(len(targets)), targets]) > np.log(3)

    def test_windows_that_all_overlap_learn_nothing(self) -> None:
        windows, targets = sliding([[0, 1, 2, 0, 1, 2, 0]], n_inputs=4, horizon=2)
        found = out_of_fold("markov1", LabelledRows(windows, targets, 3), seed=0)
        np.testing.assert_allclose(found, -np.log(3))
