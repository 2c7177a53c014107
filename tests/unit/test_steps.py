"""Rows step after step."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.utils.rnn import pack_sequence

from seqwise.steps import by_step


@given(lengths=st.lists(st.integers(0, 6), max_size=8))
def test_places_and_sizes_are_torchs_packed_sequence(lengths):
    places, sizes = by_step(np.array(lengths, dtype=np.int64))
    filled = [torch.arange(n) + 10 * number for number, n in enumerate(lengths) if n]
    if not filled:
        assert len(places) == len(sizes) == 0
        return
    packed = pack_sequence(filled, enforce_sorted=False)
    rows = np.empty(len(places), dtype=np.int64)
    rows[places] = torch.cat(filled).numpy()
    assert rows.tolist() == packed.data.tolist()
    assert sizes.tolist() == packed.batch_sizes.tolist()
