"""Times our CRF's loss, forward and backward, against pytorch-crf, and compares what they compute.

Run: python benchmarks/crf.py [tags] [threads]; needs no data. 32 sequences of 20 to 60 units, float32; the peer gets
them padded, as it wants them.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torchcrf import CRF

from seqwise.model.layers.crf import LinearChainCrf

N_ROUNDS = 50


def milliseconds(step: Callable[[], Tensor]) -> float:
    """The median of a step, after some to warm up."""
    seconds = []
    for _ in range(N_ROUNDS):
        began = time.perf_counter()
        step().backward()
        seconds.append(time.perf_counter() - began)
    return 1000 * float(np.median(seconds[5:]))


def main(n_tags: int, threads: int) -> None:
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    lengths = np.random.default_rng(0).integers(20, 61, size=32).tolist()
    scores = torch.randn(sum(lengths), n_tags, requires_grad=True)
    tags = torch.randint(n_tags, (sum(lengths),))
    ours, peer = LinearChainCrf(n_tags), CRF(n_tags, batch_first=True)
    for mine, theirs in zip((ours.start, ours.end, ours.between), peer.parameters(), strict=True):
        mine.data.copy_(theirs.data)
    padded = pad_sequence(scores.detach().split(lengths), batch_first=True).requires_grad_()
    padded_tags = pad_sequence(tags.split(lengths), batch_first=True)
    mask = pad_sequence([torch.ones(n, dtype=torch.bool) for n in lengths], batch_first=True)

    def our_loss() -> Tensor:
        return ours(scores, tags, lengths=lengths).sum()

    def peer_loss() -> Tensor:
        return -peer(padded, padded_tags, mask=mask)

    difference = abs(our_loss().item() / peer_loss().item() - 1)
    fast, slow = milliseconds(our_loss), milliseconds(peer_loss)
    print(f"{n_tags} tags, {threads} threads: ours {fast:.1f} ms, pytorch-crf {slow:.1f} ms, ratio {slow / fast:.1f}")
    print(f"relative difference of the losses {difference:.1e}")


if __name__ == "__main__":
    main(*(int(word) for word in (*sys.argv[1:], *("21", "1")[len(sys.argv) - 1 :])))
