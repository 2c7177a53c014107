"""Times our flat recurrent layer against torch's packed sequence, forward and backward, and compares what they compute.

Run: python benchmarks/recurrence.py [lstm|gru|rnn] [threads]; needs no data. Lengths are like those of film reviews:
log-normal with mean 230, cut at 400; batches of 32, one layer, both directions, 128 inputs and 128 units, float32.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from seqwise.batch.flat import collate
from seqwise.model.layers.recurrence import CELLS, STEPPED, RecurrentLayer, last_states, plan_recurrence
from seqwise.records import Examples, FlatTokens
from seqwise.tensors import Batch

N_BATCHES, N_ROWS, WIDTH = 4, 32, 128
MEAN, SPREAD, LONGEST = 230, 0.6, 400
Step = Callable[[Batch, Tensor], Tensor]


def batches() -> list[Batch]:
    rng = np.random.default_rng(0)
    made = []
    for _ in range(N_BATCHES):
        lengths = np.clip(rng.lognormal(np.log(MEAN) - SPREAD**2 / 2, SPREAD, N_ROWS), 5, LONGEST).astype(np.int64)
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        tokens = FlatTokens(ids=np.zeros(offsets[-1], dtype=np.int32), offsets=offsets)
        made.append(collate(Examples(tokens=tokens), np.arange(N_ROWS)))
    return made


def ours(layer: RecurrentLayer, arrangement: Arrangement) -> Step:
    def step(batch: Batch, x: Tensor) -> Tensor:
        layouts = plan_recurrence(batch.lengths, batch.tokens.device, arrangement=arrangement)
        return last_states(layer(x, layouts), layouts)

    return step


def packed(module: nn.RNNBase) -> Step:
    """The usual way: one packed sequence through a module of both directions."""

    def step(batch: Batch, x: Tensor) -> Tensor:
        layouts = plan_recurrence(batch.lengths, batch.tokens.device, is_packed=True)
        placed = x.new_zeros(batch.n_tokens, WIDTH).index_copy(0, layouts[0].places, x)
        states, _ = module(PackedSequence(placed, layouts[0].step_sizes))
        return last_states(states.data.index_select(0, layouts[0].places), layouts)

    return step


def same_weights(layer: RecurrentLayer, module: nn.RNNBase) -> None:
    for direction, suffix in zip(layer.directions, ("_l0", "_l0_reverse"), strict=True):
        for name, weight in direction.cell.named_parameters():
            weight.data.copy_(module.get_parameter(name.removesuffix("_l0") + suffix))


def measure(step: Step, inputs: list[tuple[Batch, Tensor]]) -> tuple[float, list[Tensor]]:
    """Tokens a second (the better of two rounds), and the last states of each batch."""
    seconds, states = [], []
    for _ in range(2):
        states, began = [], time.perf_counter()
        for batch, x in inputs:
            x.grad = None
            out = step(batch, x)
            out.sum().backward()
            states.append(out.detach())
        seconds.append(time.perf_counter() - began)
    return sum(batch.n_tokens for batch, _ in inputs) / min(seconds), states


def main(cell: str, threads: int) -> None:
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    inputs = [(batch, torch.randn(batch.n_tokens, WIDTH, requires_grad=True)) for batch in batches()]
    layer = RecurrentLayer(cell, WIDTH, WIDTH, n_directions=2, is_start_learned=False)
    module = CELLS[cell](WIDTH, WIDTH, bidirectional=True)
    same_weights(layer, module)
    speed, states = measure(ours(layer, is_packed=cell in STEPPED), inputs)
    slow, expected = measure(packed(module), inputs)
    difference = max(float((a - b).abs().max()) for a, b in zip(states, expected, strict=True))
    layouts = [plan_recurrence(batch.lengths, batch.tokens.device, is_packed=cell in STEPPED)[0] for batch, _ in inputs]
    places = sum(layout.n_places for layout in layouts) / sum(batch.n_tokens for batch, _ in inputs)
    print(f"{cell}, {threads} threads, {sum(len(layout.groups) for layout in layouts)} groups in {N_BATCHES} batches")
    print(f"ours {speed:,.0f} tokens/s, packed {slow:,.0f} tokens/s, ratio {speed / slow:.1f}")
    print(f"places per token {places:.2f}, largest difference of last states {difference:.1e}")


if __name__ == "__main__":
    main(*(sys.argv[1:2] or ["lstm"]), threads=int(sys.argv[2]) if len(sys.argv) > 2 else 2)
