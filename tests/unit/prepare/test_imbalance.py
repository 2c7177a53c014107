"""What weighs rare labels more: weights, offsets of logits, repeats of rows; against numbers by hand."""

import numpy as np
import pytest

from seqwise.prepare.imbalance import class_weights, label_counts, logit_offsets, row_repeats
from seqwise.records import Examples, FlatTokens, UnitPlaces
from seqwise.settings.stations import TrainingSettings


def rows_of(*targets):
    """Rows of one token with a label each, or where lists are given with units; -1 is unknown."""
    n, has_units = len(targets), any(isinstance(row, list) for row in targets)
    tokens = FlatTokens(np.zeros(n, dtype=np.int32), np.arange(n + 1))
    flat = np.array([label for row in targets for label in row] if has_units else targets, dtype=np.int64)
    if not has_units:
        return Examples(tokens, targets=flat)
    offsets = np.cumsum([0, *map(len, targets)])
    return Examples(tokens, targets=flat, units=UnitPlaces(np.zeros((len(flat), 2), dtype=np.int64), offsets))


def weights(counts, **given):
    return class_weights(np.array(counts), TrainingSettings(**given))


def test_counts_leave_out_what_is_unknown():
    assert label_counts(rows_of(0, 2, 2, -1), 4).tolist() == [1, 0, 2, 0]
    assert label_counts(Examples(rows_of(0).tokens), 2) is None


def test_balanced_weights_give_every_label_the_same_sum():
    assert weights([6, 3, 1]) is None
    assert weights([6, 3, 1], class_weights="balanced") == pytest.approx((10 / 18, 10 / 9, 10 / 3))
    assert weights([6, 0], class_weights="balanced") == pytest.approx((0.5, 3.0))  # no rows count as one


def test_effective_weights_are_those_of_the_paper():
    """By hand: beta 0.9, counts 1, 2, 20 have effective numbers 1, 1.9 and 8.784."""
    found = weights([1, 2, 20], class_weights="effective", effective_beta=0.9)
    inverse = np.array([1.0, 1 / 1.9, 0.1 / (1 - 0.9**20)])
    assert found == pytest.approx(inverse * 3 / inverse.sum())
    assert sum(weights([5, 900], class_weights="effective")) == pytest.approx(2)


def test_effective_weights_lie_between_none_and_balanced():
    assert weights([1, 50], class_weights="effective", effective_beta=0.0) == (1.0, 1.0)
    near = weights([1, 50], class_weights="effective", effective_beta=1 - 1e-9)
    assert near[0] / near[1] == pytest.approx(50, rel=1e-5)


def test_logit_offsets_are_tau_times_the_log_of_shares():
    assert logit_offsets(np.array([8, 2]), 0.0) is None
    assert logit_offsets(np.array([8, 2]), 2.0) == pytest.approx((2 * np.log(0.8), 2 * np.log(0.2)))
    assert np.isfinite(logit_offsets(np.array([8, 0]), 1.0)).all()


def test_rows_of_rare_labels_come_more_often():
    rows = rows_of(0, 0, 0, 0, 1, 2, 2)
    assert row_repeats(rows, 3, share=0.0) is None
    assert row_repeats(rows, 3, share=1.0).tolist() == [1, 1, 1, 1, 4, 2, 2]
    assert row_repeats(rows, 3, share=0.5).tolist() == pytest.approx([1, 1, 1, 1, 2, 2**0.5, 2**0.5])


def test_a_row_with_units_comes_as_often_as_its_rarest_label():
    """Labels 2, 1, 0 stand in 4, 2 and 1 rows; how often inside of one does not matter."""
    rows = rows_of([2, 2, 2], [2], [2, 1, 1, 1], [1, 2, 0], [-1], [])
    assert row_repeats(rows, 3, share=1.0).tolist() == [1, 1, 2, 4, 1, 1]
    everywhere = rows_of([0, 0, 1], [1, 0, 0])
    assert row_repeats(everywhere, 2, share=1.0).tolist() == [1, 1]


def test_numbers_to_come_have_no_rare_labels():
    assert row_repeats(Examples(rows_of(0).tokens), 0, share=1.0) is None
