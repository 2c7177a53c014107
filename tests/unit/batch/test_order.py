import numpy as np
import pytest

from seqwise.batch.order import count_batches, cut, epoch_order, repeated_order, sorted_order


def test_the_order_is_that_of_philox_called_directly():
    key = 7 | (3 << 64)  # one number of 128 bits: seed 7, epoch 3
    draws = np.random.Philox(key=key).random_raw(100)
    assert epoch_order(100, seed=7, epoch=3).tolist() == sorted(range(100), key=draws.tolist().__getitem__)


def test_the_first_values_are_frozen():
    """Resuming after an update of numpy needs the same order.

    Made by: sorted(range(10), key=numpy.random.Philox(key=[0, epoch]).random_raw(10).tolist().__getitem__)
    """
    assert epoch_order(10, seed=0, epoch=0).tolist() == FROZEN[0]
    assert epoch_order(10, seed=0, epoch=1).tolist() == FROZEN[1]


FROZEN = ([0, 2, 9, 1, 8, 5, 4, 3, 6, 7], [5, 3, 7, 8, 2, 4, 1, 0, 6, 9])


def test_other_epochs_and_other_seeds_have_other_orders():
    orders = {epoch_order(50, seed=seed, epoch=epoch).tobytes() for seed in range(20) for epoch in range(20)}
    assert len(orders) == 400


def test_every_place_is_equally_likely():
    places = np.stack([epoch_order(10, seed=0, epoch=epoch) for epoch in range(4000)])
    counts = np.stack([np.bincount(column, minlength=10) for column in places.T])
    assert np.abs(counts - 400).max() < 5 * np.sqrt(4000 * 0.1 * 0.9)  # five standard deviations


@pytest.mark.parametrize(
    ("batch_size", "batch_tokens", "expected"),
    [
        (2, 0, [[0, 1], [2, 3], [4]]),
        (9, 0, [[0, 1, 2, 3, 4]]),
        (9, 6, [[0, 1], [2], [3, 4]]),  # 3 + 3 fit exactly; 9 is over the budget and alone
        (1, 6, [[0], [1], [2], [3], [4]]),
        (9, 1, [[0], [1], [2], [3], [4]]),
    ],
)
def test_a_batch_ends_by_rows_or_by_tokens(batch_size, batch_tokens, expected):
    lengths = np.array([3, 3, 9, 1, 2])
    batches = cut(np.arange(5), lengths, batch_size=batch_size, batch_tokens=batch_tokens)
    assert [batch.tolist() for batch in batches] == expected
    assert count_batches(np.arange(5), lengths, batch_size=batch_size, batch_tokens=batch_tokens) == len(expected)


def test_lengths_are_looked_up_by_row_number():
    batches = cut(np.array([2, 0, 1]), np.array([1, 1, 5]), batch_size=9, batch_tokens=5)
    assert [batch.tolist() for batch in batches] == [[2], [0, 1]]


def test_no_rows_make_no_batch():
    none = np.empty(0, dtype=np.int64)
    assert cut(none, none, batch_size=2, batch_tokens=0) == []
    assert cut(none, none, batch_size=2, batch_tokens=9) == []
    assert epoch_order(0, seed=0, epoch=0).tolist() == []


def test_the_longest_row_comes_first_and_ties_keep_their_order():
    assert sorted_order(np.array([2, 5, 2, 9])).tolist() == [3, 1, 0, 2]


def test_rows_come_as_often_as_they_should():
    whole = repeated_order(np.array([1.0, 3.0, 2.0]), seed=0, epoch=4)
    assert np.bincount(whole).tolist() == [1, 3, 2]
    repeats = np.array([1.0, 2.5, 1.25, 1.0])
    counts = np.stack([np.bincount(repeated_order(repeats, seed=3, epoch=each), minlength=4) for each in range(4000)])
    assert np.abs(counts - repeats).max() < 1  # rounded down or up
    assert set(counts.sum(axis=1).tolist()) == {5, 6}
    spread = np.sqrt((repeats % 1) * (1 - repeats % 1) / 4000)
    assert (np.abs(counts.mean(axis=0) - repeats) <= 5 * spread).all()  # five standard deviations


def test_sums_of_repeats_do_not_depend_on_the_order():
    """Floating point adds up to a little less in some orders."""
    assert {len(repeated_order(np.full(30, 4 / 3), seed=0, epoch=epoch)) for epoch in range(20)} == {40}
    mixed = np.repeat([1.0, 1.1, 1.7], 10)
    assert {len(repeated_order(mixed, seed=0, epoch=epoch)) for epoch in range(200)} == {38}


def test_repeated_rows_stand_anywhere():
    orders = np.stack([repeated_order(np.array([1.0, 1.0, 8.0]), seed=1, epoch=epoch) for epoch in range(2000)])
    counts = (orders == 0).sum(axis=0)
    assert np.abs(counts - 200).max() < 5 * np.sqrt(2000 * 0.1 * 0.9)  # five standard deviations


def test_the_repeated_order_is_a_function_of_seed_and_epoch():
    repeats = np.array([1.0, 2.5, 4.0])
    assert repeated_order(repeats, seed=0, epoch=1).tolist() == [2, 2, 1, 0, 2, 1, 2, 1]  # a resumed run needs it
    orders = {repeated_order(np.full(20, 1.5), seed=s, epoch=e).tobytes() for s in range(9) for e in range(9)}
    assert len(orders) == 81
