"""What must hold for any lengths: no row is lost or comes twice, budgets are kept, collation is a plain gather."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from seqwise.batch.flat import collate
from seqwise.batch.order import count_batches, cut, epoch_order, sorted_order
from seqwise.batch.plan import TrainingBatches, prediction_batches
from seqwise.records import Examples, FlatTokens

some_lengths = st.lists(st.integers(1, 20), max_size=40).map(lambda lengths: np.array(lengths, dtype=np.int64))
seeds = st.integers(0, 2**31 - 1)
epochs = st.integers(0, 1000)
sizes = st.integers(1, 12)
budgets = st.integers(0, 60)


def examples(lengths):
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    ids = (np.arange(offsets[-1]) * 7 % 101).astype(np.int32)
    return Examples(FlatTokens(ids, offsets), targets=np.arange(len(lengths)) % 3)


@settings(deadline=None)
@given(st.integers(0, 300), seeds, epochs)
def test_every_row_comes_once_and_the_order_is_a_function(n, seed, epoch):
    order = epoch_order(n, seed=seed, epoch=epoch)
    assert sorted(order.tolist()) == list(range(n))
    assert order.tolist() == epoch_order(n, seed=seed, epoch=epoch).tolist()


@settings(deadline=None)
@given(some_lengths, sizes, budgets, seeds)
def test_batches_keep_rows_order_and_budgets(lengths, batch_size, batch_tokens, seed):
    order = epoch_order(len(lengths), seed=seed, epoch=0)
    batches = cut(order, lengths, batch_size=batch_size, batch_tokens=batch_tokens)
    assert [row for batch in batches for row in batch.tolist()] == order.tolist()
    assert len(batches) == count_batches(order, lengths, batch_size=batch_size, batch_tokens=batch_tokens)
    for batch in batches:
        assert 1 <= len(batch) <= batch_size
        assert not batch_tokens or len(batch) == 1 or lengths[batch].sum() <= batch_tokens
    for batch, following in pairwise(batches):  # no batch ends before it must
        is_full = len(batch) == batch_size
        assert is_full or (batch_tokens and lengths[batch].sum() + lengths[following[0]] > batch_tokens)


@settings(deadline=None)
@given(some_lengths, st.data())
def test_collate_equals_a_plain_loop(lengths, data):
    split = examples(lengths)
    rows = data.draw(st.lists(st.integers(0, len(lengths) - 1), max_size=10) if len(lengths) else st.just([]))
    batch = collate(split, np.array(rows, dtype=np.int64))
    tokens, positions, sequence, offsets = [], [], [], [0]
    for number, row in enumerate(rows):
        for place in range(lengths[row]):
            tokens.append(int(split.tokens.ids[split.tokens.offsets[row] + place]))
            positions.append(place)
            sequence.append(number)
        offsets.append(len(tokens))
    assert batch.tokens.tolist() == tokens
    assert batch.positions.tolist() == positions
    assert batch.sequence.tolist() == sequence
    assert batch.offsets.tolist() == offsets
    assert batch.lengths == tuple(lengths[rows].tolist() if rows else [])
    assert batch.targets is not None
    assert batch.targets.tolist() == [row % 3 for row in rows]


@settings(deadline=None, max_examples=50)
@given(some_lengths, sizes, budgets, st.integers(1, 4), seeds, st.integers(0, 5))
def test_a_run_sees_every_row_once_an_epoch(lengths, batch_size, batch_tokens, accumulation, seed, n_epochs):
    plan = TrainingBatches(
        examples(lengths), seed=seed, batch_size=batch_size, batch_tokens=batch_tokens, accumulation=accumulation
    )
    n_updates = 0
    for epoch in range(n_epochs):
        updates = plan.updates(epoch)
        n_updates += len(updates)
        assert sorted(row for update in updates for rows in update for row in rows.tolist()) == [*range(len(lengths))]
        assert all(len(update) == accumulation for update in updates[:-1])
    assert plan.n_updates(n_epochs) == n_updates


@settings(deadline=None, max_examples=50)
@given(some_lengths, st.integers(1, 60))
def test_prediction_sees_every_row_once_longest_first(lengths, batch_tokens):
    batches = list(prediction_batches(examples(lengths), batch_tokens=batch_tokens))
    rows = [row for batch in batches for row in batch.rows]
    assert rows == sorted_order(lengths).tolist()
    assert sorted(rows) == list(range(len(lengths)))
    assert all(batch.n_tokens <= batch_tokens or len(batch) == 1 for batch in batches)
