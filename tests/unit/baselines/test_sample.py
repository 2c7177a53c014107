"""Rows that baselines learn from: each label has its share, and the same seed draws the same rows."""

import numpy as np
import pytest

from seqwise.baselines import contract
from seqwise.baselines.contract import ask
from seqwise.baselines.members import build_baseline
from seqwise.baselines.out_of_fold import out_of_fold
from seqwise.baselines.run import LabelledRows
from seqwise.baselines.sample import stratified_sample


def test_every_label_has_its_share_to_one_row() -> None:
    targets = np.repeat([0, 1, 2], [6000, 3000, 1000])
    counts = np.bincount(targets[stratified_sample(targets, 1001, seed=3)])
    assert counts.sum() == 1001
    assert (np.abs(counts - np.array([600.6, 300.3, 100.1])) <= 1).all()


def test_a_label_too_rare_for_a_share_gives_one_row_all_the_same() -> None:
    targets = np.array([1] * 5000 + [0] + [2] * 2)
    chosen = stratified_sample(targets, 10, seed=0)
    assert np.unique(targets[chosen]).tolist() == [0, 1, 2]
    assert len(chosen) <= 12


def test_rows_are_different_and_in_their_order() -> None:
    chosen = stratified_sample(np.arange(5000) % 7, 400, seed=1)
    assert (np.diff(chosen) > 0).all()


def test_all_rows_are_taken_where_there_are_no_more() -> None:
    assert stratified_sample(np.array([1, 0, 1]), 3, seed=0).tolist() == [0, 1, 2]


def test_the_seed_decides_the_rows() -> None:
    targets = np.arange(1000) % 2
    one, two, other = (stratified_sample(targets, 100, seed=seed).tolist() for seed in (0, 0, 1))
    assert one == two != other


def test_a_baseline_says_the_same_of_texts_asked_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"word{number % 5} word{number % 3}" for number in range(60)]
    baseline = build_baseline("naive_bayes").fit(texts, np.arange(60) % 5 // 2, n_labels=3, seed=0)
    whole = ask(baseline, texts)
    monkeypatch.setattr(contract, "AT_ONCE", 7)
    np.testing.assert_allclose(ask(baseline, texts), whole, rtol=1e-12)
    assert ask(baseline, []).shape == (0, 3)


def test_out_of_fold_learns_from_so_many_rows_at_most() -> None:
    texts, targets = [str(number) for number in range(60)], np.arange(60) % 6 // 5
    # The shares of the labels among 2 rows, and one row of the rare label if its share gives it none.
    logs = out_of_fold("prior", LabelledRows(texts, targets, 2), seed=0, most=2)
    np.testing.assert_allclose(np.exp(logs[:, 1]), 1 / 3, atol=1e-6)
