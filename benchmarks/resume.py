"""Kills a training run with SIGKILL at random moments, resumes it, and compares the final weights bit by bit.

Run: python benchmarks/resume.py [n_kills]; uses examples/nsmc, so it needs no other data.
"""

import hashlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = """
task = "classify"
[data]
train = "{data}"
text = "document"
label = "label"
id = "id"
validation = 0.1
[prepare]
tokens = "character"
max_length = 40
[encoder]
name = "recurrent"
cell = "gru"
embedding = 32
hidden = 32
[training]
epochs = 2
batch_size = 64
checkpoint_s = 0.5
evaluations = 3
[evaluate]
baselines = ["majority", "prior"]
"""


def weights_hash(run: Path) -> str:
    return hashlib.sha256((run / "model" / "model.safetensors").read_bytes()).hexdigest()


def start(settings: Path, run: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "seqwise", "fit", str(settings), "--out", str(run), "--resume"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def wait_for_training(process: subprocess.Popen[bytes], run: Path, after_s: float) -> None:
    while process.poll() is None and not (run / "events.jsonl").exists():
        time.sleep(0.05)
    time.sleep(after_s)


def main(n_kills: int) -> int:
    rng = random.Random(0)
    folder = Path(tempfile.mkdtemp())
    settings = folder / "settings.toml"
    settings.write_text(SETTINGS.format(data=ROOT / "examples" / "nsmc" / "train.tsv.gz"))
    began = time.monotonic()
    assert start(settings, folder / "clean").wait() == 0
    whole_s = time.monotonic() - began
    wanted = weights_hash(folder / "clean")
    n_equal = 0
    for number in range(n_kills):
        run = folder / f"killed-{number}"
        process = start(settings, run)
        wait_for_training(process, run, rng.uniform(0.2, 0.6 * whole_s))
        was_running = process.poll() is None
        process.kill()
        process.wait()
        resumed = start(settings, run)
        _, errors = resumed.communicate()
        is_equal = resumed.returncode == 0 and weights_hash(run) == wanted
        n_equal += is_equal
        print(
            f"kill {number + 1}: while running {was_running}, resumed exit {resumed.returncode}, "
            f"bit-identical {is_equal}",
            flush=True,
        )
        if resumed.returncode:
            print(errors.decode()[-2000:])
        shutil.rmtree(run)
    print(f"final weights bit-identical: {n_equal} of {n_kills}; one whole run {whole_s:.0f} s")
    shutil.rmtree(folder)
    return 0 if n_equal == n_kills else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10))
