"""Counts are those of the data's own README, and of a second reader (polars)."""

from collections import Counter
from pathlib import Path

import numpy as np
import polars
import pytest

from seqwise.errors import DataError
from seqwise.read.series.layout import Layout
from seqwise.read.series.reading import read_series

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real data in {DATA}")

TEMPERATURES = DATA / "daily-min-temperatures" / "daily-min-temperatures.csv"


def counts(series):
    return Counter(series.states[code] for code in series.values[:, 0].tolist())


def test_mvad_has_72_months_of_712_people():
    static = ("weight", "male", "Grammar")
    series, facts = read_series(
        DATA / "mvad" / "mvad.csv", Layout(unit=("id",), static=static, first="Jul.93"), format="wide"
    )
    assert (len(series.units), len(series), facts.notes) == (712, 712 * 72, ())
    assert (series.axis.name(0), series.axis.name(71)) == ("Jul.93", "Jun.99")
    assert counts(series) == {
        "employment": 22_937,
        "FE": 8_331,
        "HE": 5_980,
        "training": 5_272,
        "joblessness": 4_399,
        "school": 4_345,
    }
    second = polars.read_csv(DATA / "mvad" / "mvad.csv")
    assert series.static.values[:, 0].tolist() == second["weight"].to_list()
    assert [series.static.levels[1][int(code)] for code in series.static.values[:, 1]] == second["male"].to_list()
    states = second.select(polars.col("Jul.93"), polars.nth(range(15, 86))).to_numpy().ravel()
    assert [series.states[code] for code in series.values[:, 0]] == states.tolist()


def test_biofam_has_the_years_15_to_30_of_2000_people():
    layout = Layout(unit=("id",), static=("sex", "birthyr", "plingu02"), kind="states")
    series, _ = read_series(DATA / "biofam" / "biofam.csv", layout, format="wide")
    assert (len(series.units), len(series)) == (2_000, 32_000)
    assert (series.axis.name(0), series.axis.name(15)) == ("15", "30")
    found = (16_056, 5_888, 1_466, 3_244, 19, 167, 4_838, 322)
    assert counts(series) == {str(state): n for state, n in enumerate(found)}


def test_rosters_of_one_person_overlap_and_those_of_one_sheet_do_not():
    path = DATA / "roster-foundation" / "roster.csv"
    with pytest.raises(DataError, match=r"a time that its unit has already \(877 rows\)"):  # 133 + 744
        read_series(path, Layout(time="date", unit=("employee_id",), value=("shift",)))
    layout = Layout(time="date", unit=("roster", "employee_id"), value=("shift",), static=("role",), known=("weekday",))
    series, facts = read_series(path, layout)
    assert (len(series.units), len(series), facts.notes) == (19 + 20 + 24 + 24, 2_853, ())
    assert Counter(np.diff(series.offsets).tolist()) == {35: 39, 31: 48}
    assert series.known.levels == (("Fri", "Mon", "Sat", "Sun", "Thu", "Tue", "Wed"),)


def test_ett_is_hourly_without_a_gap():
    series, facts = read_series(DATA / "ett" / "ETTh1.csv", Layout(time="date"))
    assert series.values.shape == (17_420, 7)
    assert series.channels == ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")
    assert (series.axis.step, series.axis.name(17_419), facts.notes) == (3_600_000_000, "2018-06-26T19:00:00", ())
    second = polars.read_csv(DATA / "ett" / "ETTh1.csv").drop("date").to_numpy()
    assert np.array_equal(series.values, second)


def test_sbux_has_trading_days_only():
    path = DATA / "sbux" / "SBUX.csv"
    with pytest.raises(DataError, match=r"(?s)SBUX.csv:5 .*a gap of 2 times .*step is 1 day.*set data.step row"):
        read_series(path, Layout(time="Date"))
    series, _ = read_series(path, Layout(time="Date", step="row", value=("Close",)))
    assert series.times.tolist() == list(range(253))
    assert (series.axis.name(0), series.axis.name(252)) == ("2019-12-11", "2020-12-10")


def test_airline_is_monthly():
    series, _ = read_series(DATA / "airline" / "airline-passengers.csv", Layout(time="Month"))
    assert (series.axis.kind, series.axis.step, series.axis.name(144)) == ("months", 1, "1961-01")
    assert series.times.tolist() == list(range(144))


def test_two_days_of_the_temperatures_are_missing():
    with pytest.raises(DataError, match=r"csv:1462 .* a gap of 1 time before this row \(2 rows\); the step is 1 day"):
        read_series(TEMPERATURES, Layout(time="Date"))
    series, _ = read_series(TEMPERATURES, Layout(time="Date"), on_bad_row="repair")
    missing = [series.axis.name(series.times[row]) for row in np.flatnonzero(series.is_missing[:, 0])]
    assert missing == ["1984-12-31T00:00:00", "1988-12-31T00:00:00"]
    assert len(series) == 3_652
