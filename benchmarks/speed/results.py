"""What a benchmark found: lines with goals and the figures of each contestant; kept as one JSON line a run."""

import datetime
import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from turns import Spread

from seqwise.runtime import describe, set_up

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
PEERS = ("transformers", "accelerate", "onnxruntime", "openvino", "seqeval")
NO_FAST_BFLOAT16 = "this processor has no fast bfloat16"
NO_CUDA = "this machine has no GPU"

Figure = Spread | float | str | None


@dataclass(frozen=True)
class Line:
    """A line of the table.

    Attributes:
        what: is measured.
        figure: the number that the goal is about.
        goal: such as ``>= 8`` or ``<= 1.2``; empty for none.
        unit: stands behind the figure.
        not_measured: why there is no figure.
    """

    what: str
    figure: Spread | float | None = None
    goal: str = ""
    unit: str = "×"
    not_measured: str = ""


@dataclass(frozen=True)
class Curves:
    """What is drawn: a curve for each name, through points (x, y)."""

    x: str
    y: str
    points: Mapping[str, Sequence[tuple[float, float]]]


@dataclass(frozen=True)
class Report:
    """What one benchmark found.

    Attributes:
        lines: of the table of goals.
        figures: the columns of each contestant.
        curves: to be drawn.
        spreads: a sentence on what medians and ranges are over.
    """

    lines: list[Line]
    figures: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)
    curves: Curves | None = None
    spreads: str = ""


def is_reached(goal: str, value: float) -> bool:
    """Whether a value fulfils a goal such as ``>= 8``."""
    sign, bound = goal.split()
    return value >= float(bound) if sign == ">=" else value <= float(bound)


def record(benchmark: str, report: Report, arguments: Mapping[str, object]) -> dict[str, object]:
    """The report as plain dictionaries, with machine, versions, commit and the moment."""
    return {
        "benchmark": benchmark,
        "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        **_environment(),
        "arguments": dict(arguments),
        **asdict(report),
    }


def write(content: Mapping[str, object], folder: Path = RESULTS) -> Path:
    """Append one JSON line to the file of the benchmark."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{content['benchmark']}.jsonl"
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(content, ensure_ascii=False) + "\n")
    return path


def newest(paths: Iterable[Path]) -> list[dict[str, object]]:
    """The last run of each file."""
    return [json.loads(path.read_text(encoding="utf-8").strip().split("\n")[-1]) for path in paths]


def _environment() -> dict[str, object]:
    found = describe(set_up(device="auto", precision="auto", threads=0))
    versions = found["versions"]
    assert isinstance(versions, dict)
    return {"machine": found["machine"], "versions": versions | {name: _version(name) for name in PEERS}}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, check=False, capture_output=True, text=True).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!benchmarks/results")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + (" with changes" if changed else "")
