import json

import pytest
from results import Curves, Line, Report, is_reached, newest, record, write
from table import draw, markdown, page
from turns import Spread


@pytest.mark.parametrize(
    ("goal", "value", "expected"),
    [(">= 8", 8.0, True), (">= 8", 7.99, False), ("<= 1.2", 1.2, True), ("<= 1.2", 1.21, False)],
)
def test_a_goal_is_reached_at_its_bound(goal, value, expected):
    assert is_reached(goal, value) is expected


def a_run(**parts):
    return record("a-name", Report(**parts), {"turns": 5, "seconds": 8.0, "rows": 0})


def plain(content):
    """As it comes out of a file."""
    return json.loads(json.dumps(content))


def test_a_run_names_machine_versions_commit_and_moment():
    content = a_run(lines=[])
    assert {"processor", "cores", "threads"} <= content["machine"].keys()
    assert {"torch", "transformers", "accelerate", "onnxruntime", "openvino"} <= content["versions"].keys()
    assert content["commit"]
    assert content["at"].startswith("20")


def test_a_file_keeps_all_runs_and_the_newest_is_read(tmp_path):
    for number in range(3):
        path = write(a_run(lines=[Line(f"run {number}", 1.0)]), tmp_path)
    assert len(path.read_text().splitlines()) == 3
    assert [content["lines"][0]["what"] for content in newest([path])] == ["run 2"]


def test_a_line_shows_figure_goal_and_whether_it_is_reached():
    content = plain(
        a_run(lines=[Line("speed", Spread(8.0411, 7.5, 120.4), ">= 8"), Line("size", 1999.5, "<= 1500", unit="MB")])
    )
    assert "| speed | 8.041 [7.5, 120] × | >= 8 | yes |" in markdown(content)
    assert "| size | 2,000 MB | <= 1500 | no |" in markdown(content)


def test_a_line_without_a_figure_says_why():
    content = plain(a_run(lines=[Line("half", goal=">= 2", not_measured="this processor has no fast bfloat16")]))
    assert "| half | not measured: this processor has no fast bfloat16 | >= 2 |  |" in markdown(content)


def test_columns_that_no_contestant_has_are_left_out():
    figures = {"ours": {"rate": Spread(5, 4, 6), "half": None}, "theirs": {"rate": 2.0, "half": None}}
    text = markdown(plain(a_run(lines=[], figures=figures)))
    assert "|  | rate |\n| --- | --- |\n| ours | 5 [4, 6] |\n| theirs | 2 |" in text


CURVES = Curves(x="examples", y="loss", points={"ours": [(32, 1.0), (64, 0.5)], "theirs": [(32, 1.1), (64, 0.75)]})


def test_curves_stand_side_by_side():
    text = markdown(plain(a_run(lines=[], curves=CURVES)))
    assert "| examples | ours | theirs |\n| --- | --- | --- |\n| 32 | 1 | 1.1 |\n| 64 | 0.5 | 0.75 |" in text


def test_curves_at_other_places_are_only_drawn():
    curves = Curves(x="s", y="MB", points={"a": [(1, 2.0)], "b": [(3, 4.0)]})
    assert "| s |" not in markdown(plain(a_run(lines=[], curves=curves)))


def test_curves_are_drawn(tmp_path):
    path = draw(plain(a_run(lines=[], curves=CURVES)), tmp_path)
    assert path is not None
    assert path.name == "speed-a-name.svg"
    assert all(word in path.read_text() for word in ("<svg", "examples", "loss", "ours", "theirs"))
    assert draw(plain(a_run(lines=[])), tmp_path) is None


def test_the_page_keeps_its_words_and_renews_its_tables():
    once = page("words\n\n<!-- tables -->\nold\n", ["## new"])
    assert once == "words\n\n<!-- tables -->\n\n## new\n"
    assert page(once, ["## new"]) == once
