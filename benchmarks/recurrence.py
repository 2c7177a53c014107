"""What recurrent layers compute and what they cost, beside torch's own modules; prints tables.

Run: python benchmarks/recurrence.py agree                            cells and layers against torch's, no data
     python benchmarks/recurrence.py speed [--seconds S] [--turns N]  tokens/s, forward and backward, no data
     python benchmarks/recurrence.py truncated [--passes N]           chunks against the whole length; ETTh1
     python benchmarks/recurrence.py imdb [--rows N]                  a plain RNN read at its last real step; IMDB
     python benchmarks/recurrence.py explode [--rows N]               what is said of gradients that explode; IMDB
Data: ../shared/data beside the repository. --threads N for each; figures of docs/ are taken on a machine at rest.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command line does; read when torch is imported
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
sys.path.insert(0, str(Path(__file__).resolve().parent / "speed"))

import numpy as np
import torch
from recurrence_training import CPU, explode, imdb, row, truncated
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence, pad_packed_sequence, pad_sequence
from turns import Spread, Step, Watch, rates, ratios, take_turns

from seqwise.model.layers.cells import GRUCell, LSTMCell, RNNCell, Weights, run_lstm
from seqwise.model.layers.recurrence import (
    CELLS,
    Cell,
    Direction,
    RecurrentLayer,
    fastest_arrangement,
    last_states,
    plan_recurrence,
)
from seqwise.runtime import bfloat16_is_fast, set_up

OWN_CELLS = {"rnn": (RNNCell, nn.RNNCell), "gru": (GRUCell, nn.GRUCell), "lstm": (LSTMCell, nn.LSTMCell)}

N_ROWS, N_STEPS, WIDTH = 32, 200, 256
STEPPED_ROWS = (1, 8, 32)  # sequences side by side: the fewer, the more the steps themselves cost
MEAN, SPREAD, LONGEST = 230, 0.6, 400  # log-normal lengths, like those of film reviews


def agree(_: argparse.Namespace) -> None:
    """The largest difference of any tensor, over the largest of the values that torch gives."""
    row("what", "precision", "outputs", "last states", "gradients")
    row("---", "---", "---", "---", "---")
    for dtype in (torch.float32, torch.float64):
        precision = str(dtype).removeprefix("torch.")
        for cell in CELLS:
            row(f"{cell} cell, 20 steps", precision, *map("{:.0e}".format, cell_differences(cell, dtype)))
            for n_layers, n_directions in ((1, 1), (1, 2), (2, 1), (2, 2)):
                for arrangement in ("packed", "groups") if cell == "lstm" else ("packed",):
                    found = layer_differences(cell, (n_layers, n_directions), dtype, arrangement)
                    what = f"{cell} layers: {n_layers}, directions: {n_directions}, ragged, {arrangement}"
                    row(what, precision, *map("{:.0e}".format, found))


def difference(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> float:
    return max(((a - b).abs().max() / b.abs().max()).item() for a, b in zip(ours, theirs, strict=True))


def cell_differences(cell: Cell, dtype: torch.dtype) -> list[float]:
    torch.manual_seed(0)
    ours, theirs = (made(16, 32).to(dtype) for made in OWN_CELLS[cell])
    ours.load_state_dict(theirs.state_dict())
    x, start = torch.randn(20, 8, 16, dtype=dtype), torch.zeros(8, 32, dtype=dtype)
    found = []
    for module in (ours, theirs):
        inputs, outputs = x.clone().requires_grad_(), []
        state = (start, start) if cell == "lstm" else start
        for x_now in inputs.unbind():
            state = module(x_now, state)
            outputs.append(state[0] if cell == "lstm" else state)
        last = torch.cat(state, dim=1) if cell == "lstm" else state
        (torch.stack(outputs).square().sum() + last.square().sum()).backward()
        found.append(([torch.stack(outputs)], [last], [inputs.grad, *(weight.grad for weight in module.parameters())]))
    return [difference(mine, their) for mine, their in zip(*found, strict=True)]


def layer_differences(cell: Cell, shape: tuple[int, int], dtype: torch.dtype, arrangement: str) -> list[float]:
    torch.manual_seed(0)
    n_layers, n_directions = shape
    lengths = [5, 40, 1, 17, 38, 5, 22]
    theirs = CELLS[cell](16, 32, num_layers=n_layers, bidirectional=n_directions == 2).to(dtype)
    layers = copies(cell, theirs).to(dtype)
    inputs = [torch.randn(sum(lengths), 16, dtype=dtype).requires_grad_() for _ in range(2)]
    inputs[1].data.copy_(inputs[0])

    layouts = plan_recurrence(lengths, CPU, arrangement=arrangement)[:n_directions]
    outputs = inputs[0]
    for layer in layers:
        outputs = layer(outputs, layouts)
    packed, final = theirs(pack_sequence(inputs[1].split(lengths), enforce_sorted=False))
    padded, _ = pad_packed_sequence(packed, batch_first=True)
    expected = torch.cat([rows[:length] for rows, length in zip(padded, lengths, strict=True)])
    hidden = final[0] if cell == "lstm" else final
    states = (last_states(outputs, layouts), torch.cat(list(hidden[-n_directions:]), dim=1))
    for found, state in zip((outputs, expected), states, strict=True):
        (found.square().sum() + state.square().sum()).backward()
    pairs = [(inputs[0].grad, inputs[1].grad), *((a.grad, b.grad) for a, b in weights(layers, theirs))]
    return [
        difference([outputs], [expected]),
        difference(states[:1], states[1:]),
        difference(*zip(*pairs, strict=True)),
    ]


def weights(layers: nn.ModuleList, module: nn.RNNBase) -> Iterator[tuple[Tensor, Tensor]]:
    for number, layer in enumerate(layers):
        for direction, suffix in zip(layer.directions, ("", "_reverse"), strict=False):
            for name, weight in direction.cell.named_parameters():
                yield weight, module.get_parameter(name.removesuffix("_l0") + f"_l{number}{suffix}")


def copies(cell: Cell, module: nn.RNNBase) -> nn.ModuleList:
    """Our layers with the weights of torch's module."""
    n_directions, hidden = 2 if module.bidirectional else 1, module.hidden_size
    layers = nn.ModuleList(
        RecurrentLayer(cell, n_inputs, hidden, n_directions=n_directions, is_start_learned=False)
        for n_inputs in [module.input_size, *[hidden * n_directions] * (module.num_layers - 1)]
    )
    for ours, theirs in weights(layers, module):
        ours.data.copy_(theirs)
    return layers


@dataclass(frozen=True)
class Race:
    """Contestants over the same tokens, and what is asked of a pair: ours, theirs, goal."""

    name: str
    steps: dict[str, Step]
    pairs: tuple[tuple[str, str, str], ...]


def speed(given: argparse.Namespace) -> None:
    """Real tokens a second, forward and backward, in turns in one process; ratios turn beside turn."""
    dtypes = [torch.float32]
    if given.bfloat16 or bfloat16_is_fast("cpu"):
        dtypes.append(torch.bfloat16)
    kept = []
    print(f"batch {N_ROWS}, {WIDTH} inputs, {WIDTH} units, {given.threads} threads, {given.turns} turns\n")
    row("race", "precision", "ours", "tokens/s", "against", "tokens/s", "ratio", "goal")
    row(*["---"] * 8)
    for dtype in dtypes:
        races = (
            *(step_race(n, dtype) for n in STEPPED_ROWS),
            *(race(n, dtype) for n in (1, 2) for race in (equal_race, ragged_race)),
        )
        for race in races:
            turns = take_turns(race.steps, turns=given.turns, seconds=given.seconds, watch=Watch())
            for ours, theirs, goal in race.pairs:
                ratio = ratios(turns[ours], turns[theirs])
                line = (race.name, str(dtype).removeprefix("torch."), ours, f"{rates(turns[ours]).median:,.0f}")
                row(*line, theirs, f"{rates(turns[theirs]).median:,.0f}", shown(ratio), goal)
                kept.append([*line[:3], theirs, ratio.median, ratio.low, ratio.high, goal])
    if given.json:
        Path(given.json).write_text(json.dumps(kept, indent=1), encoding="utf-8")


def shown(ratio: Spread) -> str:
    return f"{ratio.median:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]"


def timed(forward: Callable[[Tensor], Tensor], module: nn.Module, x: Tensor, n_tokens: int) -> Step:
    """A step forward and backward; its units are real tokens."""

    def step() -> float:
        x.grad = None
        module.zero_grad(set_to_none=True)
        forward(x).sum().backward()
        return n_tokens

    return step


def our_step(layer: RecurrentLayer, cell: Cell, x: Tensor, lengths: Sequence[int]) -> Step:
    def forward(x: Tensor) -> Tensor:
        layouts = plan_recurrence(lengths, CPU, arrangement=fastest_arrangement(cell, CPU))
        return layer(x, layouts[: len(layer.directions)])

    return timed(forward, layer, x, sum(lengths))


def flat(n_tokens: int, dtype: torch.dtype) -> Tensor:
    return torch.randn(n_tokens, WIDTH, dtype=dtype, requires_grad=True)


def mingru(n_directions: int, dtype: torch.dtype) -> RecurrentLayer:
    return RecurrentLayer("mingru", WIDTH, WIDTH, n_directions=n_directions, is_start_learned=False).to(dtype)


def equal_race(n_directions: int, dtype: torch.dtype) -> Race:
    """All sequences as long as one another: there is no padding to save, and torch's modules need no packing."""
    lengths, x = [N_STEPS] * N_ROWS, flat(N_STEPS * N_ROWS, dtype)
    steps: dict[str, Step] = {}
    for cell, made in CELLS.items():
        module = made(WIDTH, WIDTH, batch_first=True, bidirectional=n_directions == 2).to(dtype)
        layer = copies(cell, module)[0].to(dtype)
        steps[f"{cell} layer"] = our_step(layer, cell, x, lengths)
        forward = partial(lambda module, x: module(x.view(N_ROWS, N_STEPS, WIDTH))[0], module)
        steps[made.__name__] = timed(forward, module, x, len(x))
    steps["mingru layer"] = our_step(mingru(n_directions, dtype), "mingru", x, lengths)
    pairs = tuple((f"{cell} layer", made.__name__, ">= 1.0" if cell == "lstm" else "") for cell, made in CELLS.items())
    name = f"equal lengths of {N_STEPS}, directions: {n_directions}"
    return Race(name, steps, (*pairs, ("mingru layer", "LSTM", "")))


def ragged_race(n_directions: int, dtype: torch.dtype) -> Race:
    """Lengths like those of film reviews, against torch's packed sequences."""
    drawn = np.random.default_rng(0).lognormal(np.log(MEAN) - SPREAD**2 / 2, SPREAD, N_ROWS)
    lengths = np.clip(drawn, 5, LONGEST).astype(int).tolist()
    x = flat(sum(lengths), dtype)
    steps: dict[str, Step] = {}
    for cell, made in CELLS.items():
        module = made(WIDTH, WIDTH, batch_first=True, bidirectional=n_directions == 2).to(dtype)
        steps[f"{cell} layer"] = our_step(copies(cell, module)[0].to(dtype), cell, x, lengths)
        steps[f"{made.__name__}, packed"] = timed(partial(packed, module, lengths), module, x, len(x))
    steps["mingru layer"] = our_step(mingru(n_directions, dtype), "mingru", x, lengths)
    pairs = tuple(
        (f"{cell} layer", f"{made.__name__}, packed", ">= 1.5" if cell == "lstm" else "")
        for cell, made in CELLS.items()
    )
    name = f"ragged, {len(x) / N_ROWS:.0f} tokens on average, directions: {n_directions}"
    return Race(name, steps, (*pairs, ("mingru layer", "LSTM, packed", "")))


def packed(module: nn.RNNBase, lengths: Sequence[int], x: Tensor) -> Tensor:
    """The usual way: pad, pack, run."""
    padded = pad_sequence(list(x.split(list(lengths))), batch_first=True)
    return module(pack_padded_sequence(padded, torch.tensor(lengths), batch_first=True, enforce_sorted=False))[0].data


def step_race(n_rows: int, dtype: torch.dtype) -> Race:
    """The LSTM with its state carried on, and by our own steps, against loops over torch's cell; torch's layer too."""
    x, lengths = flat(N_STEPS * n_rows, dtype), [N_STEPS] * n_rows
    layer = Direction("lstm", WIDTH, WIDTH, is_start_learned=False).to(dtype)
    cell = nn.LSTMCell(WIDTH, WIDTH).to(dtype)
    own = LSTMCell(WIDTH, WIDTH).to(dtype)
    fused = nn.LSTM(WIDTH, WIDTH, batch_first=True).to(dtype)

    def carried(x: Tensor) -> Tensor:
        return layer.carry(x, plan_recurrence(lengths, CPU, arrangement="packed")[0], start=None)[0]

    def stepped(x: Tensor) -> Tensor:
        given, zeros = x.view(n_rows, N_STEPS, WIDTH).transpose(0, 1).flatten(0, 1), x.new_zeros(n_rows, WIDTH)
        return run_lstm(given, Weights(*own.parameters()), start=(zeros, zeros), sizes=[n_rows] * N_STEPS)[0]

    def loop(module: nn.Module, steps: Callable[[Tensor], Sequence[Tensor]], x: Tensor) -> Tensor:
        state, outputs = (x.new_zeros(n_rows, WIDTH),) * 2, []
        for x_now in steps(x.view(n_rows, N_STEPS, WIDTH)):
            state = module(x_now, state)
            outputs.append(state[0])
        return torch.stack(outputs, dim=1)

    def indexed(rows: Tensor) -> Iterator[Tensor]:
        return (rows[:, number] for number in range(N_STEPS))

    unbound = partial(torch.unbind, dim=1)
    steps = {
        "lstm, state carried": timed(carried, layer, x, len(x)),
        "run_lstm, our steps": timed(stepped, own, x, len(x)),
        "our LSTMCell, loop": timed(partial(loop, own, unbound), own, x, len(x)),
        "LSTMCell, loop over x[:, t]": timed(partial(loop, cell, indexed), cell, x, len(x)),
        "LSTMCell, loop over x.unbind(1)": timed(partial(loop, cell, unbound), cell, x, len(x)),
        "LSTM": timed(lambda x: fused(x.view(n_rows, N_STEPS, WIDTH))[0], fused, x, len(x)),
    }
    ours, own_steps, single, usual, best, layer_of_torch = steps
    pairs = (
        (ours, usual, ">= 3"),
        (ours, best, ">= 3"),
        (own_steps, usual, ""),
        (layer_of_torch, usual, ""),
        (single, best, ""),
    )
    return Race(f"steps, {n_rows} x {N_STEPS}", steps, pairs)


COMMANDS = {"agree": agree, "speed": speed, "truncated": truncated, "imdb": imdb, "explode": explode}


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--threads", type=int, default=2, help="of the processor (default %(default)s)")
    parser.add_argument("--turns", type=int, default=5, help="speed: rounds (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=2.0, help="speed: of a turn (default %(default)s)")
    parser.add_argument("--bfloat16", action="store_true", help="speed: also where the processor is slow at it")
    parser.add_argument("--json", help="speed: a file for the figures")
    parser.add_argument("--passes", type=int, default=20, help="truncated: over the series (default %(default)s)")
    parser.add_argument("--steps", type=int, nargs="+", default=[1_000, 4_000, 16_000], help="truncated: lengths")
    parser.add_argument("--rows", type=int, default=0, help="imdb, explode: of each file, for a trial; 0: all")
    given = parser.parse_args(words)
    set_up(device="cpu", precision="float32", threads=given.threads)  # as seqwise does: freed memory is kept
    COMMANDS[given.command](given)


if __name__ == "__main__":
    main(sys.argv[1:])
