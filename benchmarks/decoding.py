"""Seconds of a decoding step by how much was written before it: keys and values are kept, nothing is computed anew.

Run: python benchmarks/decoding.py [--threads N]; needs no data. A transformer decoder of 256 units, 4 heads, 2 blocks,
for 32 sequences of 20 source tokens with 5 paths each; random weights, float32. Beside it what a step costs that
computes all targets anew, as decoding without a cache does. Medians of the steps around each length.
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
    seconds: list[float] = []
    with torch.inference_mode():
        state = decoder.begin(memory, n_paths=N_PATHS)
        for _ in range(max(LENGTHS) + AROUND):
            x = torch.randn(N_SEQUENCES * N_PATHS, WIDTH)
            began = time.perf_counter()
            _, state = decoder.step(x, state)
            seconds.append(time.perf_counter() - began)
        print("| tokens written before | a step, ms | all of them anew, ms |\n| --- | --- | --- |")
        for length in LENGTHS:
            anew = whole_pass(decoder, memory, length)
            step = median(seconds[length - AROUND : length + AROUND])
            print(f"| {length} | {1000 * step:.1f} | {1000 * anew:.1f} |", flush=True)


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
