"""Rows that are judged by a baseline that has not seen them, and baselines that are kept by content."""

from pathlib import Path

import numpy as np
import pytest

from seqwise.baselines.contract import TextUnits
from seqwise.baselines.folds import stratified_folds
from seqwise.baselines.out_of_fold import out_of_fold
from seqwise.baselines.run import LabelledRows, run_baselines
from seqwise.records import FlatUnits


def test_random_labels_cannot_be_told_out_of_fold() -> None:
    rng = np.random.default_rng(0)
    texts = [f"row {number}" for number in range(400)]
    targets = rng.integers(2, size=400)
    logs = out_of_fold("naive_bayes", LabelledRows(texts, targets, 2), seed=0)
    # a model that had seen the rows would know every one by its own number
    assert abs((logs.argmax(axis=1) == targets).mean() - 0.5) < 0.1


def tagged(texts: list[str], tag_of: list[int]) -> LabelledRows:
    """Words with one tag for all words of a text."""
    counts = [len(text.split()) for text in texts]
    edges = [edge for text in texts for edge in word_edges(text)]
    units = FlatUnits(np.array(edges).reshape(-1, 2), np.concatenate([[0], np.cumsum(counts)]))
    return LabelledRows(TextUnits(texts, units, ("x", "y"), None), np.repeat(tag_of, counts), 2)


def word_edges(text: str) -> list[tuple[int, int]]:
    starts = [i for i in range(len(text)) if text[i] != " " and (i == 0 or text[i - 1] == " ")]
    return [(start, start + len(text[start:].split(" ")[0])) for start in starts]


def test_units_are_never_judged_by_their_own_text() -> None:
    rng = np.random.default_rng(0)
    texts, tags = [f"w{i} w{i} w{i}" for i in range(300)], rng.integers(2, size=300)
    training = tagged(texts, tags.tolist())
    found = out_of_fold("unit_tag", training, seed=0)
    # a text that lent one of its words would tell the tag of the other two
    assert abs((found.argmax(axis=1) == training.targets).mean() - 0.5) < 0.1


@pytest.mark.parametrize("is_grouped", [False, True])
def test_units_of_a_group_are_never_judged_by_each_other(is_grouped: bool) -> None:
    documents = [str(i // 3) for i in range(300)]
    tags = np.random.default_rng(0).integers(2, size=100)[np.arange(300) // 3]
    training = tagged([f"name{document} s{i}" for i, document in enumerate(documents)], tags.tolist())
    found = out_of_fold("unit_tag", training, seed=0, groups=documents if is_grouped else None)
    share = (found.argmax(axis=1) == training.targets)[::2].mean()  # of the names, which are the document's alone
    assert (share < 0.6) if is_grouped else (share > 0.8)


def test_units_are_judged_by_a_baseline_of_the_texts_of_the_other_folds() -> None:
    texts = [f"a{i % 7} b{i % 5} c{i % 3}"[: 6 if i % 2 else 2] for i in range(60)]
    training = tagged(texts, [i % 2 for i in range(60)])
    found = out_of_fold("unit_tag", training, seed=3)
    folds = stratified_folds(texts, np.zeros(60, dtype=np.int64), folds=3, seed=3)
    fold_of_unit = np.array([folds[i] for i, text in enumerate(texts) for _ in text.split()])
    words, n_seen = [word for text in texts for word in text.split()], 0
    for unit, word in enumerate(words):
        seen = [
            training.targets[other]
            for other, same in enumerate(words)
            if same == word and fold_of_unit[other] != fold_of_unit[unit]
        ]
        if len(set(seen)) == 1:
            n_seen += 1
            assert found[unit].argmax() == seen[0]
    assert n_seen
    assert np.allclose(np.exp(found).sum(axis=1), 1)


def test_one_text_tells_nothing_of_itself() -> None:
    found = out_of_fold("unit_tag", tagged(["a b c"], [1]), seed=0)
    np.testing.assert_allclose(np.exp(found), 0.5)


def test_out_of_fold_reads_the_cache_and_says_the_same(tmp_path: Path) -> None:
    training = tagged([f"a{i % 7} b{i}" for i in range(30)], [i % 2 for i in range(30)])
    first, second = (out_of_fold("unit_tag", training, seed=0, cache=tmp_path) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, out_of_fold("unit_tag", training, seed=0))
    assert len(list(tmp_path.glob("*.npz"))) == 3  # one baseline a fold


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
