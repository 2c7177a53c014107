"""The largest anonymous memory of `seqwise fit` by training rows, which are made by repeating a CSV file. Linux only.

Run: python benchmarks/memory.py TRAIN.csv VALIDATION.csv TEXT_COLUMN LABEL_COLUMN 250000 1000000 10000000
"""

import csv
import itertools
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EVERY_S = 0.2
SETTINGS = ("encoder.name=bag", "encoder.embedding=8", "training.epochs=1", "training.batch_size=1024")


def repeat(source: Path, target: Path, n_rows: int) -> None:
    with source.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(itertools.islice(itertools.cycle(rows), n_rows))


def largest_mb(command: list[str], log: Path) -> float:
    with log.open("wb") as told, subprocess.Popen(command, stdout=told, stderr=told) as process:
        largest = 0
        while process.poll() is None:
            found = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
            largest = max(largest, int(found[1]) if found else 0)
            time.sleep(EVERY_S)
    if process.returncode:
        sys.exit(log.read_text())
    return largest / 1000


def main() -> None:
    source, validation, text, label, *numbers = sys.argv[1:]
    settings = [word for one in (f"data.validation={validation}", *SETTINGS) for word in ("--set", one)]
    for n_rows in map(int, numbers):
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            train, out = Path(folder, "train.csv"), Path(folder, "run")
            repeat(Path(source), train, n_rows)
            command = [sys.executable, "-m", "seqwise", "fit", "--task", "classify", "--train", str(train)]
            command += ["--text", text, "--label", label, "--out", str(out), *settings]
            print(f"{n_rows:,} rows: {largest_mb(command, Path(folder, 'log')):,.0f} MB", flush=True)


if __name__ == "__main__":
    main()
