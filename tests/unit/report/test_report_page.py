"""The page: facts equal the files, nothing comes from outside, texts of users stay texts, missing parts are told."""

import base64
import hashlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from report_fake_run import LABELS, as_json, edit, findings, worst, write_run
from report_html import Element, parse

from seqwise.report import page as page_module
from seqwise.report.page import SECTIONS, write_report
from seqwise.report.words import words

MOST_BYTES = 3_000_000
HOSTILE = """</td><script>alert("x")</script><img src=x onerror='alert(1)'>"""


@pytest.fixture(scope="module")
def tree(english: str) -> Element:
    return parse(english)


def _json(folder: Path, name: str) -> dict:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def _tables(tree: Element, name: str, split: str) -> list[list[str]]:
    return next(
        one
        for one in tree.all("table")
        if one.attributes.get("class") == name and one.attributes["data-split"] == split
    ).grid()


def test_sections_stand_in_the_documented_order_and_the_contents_lead_to_each(tree: Element) -> None:
    anchors = [one.attributes["id"] for one in tree.all("section")]
    links = [one.attributes["href"] for one in tree.all("nav")[0].all("a")]
    assert anchors == list(SECTIONS)
    assert links == [f"#{section}" for section in SECTIONS]


def test_every_score_and_interval_of_the_file_stands_in_the_table(tree: Element, run_folder: Path) -> None:
    for split, scores in _json(run_folder, "scores.json")["splits"].items():
        grid = _tables(tree, "scores", split)
        rows = {row[0]: row for row in grid[1:]}
        named = {"model": scores["metrics"], **scores["baselines"]}
        assert set(rows) == set(named)
        for name, metrics in named.items():
            for metric in metrics.values():
                told = f"{metric['value']:.4f} [{metric['low']:.3f}, {metric['high']:.3f}]"
                assert any(cell.endswith(told) for cell in rows[name]), (name, told)


def test_the_best_of_each_metric_is_marked(tree: Element, run_folder: Path) -> None:
    scores = _json(run_folder, "scores.json")["splits"]["test"]
    grid = _tables(tree, "scores", "test")
    column = next(i for i, heading in enumerate(grid[0]) if heading.startswith("log loss"))
    marked = [row[0] for row in grid[1:] if "●" in row[column]]
    losses = {"model": scores["metrics"], **scores["baselines"]}
    assert marked == [min(losses, key=lambda name: losses[name]["log_loss"]["value"])]


def test_the_verdict_tells_difference_and_interval_of_the_file(tree: Element, run_folder: Path) -> None:
    told = {one.attributes["data-split"]: one for one in tree.with_class("verdict")}
    for split, scores in _json(run_folder, "scores.json")["splits"].items():
        verdict = scores["verdict"]
        kind = "better" if verdict["better"] else "not"
        assert kind in told[split].attributes["class"].split()
        assert f"{verdict['difference']:.4f} [{verdict['low']:.3f}, {verdict['high']:.3f}]" in told[split].text


def test_the_test_rows_are_judged_before_the_validation_rows(tree: Element) -> None:
    assert [one.attributes["data-split"] for one in tree.with_class("verdict")] == ["test", "validation"]


def test_the_confusion_matrix_counts_the_predictions_file(tree: Element, run_folder: Path) -> None:
    table = pl.read_parquet(run_folder / "predictions" / "test.parquet")
    for row, truth in zip(_tables(tree, "confusion", "test")[1:], LABELS, strict=True):
        rows = table.filter(pl.col("truth") == truth)
        counts = [rows.filter(pl.col("prediction") == label).height for label in LABELS]
        assert row == [
            truth,
            *(f"{n} {100 * n / rows.height:.1f} %" for n in counts),
            str(rows.height),
        ]


def test_worst_rows_stand_in_the_order_of_the_file_with_their_texts(tree: Element) -> None:
    rows = tree.with_id("worst-rows").grid()[1:]
    assert [row[-1] for row in rows] == [" ".join(str(row["text"]).split()) for row in worst()]
    assert [row[3] for row in rows] == [f"{row['p_truth']:.4f}" for row in worst()]


def test_findings_come_errors_first_and_passes_folded(tree: Element) -> None:
    section = tree.with_id("findings")
    order = [one.attributes["class"].split()[1] for one in section.with_class("finding")]
    assert order == ["error", "warning", "info", "silenced", "pass", "pass"]
    folded = [one for fold in section.with_class("fold") for one in fold.with_class("finding")]
    assert [one.attributes["class"].split()[1] for one in folded] == ["silenced", "pass", "pass"]


def test_a_silenced_finding_shows_its_reason(tree: Element) -> None:
    assert "Silenced because: kept for the next run" in tree.with_class("silenced")[0].text


def test_an_error_is_told_beside_the_verdict(tree: Element) -> None:
    assert tree.with_class("doubt")[0].text == words("en")["doubt"]


def test_figures_have_a_caption_a_description_and_their_numbers_as_a_table(tree: Element) -> None:
    figures = tree.all("figure")
    assert len(figures) == 6  # two interval plots, loss, learning rate, two reliability diagrams
    for figure in figures:
        described = [one for one in figure.everything() if one.attributes.get("role") == "img"]
        assert figure.all("figcaption")[0].text
        assert len(described[0].attributes["aria-label"]) > 40
        assert len(figure.all("svg")) == 1
        assert len(figure.all("table")[0].grid()) > 2


def test_the_loss_table_holds_the_events(tree: Element, run_folder: Path) -> None:
    events = [json.loads(line) for line in (run_folder / "events.jsonl").read_text().splitlines()]
    figure = next(one for one in tree.all("figure") if one.all("figcaption")[0].text == "Loss by update")
    rows = {row[0]: row for row in figure.all("table")[0].grid()[1:]}
    for event in events:
        column, loss = (2, event["validation_loss"]) if "event" in event else (1, event["loss"])
        assert rows[str(event["step"])][column] == f"{loss:.4f}"


def test_settings_stand_on_the_page_as_they_stand_in_the_file(tree: Element, run_folder: Path) -> None:
    told = tree.with_id("settings").all("code")[0]
    assert "".join(str(child) for child in told.children) == (run_folder / "settings.toml").read_text(encoding="utf-8")


def test_environment_stations_and_commands_are_told(tree: Element) -> None:
    environment = tree.with_id("environment").text
    assert "versions.torch 2.13.0" in environment
    assert "train 3 min 05 s 1,403" in environment
    commands = [one.text for one in tree.with_id("reproduce").all("code")]
    assert commands == [
        "pip install seqwise==0.1.0 torch==2.13.0 numpy==2.4.6",
        "seqwise fit spooky-gru/settings.toml --out spooky-gru-again",
        "seqwise report spooky-gru",
        "seqwise predict spooky-gru INPUT.csv",
    ]


def test_data_facts_are_told(tree: Element) -> None:
    told = tree.with_id("data").text
    assert "13,800 3.3 MB cp949 (guessed) 3 0 Two cells hold a line break." in told
    assert "12 / 12,800 (0.1 %) 1,821 / 390,211 (0.5 %)" in told
    assert "23 of 600 test rows (3.8 %)" in told


@pytest.mark.parametrize("language", ["english", "korean"])
def test_nothing_is_fetched(language: str, request: pytest.FixtureRequest) -> None:
    page = request.getfixturevalue(language)
    tree = parse(page)
    assert "http:" not in page
    assert "https:" not in page
    assert "url(" not in page
    assert "@import" not in page
    for element in tree.everything():
        assert "src" not in element.attributes
        assert element.attributes.get("href", "#").startswith("#")
    assert {one.tag for one in tree.everything()} & {
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "image",
        "use",
    } == set()


def test_the_policy_lets_only_the_pages_own_script_run(tree: Element) -> None:
    script = tree.all("script")
    assert len(script) == 1
    digest = base64.b64encode(hashlib.sha256("".join(map(str, script[0].children)).encode()).digest()).decode()
    policy = next(one for one in tree.all("meta") if one.attributes.get("http-equiv") == "Content-Security-Policy")
    assert (
        policy.attributes["content"] == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    )


def test_no_element_carries_a_script_of_its_own(tree: Element) -> None:
    assert [name for one in tree.everything() for name in one.attributes if name.startswith("on")] == []


def test_what_needs_the_script_is_hidden_without_it(tree: Element) -> None:
    assert "hidden" in tree.with_id("filters").attributes
    assert "hidden" in tree.with_id("theme").attributes


def test_the_page_is_small_and_names_its_language(english: str, korean: str) -> None:
    assert len(english.encode()) < MOST_BYTES
    assert parse(english).all("html")[0].attributes["lang"] == "en"
    assert parse(korean).all("html")[0].attributes["lang"] == "ko"


def test_two_hundred_long_korean_texts_stay_below_three_megabytes(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "settings.toml").write_text('task = "classify"\n')
    row = {**worst()[0], "text": "가" * 5000}
    (folder / "details.json").write_text(json.dumps({"worst": [row] * 200}))
    page = write_report(folder)
    assert page.stat().st_size < MOST_BYTES
    assert "가" * 1000 + "…" in page.read_text(encoding="utf-8")


def test_a_korean_page_has_no_english_headings(korean: str) -> None:
    tree = parse(korean)
    english = set(words("en").values()) - set(words("ko").values())
    headings = {one.text for tag in ("h2", "th", "figcaption", "caption", "label") for one in tree.all(tag)}
    assert headings & english == set()
    assert "naive_bayes보다 못합니다" in tree.with_class("verdict")[0].text


def test_words_are_never_filled_with_the_table_itself(english: str, korean: str) -> None:
    assert "built-in method" not in english + korean
    assert not re.search(r"\{[a-z]+\}", parse(english).all("main")[0].text)


def test_the_same_folder_gives_the_same_bytes(english: str, run_folder: Path) -> None:
    assert write_report(run_folder, language="en").read_text(encoding="utf-8") == english


def test_texts_labels_and_names_of_users_stay_texts(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    _rename_label(folder, HOSTILE)
    edit(
        folder / "details.json",
        {"worst": [{**worst()[0], "text": HOSTILE, "truth": HOSTILE, "place": HOSTILE}], "encoder": HOSTILE},
    )
    scores = _json(folder, "scores.json")
    scores["splits"]["test"]["baselines"][HOSTILE] = scores["splits"]["test"]["baselines"]["naive_bayes"]
    scores["splits"]["test"]["verdict"]["best_baseline"] = HOSTILE
    (folder / "scores.json").write_text(json.dumps(scores))
    hostile = [
        {**as_json(one), "title": HOSTILE, "evidence": {HOSTILE: [HOSTILE]}, "silenced": ""} for one in findings()
    ]
    (folder / "findings.json").write_text(json.dumps(hostile))
    page = write_report(folder).read_text(encoding="utf-8")
    tree = parse(page)
    assert len(tree.all("script")) == 1
    assert tree.all("img") == []
    assert "<script>alert" not in page
    assert tree.with_id("worst-rows").grid()[1][-1] == HOSTILE
    assert _tables(tree, "confusion", "test")[0][1] == HOSTILE


def _rename_label(folder: Path, name: str) -> None:
    for path in (folder / "predictions").glob("*.parquet"):
        table = pl.read_parquet(path).rename({f"p_{LABELS[0]}": f"p_{name}"})
        table.with_columns(pl.col("truth", "prediction").replace({LABELS[0]: name})).write_parquet(path)
    details = _json(folder, "details.json")
    details["labels"][0] = name
    details["class_counts"] = {split: {name: 3, "HPL": 4, "MWS": 5} for split in details["class_counts"]}
    (folder / "details.json").write_text(json.dumps(details))


@pytest.mark.parametrize(
    "name",
    [
        "scores.json",
        "findings.json",
        "events.jsonl",
        "details.json",
        "environment.json",
        "predictions",
        "settings.toml",
    ],
)
def test_a_run_without_one_part_is_told_whole_otherwise(
    name: str, tmp_path: Path, run_folder: Path, undrawn: None
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(run_folder, folder)
    if name == "predictions":
        shutil.rmtree(folder / name)
    else:
        (folder / name).unlink()
    tree = parse(write_report(folder).read_text(encoding="utf-8"))
    assert name in tree.with_class("notice")[0].text
    assert [one.attributes["id"] for one in tree.all("section")] == list(SECTIONS)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are drawn elsewhere; here only the page around them matters."""
    for name in ("interval_dots", "loss_curves", "rate_curves"):
        monkeypatch.setattr(page_module.figures, name, lambda *_, **__: None)
    monkeypatch.setattr(page_module, "reliability", lambda *_, **__: None)


def test_a_run_stopped_at_its_start_is_told_with_the_command_to_go_on(tmp_path: Path) -> None:
    folder = tmp_path / "a run"
    folder.mkdir()
    (folder / "settings.toml").write_text('task = "classify"\n[runtime]\nlang = "ko"\n', encoding="utf-8")
    tree = parse(write_report(folder).read_text(encoding="utf-8"))
    notice = tree.with_class("notice")[0].text
    assert tree.all("html")[0].attributes["lang"] == "ko"  # the run's own language when none is asked for
    assert "seqwise fit 'a run'/settings.toml --out 'a run' --resume" in notice
    assert "scores.json" in notice
    assert len(tree.with_class("absent")) >= 8


def test_a_task_of_many_labels_lists_its_largest_confusions(tmp_path: Path, undrawn: None) -> None:
    folder, n_labels = tmp_path / "run", 60
    (folder / "predictions").mkdir(parents=True)
    (folder / "settings.toml").write_text('task = "classify"\n')
    labels = [f"label {number:02d}" for number in range(n_labels)]
    probabilities = np.full((n_labels, n_labels), 0.001)
    probabilities[:, 7] = 0.9
    columns = {"id": labels, "truth": labels, "prediction": ["label 07"] * n_labels}
    columns |= {f"p_{label}": probabilities[:, number] for number, label in enumerate(labels)}
    pl.DataFrame(columns).write_parquet(folder / "predictions" / "test.parquet")
    grid = parse(write_report(folder).read_text(encoding="utf-8")).with_id("confusion").all("table")[0].grid()
    assert len(grid) == 1 + 40
    assert grid[1] == ["label 00", "label 07", "1", "100.0 %"]


def test_a_page_that_cannot_be_written_leaves_the_old_one(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "settings.toml").write_text('task = "classify"\n')
    (folder / "report.html").write_text("old")

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_report(folder)
    assert (folder / "report.html").read_text() == "old"
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "settings.toml"]
