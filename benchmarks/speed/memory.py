"""Peak memory of ``seqwise fit`` on files of growing size, each in a process of its own, stopped once it trains."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
from results import Figure, Line, Report
from task import DATA
from turns import Options

LARGEST = 10_000_000
SMALLEST = 1_000  # rows that weigh nothing: what is left is Python, torch and the model
N_VALIDATION = 1_000
LONGEST_WAIT_S = 6 * 3600.0
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


def run(options: Options) -> Report:
    """Files of 10 million rows and of tenths of that, made by repeating Spooky."""
    largest = options.rows or LARGEST
    sizes = [SMALLEST, *sorted({max(2 * SMALLEST, largest // 100), max(2 * SMALLEST, largest // 10), largest})]
    figures: dict[str, dict[str, Figure]] = {}
    peaks: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for n_rows in sizes:
            began = time.monotonic()
            peaks.append(_peak_mb(Path(folder), n_rows))
            figures[f"{n_rows:,} rows"] = {
                "peak memory, MB": peaks[-1],
                "above the model, MB": peaks[-1] - peaks[0],
                "seconds to the 50th update": time.monotonic() - began,
            }
            print(f"{n_rows:,} rows: {peaks[-1]:,.0f} MB", file=sys.stderr, flush=True)
    lines = [
        Line(f"{sizes[-1]:,} rows: peak memory above the model", peaks[-1] - peaks[0], "<= 1500", unit="MB"),
        Line(f"{sizes[-1]:,} rows: peak memory above that of {sizes[-2]:,} rows", peaks[-1] - peaks[-2], unit="MB"),
    ]
    return Report(lines=lines, figures=figures)


def _peak_mb(folder: Path, n_rows: int) -> float:
    """Peak of resident memory of a training run up to the log's first lines, in MB of 10^6 bytes."""
    train, validation, out = folder / "train.csv", folder / "validation.csv", folder / f"run-{n_rows}"
    _write_rows(train, n_rows)
    _write_rows(validation, N_VALIDATION)
    settings = folder / "settings.toml"
    settings.write_text(SETTINGS.format(train=train, validation=validation), encoding="utf-8")
    command = [sys.executable, "-m", "seqwise", "fit", str(settings), "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _wait_for_updates(process, out / "events.jsonl")
    process.send_signal(signal.SIGTERM)
    _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_maxrss * 1024 / 1e6


def _wait_for_updates(process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the log holds updates: it is written out some at a time."""
    end = time.monotonic() + LONGEST_WAIT_S
    while time.monotonic() < end:
        if log.exists() and log.stat().st_size:
            return
        if process.poll() is not None:
            raise RuntimeError(f"seqwise fit ended with {process.returncode} before it trained")
        time.sleep(0.2)
    process.kill()
    raise RuntimeError("no update in time")


def _write_rows(path: Path, n_rows: int) -> None:
    """The first rows of Spooky, again and again."""
    rows = pl.read_csv(DATA / "spooky" / "train.csv").select("text", "author")
    left = n_rows
    with path.open("wb") as file:
        while left > 0:
            rows.head(left).write_csv(file, include_header=left == n_rows)
            left -= len(rows)
