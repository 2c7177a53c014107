"""Readers of series on tables by hand: what cells mean, what the time index is, and what each fault says."""

import json

import numpy as np
import polars
import pytest

from seqwise.errors import DataError, UsageError
from seqwise.read import SERIES_FORMATS
from seqwise.read.series.layout import Layout
from seqwise.read.series.reading import read_series
from seqwise.series_records import MISSING

DATED = Layout(time="t")
SHIFTS = Layout(time="day", unit=("who",), value=("shift",), states=("D", "N", "O"))
ROSTER = "who,day,shift\nb,2024-02-28,N\na,2024-02-28,D\na,2024-02-29,D\na,2024-03-01,O\nb,2024-02-29,O\n"
GAPPED = "t,x\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n2024-01-06,6\n"


def written(tmp_path, content, name="table.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(tmp_path, content, layout=DATED, *, name="table.csv", **how):
    return read_series(written(tmp_path, content, name), layout, **how)


def told(tmp_path, content, layout=DATED, **how):
    with pytest.raises(DataError) as caught:
        read(tmp_path, content, layout, **how)
    return str(caught.value).replace(str(tmp_path) + "/", "")


def times_of(series):
    return [series.axis.name(position) for position in series.times.tolist()]


def axis_of(tmp_path, *times, **layout):
    series, _ = read(tmp_path, "t,x\n" + "".join(f"{time},1\n" for time in times), Layout(time="t", **layout))
    return series.axis.kind, series.axis.step, series.times.tolist(), times_of(series)


def test_units_stand_in_the_order_of_the_file_and_rows_in_that_of_time(tmp_path):
    series, facts = read(tmp_path, ROSTER, SHIFTS)
    assert series.units == ("b", "a")
    assert series.offsets.tolist() == [0, 2, 5]
    assert series.unit_of.tolist() == [0, 0, 1, 1, 1]
    assert series.values[:, 0].tolist() == [1, 2, 0, 0, 2]
    assert times_of(series)[2:] == ["2024-02-28T00:00:00", "2024-02-29T00:00:00", "2024-03-01T00:00:00"]
    assert series.times.tolist() == [0, 1, 0, 1, 2]
    assert series.place(1) == f"{tmp_path}/table.csv:6"
    assert (facts.n_rows, facts.notes) == (5, ())


def test_the_order_of_rows_changes_nothing_but_the_note(tmp_path):
    header, *rows = GAPPED.splitlines()
    a, _ = read(tmp_path, GAPPED, on_bad_row="skip")
    b, facts = read(tmp_path, "\n".join([header, *reversed(rows)]), on_bad_row="skip")
    assert a.times.tolist() == b.times.tolist()
    assert a.values.tolist() == b.values.tolist()
    assert facts.notes == ("gaps left as they are: 1", "rows not in the order of time, sorted: 3")


@pytest.mark.parametrize(
    ("times", "kind", "step", "positions", "last"),
    [
        (("2024-01-01", "2024-01-02", "2024-01-03"), "moments", 86_400_000_000, [0, 1, 2], "2024-01-03T00:00:00"),
        (("2024/1/1 00:00", "2024/1/1 00:30"), "moments", 1_800_000_000, [0, 1], "2024-01-01T00:30:00"),
        (("2024-01-01T00:00+09:00", "2024-01-01T01:00+09:00"), "moments", 3_600_000_000, [0, 1], "2023-12-31T16:00:00"),
        (("20231231", "20240101"), "moments", 86_400_000_000, [0, 1], "2024-01-01T00:00:00"),
        (("202401", "202402"), "numbers", 1, [0, 1], "202402"),
        (("2023-12", "2024-01", "2024-02"), "months", 1, [0, 1, 2], "2024-02"),
        (("2024-01-15", "2024-02-15", "2024-03-15"), "months", 1, [0, 1, 2], "2024-03"),
        (("2023-12-31", "2024-01-31", "2024-02-29"), "months", 1, [0, 1, 2], "2024-02"),
        (("2023-03-31", "2023-06-30", "2023-09-30"), "months", 3, [0, 1, 2], "2023-09"),
        (("2024-01-01", "2024-01-29", "2024-02-26"), "moments", 28 * 86_400_000_000, [0, 1, 2], "2024-02-26T00:00:00"),
        (("3", "5", "7.0"), "numbers", 2, [0, 1, 2], "7"),
        (("9",), "numbers", 1, [0], "9"),
    ],
)
def test_the_time_index_is_found(tmp_path, times, kind, step, positions, last):
    found = axis_of(tmp_path, *times)
    assert found[:3] == (kind, step, positions)
    assert found[3][-1] == last


def test_rows_may_be_the_steps_themselves(tmp_path):
    friday_to_tuesday = ("2024-01-05", "2024-01-08", "2024-01-09")
    assert axis_of(tmp_path, *friday_to_tuesday, step="row") == ("names", 1, [0, 1, 2], list(friday_to_tuesday))


def test_a_gap_is_told_left_or_filled(tmp_path):
    assert told(tmp_path, GAPPED).startswith(
        'table.csv:5 column "t": found a gap of 2 times before this row (1 row); the step is 1 day. Add the '
    )
    left, facts = read(tmp_path, GAPPED, on_bad_row="skip")
    assert left.times.tolist() == [0, 1, 2, 5]
    assert facts.notes == ("gaps left as they are: 1",)
    filled, facts = read(tmp_path, GAPPED, on_bad_row="repair")
    assert filled.times.tolist() == [0, 1, 2, 3, 4, 5]
    assert filled.lines.tolist() == [2, 3, 4, 5, 5, 5]
    assert np.array_equal(filled.values[:, 0], [1, 2, 3, np.nan, np.nan, 6], equal_nan=True)
    assert filled.is_missing[:, 0].tolist() == [False, False, False, True, True, False]
    assert facts.notes == ("rows that fill gaps with missing values: 2",)


def test_a_gap_of_one_time_is_told(tmp_path):
    assert told(tmp_path, "t,x\n1,1\n2,2\n3,3\n5,5\n").startswith(
        'table.csv:5 column "t": found a gap of 1 time before'
    )


def test_gaps_are_filled_in_their_own_unit_with_no_state_and_no_covariate(tmp_path):
    content = "u,t,s,k\na,1,D,1\na,2,N,2\na,4,D,4\nb,9,N,9\nb,10,N,10\n"
    layout = Layout(time="t", unit=("u",), value=("s",), known=("k",))
    series, _ = read(tmp_path, content, layout, on_bad_row="repair")
    assert series.times.tolist() == [0, 1, 2, 3, 8, 9]
    assert series.values[:, 0].tolist() == [0, 1, MISSING, 0, 1, 1]
    assert np.array_equal(series.known.values[:, 0], [1, 2, np.nan, 4, 9, 10], equal_nan=True)
    assert series.offsets.tolist() == [0, 4, 6]


def test_a_gap_that_is_a_wrong_time_is_not_filled(tmp_path):
    message = told(tmp_path, GAPPED.replace("2024-01-06", "9999-12-31"), on_bad_row="repair")
    assert "has 4 rows and gaps of 2,913,170 times; that is no gap but a wrong time or step." in message


def test_a_duplicate_is_told_or_the_first_is_kept(tmp_path):
    content = "t,x\n1,5\n2,6\n2,7\n3,8\n"
    assert told(tmp_path, content) == (
        'table.csv:4 column "t": found a time that its unit has already (1 row). "2" of "table.csv" stands in line 3 '
        "as well. Remove one, name all columns of the unit in data.unit, or pass --on-bad-row skip."
    )
    for how, n_skipped in (("skip", 1), ("repair", 0)):
        series, facts = read(tmp_path, content, on_bad_row=how)
        assert series.values[:, 0].tolist() == [5, 6, 8]
        assert facts.n_skipped == n_skipped
        assert len(facts.notes) == 1


def test_a_time_between_the_steps_is_told(tmp_path):
    hours = [f"2024-01-01 {hour:02}:00" for hour in range(5)]
    content = "t,x\n" + "".join(f"{time},1\n" for time in [*hours, "2024-01-01 06:17"])
    assert told(tmp_path, content).startswith(
        'table.csv:7 column "t": found "2024-01-01 06:17" (1 row); it lies between the steps of the other times. Fix'
    )
    assert read(tmp_path, content, on_bad_row="skip")[0].times.tolist() == [0, 1, 2, 3, 4]


def test_times_of_two_kinds_and_fractions_are_told(tmp_path):
    message = told(tmp_path, "t,x\n1,1\n2,1\n2024-01-01,1\n2.5,1\nsoon,1\n")
    assert 'table.csv:4 column "t": found "2024-01-01" (1 row); most times are a number.' in message
    assert 'table.csv:5 column "t": found "2.5" (1 row); most times are a number that is whole.' in message
    assert 'table.csv:6 column "t": found "soon" (1 row); this is no time.' in message


def test_an_unknown_state_is_told_with_its_nearest_name(tmp_path):
    layout = Layout(time="t", states=("employment", "school"))
    message = told(tmp_path, "t,x\n1,school\n2,employmnt\n", layout)
    assert message == (
        'table.csv:3 column "x": found "employmnt" (1 row); known states: employment, school. Did you mean '
        '"employment"? Fix the cell, or pass --on-bad-row skip.'
    )
    with pytest.raises(DataError, match="employmnt"):
        read(tmp_path, "t,x\n1,school\n2,employmnt\n", layout, on_bad_row="repair")


def test_a_cell_that_is_no_number_is_told(tmp_path):
    message = told(tmp_path, "t,x,y\n1,1,2\n2,x,inf\n3,3,\n4,NA,4\n")
    assert 'table.csv:3 column "x": found "x" (1 row); a value must be a finite number.' in message
    assert 'table.csv:3 column "y": found "inf" (1 row); a value must be a finite number.' in message
    assert (
        'table.csv:4 column "y": found an empty cell (1 row). Fill the cell, or pass --on-bad-row skip, or' in message
    )
    assert 'table.csv:5 column "x": found "NA", which says that there is no value (1 row).' in message
    series, facts = read(tmp_path, "t,x\n1,1\n2,\n3,3\n", on_bad_row="repair")
    assert np.array_equal(series.values[:, 0], [1, np.nan, 3], equal_nan=True)
    assert facts.notes == ("empty cells kept as missing values: 1",)


def test_values_are_numbers_or_states(tmp_path):
    content = "t,x\n1,2\n2,10\n3,9\n"
    assert read(tmp_path, content)[0].values[:, 0].tolist() == [2.0, 10.0, 9.0]
    states, _ = read(tmp_path, content, Layout(time="t", kind="states"))
    assert (states.states, states.values[:, 0].tolist()) == (("2", "9", "10"), [0, 2, 1])
    given, _ = read(tmp_path, content, Layout(time="t", states=("9", "10", "2", "NA")))
    assert given.values[:, 0].tolist() == [2, 1, 0]
    named, _ = read(tmp_path, "t,x\n1,N\n2,D\n")
    assert (named.states, named.values[:, 0].tolist()) == (("D", "N"), [1, 0])


def test_a_wide_table_is_its_long_one(tmp_path):
    wide = "who,role,2024-02-28,2024-02-29,2024-03-01\na,x,D,D,O\nb,y,N,O,D\n"
    long = "who,role,day,shift\n" + "".join(
        f"{who},{role},{day},{shift}\n"
        for who, role, shifts in (("a", "x", "DDO"), ("b", "y", "NOD"))
        for day, shift in zip(("2024-02-28", "2024-02-29", "2024-03-01"), shifts, strict=True)
    )
    states = ("D", "N", "O")
    a, _ = read(tmp_path, wide, Layout(unit=("who",), static=("role",), states=states), format="wide")
    layout = Layout(time="day", unit=("who",), static=("role",), value=("shift",), states=states)
    b, _ = read(tmp_path, long, layout)
    assert (a.units, a.axis, a.states) == (b.units, b.axis, b.states)
    for one, other in ((a.times, b.times), (a.values, b.values), (a.static.values, b.static.values)):
        assert one.tolist() == other.tolist()
    assert a.static.levels == (("x", "y"),)
    assert a.lines.tolist() == [2, 2, 2, 3, 3, 3]


def test_columns_of_a_wide_table_are_times_by_date_by_number_or_by_order(tmp_path):
    def axis(header):
        series, _ = read(tmp_path, f"id,{header}\n1,A,B\n", Layout(unit=("id",)), format="wide")
        return series.axis.kind, times_of(series)

    assert axis("2024-01,2024-02") == ("months", ["2024-01", "2024-02"])
    assert axis("a15,a16") == ("numbers", ["15", "16"])
    assert axis("Jul.93,Aug.93") == ("names", ["Jul.93", "Aug.93"])


def test_a_fault_of_a_wide_table_names_its_cell(tmp_path):
    wide = "id,note,m1,m2,m3,sum\n7,x,A,,B,3\n8,x,A,C,B,3\n"
    layout = Layout(unit=("id",), first="m1", last="m3", states=("A", "B"))
    assert told(tmp_path, wide, layout, format="wide") == (
        'table.csv:2 column "m2": found an empty cell (1 row). Fill the cell, or pass --on-bad-row skip, or repair to '
        "keep the row with a missing value.\n"
        'table.csv:3 column "m2": found "C" (1 row); known states: A, B. Fix the cell, or pass --on-bad-row skip.'
    )


def test_a_static_column_that_changes_is_told_or_its_row_left_out(tmp_path):
    content = "u,t,x,s\na,1,1,p\na,2,1,q\nb,1,1,q\nb,2,1,q\n"
    layout = Layout(time="t", unit=("u",), value=("x",), static=("s",))
    message = told(tmp_path, content, layout)
    assert message.startswith('table.csv:3 column "s": found another value than in the first row of its unit (1 row).')
    series, facts = read(tmp_path, content, layout, on_bad_row="skip")
    assert (len(series), facts.n_skipped) == (3, 1)
    assert series.static.values.tolist() == [[0], [1]]


def test_several_columns_name_a_unit(tmp_path):
    content = "ward,who,t,x\n1,a,1,5\n2,a,1,6\n"
    series, _ = read(tmp_path, content, Layout(time="t", unit=("ward", "who"), value=("x",)))
    assert series.units == ("1/a", "2/a")


def test_every_kind_of_table_gives_the_same_series(tmp_path):
    rows = [{"u": "가", "t": "2024-01-01", "x": 1.5}, {"u": "가", "t": "2024-01-02", "x": 2.0}]
    csv = "u,t,x\n" + "".join(f"{row['u']},{row['t']},{row['x']}\n" for row in rows)
    polars.DataFrame(rows).write_parquet(tmp_path / "table.parquet")
    paths = [
        written(tmp_path, csv),
        written(tmp_path, csv.encode("cp949"), "cp949.csv"),
        written(tmp_path, csv.replace("\n", "\r\n").replace(",", "\t"), "table.tsv"),
        written(tmp_path, "".join(json.dumps(row) + "\n" for row in rows), "table.jsonl"),
        tmp_path / "table.parquet",
    ]
    layout = Layout(time="t", unit=("u",))
    for path in paths:
        series, _ = read_series(path, layout)
        assert (series.units, series.channels) == (("가",), ("x",))
        assert series.values[:, 0].tolist() == [1.5, 2.0]
        assert series.axis.step == 86_400_000_000


def test_wrong_columns_are_told(tmp_path):
    assert 'no column "tt"' in told(tmp_path, GAPPED, Layout(time="tt"))
    assert "Set data.first." in told(tmp_path, "id,a,b\n1,2,3\n", Layout(first="c"), format="wide")
    assert "has no rows" in told(tmp_path, "t,x\n")
    for layout, match in (
        (Layout(), "data.time: is empty"),
        (Layout(time="t", unit=("t",)), 'data.unit: names the column "t", which is data.time too'),
        (Layout(time="t", unit=("x",)), "no column is left"),
    ):
        with pytest.raises(UsageError, match=match):
            read(tmp_path, GAPPED, layout)
    with pytest.raises(UsageError, match='Did you mean "wide"'):
        read(tmp_path, GAPPED, format="wde")
    assert set(SERIES_FORMATS) == {"long", "wide", "grid"}
