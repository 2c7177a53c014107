"""Collation: rows of flat examples come in, one flat batch of tensors comes out; no loop over tokens."""

import numpy as np
import torch

from seqwise.records import Examples, Indices
from seqwise.tensors import Batch


def collate(examples: Examples, rows: Indices) -> Batch:
    """The rows as one batch on the host, in the order given.

    Args:
        examples: a prepared split.
        rows: row numbers, shape (batch,).

    Returns:
        Tokens of all rows on one axis with offsets, positions and sequence numbers; targets and priors if any.
    """
    begins = examples.tokens.offsets[rows]
    lengths = examples.tokens.offsets[rows + 1] - begins
    offsets = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    sequence = np.repeat(np.arange(len(rows), dtype=np.int64), lengths)
    positions = np.arange(offsets[-1], dtype=np.int64) - offsets[sequence]
    tokens = examples.tokens.ids[begins[sequence] + positions].astype(np.int64)
    return Batch(
        tokens=torch.from_numpy(tokens),
        offsets=torch.from_numpy(offsets),
        positions=torch.from_numpy(positions),
        sequence=torch.from_numpy(sequence),
        lengths=tuple(lengths.tolist()),
        rows=tuple(rows.tolist()),
        targets=None if examples.targets is None else torch.from_numpy(examples.targets[rows]),
        priors=None if examples.priors is None else torch.from_numpy(examples.priors[rows]),
    )
