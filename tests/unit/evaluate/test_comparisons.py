"""Ways of training over seeds and rows: against the paired difference of one seed, by hand, and by what must hold."""

from dataclasses import replace

import numpy as np
import pytest

from seqwise.evaluate.comparisons import changes, label_tally, same_rows
from seqwise.evaluate.metrics import per_class
from seqwise.evaluate.scores import paired_difference, tally
from seqwise.records import FlatUnits, Predictions, Span, TaggedTexts
from seqwise.settings.stations import EvaluateSettings

SETTINGS = EvaluateSettings(samples=400)
N, LABELS = 60, ("a", "b", "c")


def system(quality, *, seed, truth_seed=0, n=N):
    truth = np.random.default_rng(truth_seed).choice(3, size=n, p=(0.6, 0.3, 0.1))
    logits = np.random.default_rng([seed, 7]).normal(size=(n, 3))
    logits[np.arange(n), truth] += quality
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    ids = tuple(f"{truth_seed}-{number}" for number in range(n))
    return Predictions(ids=ids, labels=LABELS, probabilities=probabilities, truth=truth)


def test_with_one_seed_it_is_the_paired_difference():
    one, base = system(2.0, seed=1), system(1.0, seed=2)
    found = changes({"none": [base], "one": [one]}, base="none", settings=SETTINGS, seed=5)["one"]
    for metric in ("accuracy", "macro_f1", "log_loss"):
        expected = paired_difference(tally(one), tally(base), metric=metric, settings=SETTINGS, seed=5)
        change = found[metric]
        assert change.difference == pytest.approx(expected.value)
        assert (change.difference_low, change.difference_high) == pytest.approx((expected.low, expected.high))


def test_scores_by_label_are_those_of_the_classes():
    base, one = [system(1.0, seed=s) for s in (1, 2)], [system(2.0, seed=s) for s in (3, 4)]
    found = changes({"none": base, "one": one}, base="none", settings=SETTINGS, seed=0)
    for number, label in enumerate(LABELS):
        before, after = (
            np.mean([per_class(each.truth, each.predicted, n_labels=3)[number].recall for each in own])
            for own in (base, one)
        )
        assert found["one"][f"entity_recall.{label}"].value == pytest.approx(after)
        assert found["one"][f"entity_recall.{label}"].difference == pytest.approx(after - before)


def test_a_way_is_no_better_than_itself():
    same = [system(1.0, seed=s) for s in (1, 2, 3)]
    for change in changes({"none": same, "one": same}, base="none", settings=SETTINGS, seed=0)["one"].values():
        assert (change.difference, change.difference_low, change.difference_high) == (0, 0, 0)


def test_seeds_that_differ_widen_the_interval():
    """Gains of 2 and of none: the rows of a seed alone would never reach the other one's."""
    base = [system(1.0, seed=9)] * 4
    uneven = [system(3.0, seed=9), system(3.0, seed=9), base[0], base[0]]
    change = changes({"none": base, "one": uneven}, base="none", settings=SETTINGS, seed=0)["one"]["accuracy"]
    assert change.difference_low < 0.25 * change.difference < change.difference < 1.6 * change.difference
    even = [system(2.0, seed=9)] * 4
    narrow = changes({"none": base, "one": even}, base="none", settings=SETTINGS, seed=0)["one"]["accuracy"]
    rows_only = paired_difference(tally(even[0]), tally(base[0]), metric="accuracy", settings=SETTINGS, seed=0)
    assert (narrow.difference_low, narrow.difference_high) == pytest.approx((rows_only.low, rows_only.high))


def test_other_rows_in_every_seed_tell_more_than_the_same():
    """Four times as many rows halve the interval; they are drawn apart, though each seed's look like the others'."""
    widths = []
    for rename in (0, 1):
        base, one = (
            [replace(each, ids=tuple(f"{rename * seed}{own}" for own in each.ids)) for seed in range(4)]
            for each in (system(1.0, seed=9), system(2.0, seed=9))
        )
        found = changes({"none": base, "one": one}, base="none", settings=SETTINGS, seed=0)["one"]["log_loss"]
        widths.append(found.difference_high - found.difference_low)
    assert 0.35 < widths[1] / widths[0] < 0.65


def test_too_few_rows_show_nothing():
    base = system(0.0, seed=1)
    probabilities = base.probabilities.copy()
    wrong = np.flatnonzero(base.predicted != base.truth)[:5]
    probabilities[wrong] = np.eye(3)[base.truth[wrong]]
    one = replace(base, probabilities=probabilities)
    found = changes({"none": [base] * 2, "one": [one] * 2}, base="none", settings=SETTINGS, seed=0)["one"]["accuracy"]
    assert found.difference == pytest.approx(5 / N)
    assert found.difference_low <= 0


def test_entities_are_counted_by_type():
    units = FlatUnits(np.zeros((4, 2), dtype=np.int64), np.array([0, 2, 4]))
    gold = [(Span(0, 1, "X"), Span(1, 2, "Y")), (Span(0, 2, "X"),)]
    found = [(Span(0, 1, "X"),), (Span(0, 1, "Z"),)]
    tagged = replace(system(1.0, seed=1, n=4), tagged=TaggedTexts(units, found=found, gold=gold))
    values = label_tally(tagged, tally(tagged)).values
    assert values["entity_recall.X"] == 0.5
    assert values["entity_precision.X"] == 1.0
    assert values["entity_recall.Y"] == 0.0


def test_rows_are_the_same_by_id_and_truth():
    one = system(1.0, seed=1)
    assert same_rows(one, system(3.0, seed=2))
    assert not same_rows(one, system(1.0, seed=1, truth_seed=1))
    assert not same_rows(one, replace(one, truth=one.truth[::-1].copy()))
