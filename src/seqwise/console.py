"""What the command line says: text for people or one JSON object, findings, scores, and errors in three parts."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated

import typer

from seqwise.errors import Problem, SeqwiseError, UsageError, did_you_mean

if TYPE_CHECKING:  # records imports numpy, which would double the time that --help takes
    from seqwise.records import Finding, Language, Level, Scores

LANGUAGES = ("en", "ko")
Changes = Annotated[
    list[str] | None, typer.Option("--set", metavar="TABLE.KEY=VALUE", help="Change one setting; may be repeated.")
]
HEADINGS: "Mapping[Language, Mapping[Level, str]]" = {
    "en": {"error": "ERROR", "warning": "WARNING", "info": "INFO", "pass": "PASS"},
    "ko": {"error": "오류", "warning": "경고", "info": "정보", "pass": "통과"},
}
# Counted in one line, by language.
PASSED: "Mapping[Language, str]" = {"en": "{n} checks passed.", "ko": "검사 {n}개를 통과했습니다."}
SILENCED: "Mapping[Language, str]" = {"en": "silenced: {reason}", "ko": "끔: {reason}"}


@dataclass(frozen=True)
class Manner:
    """How every verb answers: as JSON, in which language (None: as the settings say), with tracebacks."""

    is_json: bool = False
    language: "Language | None" = None
    is_debug: bool = False

    @property
    def spoken(self) -> "Language":
        """The language where no settings say one."""
        return self.language or "en"


def read_manner(arguments: Sequence[str]) -> tuple[Manner, list[str]]:
    """Take ``--json``, ``--lang`` and ``--debug`` out of the arguments, wherever they stand before a bare ``--``.

    They are read before all else, so that an error in the other arguments is told in the manner that was asked for.

    Raises:
        UsageError: if ``--lang`` names no language that we speak.
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    rest: list[str] = []
    language: str | None = None
    waiting = list(arguments[:end])
    while waiting:
        argument = waiting.pop(0)
        if argument == "--lang":
            language = waiting.pop(0) if waiting else ""
        elif argument.startswith("--lang="):
            language = argument.removeprefix("--lang=")
        elif argument not in {"--json", "--debug"}:
            rest.append(argument)
    own = arguments[:end]
    manner = Manner(is_json="--json" in own, language=_language(language), is_debug="--debug" in own)
    return manner, [*rest, *arguments[end:]]


def _language(name: str | None) -> "Language | None":
    if name is not None and name not in LANGUAGES:
        what = f'found "{name}"; allowed: {", ".join(LANGUAGES)}.'
        raise UsageError(Problem(where="--lang", what=what, fix=did_you_mean(name, LANGUAGES)))
    return name


def note(source: str, notes: Sequence[str]) -> None:
    """What was found out about a file goes beside the answer, not into it."""
    for one in notes:
        typer.echo(f"{source}: {one}", err=True)


def never_fail_on_letters() -> None:
    """Let a terminal without Korean letters show their codes rather than stop the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def answer(manner: Manner, lines: Sequence[str], *, json_object: Mapping[str, object]) -> None:
    """Print the lines for people, or the object as one line of JSON."""
    if manner.is_json:
        typer.echo(json.dumps(json_object, ensure_ascii=False, default=str))
        return
    for line in lines:
        typer.echo(line)


def has_error(findings: "Sequence[Finding]") -> bool:
    """Whether a finding of level error stands that nobody silenced."""
    return any(finding.level == "error" and not finding.silenced for finding in findings)


def finding_lines(findings: "Sequence[Finding]", *, language: "Language") -> list[str]:
    """Findings for people: what is wrong, what it means, what to do; those that pass are counted."""
    lines: list[str] = []
    for finding in findings:
        if finding.level != "pass":
            lines += _finding(finding, language)
    n_passed = sum(finding.level == "pass" for finding in findings)
    return [*lines, PASSED[language].format(n=n_passed)]


def _finding(finding: "Finding", language: "Language") -> list[str]:
    head = f"{HEADINGS[language][finding.level]} {finding.title} [{' '.join(finding.ids)}]"
    if finding.silenced:
        return [f"{head} ({SILENCED[language].format(reason=finding.silenced)})"]
    return [head, *(f"  {part}" for part in (finding.message, finding.fix) if part)]


def score_lines(scores: "Scores") -> list[str]:
    """The verdict of each split, then every metric with its interval, the best baseline beside it."""
    lines: list[str] = []
    for split, score in scores.splits.items():
        best = score.verdict.best_baseline
        lines += [f"{split}: {score.n} rows. {score.verdict.sentence}"]
        for name, metric in score.metrics.items():
            beside = score.baselines.get(best, {}).get(name)
            compared = "" if beside is None else f"    {best} {beside.value:.4f}"
            lines.append(f"  {name:<12} {metric.value:.4f} [{metric.low:.4f}, {metric.high:.4f}]{compared}")
    return lines


def complain(manner: Manner, error: SeqwiseError, *, name: str = "") -> int:
    """Tell an error on standard error, all its problems at once, and return its exit code."""
    if manner.is_json:
        problems = [{"where": item.where, "what": item.what, "fix": item.fix} for item in error.problems]
        told = {"error": name or type(error).__name__, "exit_code": error.exit_code, "problems": problems}
        typer.echo(json.dumps(told, ensure_ascii=False), err=True)
    else:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
    return error.exit_code
