import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from seqwise.batch.order import epoch_order
from seqwise.batch.plan import TrainingBatches, prediction_batches
from seqwise.records import Examples, FlatTokens


def examples(lengths):
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return Examples(FlatTokens(np.arange(offsets[-1], dtype=np.int32), offsets), targets=np.arange(len(lengths)))


def test_updates_hold_their_micro_batches_in_the_order_of_the_epoch():
    batches = TrainingBatches(examples([1] * 10), seed=5, batch_size=3, accumulation=2)
    updates = batches.updates(epoch=4)
    assert [[len(rows) for rows in update] for update in updates] == [[3, 3], [3, 1]]
    order = [row for update in updates for rows in update for row in rows.tolist()]
    assert order == epoch_order(10, seed=5, epoch=4).tolist()


def test_the_number_of_updates_is_the_real_one():
    assert TrainingBatches(examples([1] * 10), seed=0, batch_size=3, accumulation=2).n_updates(5) == 10
    lengths = np.random.default_rng(0).integers(1, 30, size=200)
    batches = TrainingBatches(examples(lengths), seed=1, batch_size=64, batch_tokens=60, accumulation=1)
    real = [len(batches.updates(epoch)) for epoch in range(12)]
    assert batches.n_updates(12) == sum(real)
    assert len(set(real)) > 1  # so that one epoch times twelve would be wrong


def test_the_plan_has_no_state():
    batches = TrainingBatches(examples([2, 3, 4, 5]), seed=1, batch_size=2)
    first = batches.updates(0)
    batches.updates(1)
    again = batches.updates(0)
    assert [rows.tolist() for (rows,) in first] == [rows.tolist() for (rows,) in again]
    with pytest.raises(dataclasses.FrozenInstanceError):
        batches.seed = 2


def test_a_batch_is_that_of_its_rows():
    batches = TrainingBatches(examples([2, 3, 4]), seed=1, batch_size=2)
    assert batches.batch(np.array([2, 0])).tokens.tolist() == [5, 6, 7, 8, 0, 1]


def test_no_rows_no_updates():
    batches = TrainingBatches(examples([]), seed=0, batch_size=2)
    assert batches.updates(0) == []
    assert batches.n_updates(3) == 0
    assert list(prediction_batches(examples([]))) == []


def test_results_of_prediction_go_back_to_their_rows():
    split = examples([3, 9, 1, 4, 4])
    result = np.zeros(5)
    for batch in prediction_batches(split, batch_tokens=8):
        sums = [batch.tokens[a:b].sum().item() for a, b in zip(batch.offsets, batch.offsets[1:], strict=False)]
        result[list(batch.rows)] = sums
    starts = split.tokens.offsets
    assert result.tolist() == [sum(range(a, b)) for a, b in pairwise(starts)]


def test_prediction_puts_like_lengths_together_under_the_budget():
    lengths = [batch.lengths for batch in prediction_batches(examples([3, 9, 1, 4, 4]), batch_tokens=8)]
    assert lengths == [(9,), (4, 4), (3, 1)]


def test_rows_that_repeat_make_longer_epochs():
    batches = TrainingBatches(examples([1] * 4), seed=5, batch_size=2, repeats=np.array([1.0, 1.0, 2.5, 4.0]))
    epochs = [[rows for update in batches.updates(epoch) for rows in update] for epoch in range(9)]
    assert {sum(map(len, epoch)) for epoch in epochs} == {8, 9}
    assert batches.n_updates(9) == sum(map(len, epochs))
    assert len({np.concatenate(epoch).tobytes() for epoch in epochs}) == 9
