"""Series from their file to their report: what is told of steps, units, states and tracks is in the predictions."""

import csv
import itertools
import json
import math
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from seqwise import workflow
from seqwise.examples.roster import Roster, healthy
from seqwise.report.load import read_run
from seqwise.report.series_facts import SeriesFacts
from seqwise.settings.reading import settings_from_tables
from seqwise.workflow import FitOptions, RunResult

HORIZON, MISSING = 3, 30
PARAMETERS = {"encoder": {"name": "recurrent", "embedding": 6, "hidden": 6}, "training": {"epochs": 2}}


@pytest.fixture(scope="module")
def roster() -> Roster:
    return healthy(units=4, days=120)


@pytest.fixture(scope="module")
def states(roster: Roster, tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    folder = tmp_path_factory.mktemp("states")
    roster.write_csv(folder / "roster.csv")
    return fitted(folder, "roster.csv", time="date", unit=["unit"], value=["shift"], baselines=["prior", "last"])


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    folder, random = tmp_path_factory.mktemp("numbers"), np.random.default_rng(0)
    with (folder / "sine.csv").open("w", newline="", encoding="utf-8") as file:
        levels = [str(math.sin(number / 4) + 0.1 * random.normal()) for number in range(160)]
        levels[MISSING] = ""
        csv.writer(file).writerows([("time", "level"), *enumerate(levels)])
    return fitted(folder, "sine.csv", time="time", unit=[], value=["level"], baselines=["naive", "mean"])


def fitted(folder: Path, name: str, *, baselines: list[str], **columns: object) -> RunResult:
    tables = {
        "task": "forecast",
        "data": {"train": str(folder / name), "validation": 0.2, "test": 0.25, "on_bad_row": "repair", **columns},
        "prepare": {"input": 9, "horizon": HORIZON},
        "evaluate": {"baselines": baselines, "samples": 100},
        **PARAMETERS,
    }
    return workflow.fit(settings_from_tables(tables, origin="test"), folder / "run", options=FitOptions(is_quiet=True))


def told(result: RunResult) -> SeriesFacts:
    series = read_run(result.folder).details.series
    assert series is not None
    return series


def table(result: RunResult) -> pl.DataFrame:
    return pl.read_parquet(result.folder / "predictions" / "test.parquet")


def page(result: RunResult) -> str:
    return (result.folder / "report.html").read_text(encoding="utf-8")


def of_truth(found: pl.DataFrame) -> pl.Expr:
    """The probability of the true state."""
    names = [name for name in found.columns if name.startswith("p_")]
    return pl.coalesce(pl.when(pl.col("truth") == name.removeprefix("p_")).then(pl.col(name)) for name in names)


def test_scores_by_step_are_those_of_the_predictions(states: RunResult) -> None:
    found = table(states)
    by_step = found.group_by("step", maintain_order=True).agg(
        accuracy=(pl.col("truth") == pl.col("prediction")).mean(), log_loss=(-of_truth(found).log()).mean()
    )
    for one in told(states).scores["test"].steps:
        assert [each.value for each in one.model] == pytest.approx(by_step[one.metric].to_list())
        assert all(each.low <= each.value <= each.high for each in (*one.model, *one.baseline))
        assert len(one.baseline) == HORIZON


def test_scores_by_unit_are_those_of_the_predictions_the_worst_first(states: RunResult) -> None:
    found = table(states)
    by_unit = found.group_by("unit").agg(
        accuracy=(pl.col("truth") == pl.col("prediction")).mean(), log_loss=(-of_truth(found).log()).mean()
    )
    units = told(states).scores["test"].units
    wanted = by_unit.sort("log_loss", descending=True)
    assert [one.unit for one in units] == wanted["unit"].to_list()
    for metric in ("accuracy", "log_loss"):
        assert [one.model[metric] for one in units] == pytest.approx(wanted[metric].to_list())
    assert sum(one.n for one in units) * HORIZON == len(found)


def test_transitions_and_periods_count_the_days_of_the_file(states: RunResult, roster: Roster) -> None:
    series = told(states)
    names = list(series.states)
    first = min(table(states)["time"].str.slice(0, 10))
    counts = np.zeros(len(names), dtype=np.int64)
    days = np.datetime_as_string(roster.dates)
    for shift in roster.shifts[:, days >= first].ravel():
        counts[names.index(shift)] += 1
    assert np.sum([one.counts for one in series.periods if one.split == "test"], axis=0).tolist() == counts.tolist()
    train = [one for one in series.periods if one.split == "train"]
    assert [one.name for one in train] == ["2020-01", "2020-02", "2020-03"]
    n_days = sum(sum(one.counts) for one in train) // 4
    pairs = [pair for row in roster.shifts[:, :n_days] for pair in itertools.pairwise(row)]
    for number, state in enumerate(names):
        wanted = [sum(pair == (state, other) for pair in pairs) for other in names]
        assert list(series.transitions[number]) == wanted


def test_the_index_plot_shows_what_was_foretold_from_nearest_by(states: RunResult) -> None:
    series, found = told(states), table(states)
    assert series.index is not None
    latest = found.sort("step").group_by(["unit", pl.col("time").str.slice(0, 10)], maintain_order=True).first()
    for unit, true, predicted in zip(series.index.units, series.index.true, series.index.predicted, strict=True):
        own = latest.filter(pl.col("unit") == unit).sort("time")
        assert series.index.times == tuple(own["time"].to_list())
        assert [series.states[code] for code in true] == own["truth"].to_list()
        assert [series.states[code] for code in predicted] == own["prediction"].to_list()


def test_the_states_have_their_correlations_and_no_track(states: RunResult) -> None:
    series = told(states)
    assert series.track is None
    assert series.correlations is not None
    assert series.correlations.width == 6
    assert len(series.correlations.values) == len(series.states)


def test_the_page_of_states_has_its_figures_and_no_address(states: RunResult) -> None:
    text = page(states)
    for anchor in ("steps", "units", "states", "confusion"):
        assert f'<section id="{anchor}"' in text
    assert 'id="worst"' not in text
    states_part = text[text.index('<section id="states"') : text.index('<section id="training"')]
    assert states_part.count("<svg") == 3
    assert not re.search(r'(?:src|href)="(?!#)|url\(|@import', text)
    assert "test windows" in states.lines[0]


def test_scores_of_numbers_by_step_are_those_of_the_predictions(numbers: RunResult) -> None:
    ends = [name for name in table(numbers).columns if name.startswith("q_")]
    by_step = (
        table(numbers)
        .group_by("step", maintain_order=True)
        .agg(
            mae=(pl.col("truth") - pl.col("prediction")).abs().mean(),
            coverage=pl.col("truth").is_between(pl.col(ends[0]), pl.col(ends[-1])).mean(),
        )
    )
    steps = told(numbers).scores["test"].steps
    assert [one.metric for one in steps] == ["mae", "coverage"]
    for one in steps:
        assert [each.value for each in one.model] == pytest.approx(by_step[one.metric].to_list())


def test_the_track_shows_forecasts_that_do_not_overlap(numbers: RunResult) -> None:
    track, found = told(numbers).track, table(numbers)
    assert track is not None
    assert track.confidence == pytest.approx(0.8, abs=0.2)
    assert [track.times[place] for place, value in enumerate(track.actual) if value is None] == [str(MISSING)]
    starts = [one.start for one in track.forecasts]
    assert starts[0] == track.split_at == track.times.index(found["time"][0])
    assert set(np.diff(starts)) == {HORIZON}
    by_start = {rows["time"][0]: rows for _, rows in found.group_by("origin", maintain_order=True)}
    for one in track.forecasts:
        rows = by_start[track.times[one.start]]
        assert list(one.point) == rows["prediction"].to_list()
        assert list(track.actual[one.start : one.start + HORIZON]) == rows["truth"].to_list()
        assert all(low <= high for low, high in zip(one.low, one.high, strict=True))


def test_the_page_of_numbers_has_its_figures_and_nothing_of_labels(numbers: RunResult) -> None:
    text = page(numbers)
    for anchor in ("confusion", "classes", "worst", "units", "states"):
        assert f'<section id="{anchor}"' not in text
    forecasts = text[text.index('<section id="forecasts"') : text.index('<section id="training"')]
    assert forecasts.count("<svg") == 1
    assert any(all(name in line for name in ("MAE", "MSE", "MASE")) for line in numbers.lines)


def test_details_are_strict_json(states: RunResult, numbers: RunResult) -> None:
    for result in (states, numbers):
        text = (result.folder / "details.json").read_text(encoding="utf-8")
        json.loads(text, parse_constant=pytest.fail)
