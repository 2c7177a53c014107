"""Flat batches for tests, from lengths alone."""

from itertools import accumulate

import torch

from seqwise.tensors import Batch


def batch_of(sequences):
    """A flat batch of these lists of token ids."""
    lengths = tuple(len(sequence) for sequence in sequences)
    return Batch(
        tokens=torch.tensor([token for sequence in sequences for token in sequence], dtype=torch.int64),
        offsets=torch.tensor([0, *accumulate(lengths)]),
        positions=torch.cat([torch.arange(0), *(torch.arange(n) for n in lengths)]),
        sequence=torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths)),
        lengths=lengths,
        rows=tuple(range(len(lengths))),
    )


def random_sequences(lengths, *, vocabulary, seed=0, lowest=0):
    """Random token ids from ``lowest`` up to the vocabulary's size."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(lowest, vocabulary, (n,), generator=generator).tolist() for n in lengths]
