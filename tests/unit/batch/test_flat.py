from dataclasses import replace

import numpy as np
import torch

from seqwise.batch.flat import collate
from seqwise.records import Examples, FlatTokens, UnitPlaces


def examples(**more):
    return Examples(FlatTokens(np.array([10, 11, 20, 30, 31, 32], dtype=np.int32), np.array([0, 2, 3, 6])), **more)


def test_a_batch_by_hand():
    batch = collate(examples(), np.array([2, 0]))
    assert batch.tokens.tolist() == [30, 31, 32, 10, 11]
    assert batch.offsets.tolist() == [0, 3, 5]
    assert batch.positions.tolist() == [0, 1, 2, 0, 1]
    assert batch.sequence.tolist() == [0, 0, 0, 1, 1]
    assert (batch.lengths, batch.rows, batch.n_tokens, len(batch)) == ((3, 2), (2, 0), 5, 2)
    assert batch.targets is batch.priors is None


def test_targets_and_priors_go_along():
    priors = np.log(np.array([[0.1, 0.9], [0.5, 0.5], [0.8, 0.2]], dtype=np.float32))
    batch = collate(examples(targets=np.array([1, 0, 1]), priors=priors), np.array([2, 1]))
    assert batch.targets is not None
    assert batch.targets.tolist() == [1, 0]
    assert batch.priors is not None
    np.testing.assert_array_equal(batch.priors.numpy(), priors[[2, 1]])
    assert batch.priors.dtype == torch.float32


def test_the_numbers_are_whole_and_wide():
    batch = collate(examples(targets=np.array([1, 0, 1])), np.array([0]))
    assert {each.dtype for each in (batch.tokens, batch.offsets, batch.positions, batch.sequence, batch.targets)} == {
        torch.int64
    }


def test_the_batch_does_not_share_memory_with_the_examples():
    source = examples(targets=np.array([1, 0, 1]))
    batch = collate(source, np.array([0, 1, 2]))
    batch.tokens.zero_()
    assert batch.targets is not None
    batch.targets.zero_()
    assert source.tokens.ids.tolist() == [10, 11, 20, 30, 31, 32]
    assert source.targets is not None
    assert source.targets.tolist() == [1, 0, 1]


def units():
    """Row 0 holds two units, row 1 none, row 2 two, the second of two tokens."""
    return UnitPlaces(tokens=np.array([[0, 1], [1, 2], [0, 1], [1, 3]]), offsets=np.array([0, 2, 2, 4]))


def test_units_lie_on_the_token_axis_of_the_batch_and_bring_their_own_targets():
    batch = collate(examples(units=units(), targets=np.array([5, 6, 7, 8])), np.array([2, 1, 0]))
    assert batch.units is not None
    assert (batch.units.starts.tolist(), batch.units.ends.tolist()) == ([0, 1, 4, 5], [1, 3, 5, 6])
    assert batch.units.lengths == (2, 0, 2)
    assert batch.rows == (2, 3, 0, 1)
    assert batch.targets is not None
    assert batch.targets.tolist() == [7, 8, 5, 6]


def test_the_words_of_units_go_with_them():
    places = replace(units(), words=np.array([3, 0, 9, 4], dtype=np.int32))
    batch = collate(examples(units=places), np.array([2, 1, 0])).to(torch.device("cpu"))
    assert batch.units is not None
    assert batch.units.words is not None
    assert batch.units.words.tolist() == [9, 4, 3, 0]


def test_units_go_with_the_batch_to_another_device():
    moved = collate(examples(units=units()), np.array([2])).to(torch.device("meta"))
    assert moved.units is not None
    assert moved.units.starts.device.type == moved.units.ends.device.type == "meta"
    assert moved.units.lengths == (2,)
