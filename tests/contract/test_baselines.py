"""What every baseline of labelled texts must keep: deterministic, honest probabilities, a state without pickle."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save

import seqwise.baselines as folder
from seqwise.baselines import BASELINES
from seqwise.baselines.contract import BaselineState
from seqwise.baselines.members import build_baseline
from seqwise.errors import UsageError
from seqwise.settings import names

PARTS = {
    "contract", "folds", "members", "multinomial", "ngrams", "out_of_fold", "pooling", "run", "sample", "tfidf",
    "trees", "logistic", "name_matches", "surface_features", "states", "repeated", "markov", "boosted",
    "texts", "numbers", "local_models", "number_run", "residual_quantiles",
}  # fmt: skip
GOOD, BAD = ("bright", "warm", "lovely"), ("dull", "cold", "awful")


def rows(n: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    rng = np.random.default_rng(seed)
    targets = rng.integers(2, size=n)
    texts = [f"{rng.choice(GOOD if target else BAD)} film w{rng.integers(9)}" for target in targets]
    return texts, targets.astype(np.int64)


def test_the_table_and_the_folder_agree() -> None:
    files = {path.stem for path in Path(folder.__file__).parent.glob("*.py")} - {"__init__"} - PARTS
    assert files == set(BASELINES)


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(UsageError, match='Did you mean "naive_bayes"'):
        build_baseline("naive_bays")


@pytest.mark.parametrize("name", names.BASELINES["classify"])
class TestEveryBaseline:
    def test_probabilities_add_up_to_1_on_seen_and_unseen_texts(self, name: str) -> None:
        texts, targets = rows(60)
        baseline = build_baseline(name).fit(texts, targets, n_labels=2, seed=0)
        probabilities = np.exp(baseline.log_probabilities([*texts, "", "한국어 영화", "nothing known here"]))
        assert probabilities.shape == (63, 2)
        assert (probabilities > 0).all()
        np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-9)

    def test_the_same_seed_gives_the_same_baseline(self, name: str) -> None:
        texts, targets = rows(60)
        one, other = (build_baseline(name).fit(texts, targets, n_labels=2, seed=3) for _ in range(2))
        np.testing.assert_array_equal(one.log_probabilities(texts), other.log_probabilities(texts))

    def test_comes_back_from_json_and_safetensors_unchanged(self, name: str) -> None:
        texts, targets = rows(60)
        baseline = build_baseline(name).fit(texts, targets, n_labels=2, seed=0)
        state = baseline.state()
        arrays = {key: np.ascontiguousarray(values) for key, values in state.arrays.items()}
        stored = BaselineState(settings=json.loads(json.dumps(dict(state.settings))), arrays=load(save(arrays)))
        again = build_baseline(name)
        again.restore(stored)
        np.testing.assert_array_equal(again.log_probabilities(texts), baseline.log_probabilities(texts))

    def test_works_on_ten_rows_of_which_one_label_has_one(self, name: str) -> None:
        texts, _ = rows(10)
        targets = np.array([0] * 5 + [1] * 4 + [2])
        baseline = build_baseline(name).fit(texts, targets, n_labels=3, seed=0)
        assert np.isfinite(baseline.log_probabilities(texts)).all()


@pytest.mark.parametrize("name", ["naive_bayes", "tfidf_logistic"])
def test_a_baseline_that_reads_learns_what_the_words_tell(name: str) -> None:
    texts, targets = rows(200)
    unseen, truth = rows(100, seed=1)
    baseline = build_baseline(name).fit(texts, targets, n_labels=2, seed=0)
    assert (baseline.log_probabilities(unseen).argmax(axis=1) == truth).mean() > 0.95


def test_prior_is_the_share_of_each_label() -> None:
    targets = np.array([0] * 3 + [1] * 1)
    baseline = build_baseline("prior").fit(["a"] * 4, targets, n_labels=2, seed=0)
    np.testing.assert_allclose(np.exp(baseline.log_probabilities(["b"])), [[0.75, 0.25]], atol=1e-6)
