"""Collation: rows of flat examples come in, one flat batch of tensors comes out; no loop over tokens."""

import numpy as np
import torch
from torch import Tensor

from seqwise.records import Examples, FlatTokens, Indices, UnitPlaces
from seqwise.tensors import Batch, Units


def collate(examples: Examples, rows: Indices) -> Batch:
    """The rows as one batch on the host, in the order given.

    Args:
        examples: a prepared split.
        rows: row numbers, shape (batch,).

    Returns:
        Tokens of all rows on one axis with offsets, positions and sequence numbers; targets, priors and units if any.
    """
    begins = examples.tokens.offsets[rows]
    lengths = examples.tokens.offsets[rows + 1] - begins
    offsets = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    sequence = np.repeat(np.arange(len(rows), dtype=np.int64), lengths)
    positions = np.arange(offsets[-1], dtype=np.int64) - offsets[sequence]
    places = begins[sequence] + positions
    tokens = examples.tokens.ids[places].astype(np.int64)
    answers = None if examples.answers is None else _tokens(examples.answers, rows)
    units, outputs = (None, rows) if examples.units is None else _units(examples.units, rows, offsets=offsets)
    return Batch(
        tokens=torch.from_numpy(tokens),
        offsets=torch.from_numpy(offsets),
        positions=torch.from_numpy(positions),
        sequence=torch.from_numpy(sequence),
        lengths=tuple(lengths.tolist()),
        rows=tuple(outputs.tolist()),
        targets=answers[0] if answers else _targets(examples, outputs),
        priors=None if examples.priors is None else torch.from_numpy(examples.priors[outputs]),
        units=units,
        features=None if examples.features is None else torch.from_numpy(examples.features[places]),
        values=None if examples.values is None else torch.from_numpy(examples.values[outputs]),
        target_lengths=answers[1] if answers else None,
    )


def _targets(examples: Examples, outputs: Indices) -> Tensor | None:
    return None if examples.targets is None else torch.from_numpy(examples.targets[outputs])


def _tokens(tokens: FlatTokens, rows: Indices) -> tuple[Tensor, tuple[int, ...]]:
    """The tokens of these rows on one axis, and how many each has."""
    begins = tokens.offsets[rows]
    lengths = tokens.offsets[rows + 1] - begins
    before = np.cumsum(lengths) - lengths
    places = np.repeat(begins - before, lengths) + np.arange(int(lengths.sum()), dtype=np.int64)
    return torch.from_numpy(tokens.ids[places].astype(np.int64)), tuple(lengths.tolist())


def _units(places: UnitPlaces, rows: Indices, *, offsets: Indices) -> tuple[Units, Indices]:
    """The units of these rows by their tokens in the batch, and their numbers in the split."""
    begins = places.offsets[rows]
    lengths = places.offsets[rows + 1] - begins
    sequence = np.repeat(np.arange(len(rows), dtype=np.int64), lengths)
    before = np.cumsum(lengths) - lengths
    numbers = begins[sequence] + np.arange(len(sequence), dtype=np.int64) - before[sequence]
    tokens = places.tokens[numbers] + offsets[sequence, None]
    units = Units(
        starts=torch.from_numpy(tokens[:, 0].copy()),
        ends=torch.from_numpy(tokens[:, 1].copy()),
        lengths=tuple(lengths.tolist()),
        words=None if places.words is None else torch.from_numpy(places.words[numbers].astype(np.int64)),
    )
    return units, numbers
