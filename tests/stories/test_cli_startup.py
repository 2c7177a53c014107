"""The door is light: help and lists answer within 0.4 s of processor time and never import torch."""

import resource
import subprocess
import sys

import pytest

LIMIT_S = 0.4
HEAVY = ("torch", "transformers", "sklearn", "polars", "altair")
PROGRAM = """\
import sys
from seqwise.cli import main
code = main({arguments!r})
loaded = [name for name in {heavy!r} if name in sys.modules]
sys.exit(f"imported {{loaded}}" if loaded else code)
"""
DOORS = [["--help"], ["list", "encoders"], ["list", "schedules"], ["fit", "--help"], ["init", "classify"]]


@pytest.mark.parametrize("arguments", DOORS, ids=" ".join)
def test_the_door_imports_nothing_heavy(arguments: list[str]) -> None:
    program = PROGRAM.format(arguments=arguments, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["list", "encoders"]], ids=" ".join)
def test_the_door_opens_at_once(arguments: list[str]) -> None:
    # Processor time and the best of five: other programs on the machine do not count.
    assert min(_seconds(arguments) for _ in range(5)) <= LIMIT_S


def _seconds(arguments: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "seqwise", *arguments], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
