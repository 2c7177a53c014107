"""Series whose pictures can be counted by hand: units behind each other, gaps, axes without dates."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest

from seqwise import workflow
from seqwise.report.load import read_run
from seqwise.report.series_facts import SeriesFacts
from seqwise.settings.reading import settings_from_tables
from seqwise.workflow import FitOptions

INPUT, HORIZON = 2, 1
# The second unit begins where the first ends; the third is always at rest.
UNITS = {"a": (0, "ABABABABABABABABABAB"), "b": (20, "CACACACACACACACACACA"), "c": (10, "B" * 20)}


def told(folder: Path, rows: Sequence[tuple[str, int, str]]) -> SeriesFacts:
    text = "\n".join(["unit,time,state", *(f"{unit},{time},{state}" for unit, time, state in rows)])
    (folder / "series.csv").write_text(text + "\n", encoding="utf-8")
    data = {"train": str(folder / "series.csv"), "time": "time", "unit": ["unit"], "value": ["state"]}
    tables = {
        "task": "forecast",
        "data": {**data, "split": "grouped", "validation": 0.34, "test": 0.0},
        "prepare": {"input": INPUT, "horizon": HORIZON},
        "encoder": {"name": "window", "embedding": 2, "hidden": [2]},
        "training": {"epochs": 1},
        "evaluate": {"baselines": ["prior"], "samples": 100},
    }
    result = workflow.fit(
        settings_from_tables(tables, origin="test"), folder / "run", options=FitOptions(is_quiet=True)
    )
    series = read_run(result.folder).details.series
    assert series is not None
    return series


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> SeriesFacts:
    rows = [
        (unit, first + place, state) for unit, (first, states) in UNITS.items() for place, state in enumerate(states)
    ]
    return told(tmp_path_factory.mktemp("units"), rows)


def test_no_transition_leads_from_a_unit_to_the_next(series: SeriesFacts) -> None:
    assert series.index is not None
    training = [states for unit, (_, states) in UNITS.items() if unit not in series.index.units]
    pairs = [pair for states in training for pair in itertools.pairwise(states)]
    wanted = [[pairs.count((before, behind)) for behind in series.states] for before in series.states]
    assert [list(row) for row in series.transitions] == wanted
    assert set(series.index.units) == {"c"}


def test_an_axis_without_dates_has_stretches(series: SeriesFacts) -> None:
    names = [one.name for one in series.periods if one.split == "train"]
    assert names == sorted(set(names), key=int)
    assert len(names) == 12
    assert sum(sum(one.counts) for one in series.periods if one.split == "train") == 40


def test_vectors_of_two_numbers_have_no_correlations(series: SeriesFacts) -> None:
    assert series.correlations is None
