"""Seconds of a decoding step by how much was written before it: keys and values are kept, nothing is computed anew.

Run: python benchmarks/decoding.py [--threads N]; needs no data. A transformer decoder of 256 units, 4 heads, 2 blocks,
for 32 sequences of 20 source tokens with 5 paths each; random weights, float32. Paths go on for themselves, as in
greedy search, or from another one of their sequence at each step, the most that a beam can do. Beside it what attention
to the keys that are kept takes by itself, and what a step costs that computes all targets anew, as decoding without a
cache does. Medians of the steps around each length.
"""

import argparse
import time
from statistics import median

import torch

from seqwise.model.layers.decoder import Memory
from seqwise.model.layers.transformer_decoder import TransformerDecoder

WIDTH, N_HEADS, N_LAYERS, N_SEQUENCES, N_SOURCES, N_PATHS = 256, 4, 2, 32, 20, 5
LENGTHS, AROUND = (10, 50, 100, 200, 400), 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2, help="of the processor (default %(default)s)")
    torch.set_num_threads(parser.parse_args().threads)
    torch.manual_seed(0)
    decoder = TransformerDecoder(WIDTH, N_LAYERS, n_heads=N_HEADS, source_width=WIDTH, dropout=0.0).eval()
    hidden = torch.randn(N_SEQUENCES * N_SOURCES, WIDTH)
    memory = Memory(hidden, (N_SOURCES,) * N_SEQUENCES, summary=hidden[:N_SEQUENCES])
    own = torch.arange(N_SEQUENCES * N_PATHS)
    with torch.inference_mode():
        greedy, exchanged = (steps(decoder, memory, rows) for rows in (own, own.view(-1, N_PATHS).roll(1, 1).flatten()))
        titles = ("tokens before", "a step, ms", "paths exchanged, ms", "attention alone, ms", "all anew, ms")
        print("| " + " | ".join(titles) + " |\n" + "| --- " * len(titles) + "|")
        for length in LENGTHS:
            around = slice(length - AROUND, length + AROUND)
            found = (median(greedy[around]), median(exchanged[around]), attention(length))
            told = " | ".join(f"{1000 * seconds:.1f}" for seconds in (*found, whole_pass(decoder, memory, length)))
            print(f"| {length} | {told} |", flush=True)


def steps(decoder: TransformerDecoder, memory: Memory, rows: torch.Tensor) -> list[float]:
    """Seconds of each step and of going on from these rows."""
    seconds: list[float] = []
    state = decoder.begin(memory, n_paths=N_PATHS)
    for _ in range(max(LENGTHS) + AROUND):
        x = torch.randn(N_SEQUENCES * N_PATHS, WIDTH)
        began = time.perf_counter()
        _, state = decoder.step(x, state)
        state = decoder.follow(state, rows)
        seconds.append(time.perf_counter() - began)
    return seconds


def attention(length: int) -> float:
    """Seconds of torch's attention of one target to so many keys and values, in all blocks."""
    query, key, value = (torch.randn(N_SEQUENCES * N_PATHS, N_HEADS, n, WIDTH // N_HEADS) for n in (1, length, length))
    seconds: list[float] = []
    for _ in range(2 * AROUND):
        began = time.perf_counter()
        for _ in range(N_LAYERS):
            torch.nn.functional.scaled_dot_product_attention(query, key, value)
        seconds.append(time.perf_counter() - began)
    return median(seconds)


def whole_pass(decoder: TransformerDecoder, memory: Memory, length: int) -> float:
    """One pass over all targets of all paths: a path is a sequence of its own."""
    paths = Memory(
        memory.hidden.view(N_SEQUENCES, -1).repeat_interleave(N_PATHS, 0).view(-1, WIDTH),
        memory.lengths * N_PATHS,
        summary=memory.summary.repeat_interleave(N_PATHS, 0),
    )
    x = torch.randn(N_SEQUENCES * N_PATHS * length, WIDTH)
    began = time.perf_counter()
    decoder(x, paths, lengths=(length,) * (N_SEQUENCES * N_PATHS))
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
