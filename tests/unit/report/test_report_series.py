"""The page of a run that forecasts series: sections, tables and figures of states and of numbers, hostile names."""

import re
from dataclasses import asdict
from pathlib import Path

import pytest
from report_fake_run import edit, write_run
from report_html import Element, parse

from seqwise.records import Interval
from seqwise.report import page as page_module
from seqwise.report.facts import RunFacts
from seqwise.report.load import read_run
from seqwise.report.page import render, sections
from seqwise.report.series_facts import (
    ForecastScores,
    IndexPlot,
    PairedTest,
    Period,
    SeriesFacts,
    ShownForecast,
    StateCorrelations,
    StepScores,
    Track,
    UnitScores,
)
from seqwise.report.series_figures import N_STATE_COLORS, index_figures, state_color, step_figures, track_figure
from seqwise.report.series_words import WINDOWS
from seqwise.report.words import WORDS, placeholders, words

HOSTILE = "<script>alert('x')</script>"


def scores(*metrics: str, n_units: int = 3) -> ForecastScores:
    steps = (Interval(0.5, 0.4, 0.6), Interval(0.6, 0.5, 0.7))
    means = dict.fromkeys(metrics, 0.25)
    shown = tuple(UnitScores(f"unit {number}", n=4, model=means, baseline=means) for number in range(2))
    tests = (PairedTest("diebold_mariano", 12, 3e-9), PairedTest("mcnemar", 12, None))
    return ForecastScores("lags", tuple(StepScores(one, steps, steps) for one in metrics), shown, n_units, tests)


def of_states(*, unit: str = "a", state: str = "D") -> SeriesFacts:
    return SeriesFacts(
        states=(state, "N"),
        scores={"test": scores("log_loss", "accuracy")},
        periods=(Period("train", "2020", (30, 10)), Period("test", "2021", (3, 1))),
        transitions=((6, 2), (0, 0)),
        index=IndexPlot("test", (unit, "b"), ("1", "2"), true=((0, 1), (1, -1)), predicted=((0, 0), (1, 1))),
        correlations=StateCorrelations(0.3, width=8, values=((1.0, -0.5), (-0.5, 1.0))),
    )


def of_numbers(*, unit: str = "a", time: str = "1") -> SeriesFacts:
    forecast = ShownForecast(1, point=(2.0, 2.5), low=(1.0, 1.5), high=(3.0, 3.5))
    track = Track("test", unit, "level", (time, "2", "3"), (1.0, None, 2.0), 1, (forecast,), confidence=0.8)
    return SeriesFacts(states=(), scores={"test": scores("mae", "coverage", n_units=1)}, track=track)


def run_of(folder: Path, series: SeriesFacts) -> RunFacts:
    write_run(folder)
    settings = folder / "settings.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('"classify"', '"forecast"'), encoding="utf-8")
    edit(folder / "details.json", {"worst": [], "series": asdict(series)})
    return read_run(folder)


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> RunFacts:
    return run_of(tmp_path_factory.mktemp("runs") / "states", of_states(unit=HOSTILE, state=HOSTILE))


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> RunFacts:
    return run_of(tmp_path_factory.mktemp("runs") / "numbers", of_numbers(unit=HOSTILE, time=HOSTILE))


def tree(facts: RunFacts) -> Element:
    return parse(render(facts, language="en"))


def grid(page: Element, name: str) -> list[list[str]]:
    return next(one for one in page.all("table") if name in one.attributes.get("class", "").split()).grid()


def test_the_part_of_the_details_comes_back_as_it_was_written(states: RunFacts) -> None:
    assert states.details.series == of_states(unit=HOSTILE, state=HOSTILE)
    assert states.wording == "windows"


def test_sections_follow_the_kind_of_the_series(states: RunFacts, numbers: RunFacts) -> None:
    for facts, own in ((states, ["steps", "units", "states"]), (numbers, ["steps", "forecasts"])):
        anchors = [one.attributes["id"] for one in tree(facts).all("section")]
        assert anchors == list(sections(facts))
        assert anchors[3 : 3 + len(own)] == own
        assert "worst" not in anchors
    assert not {"confusion", "classes"} & set(sections(numbers))


def test_tables_of_tests_units_and_transitions(states: RunFacts) -> None:
    page = tree(states)
    assert [row[-1] for row in grid(page, "tests")[1:]] == ["< 0.0001", "–"]
    assert "1 units between" in " ".join(grid(page, "units")[2])
    assert grid(page, "transitions")[1][1:] == ["75.0 % 6", "25.0 % 2", "8"]
    assert grid(page, "transitions")[2][1:] == ["– 0", "– 0", "0"]


def test_names_of_a_file_are_text_on_the_page(states: RunFacts, numbers: RunFacts) -> None:
    for facts in (states, numbers):
        text = render(facts, language="ko")
        assert HOSTILE not in text
        assert len(tree(facts).all("script")) == 1
        assert "http:" not in text
        assert "https:" not in text


def test_the_index_plot_has_a_square_a_known_state_and_its_colour() -> None:
    true, predicted = index_figures(of_states(), words("en", "windows"))
    assert [true.svg.count('z"/>'), true.svg.count("M"), predicted.svg.count("M")] == [2, 3, 4]
    assert state_color(0) in true.svg
    assert true.rows == (("a", "1 / 2", "D N"), ("b", "1 / 2", "N ·"))
    assert state_color(N_STATE_COLORS) == state_color(0)


def test_every_colour_of_states_is_in_the_style() -> None:
    css = (Path(page_module.__file__).parent / "report.css").read_text(encoding="utf-8")
    found = re.findall(r"(--state-\d+): (light-dark\(.+\));", css)
    assert [name for name, _ in found] == [f"--state-{code}" for code in range(N_STATE_COLORS)]
    assert len({color for _, color in found}) == N_STATE_COLORS


def test_the_track_has_its_numbers_the_split_and_what_the_band_is_to_hold() -> None:
    figure = track_figure(of_numbers().track, words("en", "windows"))
    assert figure is not None
    assert figure.rows[1:] == (("2", "", "2.0000", "1.0000", "3.0000"), ("3", "2.0000", "2.5000", "1.5000", "3.5000"))
    assert "80.0 %" in figure.caption
    assert "stroke-dasharray" in figure.svg


def test_steps_are_drawn_with_bands_and_one_step_not_at_all() -> None:
    word = words("en", "windows")
    figures = step_figures(of_numbers(), "test", word=word)
    assert [figure.header[1:] for figure in figures] == [(word["model"], "lags")] * 2
    assert all(figure.svg.count('fill-opacity="0.18"') + figure.svg.count('opacity="0.18"') >= 2 for figure in figures)
    one = StepScores("mae", (Interval(1, 1, 1),), ())
    alone = SeriesFacts(states=(), scores={"test": ForecastScores("", (one,), (), 1)})
    assert step_figures(alone, "test", word=word) == []


def test_words_of_windows_fill_in_the_same_names_in_both_languages_and_as_those_they_stand_for() -> None:
    for key, (english, korean) in WINDOWS.items():
        assert placeholders(english) == placeholders(korean), key
        assert key not in WORDS or placeholders(WORDS[key][0]) == placeholders(english), key


def test_every_word_of_windows_is_used() -> None:
    room = Path(page_module.__file__).parent
    files = [path for path in [*room.glob("*.html"), *room.glob("*.py")] if not path.name.endswith("words.py")]
    written = "".join(path.read_text(encoding="utf-8") for path in files)
    unused = [key for key in WINDOWS if not re.search(rf"""(w\.|["'\[]){key}\b""", written)]
    assert [key for key in unused if key not in WORDS and not key.startswith(("metric_", "test_"))] == []
