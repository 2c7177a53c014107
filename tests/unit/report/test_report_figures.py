"""Figures: SVG that can stand in any page, with the numbers it shows."""

import math
import re
import subprocess
import sys

import altair as alt
import pytest

from seqwise.records import EvaluationPoint, Interval, SplitScores, Verdict
from seqwise.report import drawing
from seqwise.report.curves import BestBaseline, CurvePoint
from seqwise.report.drawing import MODEL, Series, line_chart, to_svg
from seqwise.report.figures import interval_dots, loss_curves, rate_curves
from seqwise.report.tables import ScoreTable, score_table
from seqwise.report.words import words

HOSTILE = '<script>alert("x")</script>'


def _table(baselines: dict[str, float], model: float = 0.5) -> ScoreTable:
    verdict = Verdict("log_loss", "", difference=0.0, low=0.0, high=0.0, better=False, sentence="")
    named = {name: {"log_loss": Interval(value, value - 0.1, value + 0.1)} for name, value in baselines.items()}
    metrics = {"log_loss": Interval(model, model - 0.1, model + 0.1)}
    return score_table("test", SplitScores(9, metrics=metrics, baselines=named, verdict=verdict))


def test_a_drawing_has_no_scripts_ids_addresses_or_colours_of_its_own() -> None:
    svg = to_svg(line_chart([Series(HOSTILE, MODEL, ((1.0, 2.0), (2.0, 3.0)))], x_title=HOSTILE, y_title="loss"))
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg
    assert " id=" not in svg
    assert "http" not in svg
    assert "#" not in svg  # every colour is a variable of the page
    assert "var(--model)" in svg


def test_charts_keep_to_their_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []

    def to_dict(chart: drawing.Drawing) -> drawing.Drawing:
        checked.append(chart.to_dict(validate=True))
        return chart

    styled = drawing._styled
    monkeypatch.setattr(drawing, "_styled", lambda chart: to_dict(styled(chart)))
    interval_dots(_table({"prior": 0.6, "majority": 20.0}), "log_loss", word=words("en"))
    loss_curves([CurvePoint(1, loss=1.0, lr=0.1, n=1)], [], best=BestBaseline("prior", 0.6), word=words("en"))
    assert len(checked) == 2
    assert all(one["$schema"] == alt.SCHEMA_URL for one in checked)


def test_a_far_baseline_becomes_an_arrow_with_its_value() -> None:
    figure = interval_dots(_table({"prior": 0.6, "naive_bayes": 0.4, "majority": 20.0}), "log_loss", word=words("en"))
    assert figure is not None
    assert "20.0000 ▸" in figure.svg
    assert max(float(tick) for tick in re.findall(r">([\d.]+)</text>", figure.svg)) < 1.0
    assert words("en")["dots_beyond"] in figure.caption
    assert figure.rows == (
        ("model", "0.5000", "0.4000", "0.6000"),
        ("naive_bayes", "0.4000", "0.3000", "0.5000"),
        ("prior", "0.6000", "0.5000", "0.7000"),
        ("majority", "20.0000", "19.9000", "20.1000"),
    )


def test_scores_that_are_no_numbers_are_not_drawn() -> None:
    assert interval_dots(_table({}, model=math.nan), "log_loss", word=words("en")) is None
    assert interval_dots(_table({}), "accuracy", word=words("en")) is None


def test_a_diverged_loss_is_told_in_the_table_and_left_out_of_the_line() -> None:
    points = [CurvePoint(1, loss=0.7, lr=0.1, n=1), CurvePoint(2, loss=math.nan, lr=0.1, n=1)]
    figure = loss_curves(points, [EvaluationPoint(2, 1.0, 0.7, math.inf, 0.5)], best=None, word=words("en"))
    assert figure is not None
    assert figure.rows == (("1", "0.7000", ""), ("2", "–", "∞"))
    assert "NaN" not in figure.svg
    assert words("en")["validation_loss"] not in figure.svg  # it has no point that can be drawn


def test_no_events_make_no_figure() -> None:
    assert loss_curves([], [], best=None, word=words("en")) is None
    assert rate_curves([], [], plan=None, word=words("en")) is None


def test_planned_and_real_rates_stand_side_by_side() -> None:
    points = [CurvePoint(step, loss=1.0, lr=step * 1e-5, n=1) for step in (1, 2)]
    figure = rate_curves([(1, 1e-5), (2, 3e-5)], points, plan=None, word=words("ko"))
    assert figure is not None
    assert figure.header == ("갱신", "계획", "실제")
    assert figure.rows == (("1", "1e-05", "1e-05"), ("2", "3e-05", "2e-05"))


def test_the_room_is_light_until_a_page_is_drawn() -> None:
    code = (
        "import sys, seqwise.report, seqwise.report.load, seqwise.report.text\n"
        "heavy = {'torch', 'transformers', 'altair', 'vl_convert', 'jinja2'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "import seqwise.report.page\n"
        "assert not {'torch', 'transformers'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
