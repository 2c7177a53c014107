"""The command line: a verb and its arguments in; answers on standard output, errors and an exit code out.

Every verb imports its station when it is called, so that ``--help`` and ``list`` answer at once and without torch.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from seqwise.compare_verb import compare
from seqwise.console import (
    Changes,
    Manner,
    answer,
    complain,
    finding_lines,
    has_error,
    never_fail_on_letters,
    note,
    read_manner,
    score_lines,
)
from seqwise.errors import DataError, InterruptedRunError, Problem, SeqwiseError, UsageError, did_you_mean
from seqwise.probe_verbs import gradcheck, probe
from seqwise.version import __version__

# What typer returns when Ctrl-C is pressed: 128 + SIGINT.
CTRL_C = 130
FINDING = 1
DEFAULT_FOLDER = Path("runs")
EVERYWHERE = "With every verb: --json answers as one JSON object, --lang en|ko, --debug shows tracebacks."


def example(line: str) -> str:
    """The end of a verb's help: an example, and the options that every verb takes."""
    # \b keeps the lines that follow it as they are, so that the example can be copied.
    return f"\b\nExample:\n  seqwise {line}\n\n{EVERYWHERE}"


app = typer.Typer(
    name="seqwise",
    help="Trains, checks and serves models of sequences, and refuses to let a meaningless number look like a result.",
    epilog=example("fit settings.toml --out runs/first"),
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

BadRows = Annotated[Literal["stop", "skip", "repair"] | None, typer.Option(help="What to do with bad rows.")]
# Of series, with --task forecast.
Time = Annotated[str | None, typer.Option(metavar="COL", help="Of series: column of the time.")]
Unit = Annotated[str | None, typer.Option(metavar="COL,COL", help="Of series: columns that name whose a row is.")]
Value = Annotated[str | None, typer.Option(metavar="COL,COL", help="Of series: what is forecast, states or numbers.")]
Known = Annotated[str | None, typer.Option(metavar="COL,COL", help="Of series: columns known of times to come.")]
Input = Annotated[int | None, typer.Option("--input", metavar="STEPS", help="Of series: steps that are seen.")]
Horizon = Annotated[int | None, typer.Option(metavar="STEPS", help="Of series: steps to come that are forecast.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 when a finding is an error.")]
Run = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished run.")]
Backend = Annotated[
    str, typer.Option(metavar="NAME", help="What computes, if not what the run says. See: seqwise list backends.")
]


@app.callback(invoke_without_command=True)
def seqwise(
    context: typer.Context,
    is_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Trains, checks and serves models of sequences, and refuses to let a meaningless number look like a result."""
    if is_version:
        answer(context.obj, [f"seqwise {__version__}"], json_object={"version": __version__})
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(UsageError.exit_code)


@app.command(epilog=example("init classify --out settings.toml"))
def init(
    context: typer.Context,
    task: Annotated[str, typer.Argument(metavar="TASK", help="See: seqwise list tasks.")],
    *,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write here, not to the screen.")] = None,
) -> None:
    """Write a settings file, filled in and commented."""
    from seqwise.settings.render import example_settings
    from seqwise.tasks import TASKS

    if task not in TASKS:
        known = ", ".join(TASKS)
        raise UsageError(Problem(where="TASK", what=f'found "{task}"; known: {known}.', fix=did_you_mean(task, TASKS)))
    text = example_settings(task)
    if out is None:
        answer(context.obj, text.splitlines(), json_object={"settings": text})
        return
    if out.exists():
        what = "exists already and is not overwritten."
        raise UsageError(Problem(where=str(out), what=what, fix="Name another file with --out."))
    out.write_text(text, encoding="utf-8")
    lines = [f"Wrote {out}. Name your file and its columns in [data], then: seqwise fit {out}"]
    answer(context.obj, lines, json_object={"path": str(out)})


@app.command(epilog=example("fit --task classify --train reviews.csv --text document --label label"))
def fit(  # noqa: PLR0913 - the options of a verb are its parameters
    context: typer.Context,
    settings: Annotated[
        Path | None, typer.Argument(metavar="SETTINGS.toml", help="A settings file; or --task.")
    ] = None,
    *,
    task: Annotated[
        str | None, typer.Option(help="Without a settings file: what to train. See: seqwise list tasks.")
    ] = None,
    train: Annotated[str | None, typer.Option(metavar="FILE", help="With --task: training rows.")] = None,
    text: Annotated[str | None, typer.Option(metavar="COL", help="With --task: column of the text.")] = None,
    label: Annotated[str | None, typer.Option(metavar="COL", help="With --task: column of the label.")] = None,
    time: Time = None,
    unit: Unit = None,
    value: Value = None,
    known: Known = None,
    n_input: Input = None,
    horizon: Horizon = None,
    validation: Annotated[
        str | None, typer.Option(metavar="FILE|SHARE", help="With --task: rows to choose by, or a share such as 0.1.")
    ] = None,
    test: Annotated[str | None, typer.Option(metavar="FILE|SHARE", help="With --task: rows looked at once.")] = None,
    encoder: Annotated[
        str | None, typer.Option(metavar="NAME", help="With --task. See: seqwise list encoders.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="RUN", help="The run folder; without it runs/<name>.")] = None,
    changes: Changes = None,
    is_resume: Annotated[bool, typer.Option("--resume", help="Go on with a stopped run.")] = False,
    is_fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew in a run folder that exists.")] = False,
    is_strict: Strict = False,
    on_bad_row: BadRows = None,
) -> None:
    """Train, judge and check a model. Leaves a run folder with its report."""
    manner: Manner = context.obj
    flags = {"train": train, "text": text, "label": label, "validation": validation, "test": test, "encoder": encoder}
    of_series = {"time": time, "unit": unit, "value": value, "known": known, "input": n_input, "horizon": horizon}
    overrides = list(changes or [])
    if on_bad_row is not None:
        overrides.append(f"data.on_bad_row={on_bad_row}")
    if manner.language is not None:
        overrides.append(f"runtime.lang={manner.language}")
    from seqwise.flags import settings_of

    loaded = settings_of(settings, task, flags=flags | of_series, overrides=overrides)
    from seqwise.workflow import FitOptions, fit

    name = settings.stem if settings is not None else str(task)
    options = FitOptions(is_fresh=is_fresh, is_resume=is_resume, is_quiet=manner.is_json)
    result = fit(loaded, out or DEFAULT_FOLDER / name, options=options)
    told: dict[str, object] = {
        "run": str(result.folder),
        "scores": None if result.scores is None else result.scores.to_json(),
        "findings": [finding.to_json() for finding in result.findings],
    }
    answer(manner, result.lines, json_object=told)
    if is_strict and has_error(result.findings):
        raise typer.Exit(FINDING)


@app.command(epilog=example("check settings.toml --strict"))
def check(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(metavar="SETTINGS|RUN|PREDICTIONS", help="What to look at.")],
    *,
    changes: Changes = None,
    is_strict: Strict = False,
) -> None:
    """Say what is wrong, without training. Looks at settings and their data, a run, or a file of predictions."""
    manner: Manner = context.obj
    from seqwise.checking import check, check_settings

    if changes:
        from seqwise.settings.reading import read_settings

        findings = check_settings(read_settings(target, overrides=changes), language=manner.language)
    else:
        findings = check(target, language=manner.language)
    lines = finding_lines(findings, language=manner.spoken)
    answer(manner, lines, json_object={"findings": [finding.to_json() for finding in findings]})
    if is_strict and has_error(findings):
        raise typer.Exit(FINDING)


@app.command(epilog=example("predict runs/first new.csv --out answers.csv"))
def predict(
    context: typer.Context,
    run: Run,
    *,
    source: Annotated[str, typer.Argument(metavar="INPUT", help="A file of rows or series, or - for lines of text.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A .csv, .jsonl, .parquet file; for tags also .conll, .txt.")
    ] = None,
    backend: Backend = "",
    steps: Annotated[str, typer.Option(metavar="NAME,NAME", help="Behind entities: particles, counts (Korean).")] = "",
) -> None:
    """Answer new rows: probabilities of every label; entities, or words with their tags; steps to come of series."""
    from seqwise.predicting import predict

    result = predict(run, source, out=out, backend=backend, steps=steps.replace(",", " ").split())
    note(source, result.notes)
    path = None if result.path is None else str(result.path)
    lines = result.lines if path is None else [f"Wrote {result.n_rows} rows to {path}."]
    answer(context.obj, lines, json_object={"n_rows": result.n_rows, "path": path, "lines": list(result.lines)})


@app.command(epilog=example("evaluate runs/first labelled.csv"))
def evaluate(
    context: typer.Context,
    run: Run,
    *,
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="A file of labelled rows.")],
    backend: Backend = "",
) -> None:
    """Score a run on labelled rows. Every baseline of the run stands beside it."""
    from seqwise.predicting import evaluate

    manner: Manner = context.obj
    result = evaluate(run, source, backend=backend)
    note(str(source), result.notes)
    lines = list(score_lines(result.scores))
    if result.findings:
        lines += ["", *finding_lines(result.findings, language=manner.spoken)]
    told: dict[str, object] = {
        "scores": result.scores.to_json(),
        "findings": [finding.to_json() for finding in result.findings],
    }
    answer(manner, lines, json_object=told)


@app.command(epilog=example("report runs/first --lang ko"))
def report(context: typer.Context, run: Run) -> None:
    """Write the report of a run again. It is one HTML file that needs no network."""
    from seqwise.report.page import write_report

    manner: Manner = context.obj
    path = write_report(run, language=manner.language)
    answer(manner, [f"Wrote {path}."], json_object={"path": str(path)})


@app.command(epilog=example("submit runs/first test.csv --sample sample_submission.csv --out submission.csv"))
def submit(
    context: typer.Context,
    run: Run,
    *,
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="A file of the rows to predict.")],
    sample: Annotated[Path, typer.Option(metavar="SAMPLE.csv", help="The platform's sample file.")],
    out: Annotated[Path, typer.Option(metavar="FILE.csv", help="The file to write.")],
) -> None:
    """Write a competition file. It is checked against the platform's sample before it is written."""
    manner: Manner = context.obj
    from seqwise.predicting import submit

    findings = submit(run, source, sample=sample, out=out)
    told: dict[str, object] = {"path": str(out), "findings": [finding.to_json() for finding in findings]}
    answer(manner, [*finding_lines(findings, language=manner.spoken), f"Wrote {out}."], json_object=told)


@app.command(name="convert-data", epilog=example("convert-data train.jsonl train.conll --scheme BIOES"))
def convert_data(  # noqa: PLR0913 - the options of a verb are its parameters
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="A file of tagged text.")],
    *,
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="The file to write.")],
    from_: Annotated[str, typer.Option("--from", metavar="FORMAT", help="See: seqwise list formats.")] = "auto",
    to: Annotated[str, typer.Option(metavar="FORMAT", help="If not what the ending of TARGET says.")] = "",
    scheme: Annotated[str, typer.Option(metavar="SCHEME", help="Of the tags of TARGET.")] = "BIO",
    from_scheme: Annotated[str, typer.Option(metavar="SCHEME", help="Of SOURCE; none: words' own tags.")] = "auto",
    text: Annotated[str, typer.Option(metavar="COL", help="Column of the tokens of SOURCE.")] = "",
    label: Annotated[str, typer.Option(metavar="COL", help="Column of the tags of SOURCE.")] = "",
    on_bad_row: BadRows = None,
) -> None:
    """Write a file of tagged text in another format. It is read back, and what is lost is told."""
    from seqwise.read.tagged.reading import Layout
    from seqwise.read.tagged.writing import Target, convert, format_of

    aim = Target(to or format_of(target), scheme)
    layout, bad = Layout(text, label, from_scheme), on_bad_row or "stop"
    lines = convert(source, target, target=aim, layout=layout, format=from_, on_bad_row=bad)
    answer(context.obj, lines, json_object={"path": str(target), "told": list(lines)})


@app.command(name="list", epilog=example("list encoders"))
def list_(
    context: typer.Context,
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="encoders, heads, tasks, checks, baselines, schedules, readers, formats, backends, remedies.",
        ),
    ],
) -> None:
    """Say what there is to choose from."""
    from seqwise.kinds import table

    members = table(kind)
    width = max(map(len, members), default=0)
    lines = [f"{name:<{width}}  {summary}" for name, summary in members.items()]
    answer(context.obj, lines, json_object={kind: dict(members)})


VERBS = frozenset(
    {"init", "fit", "check", "predict", "evaluate", "report", "submit", "convert-data", "compare", "list"}
    | {"gradcheck", "probe"}
)
app.command(epilog=example("compare settings.toml --imbalance --seeds 5"))(compare)
app.command(epilog=example("gradcheck settings.toml"))(gradcheck)
app.add_typer(probe, name="probe", epilog=example("probe gradient lstm --length 200"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code: 0, 1, 64, 65 or 75."""
    never_fail_on_letters()
    # Threads that wait by spinning starve each other where another process is busy: 15 times slower, see docs/log.md.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # some microseconds awake, as small products follow one another
    given = sys.argv[1:] if arguments is None else list(arguments)
    manner = Manner(is_json="--json" in given, is_debug="--debug" in given)
    try:
        manner, rest = read_manner(given)
        code = app(rest, prog_name="seqwise", standalone_mode=False, obj=manner)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the front door: every fault becomes a sentence
        if manner.is_debug:
            traceback.print_exc()
        return complain(manner, _in_our_words(error, given), name=type(error).__name__)
    return _stopped(manner) if code == CTRL_C else int(code or 0)


def _stopped(manner: Manner) -> int:
    return complain(manner, InterruptedRunError(Problem(where="", what="Stopped.", fix="Run the same command again.")))


def _in_our_words(error: BaseException, given: Sequence[str]) -> SeqwiseError:
    """Any fault as one of ours: wrong usage, a file that cannot be read or written, or one that we did not foresee."""
    if isinstance(error, SeqwiseError):
        return error
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return InterruptedRunError(Problem(where="", what="Stopped.", fix="Run the same command again."))
    if isinstance(error, typer.TyperException):
        return _wrong_usage(error.format_message(), given)
    if isinstance(error, UnicodeDecodeError):
        what = f"holds bytes that are not {error.encoding}."
        return DataError(Problem(where="standard input", what=what, fix="Name the file: its encoding is found out."))
    if isinstance(error, OSError):
        where, what = str(error.filename or "the disk"), f"{error.strerror or error}."
        return DataError(Problem(where=where, what=what, fix="Check the path, the rights and the free space."))
    what = f"stopped on a fault that it did not foresee: {type(error).__name__}: {error}."
    return SeqwiseError(Problem(where="seqwise", what=what, fix="Run the same command with --debug to see where."))


def _wrong_usage(message: str, given: Sequence[str]) -> UsageError:
    verb = next((word for word in given if not word.startswith("-")), None)
    if verb is not None and verb not in VERBS:
        known = ", ".join(sorted(VERBS))
        what = f'found the verb "{verb}"; known: {known}.'
        return UsageError(Problem(where="seqwise", what=what, fix=did_you_mean(verb, VERBS)))
    command = "seqwise" if verb is None else f"seqwise {verb}"
    what = message.replace("Value error, ", "").rstrip(".")
    return UsageError(Problem(where=command, what=f"{what}.", fix=f"See: {command} --help"))
