"""Memory of ``seqwise fit`` over time, on a small and on a large file, each in a process of its own.

A run is ended while it trains: memory has its peak in preparation or in the first updates.
"""

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
TRAINING_S = 30.0  # after the first updates
LONGEST_WAIT_S = 3600.0
SAMPLE_S, POINT_S = 0.25, 5.0
KINDS = {"anonymous": "RssAnon", "resident": "VmRSS"}  # without files that are mapped, and with them
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
    series: dict[str, dict[float, float]] = field(default_factory=lambda: {kind: {} for kind in KINDS})

    def sample(self, pid: int, at_s: float) -> None:
        """Look once."""
        place = POINT_S * (at_s // POINT_S)
        for kind, series in self.series.items():
            series[place] = max(series.get(place, 0.0), memory_mb(KINDS[kind], pid))

    def peak(self, kind: str) -> float:
        """The highest of all."""
        return max(self.series[kind].values())


def run(options: Options) -> Report:
    """A file of few rows, and one of many that repeat them."""
    largest = options.rows or LARGEST
    runs: dict[int, Watched] = {}
    with tempfile.TemporaryDirectory() as folder:
        for n_rows in (SMALLEST, largest):
            runs[n_rows] = _watch_fit(Path(folder), n_rows)
            print(f"{n_rows:,} rows: {runs[n_rows].peak('anonymous'):,.0f} MB anonymous", file=sys.stderr, flush=True)
    return Report(
        lines=[
            Line(
                f"{largest:,} rows: peak of {kind} memory above that of {SMALLEST:,} rows",
                runs[largest].peak(kind) - runs[SMALLEST].peak(kind),
                "<= 1500",
                unit="MB",
            )
            for kind in KINDS
        ],
        figures={f"{n_rows:,} rows": _columns(watched) for n_rows, watched in runs.items()},
        curves=Curves(
            x="seconds",
            y="MB",
            points={
                f"{n_rows:,} rows, {kind}": list(series.items())
                for n_rows, watched in runs.items()
                for kind, series in watched.series.items()
            },
        ),
    )


def _columns(watched: Watched) -> dict[str, Figure]:
    return {
        **{f"peak {kind}, MB": watched.peak(kind) for kind in KINDS},
        "seconds to the first logged updates": watched.seconds_to_training,
    }


def _watch_fit(folder: Path, n_rows: int) -> Watched:
    """Run up to the log's first updates and some time of training."""
    train, validation, settings = folder / "train.csv", folder / "validation.csv", folder / "settings.toml"
    rows = pl.read_csv(DATA / "spooky" / "train.csv").select("text", "author")
    rows.head(N_VALIDATION).write_csv(validation)
    _write_repeated(rows.slice(N_VALIDATION), train, n_rows)
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


def _write_repeated(rows: pl.DataFrame, path: Path, n_rows: int) -> None:
    with path.open("wb") as file:
        for start in range(0, n_rows, len(rows)):
            rows.head(n_rows - start).write_csv(file, include_header=start == 0)
