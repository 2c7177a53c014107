"""Facts of windows, columns, scalers and forecasts, beside counts by hand and another library."""

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from seqwise.check.engine import run_checks
from seqwise.check.series_facts import forecast_facts, scaler_facts, shared_targets, telltales, window_evidence
from seqwise.prepare.series_windows import WindowPlan, split_by_time
from seqwise.records import Evidence
from seqwise.series_evidence import Scale, SeriesEvidence, SharedTargets
from seqwise.series_records import Covariates, Series, SeriesWindows, TimeAxis

NOTHING = Covariates((), np.zeros((0, 0)), ())
RNG = np.random.default_rng(0)


def series(values, *, known=None, states=(), n_units=2):
    n = len(values)
    times = np.tile(np.arange(n // n_units), n_units)
    known = NOTHING if known is None else Covariates(tuple(known), np.stack(list(known.values()), axis=1), ((),))
    return Series(
        units=tuple("abc"[:n_units]),
        offsets=np.arange(n_units + 1) * (n // n_units),
        times=times,
        values=values.reshape(n, -1),
        channels=("shift",),
        states=states,
        axis=TimeAxis("numbers"),
        static=NOTHING,
        known=known,
        past=NOTHING,
        path="a.csv",
        lines=np.arange(n) + 2,
    )


def alarms(facts):
    found = run_checks(Evidence(task="forecast", series=facts), silence={})
    return {finding.ids[0] for finding in found if finding.level in ("error", "warning")}


def test_windows_that_are_cut_after_the_split_raise_no_alarm():
    whole = series(RNG.normal(size=80))
    facts = window_evidence(split_by_time(whole, WindowPlan(4, 2), validation=20, test=30))
    assert (facts.input, facts.horizon, facts.lead) == (4, 2, 1)
    # Times 4 to 19, 20 to 29 and 30 to 39 of both units.
    assert facts.n_targets == {"train": 32, "validation": 20, "test": 20}
    assert facts.n_windows == {"train": 30, "validation": 18, "test": 18}
    assert [one.n_shared for one in facts.shared] == [0, 0, 0]
    assert alarms(facts) == set()


def test_windows_that_are_divided_by_chance_share_targets():
    whole = series(RNG.normal(size=40), n_units=1)
    starts = np.random.default_rng(1).permutation(35)
    splits = {"train": SeriesWindows(whole, starts[:28], 4, 2), "test": SeriesWindows(whole, starts[28:], 4, 2)}
    facts = window_evidence(splits)
    (one,) = facts.shared
    by_hand = {t for s in starts[:28] for t in (s + 4, s + 5)} & {t for s in starts[28:] for t in (s + 4, s + 5)}
    assert one.n_shared == len(by_hand) > 3
    assert alarms(facts) == {"GR-DUP"}


def test_missing_targets_are_not_counted():
    values = RNG.normal(size=40)
    values[10:13] = np.nan
    whole = series(values, n_units=1)
    windows = SeriesWindows(whole, np.arange(35), 4, 2)
    facts = window_evidence({"train": windows, "test": windows})
    assert facts.n_targets == {"train": 33, "test": 33}
    assert facts.shared == (SharedTargets("train", "test", 33, 33),)


def test_pairs_are_counted_once_for_each_different_target():
    found = shared_targets({"train": np.array([1, 2, 2, 3]), "validation": np.array([4]), "test": np.array([3, 3, 5])})
    assert found == (
        SharedTargets("train", "validation", 0, 1),
        SharedTargets("train", "test", 1, 2),
        SharedTargets("validation", "test", 0, 2),
    )


def test_a_known_column_that_is_the_target_is_found_and_a_calendar_is_not():
    values = RNG.normal(size=40)
    for known, expected in (({"copy": values}, {"GR-NOTFORECAST"}), ({"weekday": np.arange(40.0) % 7}, set())):
        splits = split_by_time(series(values, known=known), WindowPlan(4, 2), validation=10)
        assert alarms(window_evidence(splits)) == expected


def share(target, column, *, are_states=True):
    (one,) = telltales(np.asarray(target), {"c": np.asarray(column, float)}, target_name="t", are_states=are_states)
    return one.share


def test_a_column_that_renames_the_states_tells_all_of_them():
    shifts = RNG.integers(0, 4, 500)
    renamed = np.array([7.0, 3.0, 9.0, 1.0])[shifts]
    assert share(shifts, renamed) == 1.0
    assert share(shifts, np.where(np.arange(500) < 5, 7.0, renamed)) == pytest.approx(0.99, abs=0.01)
    assert share(shifts, RNG.permutation(renamed)) < 0.7


def test_a_constant_column_says_nothing_of_a_target_that_is_nearly_constant():
    nearly = np.zeros(1000, dtype=np.int64)
    nearly[3] = 1
    assert share(nearly, np.full(1000, 5.0)) == 0.0
    assert share(nearly, nearly) == 1.0
    assert share(nearly.astype(float), np.zeros(1000), are_states=False) == 0.0
    assert share(np.zeros(9, dtype=np.int64), np.zeros(9)) == 0.0


def test_a_row_number_and_the_weekend_are_no_partners_of_the_states():
    shifts = RNG.integers(0, 4, 500)
    assert share(shifts, np.arange(500)) == 0.0
    assert share(shifts, np.arange(500) % 7 >= 5) < 0.7


def test_a_column_that_has_two_values_for_a_state_is_no_partner():
    # Such as the day of a rotation, which may be known ahead.
    shifts = RNG.integers(0, 4, 500)
    assert share(shifts, 2 * shifts + RNG.integers(0, 2, 500)) < 0.7


def test_missing_cells_are_left_out():
    assert share([0, 1, -1, 1, 0], [5, 6, 5, 6, np.nan]) == 1.0
    assert share([np.nan, 2.0, 3.0], [1.0, 2.0, 3.0], are_states=False) == 1.0
    assert share([-1, -1], [1.0, 2.0]) == 0.0


def test_a_scaler_of_scikit_learn_is_judged_by_its_rows():
    rows = RNG.normal(size=(253, 2)) * [2, 30] + np.linspace(0, 5, 253)[:, None]

    def facts(fitted_on):
        scaler = StandardScaler().fit(fitted_on)
        fitted = [Scale(*pair) for pair in zip(scaler.mean_, scaler.scale_, strict=True)]
        return SeriesEvidence(scalers=tuple(scaler_facts(["open", "volume"], fitted, training=rows[:200], every=rows)))

    assert alarms(facts(rows)) == {"GR-SCALERLEAK"}
    assert alarms(facts(rows[:200])) == set()


def test_forecasts_at_their_ends_and_truths_beyond_are_counted():
    truth = np.array([[-2.0, 0.0, 1.0], [3.0, np.nan, 5.0]])
    facts = forecast_facts(truth, np.array([[0.0, 0.0, 1.0], [4.0, 9.0, 4.0]]), split="test", channel="x")
    assert (facts.n, facts.low, facts.high) == (5, 0.0, 4.0)
    assert (facts.n_at_low, facts.n_at_high, facts.n_below, facts.n_above) == (2, 2, 1, 1)
    assert facts.variance == pytest.approx(np.var([0, 0, 1, 4, 4]))


def test_no_truth_gives_no_facts_and_other_shapes_are_refused():
    assert forecast_facts(np.full(3, np.nan), np.zeros(3), split="test", channel="x") is None
    with pytest.raises(ValueError, match=r"forecasts of shape \(3,\) for truths of shape \(2,\): give the same"):
        forecast_facts(np.zeros(2), np.zeros(3), split="test", channel="x")
