"""Runs every benchmark in turn, the short ones first; each prints its own figures.

Run: python benchmarks/run_all.py; hours on two cores, and ../shared/data beside the repository for the last two.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPTS = ("startup.py", "faults.py", "parity.py", "resume.py", "alignment.py", "accuracy.py")


def main() -> int:
    failed: list[str] = []
    for script in SCRIPTS:
        print(f"\n=== {script}", flush=True)
        if subprocess.run([sys.executable, str(HERE / script)], check=False).returncode:
            failed.append(script)
    print(f"\nfell short: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
