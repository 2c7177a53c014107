"""Memory of ``seqwise fit`` on files of growing size over time, each in a process of its own, ended while it trains."""

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from meters import memory_mb
from results import Curves, Figure, Line, Report
from task import DATA
from turns import Options

LARGEST = 10_000_000
SMALLEST = 1_000  # rows that weigh nothing: what is left is Python, torch, the model and a batch
N_VALIDATION = 1_000
TRAINING_S = 45.0  # after the first updates
LONGEST_WAIT_S = 3600.0
SAMPLE_S, POINT_S = 0.25, 5.0
ANONYMOUS, RESIDENT = "RssAnon", "VmRSS"
SETTINGS = """
task = "classify"
[data]
train = "{train}"
validation = "{validation}"
label = "author"
[prepare]
max_length = 256
[encoder]
name = "bert"
checkpoint = "all-MiniLM-L6-v2"
[training]
epochs = 100
[evaluate]
baselines = ["prior"]
"""


@dataclass
class Watched:
    """The memory of a run: the highest value of each few seconds, in MB of 10^6 bytes, and what it came to."""

    seconds_to_training: float = 0.0
    series: dict[str, dict[float, float]] = field(default_factory=lambda: {ANONYMOUS: {}, RESIDENT: {}})

    def sample(self, pid: int, at_s: float) -> None:
        """Look once."""
        place = POINT_S * (at_s // POINT_S)
        for kind, series in self.series.items():
            series[place] = max(series.get(place, 0.0), memory_mb(kind, pid))

    def peak(self, kind: str) -> float:
        """The highest of all."""
        return max(self.series[kind].values())


def run(options: Options) -> Report:
    """Files of few, of a tenth of all and of all rows, made by repeating Spooky."""
    largest = options.rows or LARGEST
    runs: dict[int, Watched] = {}
    with tempfile.TemporaryDirectory() as folder:
        for n_rows in (SMALLEST, largest // 10, largest):
            runs[n_rows] = _watch_fit(Path(folder), n_rows)
            print(f"{n_rows:,} rows: {runs[n_rows].peak(ANONYMOUS):,.0f} MB", file=sys.stderr, flush=True)
    return Report(
        lines=[
            Line(
                f"{largest:,} rows: peak of {name} memory above that of {SMALLEST:,} rows",
                runs[largest].peak(kind) - runs[SMALLEST].peak(kind),
                "<= 1500",
                unit="MB",
            )
            for kind, name in ((ANONYMOUS, "anonymous"), (RESIDENT, "resident"))
        ],
        figures={f"{n_rows:,} rows": _columns(watched) for n_rows, watched in runs.items()},
        curves=Curves(
            x="seconds",
            y="MB",
            points={
                f"{n_rows:,} rows, {name}": list(watched.series[kind].items())
                for n_rows, watched in runs.items()
                for kind, name in ((ANONYMOUS, "anonymous"), (RESIDENT, "resident"))
            },
        ),
    )


def _columns(watched: Watched) -> dict[str, Figure]:
    return {
        "peak anonymous, MB": watched.peak(ANONYMOUS),
        "peak resident, MB": watched.peak(RESIDENT),
        "seconds to the first logged updates": watched.seconds_to_training,
    }


def _watch_fit(folder: Path, n_rows: int) -> Watched:
    """Run up to the log's first updates and some time of training."""
    train, validation, settings = folder / "train.csv", folder / "validation.csv", folder / "settings.toml"
    _write_rows(train, n_rows)
    _write_rows(validation, N_VALIDATION)
    settings.write_text(SETTINGS.format(train=train, validation=validation), encoding="utf-8")
    out = folder / f"run-{n_rows}"
    process = subprocess.Popen(
        [sys.executable, "-m", "seqwise", "fit", str(settings), "--out", str(out)], stdout=subprocess.DEVNULL
    )
    try:
        return _watch(process, out / "events.jsonl")
    finally:
        process.kill()
        process.wait()


def _watch(process: subprocess.Popen[bytes], log: Path) -> Watched:
    """Sample until the training has had its time; the log is written out some updates at a time."""
    watched, began = Watched(), time.monotonic()
    while True:
        now = time.monotonic() - began
        if process.poll() is not None or now > LONGEST_WAIT_S:
            raise RuntimeError(f"seqwise fit did not train: exit {process.returncode} after {now:.0f} s")
        watched.sample(process.pid, now)
        if not watched.seconds_to_training and log.exists() and log.stat().st_size:
            watched.seconds_to_training = now
        if watched.seconds_to_training and now > watched.seconds_to_training + TRAINING_S:
            return watched
        time.sleep(SAMPLE_S)


def _write_rows(path: Path, n_rows: int) -> None:
    """The first rows of Spooky, again and again."""
    rows = pl.read_csv(DATA / "spooky" / "train.csv").select("text", "author")
    left = n_rows
    with path.open("wb") as file:
        while left > 0:
            rows.head(left).write_csv(file, include_header=left == n_rows)
            left -= len(rows)
