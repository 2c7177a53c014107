"""What goes wrong on the command line: a sentence or one JSON object on standard error, and the exit code."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from seqwise import cli
from seqwise.cli import main
from seqwise.errors import DataError, InterruptedRunError, Problem, SeqwiseError, UsageError

SOUND = 'task = "classify"\n[data]\ntrain = "train.csv"\n[encoder]\nname = "bag"\n'
PROBLEMS = [Problem("a.csv:3", "found nothing.", "Fill it."), Problem("a.csv:9", "found NUL.")]


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """A report station that raises."""

    def write_report(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setitem(sys.modules, "seqwise.report.page", SimpleNamespace(write_report=write_report))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError(PROBLEMS), 64),
        (DataError(PROBLEMS), 65),
        (InterruptedRunError(PROBLEMS), 75),
        (SeqwiseError(PROBLEMS), 1),
    ],
)
def test_our_errors_are_told_whole_with_their_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: SeqwiseError, code: int
) -> None:
    failing(monkeypatch, error)
    assert main(["report", "run"]) == code
    told = capsys.readouterr()
    assert told.err == "a.csv:3: found nothing. Fill it.\na.csv:9: found NUL.\n"
    assert told.out == ""


def test_an_error_as_json_is_one_object(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    failing(monkeypatch, DataError(PROBLEMS))
    assert main(["report", "run", "--json"]) == 65
    assert json.loads(capsys.readouterr().err) == {
        "error": "DataError",
        "exit_code": 65,
        "problems": [
            {"where": "a.csv:3", "what": "found nothing.", "fix": "Fill it."},
            {"where": "a.csv:9", "what": "found NUL.", "fix": ""},
        ],
    }


def test_an_unforeseen_fault_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, KeyError("p_x"))
    assert main(["report", "run"]) == 1
    assert capsys.readouterr().err == (
        "seqwise: stopped on a fault that it did not foresee: KeyError: 'p_x'. "
        "Run the same command with --debug to see where.\n"
    )


@pytest.mark.parametrize("error", [KeyError("p_x"), DataError(PROBLEMS), KeyboardInterrupt()])
def test_a_traceback_appears_only_under_debug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    failing(monkeypatch, error)
    code = main(["report", "run"])
    assert "Traceback" not in capsys.readouterr().err
    assert main(["report", "run", "--debug"]) == code
    if not isinstance(error, KeyboardInterrupt):  # typer turns Ctrl-C into an exit code before we see it
        assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), typer.Abort()])
def test_ctrl_c_exits_75(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    failing(monkeypatch, error)
    assert main(["report", "run"]) == 75
    assert capsys.readouterr().err.strip() == "Stopped. Run the same command again."


def test_ctrl_c_before_the_verb_begins_exits_75(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def press(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", press)
    assert main(["list", "encoders"]) == 75
    assert capsys.readouterr().err == "Stopped. Run the same command again.\n"


def test_a_file_that_cannot_be_written_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, OSError(28, "No space left on device", "run/report.html"))
    assert main(["report", "run"]) == 65
    told = "run/report.html: No space left on device. Check the path, the rights and the free space.\n"
    assert capsys.readouterr().err == told
    failing(monkeypatch, OSError("the disk went away"))
    assert main(["report", "run"]) == 65
    assert capsys.readouterr().err.startswith("the disk: the disk went away.")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["ft"],
            'seqwise: found the verb "ft"; known: check, compare, convert-data, evaluate, fit, gradcheck, init, list, '
            'predict, probe, report, submit. Did you mean "fit"?',
        ),
        (["--nonsense"], "seqwise: No such option: --nonsense. See: seqwise --help"),
        (["fit", "--ot", "x"], "seqwise fit: No such option: --ot (Possible options: --out, --set, --unit)."),
        (["predict", "run"], "seqwise predict: Missing argument 'INPUT'. See: seqwise predict --help"),
        (["report", "a", "b"], "seqwise report: Got unexpected extra argument(s) (b). See: seqwise report --help"),
        (["submit", "run", "t.csv"], "seqwise submit: Missing option '--sample'. See: seqwise submit --help"),
        (
            ["fit", "s.toml", "--on-bad-row", "jump"],
            "seqwise fit: Invalid value for '--on-bad-row': 'jump' is not one of 'stop', 'skip', 'repair'.",
        ),
        (["list", "encoders", "--lang", "kor"], '--lang: found "kor"; allowed: en, ko. Did you mean "ko"?'),
        (["list", "encoders", "--lang"], '--lang: found ""; allowed: en, ko.'),
        (
            ["fit"],
            "seqwise fit: nothing says what to train. For example: seqwise fit settings.toml, or seqwise fit --task",
        ),
        (["fit", "s.toml", "--task", "classify"], "seqwise fit: give a settings file or --task, and not both."),
        (
            ["fit", "s.toml", "--train", "x.csv"],
            "--train: goes with --task and not with a settings file. "
            'Write it into the file, or: --set data.train="x.csv"',
        ),
        (["fit", "nowhere.toml"], "nowhere.toml: there is no such file. Write one: seqwise init classify"),
        (
            ["fit", "--task", "clasify", "--train", "x"],
            '--task: found "clasify"; allowed: "classify", "tag", "forecast" or "translate". Did you mean "classify"?',
        ),
        (
            ["fit", "--task", "classify"],
            "--train: is missing; it is required: file of training rows: csv, tsv, jsonl, parquet or idx, plain or "
            ".gz; pairs: also train.{de,en}.gz. Give --train.\n",
        ),
        (
            ["fit", "--task", "classify", "--train", "x", "--encoder", "bret"],
            '--encoder: found "bret"; allowed: "bag", "bert", "recurrent", "transformer" or "window". '
            'Did you mean "bert"?',
        ),
    ],
)
def test_wrong_usage_exits_64_and_says_what_is_right(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 64
    assert capsys.readouterr().err.startswith(told)


def test_wrong_usage_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "--json", "--nonsense"]) == 64
    told = json.loads(capsys.readouterr().err)
    assert (told["exit_code"], told["problems"][0]["where"]) == (64, "seqwise fit")
    assert main(["list", "encoders", "--json", "--lang", "xx"]) == 64
    assert json.loads(capsys.readouterr().err)["problems"][0]["where"] == "--lang"


def test_the_options_of_every_verb_may_stand_anywhere_before_a_bare_dash(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "list", "tasks"]) == 0
    assert "tasks" in json.loads(capsys.readouterr().out)
    assert main(["list", "--", "--json"]) == 64
    assert capsys.readouterr().err.startswith('KIND: found "--json"')


def test_no_verb_shows_the_help_and_exits_64(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 64
    assert "Usage: seqwise" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == "seqwise 0.1.0\n"


@pytest.mark.parametrize("verb", sorted(cli.VERBS))
def test_the_help_of_every_verb_shows_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "--help"]) == 0
    out = capsys.readouterr().out
    assert f"Example:\n    seqwise {verb} " in out
    assert "--json answers as one JSON object, --lang en|ko, --debug" in out


def test_the_list_of_verbs_is_whole() -> None:
    registered = {command.name or command.callback.__name__ for command in cli.app.registered_commands}
    assert registered | {group.name for group in cli.app.registered_groups} == cli.VERBS
