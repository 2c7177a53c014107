"""Month grids by hand, beside the same rows as a long table; what each fault says."""

import pytest

from seqwise.errors import DataError
from seqwise.read.series.layout import Layout
from seqwise.read.series.reading import read_series

DAYS = ",".join(str(day) for day in range(1, 32))
MARCH = ("D,D,N,N,O,O," * 6)[: 2 * 31 - 1]
APRIL = ("O,D,D,E,E,O," * 6)[: 2 * 30 - 1]
WEEKDAYS = ",".join(("월", "화", "수", "목", "금", "토", "일")[day % 7] for day in range(31))
GRID = (
    f"2021년 3월 근무표,,\n\n이름,{DAYS},계\n,{WEEKDAYS},\n김,{MARCH},20\n이,{APRIL},D,21\n합계를 빼고,,\n\n"
    f"2021년 4월,,\n이름,{DAYS},계\n김,{APRIL},,19\n이,{APRIL},,18\n\n합계,9,9,9\n"
)


def written(tmp_path, content, name="grid.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(content.encode(encoding))
    return path


def read(tmp_path, content, layout=None, *, name="grid.csv", encoding="utf-8", **how):
    return read_series(written(tmp_path, content, name, encoding), layout or Layout(), format="grid", **how)


def told(tmp_path, content, layout=None, **how):
    with pytest.raises(DataError) as caught:
        read(tmp_path, content, layout, **how)
    return str(caught.value).replace(str(tmp_path) + "/", "")


def cells_of(series):
    units = [series.units[unit] for unit in series.unit_of.tolist()]
    days = [series.axis.name(time)[:10] for time in series.times.tolist()]
    return list(zip(units, days, [series.states[code] for code in series.values[:, 0].tolist()], strict=True))


def test_a_grid_reads_as_the_same_long_table(tmp_path):
    long = [
        (who, f"2021-{month:02}-{day:02}", shift)
        for who, months in (("김", (MARCH, APRIL)), ("이", (f"{APRIL},D", APRIL)))
        for month, shifts in zip((3, 4), months, strict=True)
        for day, shift in enumerate(shifts.split(","), 1)
    ]
    rows = "".join(f"{who},{day},{shift}\n" for who, day, shift in long)
    table, _ = read_series(
        written(tmp_path, "who,day,shift\n" + rows, "long.csv"), Layout(time="day", unit=("who",), value=("shift",))
    )
    series, facts = read(tmp_path, GRID)
    assert cells_of(series) == cells_of(table) == long
    assert series.states == table.states == ("D", "E", "N", "O")
    assert (series.axis, series.channels, facts.n_rows) == (table.axis, ("value",), 122)
    assert series.place(0).endswith("grid.csv:5")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp949", "utf-16"])
def test_encodings_change_nothing(tmp_path, encoding):
    assert cells_of(read(tmp_path, GRID, encoding=encoding)[0]) == cells_of(read(tmp_path, GRID)[0])


def test_tabs_change_nothing(tmp_path):
    assert cells_of(read(tmp_path, GRID.replace(",", "\t"), name="grid.tsv")[0]) == cells_of(read(tmp_path, GRID)[0])


@pytest.mark.parametrize("month", ["2021-03", "March 2021", "Ward 7: Mar 2021", "2021. 3", "2021년 3월", "2021-03-01"])
def test_a_month_is_named_in_the_row_of_days_or_above(tmp_path, month):
    inside, _ = read(tmp_path, f'"{month}",{DAYS}\nKim,{MARCH}\n')
    above, _ = read(tmp_path, f'"{month}"\nname,{DAYS}\nKim,{MARCH}\n')
    assert cells_of(inside) == cells_of(above)
    assert cells_of(inside)[30][:2] == ("Kim", "2021-03-31")


def test_columns_of_the_unit_are_found_by_their_names(tmp_path):
    grid = f"2021-03,team,name,{DAYS}\n1,A,Kim,{MARCH}\n2,B,Kim,{MARCH}\n"
    assert read(tmp_path, grid, Layout(unit=("team", "name")))[0].units == ("A/Kim", "B/Kim")
    assert (
        'grid.csv:1: has no column "nam" left of day 1; there are: 2021-03, team, name. Did you mean "name"?'
        in told(tmp_path, grid, Layout(unit=("nam",)))
    )


def test_faults_name_line_and_day(tmp_path):
    february = f"2021-02,{DAYS}\nKim,{MARCH}\n"
    assert 'grid.csv:2 column "29": found "O" (1 row); 2021-02 has 28 days.' in told(tmp_path, february)
    assert 'grid.csv:1 column "1": found days without a month (1 row).' in told(tmp_path, f"name,{DAYS}\nKim,{MARCH}\n")
    assert "grid.csv:2: found shifts without a name (1 row)." in told(tmp_path, f"2021-03,{DAYS}\n,{MARCH}\n")
    assert "grid.csv: has no row of days" in told(tmp_path, "a,b\n1,2\n")
    twice = f"2021-03,{DAYS}\nKim,{MARCH}\nKim,{MARCH}\n"
    assert 'column "2021-03-01": found a time that its unit has already' in told(tmp_path, twice)


def test_an_unknown_state_is_told_with_its_day(tmp_path):
    wrong = f"2021-03,{DAYS}\nKim,{MARCH.replace('N', 'M', 1)}\n"
    message = told(tmp_path, wrong, Layout(states=("D", "N", "O")))
    assert 'grid.csv:2 column "2021-03-03": found "M" (1 row); known states: D, N, O.' in message


def test_an_empty_cell_is_a_gap_that_repair_keeps(tmp_path):
    gapped = f"2021-03,{DAYS}\nKim,{MARCH.replace('N', '', 1)}\n"
    assert 'grid.csv:2 column "2021-03-04": found a gap of 1 time before this row' in told(tmp_path, gapped)
    series, _ = read(tmp_path, gapped, on_bad_row="repair")
    assert series.is_missing[:, 0].tolist() == [day == 3 for day in range(1, 32)]
