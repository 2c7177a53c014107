"""Measures our speed beside the peer's, in one process and in turns; prints the figures and keeps them.

Run: python benchmarks/speed/run.py [fine-tune] [losses] [inference] [recurrent] [prepare] [growth] [memory] [gpu]
                                    [tags] [tagging]
                                    [--turns N] [--seconds S] [--rows N]
Without names: all. Peers: pip install -e .[bench,minilm]; data: ../shared/data beside the repository.
Each run adds a line to benchmarks/results/NAME.jsonl; python benchmarks/speed/table.py shows the newest of each.
"""

import argparse
import os
import sys
from dataclasses import asdict
from importlib import import_module

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command line does; read when torch is imported
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
os.environ.setdefault("TQDM_DISABLE", "1")

from results import Report, record, write
from table import markdown
from turns import Options

BENCHMARKS = {
    "fine-tune": "fine_tune",
    "losses": "losses",
    "inference": "inference",
    "recurrent": "recurrent",
    "prepare": "preparation",
    "growth": "growth",
    "memory": "memory",
    "gpu": "gpu",
    "tags": "tags",
    "tagging": "tagging",
}


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    parser.add_argument("--turns", type=int, default=Options.turns, help="rounds (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=Options.seconds, help="of a turn (default %(default)s)")
    parser.add_argument("--rows", type=int, default=0, help="a smaller amount of work, for a trial; not kept")
    given = parser.parse_args(words)
    unknown = set(given.names) - BENCHMARKS.keys()
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    options = Options(turns=given.turns, seconds=given.seconds, rows=given.rows)
    for name in given.names or BENCHMARKS:
        report: Report = import_module(BENCHMARKS[name]).run(options)
        content = record(name, report, asdict(options))
        print("\n" + markdown(content), flush=True)
        if not options.rows:
            print(f"kept in {write(content)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
