"""Rows that are judged by a baseline that has not seen them, and baselines that are kept by content."""

from pathlib import Path

import numpy as np

from seqwise.baselines.folds import stratified_folds
from seqwise.baselines.out_of_fold import out_of_fold
from seqwise.baselines.run import LabelledRows, run_baselines


def test_random_labels_cannot_be_told_out_of_fold() -> None:
    rng = np.random.default_rng(0)
    texts = [f"row {number}" for number in range(400)]
    targets = rng.integers(2, size=400)
    logs = out_of_fold("naive_bayes", texts, targets=targets, n_labels=2, seed=0)
    # a model that had seen the rows would know every one by its own number
    assert abs((logs.argmax(axis=1) == targets).mean() - 0.5) < 0.1


def test_copies_of_a_text_stand_in_one_fold() -> None:
    texts = [f"text {number % 50}" for number in range(200)]
    folds = stratified_folds(texts, np.arange(200) % 2, folds=5, seed=0)
    for text in set(texts):
        assert len({fold for fold, other in zip(folds, texts, strict=True) if other == text}) == 1


def test_folds_hold_the_same_share_of_each_label() -> None:
    targets = np.array([0] * 80 + [1] * 20)
    folds = stratified_folds([str(number) for number in range(100)], targets, folds=5, seed=1)
    assert [int(targets[folds == fold].sum()) for fold in range(5)] == [4] * 5


def test_a_second_run_reads_the_cache_and_says_the_same(tmp_path: Path) -> None:
    training = LabelledRows(["good film", "bad film"] * 20, np.array([1, 0] * 20), 2)
    splits = {"test": ["good", "bad"]}
    first, second = (run_baselines(["naive_bayes"], training, splits=splits, seed=0, cache=tmp_path) for _ in range(2))
    one, other = (run.log_probabilities["naive_bayes"]["test"] for run in (first, second))
    np.testing.assert_array_equal(one, other)
    assert len(list(tmp_path.glob("*.npz"))) == 1


def test_a_damaged_cache_is_fitted_anew(tmp_path: Path) -> None:
    training = LabelledRows(["good film", "bad film"] * 20, np.array([1, 0] * 20), 2)
    first = run_baselines(["prior"], training, splits={"test": ["x"]}, seed=0, cache=tmp_path)
    (path,) = tmp_path.glob("*.npz")
    path.write_bytes(path.read_bytes()[:50])
    again = run_baselines(["prior"], training, splits={"test": ["x"]}, seed=0, cache=tmp_path)
    np.testing.assert_array_equal(first.log_probabilities["prior"]["test"], again.log_probabilities["prior"]["test"])


def test_other_labels_are_another_content(tmp_path: Path) -> None:
    for targets in ([1, 0] * 20, [0, 1] * 20):
        training = LabelledRows(["good film", "bad film"] * 20, np.array(targets), 2)
        run_baselines(["prior"], training, splits={"test": ["x"]}, seed=0, cache=tmp_path)
    assert len(list(tmp_path.glob("*.npz"))) == 2
