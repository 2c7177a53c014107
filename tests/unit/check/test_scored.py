import numpy as np
import pytest
from check_evidence import bare, calibrated
from scipy.stats import binomtest
from scipy.stats import entropy as scipy_entropy
from sklearn.metrics import log_loss

from seqwise.check.scored import (
    agreement_z,
    entropy,
    is_probability_table,
    is_skilful,
    log_loss_z,
    main_split,
    mean_z,
    scored,
    scored_splits,
    wilson,
)
from seqwise.records import Predictions


def judged(probabilities, truth):
    return scored_splits(bare(probabilities, truth))[0]


@pytest.mark.parametrize(("right", "n"), [(9, 21), (0, 5), (5, 5), (850, 1000)])
def test_the_wilson_interval_is_scipys(right, n):
    theirs = binomtest(right, n).proportion_ci(method="wilson")
    # scipy takes 1.95996 standard errors, we take 1.96.
    assert wilson(right, n) == pytest.approx((theirs.low, theirs.high), abs=1e-4)


def test_the_entropy_is_scipys():
    counts = np.array([9, 5, 4, 3, 0])
    assert entropy(counts) == pytest.approx(scipy_entropy(counts))


def test_the_log_loss_is_scikit_learns():
    probabilities, truth = calibrated(300, 4)
    assert judged(probabilities, truth).row_losses().mean() == pytest.approx(log_loss(truth, probabilities))


def test_agreement_has_spread_one_when_answers_ignore_the_truth():
    # Under independence the statistic is standard normal: 400 draws, mean 0 +- 0.15, spread 1 +- 0.1.
    values = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        truth = rng.choice(3, size=200, p=[0.6, 0.3, 0.1])
        values.append(agreement_z(judged(rng.dirichlet([3, 2, 1], 200), truth)))
    assert abs(np.mean(values)) < 0.15
    assert np.std(values) == pytest.approx(1, abs=0.1)


def test_a_constant_answer_has_no_skill():
    rows = judged(np.tile([0.6, 0.4], (100, 1)), np.array([0] * 60 + [1] * 40))
    assert agreement_z(rows) == 0
    assert abs(log_loss_z(rows)) < 1e-6
    assert not is_skilful(rows)


def test_an_unbalanced_model_that_never_answers_the_rare_label_can_still_be_skilful():
    probabilities, truth = calibrated(3000, 2, spread=1.0, bias=4.0)
    rows = judged(probabilities, truth)
    assert (rows.predicted == 1).mean() < 0.05
    assert is_skilful(rows)


def test_differences_without_spread_are_beyond_doubt():
    assert mean_z(np.ones(5)) == np.inf
    assert mean_z(-np.ones(5)) == -np.inf
    assert mean_z(np.zeros(5)) == 0
    assert mean_z(np.ones(1)) == 0


@pytest.mark.parametrize(
    "table",
    [[[0.5, 0.6]], [[-0.1, 1.1]], [[np.nan, 1.0]], [[1.0]], np.empty((0, 2)), [[2.0, -1.0]]],
)
def test_what_is_no_probability_is_told_apart(table):
    assert not is_probability_table(np.asarray(table))


@pytest.mark.parametrize(
    ("table", "truth"),
    [
        (np.empty((0, 2)), np.empty(0, dtype=np.int64)),
        (np.full((2, 2), np.nan), np.array([0, 1])),
        (np.full((2, 2), 0.5), np.array([0, 2])),
        (np.full((2, 2), 0.5), np.array([0, -1])),
        (np.full((2, 2), 0.5), np.array([0])),
        (np.full((2, 2), 0.5), None),
    ],
)
def test_predictions_that_cannot_be_judged_are_passed_over(table, truth):
    assert scored("test", Predictions(("a", "b"), ("x", "y"), table, truth)) is None


def test_the_claim_stands_on_test_then_validation_then_the_rest():
    assert main_split({"train": 1, "validation": 1, "test": 1}) == "test"
    assert main_split({"train": 1, "validation": 1}) == "validation"
    assert main_split({"train": 1, "dev": 1}) == "dev"
    assert main_split({"train": 1}) is None


@pytest.mark.parametrize(("n_right", "n"), [(0, 6), (6, 6), (0, 1), (1, 3)])
def test_the_interval_of_a_share_is_a_share(n_right: int, n: int) -> None:
    low, high = wilson(n_right, n)
    assert 0 <= low <= n_right / n <= high <= 1
    assert not np.signbit(low)
