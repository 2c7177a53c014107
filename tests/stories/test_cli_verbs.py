"""Each verb of the command line: what its station gets, what it prints, its exit code; the stations are stubs."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from seqwise.cli import main
from seqwise.records import Finding, Interval, Scores, SplitScores, Verdict
from seqwise.settings.reading import LoadedSettings, read_settings

ERROR = Finding(
    check="collapse", level="error", title="One class", message="All rows: D.", ids=("GR-COLLAPSE",), fix="Mend."
)
SILENCED = Finding(check="duplicates", level="error", title="Twice", message="m", ids=("GR-DUP",), silenced="by nature")
PASSED = Finding(check="baseline", level="pass", title="Better", message="Better.", ids=("GR-BASELINE",))
SCORES = Scores(
    task="classify",
    splits={
        "test": SplitScores(
            n=40,
            metrics={"accuracy": Interval(0.9, 0.8, 0.95), "ece": Interval(0.1, 0.0, 0.2)},
            baselines={"naive_bayes": {"accuracy": Interval(0.7, 0.6, 0.8)}},
            verdict=Verdict(
                "accuracy", "naive_bayes", 0.2, 0.1, 0.3, True, "Better than naive_bayes by 0.2 [0.1, 0.3]."
            ),
        )
    },
)
SOUND = 'task = "classify"\n[data]\ntrain = "train.csv"\n[encoder]\nname = "bag"\n'


class Stations:
    """Stands for the modules that the verbs import; keeps what they were called with."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.findings: tuple[Finding, ...] = (PASSED,)
        workflow = SimpleNamespace(FitOptions=lambda **options: options, fit=self.fit)
        checking = SimpleNamespace(check=self.check, check_settings=self.check)
        predicting = SimpleNamespace(predict=self.predict, evaluate=self.evaluate, submit=self.submit)
        for name, station in {"workflow": workflow, "checking": checking, "predicting": predicting}.items():
            monkeypatch.setitem(sys.modules, f"seqwise.{name}", station)
        monkeypatch.setitem(sys.modules, "seqwise.report.page", SimpleNamespace(write_report=self.report))

    def fit(self, loaded: LoadedSettings, out: Path, *, options: dict[str, bool]) -> SimpleNamespace:
        self.calls.append((loaded, out, options))
        lines = ("better", "see report")
        return SimpleNamespace(folder=out, scores=SCORES, findings=self.findings, lines=lines)

    def check(self, target: object, *, language: str | None) -> tuple[Finding, ...]:
        self.calls.append((target, language))
        return self.findings

    def predict(self, run: Path, source: str, *, out: Path | None, backend: str, steps: list[str]) -> SimpleNamespace:
        self.calls.append((run, source, out, backend, steps))
        return SimpleNamespace(n_rows=2, path=out, lines=() if out else ("id,p_a", "1,0.5"), notes=("3 texts empty",))

    def evaluate(self, run: Path, source: Path, *, backend: str) -> SimpleNamespace:
        self.calls.append((run, source, backend))
        return SimpleNamespace(scores=SCORES, findings=(), notes=())

    def submit(self, run: Path, source: Path, *, sample: Path, out: Path) -> tuple[Finding, ...]:
        self.calls.append((run, source, sample, out))
        return (PASSED,)

    def report(self, run: Path, *, language: str | None) -> Path:
        self.calls.append((run, language))
        return run / "report.html"


@pytest.fixture
def stations(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stations:
    monkeypatch.chdir(tmp_path)
    Path("settings.toml").write_text(SOUND)
    return Stations(monkeypatch)


def test_fit_hands_over_settings_folder_and_options(stations: Stations, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "settings.toml", "--out", "r", "--set", "training.epochs=9", "--resume"]) == 0
    loaded, out, options = stations.calls[0]
    assert loaded == read_settings(Path("settings.toml"), overrides=["training.epochs=9"])
    assert out == Path("r")
    assert options == {"is_fresh": False, "is_resume": True, "is_quiet": False}
    assert capsys.readouterr().out == "better\nsee report\n"


def test_fit_names_the_folder_after_the_settings_file(stations: Stations) -> None:
    assert main(["fit", "settings.toml", "--fresh"]) == 0
    assert stations.calls[0][1:] == (Path("runs/settings"), {"is_fresh": True, "is_resume": False, "is_quiet": False})


def test_fit_from_flags_makes_the_same_settings_as_a_file(stations: Stations) -> None:
    flags = "--task classify --train t.csv --text document --label y --validation 0.2 --test 5.csv --encoder recurrent"
    assert main(["fit", *flags.split(), "--on-bad-row", "skip", "--lang", "ko", "--set", "encoder.cell=gru"]) == 0
    loaded, out, _ = stations.calls[0]
    assert out == Path("runs/classify")
    settings = loaded.settings.model_dump()
    assert (
        settings["data"]
        | {
            "train": "t.csv",
            "text": "document",
            "label": "y",
            "validation": 0.2,
            "test": "5.csv",
            "on_bad_row": "skip",
        }
        == settings["data"]
    )
    assert (settings["encoder"]["name"], settings["encoder"]["cell"]) == ("recurrent", "gru")
    assert settings["runtime"]["lang"] == "ko"


def test_fit_from_flags_takes_a_number_for_a_share_unless_a_file_has_that_name(stations: Stations) -> None:
    Path("0.3").write_text("text,label\n")
    main(["fit", "--task", "classify", "--train", "t.csv", "--validation", "0.3", "--test", "0.4"])
    data = stations.calls[0][0].settings.data
    assert (data.validation, data.test, data.on_bad_row) == ("0.3", 0.4, "stop")
    assert stations.calls[0][0].settings.encoder.name == "bag"


def test_fit_from_flags_takes_numbers_for_columns_of_tagged_text(stations: Stations) -> None:
    assert main(["fit", "--task", "tag", "--train", "t.conll", "--text", "1", "--label", "2"]) == 0
    data = stations.calls[0][0].settings.data
    assert (data.train, data.text, data.label) == ("t.conll", "1", "2")


def test_fit_as_json_is_one_object_and_quiet(stations: Stations, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "settings.toml", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["run"] == "runs/settings"
    assert told["scores"] == SCORES.to_json()
    assert told["findings"] == [PASSED.to_json()]
    assert stations.calls[0][2]["is_quiet"] is True


@pytest.mark.parametrize("verb", ["fit", "check"])
@pytest.mark.parametrize(("findings", "code"), [((ERROR,), 1), ((SILENCED, PASSED), 0), ((), 0)])
def test_strict_exits_with_1_for_an_error_that_nobody_silenced(
    stations: Stations, verb: str, findings: tuple[Finding, ...], code: int
) -> None:
    stations.findings = findings
    assert main([verb, "settings.toml", "--strict"]) == code
    assert main([verb, "settings.toml"]) == 0


def test_check_tells_findings_to_people(stations: Stations, capsys: pytest.CaptureFixture[str]) -> None:
    stations.findings = (ERROR, SILENCED, PASSED)
    assert main(["check", "runs/first"]) == 0
    assert stations.calls == [(Path("runs/first"), None)]
    assert capsys.readouterr().out.splitlines() == [
        "ERROR One class [GR-COLLAPSE]",
        "  All rows: D.",
        "  Mend.",
        "ERROR Twice [GR-DUP] (silenced: by nature)",
        "1 checks passed.",
    ]


def test_check_speaks_korean(stations: Stations, capsys: pytest.CaptureFixture[str]) -> None:
    stations.findings = (ERROR, SILENCED, PASSED)
    main(["check", "runs/first", "--lang=ko"])
    assert stations.calls == [(Path("runs/first"), "ko")]
    out = capsys.readouterr().out
    assert out.startswith("오류 One class")
    assert "(끔: by nature)" in out
    assert out.endswith("검사 1개를 통과했습니다.\n")


def test_check_with_set_reads_the_settings_with_it(stations: Stations) -> None:
    assert main(["check", "settings.toml", "--set", "training.epochs=9"]) == 0
    assert stations.calls[0][0].settings.training.epochs == 9


def test_check_as_json(stations: Stations, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "x.parquet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"findings": [PASSED.to_json()]}


def test_predict_prints_rows_or_names_the_file(stations: Stations, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "run", "-"]) == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == ("id,p_a\n1,0.5\n", "-: 3 texts empty\n")
    assert main(["predict", "run", "new.csv", "--out", "a.csv", "--backend", "onnx", "--steps", "a,b"]) == 0
    assert capsys.readouterr().out == "Wrote 2 rows to a.csv.\n"
    assert stations.calls == [
        (Path("run"), "-", None, "", []),
        (Path("run"), "new.csv", Path("a.csv"), "onnx", ["a", "b"]),
    ]


def test_predict_as_json(stations: Stations, capsys: pytest.CaptureFixture[str]) -> None:
    main(["predict", "run", "new.csv", "--out", "a.csv", "--json"])
    assert json.loads(capsys.readouterr().out) == {"n_rows": 2, "path": "a.csv", "lines": []}


def test_evaluate_shows_each_metric_beside_the_best_baseline(
    stations: Stations, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "run", "new.csv", "--backend", "openvino"]) == 0
    assert stations.calls == [(Path("run"), Path("new.csv"), "openvino")]
    assert capsys.readouterr().out.splitlines() == [
        "test: 40 rows. Better than naive_bayes by 0.2 [0.1, 0.3].",
        "  accuracy     0.9000 [0.8000, 0.9500]    naive_bayes 0.7000",
        "  ece          0.1000 [0.0000, 0.2000]",
    ]
    main(["evaluate", "run", "new.csv", "--json"])
    assert json.loads(capsys.readouterr().out) == {"scores": SCORES.to_json(), "findings": []}


def test_report_names_the_page(stations: Stations, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "run", "--lang", "ko"]) == 0
    assert stations.calls == [(Path("run"), "ko")]
    assert capsys.readouterr().out == "Wrote run/report.html.\n"


def test_submit_needs_sample_and_out(stations: Stations, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["submit", "run", "t.csv", "--sample", "s.csv", "--out", "o.csv"]) == 0
    assert stations.calls == [(Path("run"), Path("t.csv"), Path("s.csv"), Path("o.csv"))]
    assert capsys.readouterr().out == "1 checks passed.\nWrote o.csv.\n"
    assert main(["submit", "run", "t.csv", "--out", "o.csv"]) == 64


def test_init_writes_a_file_that_fit_takes(stations: Stations, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "classify", "--out", "new.toml"]) == 0
    assert (
        capsys.readouterr().out
        == "Wrote new.toml. Name your file and its columns in [data], then: seqwise fit new.toml\n"
    )
    assert main(["fit", "new.toml"]) == 0
    assert main(["init", "classify"]) == 0
    assert capsys.readouterr().out.endswith(Path("new.toml").read_text())


def test_init_does_not_overwrite(stations: Stations, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "classify", "--out", "settings.toml"]) == 64
    told = "settings.toml: exists already and is not overwritten. Name another file with --out.\n"
    assert capsys.readouterr().err == told
    assert Path("settings.toml").read_text() == SOUND


def test_init_of_an_unknown_task_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "clasify"]) == 64
    assert (
        capsys.readouterr().err == 'TASK: found "clasify"; known: classify, tag, forecast, translate. '
        'Did you mean "classify"?\n'
    )


@pytest.mark.parametrize("kind", ["encoders", "heads", "tasks", "checks", "schedules", "readers", "formats"])
def test_list_names_every_member_with_its_summary(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", kind, "--json"]) == 0
    members = json.loads(capsys.readouterr().out)[kind]
    assert members
    assert main(["list", kind]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(members)
    assert all(summary in line for summary, line in zip(members.values(), lines, strict=True))


def test_list_of_an_unknown_kind_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "encoder"]) == 64
    assert capsys.readouterr().err.endswith('Did you mean "encoders"?\n')
