"""The verbs on real stations: one small run by the command line, and everything that can be done with it."""

import io
import json
import sys
from pathlib import Path

import polars as pl
import pytest

from seqwise.cli import main

BASELINES = 'evaluate.baselines=["majority", "naive_bayes"]'
ROWS = [
    (f"a {good} and {word} day {n}", "good") for n in range(20) for good in ("warm", "kind") for word in ("lovely",)
]
ROWS += [(f"a {bad} and {word} day {n}", "bad") for n in range(20) for bad in ("cold", "rude") for word in ("awful",)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    lines = [f"r{number},{text},{label}" for number, (text, label) in enumerate(ROWS)]
    (folder / "rows.csv").write_text("\n".join(["id,text,label", *lines]) + "\n", encoding="utf-8")
    (folder / "sample.csv").write_text("id,good,bad\n" + "".join(f"r{number},0.5,0.5\n" for number in (7, 3)))
    arguments = ["fit", "--task", "classify", "--train", str(folder / "rows.csv"), "--validation", "0.25"]
    changes = ["--set", BASELINES, "--set", "data.id=id", "--set", "training.learning_rate=0.01"]
    assert main([*arguments, *changes, "--out", str(folder / "run"), "--json"]) == 0
    return folder


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(folder)
    return Path("run")


def test_a_run_is_there_and_is_not_overwritten(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (run / "report.html").exists()
    assert main(["fit", str(run / "settings.toml"), "--out", "run"]) == 64
    assert "exists already and is not overwritten" in capsys.readouterr().err


def test_the_settings_of_a_run_are_sound_and_nothing_in_them_is_idle(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "run/settings.toml", "--json"]) == 0
    findings = json.loads(capsys.readouterr().out)["findings"]
    (uses,) = [finding for finding in findings if finding["check"] == "unused_settings"]
    assert uses["level"] == "pass"


def test_a_setting_that_nothing_reads_is_named(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "run/settings.toml", "--set", "training.freeze_layers=2"]) == 0
    assert "training.freeze_layers = 2" in capsys.readouterr().out


@pytest.mark.parametrize("target", ["run", "run/predictions/validation.parquet"])
def test_check_of_run_and_predictions(run: Path, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", target, "--lang", "ko"]) == 0
    assert "통과했습니다" in capsys.readouterr().out


def test_predict_of_typed_lines(run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("a lovely warm day\nan awful rude day\n"))
    assert main(["predict", "run", "-"]) == 0
    table = pl.read_csv(io.StringIO(capsys.readouterr().out))
    assert table["prediction"].to_list() == ["good", "bad"]
    assert (table["p_good"] + table["p_bad"]).to_list() == pytest.approx([1.0, 1.0])


def test_predict_into_a_file(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "run", "rows.csv", "--out", "answers.parquet"]) == 0
    assert capsys.readouterr().out == "Wrote 80 rows to answers.parquet.\n"
    assert pl.read_parquet("answers.parquet")["id"].to_list() == [f"r{number}" for number in range(80)]


def test_evaluate_has_a_verdict(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "run", "rows.csv", "--json"]) == 0
    split = json.loads(capsys.readouterr().out)["scores"]["splits"]["rows.csv"]
    assert set(split["baselines"]) == {"majority", "naive_bayes"}
    assert split["verdict"]["sentence"]


def test_report_in_korean(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "run", "--lang", "ko"]) == 0
    assert '<html lang="ko"' in (run / "report.html").read_text(encoding="utf-8")


def test_submit_follows_the_sample(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["submit", "run", "rows.csv", "--sample", "sample.csv", "--out", "submission.csv"]) == 0
    written = pl.read_csv("submission.csv")
    assert (written.columns, written["id"].to_list()) == (["id", "good", "bad"], ["r7", "r3"])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["fit", "--task", "classify", "--train", "nowhere.csv", "--out", "other"], 65),
        (["fit", "--task", "classify", "--train", "rows.csv", "--label", "lable", "--out", "other"], 65),
        (["fit", "--task", "classify", "--train", "rows.csv", "--set", "training.epochs=0", "--out", "other"], 64),
        (["predict", "nowhere", "rows.csv"], 65),
        (["predict", "run", "nowhere.csv"], 65),
        (["predict", "run", "rows.csv", "--out", "a.xlsx"], 64),
        (["predict", "run", "rows.csv", "--steps", "particles"], 64),
        (["evaluate", "run", "sample.csv"], 65),
        (["report", "nowhere"], 65),
        (["check", "nowhere"], 65),
        (["check", "nowhere.toml"], 64),
        (["submit", "run", "rows.csv", "--sample", "nowhere.csv", "--out", "o.csv"], 65),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_done_is_a_sentence_and_leaves_nothing(
    run: Path, arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(run.parent.rglob("*"))
    assert main(arguments) == code
    told = capsys.readouterr().err
    assert told.strip()
    assert "did not foresee" not in told
    assert [path for path in sorted(run.parent.rglob("*")) if path not in before and ".cache" not in path.parts] == []
