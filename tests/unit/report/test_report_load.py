"""Reading a run folder: what lies there comes back, what is damaged is told with its file and line."""

import json
import math
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from report_fake_run import LABELS, N_ROWS, events, findings, write_run

from seqwise.errors import DataError
from seqwise.records import Predictions
from seqwise.report.facts import RunFacts
from seqwise.report.load import read_run


@pytest.fixture
def own_run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run")


def test_scores_come_back_as_they_were_written(facts: RunFacts, run_folder: Path) -> None:
    assert facts.scores is not None
    assert asdict(facts.scores) == json.loads((run_folder / "scores.json").read_text(encoding="utf-8"))


def test_findings_come_back_as_they_were_written(facts: RunFacts) -> None:
    assert facts.findings == findings()


def test_events_are_split_into_updates_and_evaluations(facts: RunFacts) -> None:
    written = events()
    assert [one.loss for one in facts.steps] == [one["loss"] for one in written if "event" not in one]
    assert [one.grad_norm for one in facts.steps] == [one["grad_norm"] for one in written if "event" not in one]
    assert [one.validation_loss for one in facts.evaluations] == [
        one["validation_loss"] for one in written if "event" in one
    ]


def test_predictions_hold_probabilities_and_label_numbers(facts: RunFacts, run_folder: Path) -> None:
    found: Predictions = facts.predictions["test"]
    table = pl.read_parquet(run_folder / "predictions" / "test.parquet")
    assert found.labels == LABELS
    assert found.truth is not None
    assert [LABELS[number] for number in found.truth] == table["truth"].to_list()
    np.testing.assert_array_equal(found.probabilities[:, 1], table["p_HPL"].to_numpy())
    assert len(found.ids) == N_ROWS["test"]


def test_a_whole_run_misses_nothing(facts: RunFacts) -> None:
    assert facts.missing == ()
    assert (facts.task, facts.language) == ("classify", "en")


def test_an_interrupted_run_names_what_is_not_there(own_run: Path) -> None:
    (own_run / "scores.json").unlink()
    (own_run / "details.json").unlink()
    found = read_run(own_run)
    assert found.missing == ("details.json", "scores.json")
    assert found.scores is None
    assert found.labels == LABELS  # from the predictions, since the details are gone


def test_the_line_that_a_stop_tore_is_left_out(own_run: Path) -> None:
    path = own_run / "events.jsonl"
    path.write_text(path.read_text(encoding="utf-8") + '{"step": 41, "ep', encoding="utf-8")
    assert len(read_run(own_run).steps) == 40


def test_losses_that_are_no_numbers_are_read(own_run: Path) -> None:
    with (own_run / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"step": 41, "epoch": 4.1, "loss": NaN, "lr": 0.0}\n')
    assert math.isnan(read_run(own_run).steps[-1].loss)


def test_an_unknown_event_is_passed_over(own_run: Path) -> None:
    with (own_run / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"event": "resumed", "step": 40}\n')
    assert len(read_run(own_run).steps) == 40


def test_predictions_of_another_kind_are_passed_over(own_run: Path) -> None:
    pl.DataFrame({"id": ["a"], "tokens": ["x"]}).write_parquet(own_run / "predictions" / "tags.parquet")
    assert set(read_run(own_run).predictions) == set(N_ROWS)


def test_predictions_without_truth_have_none(own_run: Path) -> None:
    path = own_run / "predictions" / "test.parquet"
    pl.read_parquet(path).drop("truth").write_parquet(path)
    assert read_run(own_run).predictions["test"].truth is None


def test_what_was_decoded_is_the_prediction_and_not_the_likeliest_label(own_run: Path) -> None:
    path = own_run / "predictions" / "test.parquet"
    table, labels = pl.read_parquet(path), read_run(own_run).predictions["test"].labels
    table.with_columns(prediction=pl.lit(labels[1])).write_parquet(path)
    assert set(read_run(own_run).predictions["test"].predicted.tolist()) == {1}


def test_predictions_of_numbers_are_passed_over(own_run: Path) -> None:
    columns = {"id": ["a@1"], "unit": ["a"], "step": [1], "truth": [0.5], "prediction": [0.4], "q_0.1": [0.2]}
    pl.DataFrame(columns).write_parquet(own_run / "predictions" / "other.parquet")
    assert set(read_run(own_run).predictions) == set(N_ROWS)


def test_settings_may_ask_for_korean(own_run: Path) -> None:
    path = own_run / "settings.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('lang = "en"', 'lang = "ko"'), encoding="utf-8")
    assert read_run(own_run).language == "ko"


def _message(folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_run(folder)
    return str(caught.value)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "nowhere"
    assert _message(folder) == f"{folder}: does not exist. Name the folder that seqwise fit --out wrote."


def test_a_file_is_not_a_run(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x")
    assert _message(path) == f"{path}: is a file, not a run folder. Name the folder that seqwise fit --out wrote."


def test_a_folder_of_other_things_is_not_a_run(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("x")
    assert _message(tmp_path) == (
        f"{tmp_path}: is not a run folder: none of settings.toml, events.jsonl, scores.json is in it. "
        "Name the folder that seqwise fit --out wrote."
    )


MEND = "Restore the file, or run seqwise fit again with --fresh."


def test_damaged_json_is_told_with_its_line(own_run: Path) -> None:
    path = own_run / "scores.json"
    path.write_text('{\n "task": "classify",\n "splits": {{\n}\n')
    assert _message(own_run) == (
        f"{path}:3: is not JSON (Expecting property name enclosed in double quotes at column 13). {MEND}"
    )


def test_a_damaged_event_is_told_with_its_line(own_run: Path) -> None:
    path = own_run / "events.jsonl"
    lines = path.read_text(encoding="utf-8").split("\n")
    lines[4] = lines[4][:20]
    path.write_text("\n".join(lines), encoding="utf-8")
    message = _message(own_run)
    assert message.startswith(f"{path}:5: is not JSON (")
    assert message.endswith(MEND)


def test_an_event_without_its_loss_is_told_with_its_line(own_run: Path) -> None:
    path = own_run / "events.jsonl"
    path.write_text('{"step": 1, "epoch": 0.1, "lr": 0.1}\n')
    assert _message(own_run) == f'{path}:1: does not hold what a run writes: "loss": Field required. {MEND}'


@pytest.mark.parametrize("line", ["[1]", "3", "null"])
def test_an_event_that_is_no_object_is_told_with_its_line(line: str, own_run: Path) -> None:
    path = own_run / "events.jsonl"
    path.write_text(line + "\n")
    assert _message(own_run).startswith(f"{path}:1: does not hold what a run writes: ")


def test_scores_of_the_wrong_shape_are_told_with_their_key(own_run: Path) -> None:
    path = own_run / "scores.json"
    path.write_text('{"task": "classify", "splits": {"test": {"n": "many"}}}')
    assert _message(own_run).startswith(
        f'{path}: does not hold what a run writes: "splits.test.n": Input should be a valid'
    )


def test_damaged_settings_are_told(own_run: Path) -> None:
    path = own_run / "settings.toml"
    path.write_text("task = \n")
    assert _message(own_run) == f"{path}: is not TOML (Invalid value (at line 1, column 8)). {MEND}"


def test_text_that_is_not_utf_8_is_told(own_run: Path) -> None:
    path = own_run / "details.json"
    path.write_bytes('{"advice": ["한"]}'.encode("cp949"))
    message = _message(own_run)
    assert message.startswith(f"{path}: cannot be read (")
    assert message.endswith(MEND)


def test_a_broken_parquet_file_is_told(own_run: Path) -> None:
    path = own_run / "predictions" / "test.parquet"
    path.write_bytes(path.read_bytes()[:100])
    message = _message(own_run)
    assert message.startswith(f"{path}: is not a Parquet file (")
    assert message.endswith(MEND)


def test_a_truth_without_a_column_is_told(own_run: Path) -> None:
    path = own_run / "predictions" / "test.parquet"
    pl.read_parquet(path).drop("p_MWS").write_parquet(path)
    assert _message(own_run) == f'{path} column "truth": found "MWS"; the columns are for EAP, HPL. {MEND}'
