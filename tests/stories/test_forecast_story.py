"""From a table of series to steps to come and their scores: the whole road on a few people and a few days."""

import json
import subprocess
import sys
from datetime import date, datetime, timedelta
from math import cos, pi, sin
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import accuracy_score, log_loss

from seqwise import workflow
from seqwise.checking import check_settings
from seqwise.cli import main
from seqwise.errors import DataError, UsageError
from seqwise.settings.reading import LoadedSettings, read_settings, settings_from_tables
from seqwise.workflow import FitOptions

QUIET = FitOptions(is_quiet=True)
PLAN = ("D", "D", "N", "N", "O", "O")
PEOPLE = tuple(f"p{number}" for number in range(12))
N_DAYS, N_HOURS = 70, 24 * 16
INPUT, HORIZON = 12, 4
ROAD = {
    "prepare": {"input": INPUT, "horizon": HORIZON},
    "encoder": {"name": "recurrent", "embedding": 16, "hidden": 16},
    "training": {"epochs": 3, "batch_size": 16, "learning_rate": 0.01},
    "evaluate": {"samples": 200},
}
STATES = {"data": {"train": "roster.csv", "time": "date", "unit": ["person"], "value": ["shift"], "known": ["closed"]}}
OF_STATES = {"evaluate": {"samples": 200, "baselines": ["majority", "last", "markov2"]}}


def roster(n_days: int = N_DAYS, *, seed: int = 1, first: date = date(2021, 1, 1)) -> pl.DataFrame:
    """Shifts by a plan of six days, of which one in ten is another."""
    rng = np.random.default_rng(seed)
    rows = [
        {
            "person": person,
            "date": str(first + timedelta(day)),
            "shift": PLAN[(day + number) % 6] if rng.random() > 0.1 else str(rng.choice(PLAN)),
            "closed": int((first + timedelta(day)).weekday() == 6),
        }
        for number, person in enumerate(PEOPLE)
        for day in range(n_days)
    ]
    return pl.DataFrame(rows)


def power() -> pl.DataFrame:
    """Two numbers an hour that follow the day."""
    rng = np.random.default_rng(2)
    return pl.DataFrame(
        {
            "time": [str(datetime(2021, 1, 1) + timedelta(hours=hour)) for hour in range(N_HOURS)],
            "load": [10 + 3 * sin(hour * pi / 12) + 0.3 * rng.normal() for hour in range(N_HOURS)],
            "heat": [5 + cos(hour * pi / 12) + 0.1 * rng.normal() for hour in range(N_HOURS)],
        }
    )


def tables(folder: Path, *changes: dict[str, dict[str, object]]) -> LoadedSettings:
    base: dict[str, dict[str, object]] = {}
    for change in (ROAD, *changes):
        for name, table in change.items():
            base[name] = {**base.get(name, {}), **table}
    base["data"] = {**base["data"], "train": str(folder / str(base["data"]["train"]))}
    return settings_from_tables({"task": "forecast", **base}, origin="test")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tables, and a run on each: of states by flags, of numbers by a settings file."""
    folder = tmp_path_factory.mktemp("series")
    roster().write_csv(folder / "roster.csv")
    power().write_csv(folder / "power.csv")
    flags = ["--task", "forecast", "--train", str(folder / "roster.csv"), "--time", "date", "--unit", "person"]
    flags += ["--value", "shift", "--known", "closed", "--input", str(INPUT), "--horizon", str(HORIZON)]
    rest = ["training.epochs=6", "training.batch_size=16", "training.learning_rate=0.01", "evaluate.samples=200"]
    changes = [part for change in rest for part in ("--set", change)]
    assert main(["fit", *flags, *changes, "--out", str(folder / "states"), "--json"]) == 0
    workflow.fit(
        tables(folder, {"data": {"train": "power.csv", "time": "time"}, "prepare": {"input": 24, "horizon": 6}}),
        folder / "numbers",
        options=QUIET,
    )
    return folder


def answers(run: Path, source: Path, out: Path) -> pl.DataFrame:
    assert main(["predict", str(run), str(source), "--out", str(out), "--json"]) == 0
    return pl.read_parquet(out)


def test_flags_make_a_run_of_states_that_learns_the_plan(folder: Path) -> None:
    run = folder / "states"
    settings = read_settings(run / "settings.toml").settings
    assert (settings.encoder.name, settings.head.name, settings.data.labels) == ("recurrent", "steps", ("D", "N", "O"))
    scores = json.loads((run / "scores.json").read_text())["splits"]["test"]
    assert scores["metrics"]["accuracy"]["value"] > 0.7 > scores["baselines"]["majority"]["accuracy"]["value"]
    assert {"majority", "last", "season", "markov3", "lags"} < set(scores["baselines"])
    assert "NOT better" in (run / "report.html").read_text() or "better than" in (run / "report.html").read_text()


def test_the_stored_answers_are_those_that_were_scored(folder: Path) -> None:
    scores = json.loads((folder / "states" / "scores.json").read_text())["splits"]["test"]["metrics"]
    found = pl.read_parquet(folder / "states" / "predictions" / "test.parquet")
    probabilities = found.select("p_D", "p_N", "p_O").to_numpy()
    assert scores["accuracy"]["value"] == pytest.approx(accuracy_score(found["truth"], found["prediction"]))
    assert scores["log_loss"]["value"] == pytest.approx(log_loss(found["truth"], probabilities, labels=["D", "N", "O"]))
    truth = {(row["person"], row["date"]): row["shift"] for row in roster().iter_rows(named=True)}
    assert [truth[unit, time[:10]] for unit, time in found.select("unit", "time").iter_rows()] == found[
        "truth"
    ].to_list()


def test_a_file_that_ends_where_a_test_window_looks_gives_that_windows_answers(folder: Path, tmp_path: Path) -> None:
    table = roster()
    last = str(date(2021, 1, 1) + timedelta(N_DAYS - HORIZON - 1))
    cut = table.with_columns(shift=pl.when(pl.col("date") <= last).then("shift").otherwise(pl.lit("")))
    cut.write_csv(tmp_path / "cut.csv")
    ours = answers(folder / "states", tmp_path / "cut.csv", tmp_path / "answers.parquet")
    stored = pl.read_parquet(folder / "states" / "predictions" / "test.parquet")
    theirs = stored.filter(pl.col("origin").str.starts_with(last))
    assert (
        ours.drop("prediction").columns
        == theirs.drop("truth", "prediction", "block", "error_scale", "naive_error", strict=False).columns
    )
    assert ours["id"].to_list() == theirs["id"].to_list()
    assert len(ours) == len(PEOPLE) * HORIZON
    for state in ("p_D", "p_N", "p_O"):
        np.testing.assert_allclose(ours[state].to_numpy(), theirs[state].to_numpy(), atol=1e-6)


def test_known_columns_of_times_to_come_are_asked_for(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", str(folder / "states"), str(folder / "roster.csv")]) == 64
    told = capsys.readouterr().err
    assert "has no rows of the 4 steps to come with closed. Add them, their values left empty." in told
    to_come = roster(N_DAYS + 2).with_columns(
        shift=pl.when(pl.col("date") < str(date(2021, 1, 1) + timedelta(N_DAYS))).then("shift").otherwise(pl.lit(""))
    )
    to_come.write_csv(tmp_path / "two.csv")  # two days of the four
    assert main(["predict", str(folder / "states"), str(tmp_path / "two.csv")]) == 64


def test_a_unit_that_is_too_short_to_be_asked_is_told(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roster(INPUT - 1).write_csv(tmp_path / "short.csv")
    power().head(23).write_csv(tmp_path / "power.csv")
    assert main(["predict", str(folder / "numbers"), str(tmp_path / "power.csv")]) == 65
    told = capsys.readouterr().err
    assert 'the unit "power.csv" has no 24 steps without a gap before what is asked.' in told
    assert main(["evaluate", str(folder / "states"), str(tmp_path / "short.csv")]) == 65
    assert "a unit has no window of 12 + 4 steps without a gap; the longest unit has 11" in capsys.readouterr().err


def test_numbers_to_come_follow_the_last_row_and_have_quantiles(folder: Path, tmp_path: Path) -> None:
    found = answers(folder / "numbers", folder / "power.csv", tmp_path / "answers.parquet")
    assert found["time"].to_list()[::2] == [f"2021-01-17T{hour:02}:00:00" for hour in range(6)]
    assert found["channel"].to_list() == ["load", "heat"] * 6
    quantiles = found.select(pl.col("^q_.*$")).to_numpy()
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert found.filter(channel="load")["prediction"].to_numpy() == pytest.approx(10, abs=5)
    assert found.filter(channel="heat")["prediction"].to_numpy() == pytest.approx(5, abs=2)


def test_evaluate_scores_a_file_beside_the_baselines_of_the_run(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roster(40, seed=5, first=date(2021, 4, 1)).write_csv(tmp_path / "new.csv")
    capsys.readouterr()
    assert main(["evaluate", str(folder / "states"), str(tmp_path / "new.csv"), "--json"]) == 0
    score = json.loads(capsys.readouterr().out)["scores"]["splits"]["new.csv"]
    assert score["n"] == len(PEOPLE) * (40 - INPUT - HORIZON + 1)
    assert set(score["baselines"]) >= {"majority", "last", "lags"}
    assert main(["evaluate", str(folder / "numbers"), str(folder / "power.csv"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "mae" in told["scores"]["splits"]["power.csv"]["metrics"]
    assert "eval_on_train" in {finding["check"] for finding in told["findings"] if finding["level"] != "pass"}


@pytest.mark.parametrize("kind", ["states", "numbers"])
def test_a_stopped_run_resumes_to_the_same_weights(
    kind: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = (STATES, OF_STATES) if kind == "states" else ({"data": {"train": "power.csv", "time": "time"}},)
    loaded = tables(folder, *changes, {"training": {"checkpoint_s": 0.0, "epochs": 2}})
    from seqwise import fitting

    asked: list[str] = []
    true_value = fitting.metric_value

    def stopping(found: object, name: str) -> float:
        asked.append(name)
        if len(asked) == 3:  # the best baseline, the first epoch, the second one
            raise KeyboardInterrupt
        return true_value(found, name)

    with monkeypatch.context() as patched:
        patched.setattr(fitting, "metric_value", stopping)
        with pytest.raises(KeyboardInterrupt):
            workflow.fit(loaded, tmp_path / "run", options=QUIET)
    workflow.fit(loaded, tmp_path / "run", options=FitOptions(is_resume=True, is_quiet=True))
    workflow.fit(loaded, tmp_path / "whole", options=QUIET)
    for file in ("model/model.safetensors", "scores.json"):
        assert (tmp_path / "run" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


WRONG = [
    ((STATES, {"evaluate": {"verdict_on": "mae"}}), 'evaluate.verdict_on: found "mae"; series of states have'),
    (({"data": {"train": "power.csv", "time": "time"}}, {"head": {"name": "decoder"}}), 'head.name: found "decoder"'),
    ((STATES, {"head": {"name": "numbers"}}), 'head.name: found "numbers"; these series are of states.'),
    ((STATES, {"evaluate": {"baselines": ["theta"]}}), 'evaluate.baselines: found "theta"; series of states have'),
    ((STATES, {"data": {"time": "day"}}), 'no column "day"; the columns are: person, date, shift, closed'),
    ((STATES, {"prepare": {"input": 60}}), "the train split has no window of 60 + 4 steps"),
    ((STATES, {"data": {"validation": "2022-01-01"}}), 'data.validation: found "2022-01-01"'),
    ((STATES, {"data": {"kind": "numbers"}}), 'roster.csv:2 column "shift": found "D"'),
]


@pytest.mark.parametrize(("changes", "message"), WRONG)
def test_what_only_the_data_shows_to_be_wrong_is_told_before_training(
    changes: tuple[dict[str, dict[str, object]], ...], message: str, folder: Path, tmp_path: Path
) -> None:
    loaded = tables(folder, *changes)
    for ask in (check_settings, lambda loaded: workflow.fit(loaded, tmp_path / "run", options=QUIET)):
        with pytest.raises((UsageError, DataError)) as caught:
            ask(loaded)
        assert message in str(caught.value)
    assert not (tmp_path / "run" / "settings.toml").exists()


def test_what_the_settings_alone_show_to_be_wrong_is_told_together() -> None:
    with pytest.raises(UsageError) as caught:
        settings_from_tables(
            {
                "task": "forecast",
                "data": {"train": "x.csv", "split": "stratified"},
                "prepare": {"patch": 5},
                "encoder": {"name": "recurrent"},
            },
            origin="test",
        )
    told = str(caught.value)
    assert "data.time: is missing; it is required for series" in told
    assert "prepare.input: found 28, which is not made of whole patches" in told
    assert "prepare.horizon: found 7, which is not made of whole patches" in told
    assert 'data.split: found "stratified"; series are split by time' in told


def test_flags_of_text_and_of_series_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "--task", "forecast", "--train", "x", "--text", "t"]) == 64
    assert capsys.readouterr().err == ("--text: is for text; series have --time, --unit and --value. Leave it out.\n")
    assert main(["fit", "--task", "classify", "--train", "x", "--horizon", "7", "--unit", "a"]) == 64
    told = capsys.readouterr().err
    assert "--horizon: goes with --task forecast alone." in told
    assert "--unit: goes with --task forecast alone." in told
    assert main(["fit", "--task", "forecast", "--train", "x", "--horizon", "0"]) == 64
    assert "--horizon: found 0" in capsys.readouterr().err


def test_check_looks_at_windows_without_torch(folder: Path, tmp_path: Path) -> None:
    told = {finding.check: finding for finding in check_settings(tables(folder, STATES, {"prepare": {"patch": 2}}))}
    assert "prepare.patch" in told["unused_settings"].message
    twin = roster().with_columns(same=pl.col("shift"))
    twin.write_csv(tmp_path / "roster.csv")
    leak = check_settings(tables(tmp_path, STATES, {"data": {"known": ["closed", "same"]}}))
    assert "horizon" in {finding.check for finding in leak if finding.level == "error"}
    (tmp_path / "s.toml").write_text(
        f'task = "forecast"\n[data]\ntrain = "{folder}/power.csv"\ntime = "time"\n[encoder]\nname = "recurrent"\n'
    )
    program = (
        "import sys; from seqwise.cli import main; sys.exit(main(['check', sys.argv[1]]) or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(tmp_path / "s.toml")], check=False).returncode == 0


def test_init_writes_settings_that_fit_a_file_of_times_and_values(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "forecast", "--out", "new.toml"]) == 0
    power().write_csv(tmp_path / "train.csv")
    assert [finding.level for finding in check_settings(read_settings(tmp_path / "new.toml"))].count("warning") == 0


def test_a_file_in_cp949_gives_the_same_answers(folder: Path, tmp_path: Path) -> None:
    names = {"D": "낮", "N": "밤", "O": "휴무"}
    table = roster().with_columns(pl.col("shift").replace(names))
    (tmp_path / "roster.csv").write_bytes(table.write_csv().encode("cp949"))
    loaded = tables(tmp_path, STATES, OF_STATES, {"training": {"epochs": 1}})
    result = workflow.fit(loaded, tmp_path / "run", options=QUIET)
    assert result.scores is not None
    assert json.loads((tmp_path / "run" / "details.json").read_text())["labels"] == ["낮", "밤", "휴무"]
    plain = workflow.fit(
        tables(folder, STATES, OF_STATES, {"training": {"epochs": 1}}), tmp_path / "plain", options=QUIET
    )
    assert plain.scores is not None
    assert result.scores.splits["test"].metrics == plain.scores.splits["test"].metrics


def test_a_gap_stops_the_run_and_repair_goes_on_with_missing_values(folder: Path, tmp_path: Path) -> None:
    gapped = roster().filter((pl.col("person") != "p3") | (pl.col("date") != "2021-01-20"))
    gapped.write_csv(tmp_path / "roster.csv")
    with pytest.raises(DataError, match=r'roster\.csv:\d+ column "date": found a gap of 1 time before this row'):
        workflow.fit(tables(tmp_path, STATES), tmp_path / "run", options=QUIET)
    loaded = tables(tmp_path, STATES, OF_STATES, {"data": {"on_bad_row": "repair"}, "training": {"epochs": 1}})
    workflow.fit(loaded, tmp_path / "run", options=QUIET)
    (file,) = json.loads((tmp_path / "run" / "details.json").read_text())["files"]
    assert file["notes"] == ["rows that fill gaps with missing values: 1"]


def test_months_of_a_spreadsheet_go_the_whole_road(tmp_path: Path) -> None:
    table = roster(59)
    blocks: list[str] = []
    for month, n_days in (("2021-01", 31), ("2021-02", 28)):
        own = table.filter(pl.col("date").str.starts_with(month))
        people = own.partition_by("person", maintain_order=True)
        rows = [",".join([str(person["person"][0]), *person["shift"]]) for person in people]
        blocks.append("\n".join([",".join([month, *map(str, range(1, n_days + 1))]), *rows]))
    (tmp_path / "grid.csv").write_text("\n\n".join(blocks) + "\n")
    table.write_csv(tmp_path / "long.csv")
    short = {"prepare": {"input": 7, "horizon": 2}, "training": {"epochs": 1}}
    grid = tables(tmp_path, OF_STATES, short, {"data": {"train": "grid.csv", "format": "grid"}})
    long = tables(
        tmp_path,
        OF_STATES,
        short,
        {"data": {"train": "long.csv", "time": "date", "unit": ["person"], "value": ["shift"]}},
    )
    found = [workflow.fit(loaded, tmp_path / name, options=QUIET).scores for name, loaded in (("g", grid), ("l", long))]
    assert found[0] == found[1]
