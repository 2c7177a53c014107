"""Seconds of whole commands that must answer at once, and whether they imported torch.

Run: python benchmarks/startup.py
"""

import statistics
import subprocess
import sys
import time

COMMANDS = (("--help",), ("list", "encoders"), ("list", "baselines"))
TIMES = 7


def main() -> int:
    is_quick = True
    for arguments in COMMANDS:
        seconds = []
        for _ in range(TIMES):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-m", "seqwise", *arguments], check=True, stdout=subprocess.DEVNULL)
            seconds.append(time.perf_counter() - began)
        trace = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "seqwise", *arguments],
            check=True,
            capture_output=True,
            text=True,
        )
        has_torch = any(line.rstrip().endswith("| torch") for line in trace.stderr.splitlines())
        median = statistics.median(seconds)
        is_quick &= median <= 0.4 and not has_torch
        print(
            f"seqwise {' '.join(arguments)}: median {median:.3f} s of {TIMES} "
            f"(from {min(seconds):.3f} to {max(seconds):.3f}); torch imported: {has_torch}"
        )
    return 0 if is_quick else 1


if __name__ == "__main__":
    sys.exit(main())
