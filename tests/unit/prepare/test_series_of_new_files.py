"""Series of a file that is not the training file: other beginnings, columns, levels, and units that hardly change."""

from dataclasses import replace

import numpy as np
import pytest

from seqwise.errors import DataError, UsageError
from seqwise.prepare.series_features import ColumnCode
from seqwise.prepare.series_preparation import LEAST_ERROR, fit_series
from seqwise.prepare.series_splits import split_series
from seqwise.prepare.series_windows import WindowPlan, all_windows
from seqwise.read.series.layout import Layout
from seqwise.read.series.reading import read_series
from seqwise.series_records import Covariates
from seqwise.settings.reading import settings_from_tables
from seqwise.settings.stations import DataSettings, PrepareSettings

PREPARE = PrepareSettings(input=6, horizon=2)
PLAN = WindowPlan(input=6, horizon=2)


def series_of(folder, lines, **layout):
    path = folder / "series.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_series(path, Layout(time="day", **layout))[0]


def daily(first, n, cells):
    days = np.arange(np.datetime64(first), np.datetime64(first) + n)
    return [f"{day},{cells(number)}" for number, day in enumerate(days)]


def test_the_place_in_the_season_does_not_depend_on_where_a_file_begins(tmp_path):
    whole = series_of(tmp_path, ["day,state", *daily("2020-01-01", 60, lambda i: "WO"[i % 7 > 4])])
    later = series_of(tmp_path, ["day,state", *daily("2020-01-04", 57, lambda i: "WO"[(i + 3) % 7 > 4])])
    preparation = fit_series(all_windows(whole, PLAN), PREPARE)
    first, second = (preparation.seen(all_windows(each, PLAN)) for each in (whole, later))
    np.testing.assert_array_equal(first.times[3:], second.times)
    np.testing.assert_array_equal(first.inputs[3:], second.inputs)


def test_columns_in_another_order_are_refused(tmp_path):
    rows = daily("2020-01-01", 30, lambda i: f"{i},{i * i}")
    both = series_of(tmp_path, ["day,a,b", *rows])
    preparation = fit_series(all_windows(both, PLAN), PREPARE)
    other = series_of(tmp_path, ["day,b,a", *rows])
    with pytest.raises(DataError, match="has the columns b, a; the model was trained on a, b"):
        preparation.apply(all_windows(other, PLAN))


def test_a_series_that_never_changes_has_a_least_error(tmp_path):
    rng = np.random.default_rng(0)
    values = rng.normal(size=40).cumsum()
    rows = daily("2020-01-01", 40, lambda i: f"{values[i]:.6f},5.0")
    flat = series_of(tmp_path, ["day,a,b", *rows])
    (errors,) = fit_series(all_windows(flat, PLAN), PREPARE).naive.values()
    assert errors[0] == pytest.approx(np.abs(values[7:] - values[:-7]).mean(), abs=1e-5)
    assert errors[1] == pytest.approx(LEAST_ERROR)


def test_a_unit_too_short_for_its_season_has_the_error_of_the_step_before(tmp_path):
    rows = [*daily("2020-01-01", 9, lambda i: f"x,{i * 2}"), *daily("2020-01-01", 30, lambda i: f"y,{i % 5}")]
    two = series_of(tmp_path, ["day,who,v", *rows], unit=("who",))
    values = two.values.copy()
    values[:8, 0] = np.nan  # nothing is a season apart and known
    two = replace(two, values=values)
    naive = fit_series(all_windows(two, PLAN), PREPARE).naive
    assert all(np.isfinite(errors).all() for errors in naive.values())


def test_levels_that_are_all_numbers_in_a_new_file_are_the_same_levels():
    code = ColumnCode("store", levels=("1", "2", "X"))
    alone = Covariates(("store",), np.array([[1.0], [2.0], [3.0], [np.nan]]), ((),))
    assert code.apply(alone).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0]]


def test_compact_dates_split_by_time(tmp_path):
    days = np.arange(np.datetime64("2020-01-01"), np.datetime64("2020-03-01")).astype(str)
    lines = [f"{day.replace('-', '')},{number}" for number, day in enumerate(days)]
    series = series_of(tmp_path, ["day,v", *lines])
    data = DataSettings(train="series.csv", time="day", split="time", validation="20200201", test="20200215")
    windows = split_series(series, data, prepare=PREPARE, seed=0)
    assert series.axis.name(int(series.times[windows["test"].target_rows[0, 0]])) == "2020-02-15T00:00:00"
    with pytest.raises(UsageError, match="neither a file nor a time of"):
        split_series(series, data.model_copy(update={"test": "46"}), prepare=PREPARE, seed=0)


@pytest.mark.parametrize(("levels", "told"), [([0.1, 0.9], "Add 0.5"), ([0.5, 0.1], "levels grow")])
def test_levels_without_a_median_or_out_of_order_are_told(levels, told):
    tables = {
        "task": "forecast",
        "data": {"train": "series.csv", "time": "day"},
        "encoder": {"name": "recurrent"},
        "head": {"name": "numbers", "levels": levels},
    }
    with pytest.raises(UsageError, match=told):
        settings_from_tables(tables, origin="test")


def test_special_tokens_and_types_stand_beside_the_steps(tmp_path):
    series = series_of(tmp_path, ["day,state", *daily("2020-01-01", 30, lambda i: "WO"[i % 7 > 4])])
    windows = all_windows(series, PLAN)
    bare = fit_series(windows, PREPARE)
    whole = fit_series(windows, PREPARE.model_copy(update={"special_tokens": True, "token_types": True}))
    assert whole.vocabulary == ("O", "W", "[MISSING]", "[TO COME]", "[CLS]", "[SEP]")
    assert whole.feature_names == (*bare.feature_names, "to come")
    one, other = bare.apply(windows), whole.apply(windows)
    tokens = other.tokens.ids.reshape(len(windows), -1)
    np.testing.assert_array_equal(tokens[:, 1:-1], one.tokens.ids.reshape(len(windows), -1))
    assert set(tokens[:, 0].tolist()) == {4}
    assert set(tokens[:, -1].tolist()) == {5}
    features = other.features.reshape(len(windows), 10, -1)
    np.testing.assert_array_equal(features[:, 1:-1, :-1], one.features.reshape(len(windows), 8, -1))
    np.testing.assert_array_equal(features[0, :, -1], [0] * 7 + [1, 1, 0])
    assert not features[:, [0, -1]].any()
    np.testing.assert_array_equal(other.units.tokens, one.units.tokens + 1)
    np.testing.assert_array_equal(other.targets, one.targets)


def test_a_decoder_wants_a_state_before_the_steps_to_come():
    tables = {
        "task": "forecast",
        "data": {"train": "series.csv", "time": "day"},
        "prepare": {"special_tokens": True},
        "encoder": {"name": "recurrent"},
        "head": {"name": "decoder"},
    }
    with pytest.raises(UsageError, match="begins with the last token that is seen, which must be a state"):
        settings_from_tables(tables, origin="test")
