"""From a file of labelled text to a run folder, and from the folder to answers: the whole road on few rows."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from seqwise import checking, predicting, workflow
from seqwise.errors import DataError, InterruptedRunError, UsageError
from seqwise.settings.reading import LoadedSettings, settings_from_tables
from seqwise.workflow import FitOptions

GOOD = ("bright", "warm", "lovely", "fine")
BAD = ("dull", "cold", "awful", "poor")
QUIET = FitOptions(is_quiet=True)


def write_rows(path: Path, n: int, *, seed: int = 0) -> None:
    """Rows whose label is told by their words, with words that say nothing between them."""
    rng = np.random.default_rng(seed)
    lines = ["id,text,label"]
    for number in range(n):
        label = int(rng.integers(2))
        told = rng.choice(GOOD if label else BAD, size=2)
        filler = [f"w{value}" for value in rng.integers(40, size=int(rng.integers(2, 9)))]
        words = [*told, *filler]
        rng.shuffle(words)
        lines.append(f'r{seed}-{number},"{" ".join(words)}, indeed",{"pos" if label else "neg"}')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def tables(folder: Path, **changes: dict[str, object]) -> LoadedSettings:
    base: dict[str, dict[str, object]] = {
        "data": {
            "train": str(folder / "train.csv"),
            "test": str(folder / "test.csv"),
            "text": "text",
            "label": "label",
            "id": "id",
            "validation": 0.2,
        },
        "prepare": {"min_freq": 1},
        "encoder": {"name": "bag", "embedding": 16, "hidden": [16]},
        "training": {"epochs": 6, "batch_size": 16, "learning_rate": 0.01},
        "evaluate": {"baselines": ["majority", "prior", "naive_bayes"], "samples": 200},
    }
    for name, table in changes.items():
        base[name] = {**base.get(name, {}), **table}
    return settings_from_tables({"task": "classify", **base}, origin="test")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("story")
    write_rows(folder / "train.csv", 300)
    write_rows(folder / "test.csv", 120, seed=1)
    workflow.fit(tables(folder), folder / "run", options=QUIET)
    return folder


def test_the_run_folder_holds_what_the_contract_names(folder: Path) -> None:
    run = folder / "run"
    for name in ("settings.toml", "scores.json", "findings.json", "events.jsonl", "environment.json", "report.html"):
        assert (run / name).stat().st_size > 0, name
    assert (run / "model" / "config.json").exists()
    assert (run / "model" / "model.safetensors").exists()
    assert (run / "model" / "tokenizer.json").exists()
    assert sorted(path.name for path in (run / "predictions").iterdir()) == ["test.parquet", "validation.parquet"]


def test_scores_have_the_shape_of_the_contract(folder: Path) -> None:
    scores = json.loads((folder / "run" / "scores.json").read_text())
    assert scores["task"] == "classify"
    test = scores["splits"]["test"]
    assert test["n"] == 120
    assert {"accuracy", "macro_f1", "log_loss", "brier", "ece"} <= set(test["metrics"])
    assert set(test["metrics"]["accuracy"]) == {"value", "low", "high"}
    assert set(test["baselines"]) == {"majority", "prior", "naive_bayes"}
    assert set(test["verdict"]) == {"metric", "best_baseline", "difference", "low", "high", "better", "sentence"}
    assert test["metrics"]["accuracy"]["value"] > 0.95


def test_scores_agree_with_the_stored_predictions(folder: Path) -> None:
    table = pl.read_parquet(folder / "run" / "predictions" / "test.parquet")
    assert table.columns == ["id", "truth", "prediction", "p_neg", "p_pos"]
    accuracy = (table["truth"] == table["prediction"]).mean()
    scores = json.loads((folder / "run" / "scores.json").read_text())
    assert scores["splits"]["test"]["metrics"]["accuracy"]["value"] == pytest.approx(accuracy)
    sums = table["p_neg"] + table["p_pos"]
    assert sums.to_list() == pytest.approx([1.0] * 120)


def test_predict_gives_the_same_probabilities_as_the_run(folder: Path) -> None:
    out = folder / "answers.parquet"
    result = predicting.predict(folder / "run", str(folder / "test.csv"), out=out)
    assert result.n_rows == 120
    ours = pl.read_parquet(out).sort("id")
    theirs = pl.read_parquet(folder / "run" / "predictions" / "test.parquet").sort("id")
    np.testing.assert_allclose(ours["p_pos"].to_numpy(), theirs["p_pos"].to_numpy(), atol=1e-6)


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_predict_writes_every_row_in_every_format(folder: Path, ending: str) -> None:
    out = folder / f"answers{ending}"
    predicting.predict(folder / "run", str(folder / "test.csv"), out=out)
    read = {".csv": pl.read_csv, ".jsonl": pl.read_ndjson, ".parquet": pl.read_parquet}[ending]
    assert read(out)["id"].to_list() == [f"r1-{number}" for number in range(120)]


def test_predict_refuses_an_unknown_ending(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"known endings: \.csv, \.jsonl, \.parquet"):
        predicting.predict(folder / "run", str(folder / "test.csv"), out=folder / "answers.xlsx")


def test_evaluate_gives_the_scores_of_the_run(folder: Path) -> None:
    result = predicting.evaluate(folder / "run", folder / "test.csv")
    stored = json.loads((folder / "run" / "scores.json").read_text())["splits"]["test"]
    score = result.scores.splits["test.csv"]
    assert score.metrics["log_loss"].value == pytest.approx(stored["metrics"]["log_loss"]["value"], abs=1e-6)
    assert score.verdict.best_baseline == stored["verdict"]["best_baseline"]
    assert set(score.baselines) == set(stored["baselines"])


def test_submit_follows_its_sample(folder: Path) -> None:
    ids = [f"r1-{number}" for number in (5, 3, 99)]
    sample = folder / "sample.csv"
    sample.write_text("id,pos,neg\n" + "".join(f"{key},0.5,0.5\n" for key in ids))
    predicting.submit(folder / "run", folder / "test.csv", sample=sample, out=folder / "submission.csv")
    written = pl.read_csv(folder / "submission.csv")
    assert written.columns == ["id", "pos", "neg"]
    assert written["id"].to_list() == ids
    assert (written["pos"] + written["neg"]).to_list() == pytest.approx([1.0] * 3)


def test_submit_refuses_a_sample_of_other_labels_and_writes_nothing(folder: Path) -> None:
    sample = folder / "other.csv"
    sample.write_text("id,EAP,HPL\nr1-1,0.5,0.5\n")
    out = folder / "refused.csv"
    with pytest.raises(DataError, match="EAP"):
        predicting.submit(folder / "run", folder / "test.csv", sample=sample, out=out)
    assert not out.exists()


def test_a_folder_that_is_no_run_is_told(folder: Path) -> None:
    with pytest.raises(DataError, match="not a complete run"):
        predicting.predict(folder, str(folder / "test.csv"), out=None)


def test_an_existing_run_is_not_overwritten(folder: Path) -> None:
    with pytest.raises(UsageError, match="exists already"):
        workflow.fit(tables(folder), folder / "run", options=QUIET)


def test_fresh_refuses_a_folder_of_other_things(folder: Path) -> None:
    precious = folder / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="not a run"):
        workflow.fit(tables(folder), precious, options=FitOptions(is_fresh=True, is_quiet=True))
    assert (precious / "thesis.txt").exists()


def test_resume_under_other_settings_is_refused(folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "settings.toml").write_text("task = 'classify'\n")
    with pytest.raises(UsageError, match="other settings"):
        workflow.fit(tables(folder), run, options=FitOptions(is_resume=True, is_quiet=True))


def test_a_model_with_one_flipped_bit_is_refused(folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(folder / "run"), str(run)], check=True)
    weights = run / "model" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-5] ^= 1
    weights.write_bytes(content)
    with pytest.raises(DataError, match="differs from its hash"):
        predicting.predict(run, str(folder / "test.csv"), out=None)


def test_the_same_seed_gives_the_same_weights(folder: Path, tmp_path: Path) -> None:
    workflow.fit(tables(folder), tmp_path / "again", options=QUIET)
    first = (folder / "run" / "model" / "model.safetensors").read_bytes()
    assert (tmp_path / "again" / "model" / "model.safetensors").read_bytes() == first


def test_a_head_that_stands_on_a_baseline_goes_the_whole_road(folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "standing"
    workflow.fit(tables(folder, head={"stand_on": "naive_bayes"}), run, options=QUIET)
    predicting.predict(run, str(folder / "test.csv"), out=tmp_path / "answers.parquet")
    ours = pl.read_parquet(tmp_path / "answers.parquet").sort("id")["p_pos"].to_numpy()
    theirs = pl.read_parquet(run / "predictions" / "test.parquet").sort("id")["p_pos"].to_numpy()
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert (run / "model" / "baseline.safetensors").exists()


def test_baselines_on_a_part_of_the_rows_are_said_to_be(folder: Path, tmp_path: Path) -> None:
    loaded = tables(folder, evaluate={"samples": 100, "baseline_rows": 20})
    result = workflow.fit(loaded, tmp_path / "run", options=workflow.FitOptions(is_quiet=True))
    n = sum(json.loads((result.folder / "details.json").read_text())["class_counts"]["train"].values())
    told = f"The baselines learned from 20 of {n} training rows, drawn by label (evaluate.baseline_rows)."
    assert told in result.lines
    assert told in (result.folder / "report.html").read_text()


def test_check_on_a_run_says_what_the_run_found(folder: Path) -> None:
    stored = json.loads((folder / "run" / "findings.json").read_text())
    found = [(finding.check, finding.level) for finding in checking.check(folder / "run")]
    assert found == [(finding["check"], finding["level"]) for finding in stored]
    # naive Bayes solves these rows, and the check says so
    assert {("baseline", "warning"), ("baseline", "error")} & set(found)


def test_check_on_a_run_sees_that_its_predictions_were_changed(folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    subprocess.run(["cp", "-r", str(folder / "run"), str(run)], check=True)
    path = run / "predictions" / "test.parquet"
    table = pl.read_parquet(path)
    table.with_columns(p_neg=table["p_neg"] * 9 - 4, p_pos=table["p_pos"] * 9 - 4).write_parquet(path)
    found = [finding for finding in checking.check(run) if "GR-PROBS" in finding.ids and finding.level == "error"]
    assert len(found) == 1


def test_check_on_predictions_of_a_run_finds_no_error(folder: Path) -> None:
    findings = checking.check(folder / "run" / "predictions" / "test.parquet")
    assert not [finding for finding in findings if finding.level == "error"]


def test_a_sample_that_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.csv: cannot be read"):
        predicting.submit(folder / "run", folder / "test.csv", sample=folder / "nowhere.csv", out=folder / "x.csv")


@pytest.mark.parametrize(("number", "rows", "share"), [(signal.SIGINT, "all", 0.0), (signal.SIGTERM, "batch", 1.0)])
def test_a_stopped_run_exits_75_and_resumes_to_the_same_weights(
    folder: Path, tmp_path: Path, number: int, rows: str, share: float
) -> None:
    settings = tmp_path / "settings.toml"
    run = tmp_path / "run"
    loaded = tables(folder, training={"epochs": 60, "patience": 0, "embedding_rows": rows, "oversample": share})
    from seqwise.settings.writing import to_toml

    settings.write_text(to_toml(loaded.settings), encoding="utf-8")
    command = [sys.executable, "-m", "seqwise", "fit", str(settings), "--out", str(run)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=os.environ)
    deadline = time.monotonic() + 60
    while not (run / "events.jsonl").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 75, errors.decode()
    assert b"--resume" in errors
    with pytest.raises(UsageError, match="exists already"):
        workflow.fit(loaded, run, options=QUIET)
    workflow.fit(loaded, run, options=FitOptions(is_resume=True, is_quiet=True))
    workflow.fit(loaded, tmp_path / "whole", options=QUIET)
    one, other = (path / "model" / "model.safetensors" for path in (run, tmp_path / "whole"))
    assert one.read_bytes() == other.read_bytes()
    steps = [
        json.loads(line)["step"] for line in (run / "events.jsonl").read_text().splitlines() if '"event"' not in line
    ]
    assert steps == list(range(1, len(steps) + 1))


def test_a_full_disk_is_told_and_can_be_resumed(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("seqwise.train.checkpoint.os.fsync", refuse)
        with pytest.raises(InterruptedRunError, match="Free some space, then go on with --resume"):
            workflow.fit(tables(folder), tmp_path / "run", options=QUIET)
    workflow.fit(tables(folder), tmp_path / "run", options=FitOptions(is_resume=True, is_quiet=True))
    first = (folder / "run" / "model" / "model.safetensors").read_bytes()
    assert (tmp_path / "run" / "model" / "model.safetensors").read_bytes() == first


def test_a_run_stopped_after_training_is_not_trained_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    run = tmp_path / "run"
    with monkeypatch.context() as patched:
        patched.setattr("seqwise.workflow.judging.write_run", refuse)
        with pytest.raises(InterruptedRunError, match="go on with --resume"):
            workflow.fit(tables(folder), run, options=QUIET)
    events = (run / "events.jsonl").read_bytes()
    workflow.fit(tables(folder), run, options=FitOptions(is_resume=True, is_quiet=True))
    assert (run / "events.jsonl").read_bytes() == events
    first = (folder / "run" / "model" / "model.safetensors").read_bytes()
    assert (run / "model" / "model.safetensors").read_bytes() == first
    assert not list((run / "checkpoints").glob("step-*"))


def test_a_complete_run_is_not_resumed_under_other_settings(folder: Path) -> None:
    with pytest.raises(UsageError, match="other settings"):
        workflow.fit(
            tables(folder, training={"epochs": 7}),
            folder / "run",
            options=FitOptions(is_resume=True, is_quiet=True),
        )


def test_fresh_keeps_the_old_run_where_the_new_one_cannot_begin(folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    subprocess.run(["cp", "-r", str(folder / "run"), str(run)], check=True)
    before = {path.relative_to(run): path.read_bytes() for path in run.rglob("*") if path.is_file()}
    with pytest.raises(DataError, match="txet"):
        workflow.fit(tables(folder, data={"text": "txet"}), run, options=FitOptions(is_fresh=True, is_quiet=True))
    after = {path.relative_to(run): path.read_bytes() for path in run.rglob("*") if path.is_file()}
    assert after == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    workflow.fit(tables(folder), run, options=FitOptions(is_fresh=True, is_quiet=True))
    assert sorted(path.name for path in tmp_path.iterdir()) == [".cache", "run"]


def test_a_guardrail_that_nobody_knows_is_told_before_anything_is_done(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="GR-DUPP"):
        workflow.fit(tables(folder, checks={"silence": {"GR-DUPP": "known"}}), tmp_path / "run", options=QUIET)
    assert not (tmp_path / "run").exists()


def test_evaluating_on_the_training_file_is_an_error(folder: Path) -> None:
    (finding,) = predicting.evaluate(folder / "run", folder / "train.csv").findings
    assert (finding.level, finding.ids) == ("error", ("GR-EVALONTRAIN",))
    assert predicting.evaluate(folder / "run", folder / "test.csv").findings == ()


def test_submit_refuses_an_id_on_two_rows(folder: Path, tmp_path: Path) -> None:
    twice = tmp_path / "twice.csv"
    twice.write_text("id,text\n7,a bright day\n7,a dull day\n")
    (tmp_path / "sample.csv").write_text("id,pos,neg\n7,0.5,0.5\n")
    with pytest.raises(DataError, match="more than one row, for example 7"):
        predicting.submit(folder / "run", twice, sample=tmp_path / "sample.csv", out=tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_no_answer_is_written_over_the_rows_that_it_answers(folder: Path) -> None:
    before = (folder / "test.csv").read_bytes()
    with pytest.raises(UsageError, match="is a file that is read here"):
        predicting.predict(folder / "run", str(folder / "test.csv"), out=folder / "test.csv")
    assert (folder / "test.csv").read_bytes() == before


def test_without_a_temperature_nothing_claims_to_be_calibrated(folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    loaded = tables(folder, evaluate={"temperature": False}, training={"epochs": 40, "patience": 0})
    workflow.fit(loaded, run, options=QUIET)
    assert json.loads((run / "details.json").read_text())["calibration"] == []
    found = json.loads((run / "findings.json").read_text())
    assert not [one for one in found if one["check"] == "overconfidence" and "before" in one["message"]]
