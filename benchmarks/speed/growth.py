"""How the cost of training grows with rows and with lengths: a straight line in real tokens, drawn and fitted."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from meters import watch
from ours import our_training
from results import Curves, Figure, Line, Report
from stepped import SteppedTraining
from task import Shared, share
from turns import Options, Turn, spread, straight_line, take_turns

from seqwise.records import Examples, FlatTokens

TIMES = (1, 2, 4, 8)
KINDS = ("rows", "lengths")
N_ROWS, BATCH = 256, 32
SHORTEST = 16  # tokens of a row at 1×
Cut = Callable[[Examples, int], Examples]


def run(options: Options) -> Report:
    """One pass over each amount of rows, and over rows of each length, in turns."""
    shared = share("growth")
    n_rows = options.rows or N_ROWS
    amounts = {("rows", times): _first_rows(shared.train, n_rows * times) for times in TIMES}
    amounts |= {("lengths", times): _rows_of_length(shared.train, n_rows, SHORTEST * times) for times in TIMES}
    trainings = {name: _training(shared, examples) for name, examples in amounts.items()}
    turns = take_turns(
        {_shown(name): partial(_pass, training, len(amounts[name])) for name, training in trainings.items()},
        turns=options.turns,
        seconds=0,
        watch=watch(shared.device),
    )
    for training in trainings.values():
        training.close()
    lines: list[Line] = []
    for kind in KINDS:
        lines += _lines(kind, _points(kind, turns))
    return Report(
        lines=lines,
        figures={name: _columns(taken) for name, taken in turns.items()},
        curves=Curves(x="real tokens", y="seconds", points={kind: _points(kind, turns) for kind in KINDS}),
        spreads=options.passes(),
    )


def _points(kind: str, turns: dict[str, list[Turn]]) -> list[tuple[float, float]]:
    """Real tokens and the median of the seconds, from 1× to 8×."""
    grown = [turns[_shown((kind, times))] for times in TIMES]
    return [(taken[0].units, spread([turn.seconds for turn in taken]).median) for taken in grown]


def _lines(kind: str, points: list[tuple[float, float]]) -> list[Line]:
    tokens, seconds = [list(values) for values in zip(*points, strict=True)]
    slope, _, explained = straight_line(tokens, seconds)
    a_token = [one / n for one, n in zip(seconds, tokens, strict=True)]
    return [
        Line(f"{kind} 1× to 8×: variance that a straight line in real tokens explains", explained, ">= 0.99", unit=""),
        Line(f"{kind}: slope of the line", 1e6 * slope, unit="µs a real token"),
        Line(f"{kind}: seconds a real token, 8× over 1×", a_token[-1] / a_token[0]),
    ]


def _columns(turns: list[Turn]) -> dict[str, Figure]:
    return {
        "real tokens": turns[0].units,
        "seconds": spread([turn.seconds for turn in turns]),
        "µs a real token": spread([1e6 / turn.rate for turn in turns]),
    }


def _shown(name: tuple[str, int]) -> str:
    kind, times = name
    return f"{times}× {kind}"


def _training(shared: Shared, examples: Examples) -> SteppedTraining:
    work = replace(shared.work, examples={**shared.work.examples, "train": examples})
    built = replace(shared, work=work).build(batch_size=BATCH, precision="auto")
    return our_training(built, shared.settings)


def _pass(training: SteppedTraining, n_rows: int) -> float:
    return sum(training.step() for _ in range(-(-n_rows // BATCH)))


def _first_rows(examples: Examples, n: int) -> Examples:
    assert examples.targets is not None
    offsets = examples.tokens.offsets[: n + 1]
    return Examples(
        tokens=FlatTokens(ids=examples.tokens.ids[: offsets[-1]], offsets=offsets), targets=examples.targets[:n]
    )


def _rows_of_length(examples: Examples, n: int, length: int) -> Examples:
    """The same running text, cut into rows of one length."""
    assert examples.targets is not None
    tokens = FlatTokens(ids=examples.tokens.ids[: n * length], offsets=np.arange(n + 1, dtype=np.int64) * length)
    return Examples(tokens=tokens, targets=examples.targets[:n])
