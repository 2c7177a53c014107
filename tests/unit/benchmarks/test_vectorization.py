"""The three ways to a product give the same numbers."""

import vectorization


def test_all_ways_give_the_same_numbers():
    found = vectorization.measure(8, 16, 1)
    assert len(found) == 3
    assert all(each > 0 and apart < 1e-5 for _, each, apart in found)
