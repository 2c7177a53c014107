"""Folds, out-of-fold answers, and the cache of fitted baselines."""

import numpy as np
import pytest

from seqwise.baselines import run as rooms
from seqwise.baselines.folds import stratified_folds
from seqwise.baselines.members import build_baseline
from seqwise.baselines.out_of_fold import out_of_fold
from seqwise.baselines.run import LabelledRows, run_baselines
from seqwise.errors import UsageError

TEXTS = [f"{word} {number}" for number in range(10) for word in ("raven", "creature", "horror")]
TARGETS = np.tile([0, 1, 2], 10)


def test_folds_differ_by_one_row_in_each_label_and_in_all() -> None:
    texts = [f"text {number}" for number in range(103)]
    targets = np.repeat([0, 1, 2], [50, 40, 13])
    folds = stratified_folds(texts, targets, folds=5, seed=0)
    sizes = np.bincount(folds, minlength=5)
    assert sizes.max() - sizes.min() <= 1
    for label in range(3):
        own = np.bincount(folds[targets == label], minlength=5)
        assert own.max() - own.min() <= 1


def test_folds_are_a_function_of_the_seed() -> None:
    one, two, other = (stratified_folds(TEXTS, TARGETS, folds=5, seed=seed) for seed in (0, 0, 1))
    assert (one == two).all()
    assert (one != other).any()


def test_a_row_is_answered_by_a_baseline_that_has_not_seen_it_or_a_copy(monkeypatch) -> None:
    texts = [*TEXTS, *TEXTS[:6]]
    targets = np.concatenate([TARGETS, TARGETS[:6]])
    seen: list[tuple[set[str], set[str]]] = []

    class Spy:
        def fit(self, rows, own_targets, *, n_labels, seed):
            self.rows = set(rows)
            return self

        def log_probabilities(self, rows):
            seen.append((self.rows, set(rows)))
            return np.zeros((len(rows), 3))

    monkeypatch.setattr(rooms, "build_baseline", lambda name: Spy())
    out_of_fold("naive_bayes", LabelledRows(texts, targets, 3), seed=0)
    assert len(seen) == 5
    assert all(not fitted_on & asked for fitted_on, asked in seen)
    assert set().union(*(asked for _, asked in seen)) == set(texts)


def test_copies_with_random_labels_cannot_be_answered_out_of_fold() -> None:
    rng = np.random.default_rng(0)
    texts = [f"unique{number}" for number in range(60) for _ in range(4)]
    targets = np.repeat(rng.integers(2, size=60), 4)
    answers = out_of_fold("naive_bayes", LabelledRows(texts, targets, 2), seed=0)
    own = answers[np.arange(len(targets)), targets]
    assert -own.mean() > 0.4  # ln 2 is 0.693 and 60 texts tell little; a leak brings it below 0.2


def test_one_text_alone_gets_equal_probabilities() -> None:
    answers = out_of_fold("naive_bayes", LabelledRows(["same"] * 10, np.arange(10) % 2, 2), seed=0)
    np.testing.assert_allclose(np.exp(answers), 0.5)


def test_out_of_fold_of_an_unknown_baseline_names_the_nearest() -> None:
    with pytest.raises(UsageError, match=r'found "priors".*Did you mean "prior"\?'):
        out_of_fold("priors", LabelledRows(TEXTS, TARGETS, 3), seed=0)


def run(names, cache, *, texts=TEXTS, targets=TARGETS, seed=0):
    training = LabelledRows(texts, targets, 3)
    return run_baselines(names, training, splits={"validation": TEXTS[:5], "test": []}, seed=seed, cache=cache)


def test_a_run_holds_every_baseline_and_split() -> None:
    result = run(["prior", "naive_bayes"], None)
    assert list(result.log_probabilities) == ["prior", "naive_bayes"]
    assert {split: rows.shape for split, rows in result.log_probabilities["naive_bayes"].items()} == {
        "validation": (5, 3),
        "test": (0, 3),
    }
    assert set(result.seconds) == set(result.fitted) == {"prior", "naive_bayes"}


def test_the_second_run_fits_nothing_and_says_the_same(monkeypatch, tmp_path) -> None:
    first = run(["naive_bayes"], tmp_path)
    monkeypatch.setattr("seqwise.baselines.naive_bayes.NaiveBayes.fit", lambda *args, **kwargs: pytest.fail("fitted"))
    second = run(["naive_bayes"], tmp_path)
    for split in ("validation", "test"):
        np.testing.assert_array_equal(
            first.log_probabilities["naive_bayes"][split], second.log_probabilities["naive_bayes"][split]
        )


@pytest.mark.parametrize("change", ["texts", "targets", "seed"])
def test_another_content_is_fitted_anew(change, tmp_path) -> None:
    run(["prior"], tmp_path)
    others = {"texts": ["new", *TEXTS[1:]], "targets": TARGETS[::-1].copy(), "seed": 1}
    run(["prior"], tmp_path, **{change: others[change]})
    assert len(list(tmp_path.glob("prior-*.npz"))) == 2


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not a zip", None])
def test_a_damaged_file_of_the_cache_is_fitted_anew_and_written_over(damage, tmp_path) -> None:
    first = run(["naive_bayes"], tmp_path)
    (file,) = tmp_path.glob("*.npz")
    whole = file.read_bytes()
    middle = len(whole) // 2
    file.write_bytes(whole[:middle] + b"\0\1\2\3" + whole[middle + 4 :] if damage is None else damage)
    second = run(["naive_bayes"], tmp_path)
    np.testing.assert_array_equal(
        first.log_probabilities["naive_bayes"]["validation"], second.log_probabilities["naive_bayes"]["validation"]
    )
    assert list(tmp_path.iterdir()) == [file]
    assert file.read_bytes() == whole


def test_the_prior_out_of_fold_is_that_of_the_other_folds() -> None:
    answers = out_of_fold("prior", LabelledRows(TEXTS, TARGETS, 3), seed=0)
    folds = stratified_folds(TEXTS, TARGETS, folds=5, seed=0)
    own = np.flatnonzero(folds == 0)
    others = np.flatnonzero(folds != 0)
    wanted = build_baseline("prior").fit(["x"] * len(others), TARGETS[others], n_labels=3, seed=0)
    np.testing.assert_allclose(answers[own], wanted.log_probabilities([TEXTS[row] for row in own]))
