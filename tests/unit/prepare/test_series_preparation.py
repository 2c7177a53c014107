"""Series become examples: fitted on training rows alone, blind to what is to come, the same in any order."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from seqwise.errors import DataError, UsageError
from seqwise.prepare.calendar import calendar, calendar_names, covers_two_years, season_of
from seqwise.prepare.series_features import apply_columns, fit_columns
from seqwise.prepare.series_preparation import SeriesPreparation, fit_series
from seqwise.prepare.series_scaling import FLAT, fit_scaling
from seqwise.prepare.series_splits import FEWEST_UNITS, blocks_of, split_series, training_rows
from seqwise.series_records import MISSING, Covariates, Series, SeriesWindows, TimeAxis
from seqwise.settings.stations import DataSettings, PrepareSettings

DAY = 86_400_000_000
DAYS = TimeAxis("moments", start=(date(2021, 3, 1) - date(1970, 1, 1)).days * DAY, step=DAY)
N, N_UNITS = 40, 3
STATES = ("D", "N", "O")
DATA = DataSettings(train="x", time="t", split="time", validation=0.2, test=0.2)
PREPARE = PrepareSettings(input=6, horizon=2)


def series(*, is_of_states: bool = False, n_units: int = N_UNITS, n: int = N) -> Series:
    rng = np.random.default_rng(0)
    rows = n_units * n
    values = rng.integers(0, 3, (rows, 1)) if is_of_states else rng.normal([5, -2], [3, 0.1], (rows, 2))
    known = np.stack([rng.integers(0, 2, rows), rng.normal(7, 2, rows)], axis=1).astype(np.float64)
    return Series(
        units=tuple(f"u{i}" for i in range(n_units)),
        offsets=np.arange(n_units + 1, dtype=np.int64) * n,
        times=np.tile(np.arange(n), n_units),
        values=values,
        channels=("state",) if is_of_states else ("a", "b"),
        states=STATES if is_of_states else (),
        axis=DAYS,
        static=Covariates(("role",), np.array([[i % 2] for i in range(n_units)], dtype=np.float64), (("A", "B"),)),
        known=Covariates(("closed", "price"), known, (("no", "yes"), ())),
        past=Covariates(("wind",), rng.normal(size=(rows, 1)), ((),)),
        path="t.csv",
        lines=np.arange(rows, dtype=np.int64) + 2,
    )


def parts(given: Series, **prepare: object):
    settings = PREPARE.model_copy(update=prepare)
    windows = split_series(given, DATA, prepare=settings, seed=0)
    return fit_series(windows["train"], settings), windows


def behind(given: Series, *, first: int) -> Series:
    """The series with other values and columns from a time on."""
    is_late = given.times >= first
    other = np.where(is_late[:, None], (given.values + 1) % 3 if given.states else given.values * 9 + 4, given.values)

    def changed(columns: Covariates) -> Covariates:
        values = columns.values.copy()
        values[is_late] = np.where(np.array([bool(each) for each in columns.levels]), 1 - values[is_late], 99.0)
        return replace(columns, values=values)

    return replace(given, values=other, known=changed(given.known), past=changed(given.past))


@pytest.mark.parametrize("is_of_states", [True, False])
@pytest.mark.parametrize("scaling", ["standard", "minmax", "window"])
def test_held_out_rows_move_nothing_that_is_fitted(is_of_states, scaling):
    given = series(is_of_states=is_of_states)
    fitted, windows = parts(given, scaling=scaling)
    last = given.times[windows["train"].target_rows].max()
    other, _ = parts(behind(given, first=last + 1), scaling=scaling)
    assert other == fitted
    inside, _ = parts(behind(given, first=last), scaling=scaling)
    assert inside != fitted


@pytest.mark.parametrize("is_of_states", [True, False])
def test_what_is_to_come_is_not_seen_but_for_what_is_known(is_of_states):
    given = series(is_of_states=is_of_states)
    fitted, _ = parts(given)
    window = SeriesWindows(given, np.array([3]), PREPARE.input, PREPARE.horizon)
    first = 3 + PREPARE.input
    changed = behind(given, first=first)
    examples = fitted.apply(window)
    unseen = fitted.apply(replace(window, series=replace(changed, known=given.known)))
    assert np.array_equal(examples.tokens.ids, unseen.tokens.ids)
    assert np.array_equal(examples.features, unseen.features)
    known = fitted.apply(replace(window, series=replace(changed, values=given.values, past=given.past)))
    assert not np.array_equal(examples.features, known.features)
    answers = (examples.targets, unseen.targets) if is_of_states else (examples.values, unseen.values)
    assert not np.array_equal(*answers)


@pytest.mark.parametrize(
    ("is_of_states", "prepare"),
    [
        (True, {}),
        (False, {}),
        (False, {"channels": "apart"}),
        (False, {"patch": 2}),
        (False, {"patch": 2, "channels": "apart"}),
    ],
)
def test_the_order_of_windows_and_the_others_change_nothing(is_of_states, prepare):
    fitted, windows = parts(series(is_of_states=is_of_states), **prepare)
    whole = fitted.apply(windows["test"])
    n_each = len(whole.tokens.ids) // len(windows["test"])
    for place in (0, 5):
        one = fitted.apply(replace(windows["test"], starts=windows["test"].starts[[place]]))
        rows = slice(place * n_each, (place + 1) * n_each)
        assert np.array_equal(one.tokens.ids, whole.tokens.ids[rows])
        np.testing.assert_allclose(one.features, whole.features[rows], atol=1e-6)


@pytest.mark.parametrize("prepare", [{}, {"channels": "apart"}, {"patch": 2}, {"patch": 2, "channels": "apart"}])
@pytest.mark.parametrize("scaling", ["standard", "minmax", "window"])
def test_units_and_scales_are_turned_back(prepare, scaling):
    fitted, windows = parts(series(), scaling=scaling, **prepare)
    chosen = windows["validation"]
    examples = fitted.apply(chosen)
    assert examples.values.shape == (examples.n_outputs, fitted.n_outputs)
    back = fitted.scale(chosen).invert(fitted.from_units(examples.values.astype(np.float64)))
    np.testing.assert_allclose(back, chosen.series.values[chosen.target_rows], rtol=1e-5)
    layers = np.stack([examples.values, 2 * examples.values], axis=2).astype(np.float64)
    assert np.array_equal(fitted.from_units(layers)[..., 1], 2 * fitted.from_units(layers[..., 0]))


def test_tokens_say_state_missing_and_to_come_and_features_stand_beside_their_step():
    given = series(is_of_states=True)
    given.values[4] = MISSING
    fitted, _ = parts(given)
    examples = fitted.apply(SeriesWindows(given, np.array([0]), 6, 2))
    codes = given.values[:6, 0].tolist()
    assert [fitted.vocabulary[token] for token in examples.tokens.ids] == [
        *(STATES[code] if code >= 0 else "[MISSING]" for code in codes),
        *["[TO COME]"] * 2,
    ]
    assert examples.units.tokens.tolist() == [[6, 7], [7, 8]]
    by_name = dict(zip(fitted.feature_names, examples.features.T, strict=True))
    weekdays = [(date(2021, 3, 1) + timedelta(day)).isoweekday() for day in range(8)]
    for number in range(1, 8):
        assert by_name[f"weekday {number}"].tolist() == [float(day == number) for day in weekdays]
    assert by_name["closed=yes"].tolist() == given.known.values[:8, 0].tolist()
    assert by_name["role=A"].tolist() == [1.0] * 8
    assert by_name["wind"][6:].tolist() == [0.0, 0.0]


def test_scaling_is_scikit_learns_on_training_rows():
    given = series()
    rows = np.arange(30)
    for how, scaler in (("standard", StandardScaler()), ("minmax", MinMaxScaler())):
        scale = fit_scaling(given, rows, how=how).of_windows(given.values[None, :6])
        theirs = scaler.fit(given.values[rows]).transform(given.values[40:44])
        np.testing.assert_allclose(scale.apply(given.values[None, 40:44])[0], theirs)


def test_a_window_is_scaled_by_what_it_sees():
    scaling = fit_scaling(series(), np.arange(30), how="window")
    inputs = np.array([[[1.0, 7.0], [np.nan, 7.0], [5.0, 7.0]], [[np.nan, 0.0], [np.nan, 1.0], [np.nan, 2.0]]])
    scale = scaling.of_windows(inputs)
    assert scale.location.tolist() == [[3.0, 7.0], [scaling.location[0], 1.0]]
    np.testing.assert_allclose(scale.spread[0], [2.0, FLAT * scaling.spread[1]])
    np.testing.assert_allclose(scale.spread[1], [scaling.spread[0], np.std([0, 1, 2])])


def test_columns_are_levels_of_training_or_numbers_by_them():
    columns = Covariates(
        ("word", "x"), np.array([[0, 1.0], [1, 3.0], [2, 100.0], [np.nan, np.nan]]), (("a", "b", "c"), ())
    )
    codes = fit_columns(columns, np.array([0, 1]))
    assert apply_columns(codes, columns).tolist() == [[1, 0, -1], [0, 1, 1], [0, 0, 98], [0, 0, 0]]
    renamed = replace(columns, levels=(("b", "d", "a"), ()))  # another file counts its levels otherwise
    assert apply_columns(codes, renamed)[:3, :2].tolist() == [[0, 1], [0, 0], [1, 0]]
    with pytest.raises(DataError, match='column "word": is not in this file'):
        apply_columns(codes, Covariates(("x",), columns.values[:, 1:], ((),)))
    with pytest.raises(DataError, match='column "x": holds words, and the training rows held numbers'):
        apply_columns(codes, replace(columns, values=np.zeros((4, 2)), levels=(("a",), ("1",))))


def test_a_preparation_is_saved_and_read_whole(tmp_path):
    for is_of_states in (True, False):
        fitted, windows = parts(series(is_of_states=is_of_states))
        fitted.save(tmp_path)
        again = SeriesPreparation.load(tmp_path)
        assert again == fitted
        assert np.array_equal(again.apply(windows["test"]).features, fitted.apply(windows["test"]).features)


def test_other_times_than_those_of_training_are_told():
    fitted, windows = parts(series())
    hourly = replace(windows["test"], series=replace(series(), axis=replace(DAYS, step=DAY // 24)))
    with pytest.raises(DataError, match=r"t\.csv: its times are moments with the step 3600000000; those of training"):
        fitted.apply(hourly)


def test_the_naive_error_of_a_new_unit_is_the_mean_of_those_known():
    fitted, windows = parts(series(), season=7)
    values = series().values[training_rows(windows["train"])]
    own = values[: len(values) // N_UNITS, 0]
    assert fitted.naive["u0"][0] == pytest.approx(np.abs(own[7:] - own[:-7]).mean())
    new = replace(windows["test"], series=replace(series(), units=("u0", "new", "u2")))
    errors = fitted.naive_errors(new)
    np.testing.assert_allclose(
        errors[new.series.unit_of[new.starts] == 1][0], np.mean(list(fitted.naive.values()), axis=0)
    )


def test_splits_by_time_and_by_unit_share_no_target():
    given = series(n_units=20)
    by_time = split_series(given, DATA, prepare=PREPARE, seed=0)
    edges = [given.times[by_time[name].target_rows] for name in ("train", "validation", "test")]
    assert (edges[0].max() < edges[1].min(), edges[1].max() < edges[2].min()) == (True, True)
    assert (edges[1].min(), edges[2].min()) == (24, 32)
    named = DATA.model_copy(update={"validation": "2021-03-25", "test": "2021-04-02"})
    again = split_series(given, named, prepare=PREPARE, seed=0)
    assert all(np.array_equal(again[name].starts, by_time[name].starts) for name in by_time)
    grouped = split_series(given, DATA.model_copy(update={"split": "grouped"}), prepare=PREPARE, seed=1)
    units = {name: {*given.unit_of[windows.starts].tolist()} for name, windows in grouped.items()}
    assert {name: len(held) for name, held in units.items()} == {"train": 12, "validation": 4, "test": 4}
    assert len(set.union(*units.values())) == 20
    with pytest.raises(UsageError, match=r'data\.validation: found "2021-03-25"; whole units are held out by a share'):
        split_series(given, named.model_copy(update={"split": "grouped"}), prepare=PREPARE, seed=0)
    with pytest.raises(
        UsageError, match=r'data\.test: found "soon"; it is neither a file nor a time of t\.csv, which goes'
    ):
        split_series(given, DATA.model_copy(update={"test": "soon"}), prepare=PREPARE, seed=0)


def test_windows_with_a_missing_target_are_left_out():
    given = series()
    given.values[N - 1, 1] = np.nan
    whole = split_series(series(), DATA, prepare=PREPARE, seed=0)["test"]
    left = split_series(given, DATA, prepare=PREPARE, seed=0)["test"]
    assert len(left) == len(whole) - 1
    assert not given.is_missing[left.target_rows].any()


def test_blocks_are_units_or_stretches_as_long_as_a_horizon():
    many = split_series(series(n_units=FEWEST_UNITS), DATA, prepare=PREPARE, seed=0)["test"]
    assert np.array_equal(np.diff(blocks_of(many)), np.bincount(many.series.unit_of[many.starts]))
    few = split_series(series(n_units=1), DATA, prepare=PREPARE, seed=0)["test"]
    firsts = few.series.times[few.target_rows[:, 0]]
    assert all(np.ptp(block) < PREPARE.horizon for block in np.split(firsts, blocks_of(few)[1:-1]))


def test_the_calendar_says_what_the_date_says():
    start = date(2020, 12, 25)
    axis = TimeAxis("moments", start=(start - date(1970, 1, 1)).days * DAY, step=DAY)
    positions = np.arange(20)
    found = calendar(axis, positions, has_year=True)
    days = [start + timedelta(day) for day in range(20)]
    assert found[:, :7].argmax(axis=1).tolist() == [day.weekday() for day in days]
    assert found.shape[1] == len(calendar_names(axis, has_year=True)) == 9
    months = calendar(TimeAxis("months", start=12 * 51 + 3), np.arange(15), has_year=False)
    assert (months.argmax(axis=1) + 1).tolist() == [*range(4, 13), *range(1, 7)]
    hours = calendar(replace(axis, step=DAY // 24), np.array([0, 6, 12, 24]), has_year=False)
    np.testing.assert_allclose(hours[:, :2], [[0, 1], [1, 0], [0, -1], [0, 1]], atol=1e-12)
    assert calendar(TimeAxis("numbers"), positions, has_year=True).shape == (20, 0)


def test_seasons_and_years():
    found = [season_of(TimeAxis("moments", step=step)) for step in (DAY // 96, DAY // 24, DAY, 7 * DAY, 3 * DAY)]
    assert found == [96, 24, 7, 52, 1]
    assert [season_of(TimeAxis("months", step=step)) for step in (1, 3, 12, 5)] == [12, 4, 1, 1]
    assert season_of(TimeAxis("names", names=("a",))) == 1
    assert not covers_two_years(DAYS, np.arange(730))
    assert covers_two_years(DAYS, np.arange(731))
    assert covers_two_years(TimeAxis("months"), np.arange(24))
