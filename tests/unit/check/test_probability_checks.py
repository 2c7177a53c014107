from dataclasses import replace

import numpy as np
import pytest
from check_evidence import alarms, bare, calibrated, levels, rows, softmax, under
from scipy.optimize import minimize_scalar
from sklearn.metrics import log_loss

from seqwise.check import double_activation, overconfidence, prior_loss, probabilities
from seqwise.check.engine import run_checks
from seqwise.check.overconfidence import fit_temperature
from seqwise.check.scored import scored_splits
from seqwise.records import Calibration, Evidence

LABELS = (2, 3, 4, 10, 26)


def logits(n, k, *, spread=3.0, seed=0):
    """Scores (row, label) and a truth drawn from their softmax."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(n, k)) * spread
    truth = (softmax(scores).cumsum(axis=1) < rng.random((n, 1))).sum(axis=1).clip(0, k - 1)
    return scores, truth.astype(np.int64)


# GR-PROBS


def test_the_author_storys_logits_are_named_with_the_loss_after_a_softmax():
    scores, truth = logits(400, 3)
    (finding,) = probabilities.CHECK.run(bare(scores, truth, labels=["EAP", "HPL", "MWS"]))
    assert (finding.level, finding.ids) == ("error", ("GR-PROBS",))
    assert finding.message.startswith("These look like logits, not probabilities: a softmax is missing.")
    assert finding.evidence["log_loss_after_softmax"] == pytest.approx(log_loss(truth, softmax(scores)))
    assert finding.evidence["log_loss_as_written"] > 2 * finding.evidence["log_loss_after_softmax"]


@pytest.mark.parametrize(
    ("turn", "kind"),
    [
        (np.log, "log"),
        (lambda p: 100 * p, "percent"),
        (lambda p: np.clip(1.4 * p, 0, 1), "unnormalised"),
        (lambda p: np.where(p > 0.5, np.nan, p), "not finite"),
        (lambda p: p[:, :1], "single"),
        (lambda p: p * 7 - 3, "logits"),
    ],
)
def test_other_numbers_are_named_for_what_they_look_like(turn, kind):
    table, truth = calibrated(100, 3)
    (finding,) = probabilities.CHECK.run(bare(turn(table), np.minimum(truth, turn(table).shape[1] - 1)))
    assert (finding.level, finding.evidence["looks_like"]) == ("error", kind)
    assert finding.fix


def test_rounded_rows_are_information():
    table = calibrated(200, 3)[0].round(2)
    assert levels(probabilities.CHECK.run(bare(table))) == ["info"]


@pytest.mark.parametrize("k", LABELS)
def test_probabilities_pass(k):
    assert levels(probabilities.CHECK.run(bare(calibrated(100, k)[0].astype(np.float32)))) == ["pass"]


def test_only_the_first_mistake_is_told_for_logits():
    found = alarms(run_checks(bare(*logits(400, 3)), silence={}))
    assert found == [("probabilities", "error")]


# GR-DOUBLEACT


@pytest.mark.parametrize(("k", "floor"), [(2, 0.3133), (3, 0.5514), (4, 0.7437), (10, 1.4612), (26, 2.3221)])
def test_the_floor_is_the_loss_of_a_softmax_of_a_sure_answer(k, floor):
    sure = np.eye(k)[:1]
    assert log_loss([0], softmax(sure), labels=range(k)) == pytest.approx(floor, abs=5e-5)
    assert double_activation.loss_floor(k) == pytest.approx(floor, abs=5e-5)
    assert softmax(sure).max() == pytest.approx(double_activation.ceiling(k))


@pytest.mark.parametrize("k", LABELS)
@pytest.mark.parametrize("decimals", [4, 16])
def test_a_softmax_applied_twice_is_an_error(k, decimals):
    scores, truth = logits(300, k, spread=4.0)
    (finding,) = double_activation.CHECK.run(bare(softmax(softmax(scores)).round(decimals), truth))
    assert (finding.level, finding.ids) == ("error", ("GR-DOUBLEACT",))
    assert finding.evidence["loss_floor"] < finding.evidence["log_loss"]


@pytest.mark.parametrize("k", LABELS)
def test_a_softmax_applied_twice_is_suspected_without_any_truth(k):
    scores, _ = logits(300, k, spread=12.0)
    assert levels(double_activation.CHECK.run(bare(softmax(softmax(scores))))) == ["warning"]


def test_a_temperature_laid_over_it_hides_nothing():
    scores, truth = logits(300, 3, spread=4.0)
    hidden = softmax(softmax(scores) / 0.25)
    evidence = replace(bare(hidden, truth), calibration=(Calibration(0.25, "test", 0.7, 0.5, 300),))
    assert levels(double_activation.CHECK.run(evidence)) == ["warning"]
    assert levels(double_activation.CHECK.run(bare(hidden, truth))) == ["pass"]


@pytest.mark.parametrize("k", LABELS)
@pytest.mark.parametrize("spread", [0.05, 0.3, 0.6, 1.0, 2.0, 6.0])
def test_models_that_mean_what_they_say_are_not_suspected(k, spread):
    for seed in range(4):
        table, truth = calibrated(300, k, spread=spread, seed=seed)
        assert levels(double_activation.CHECK.run(bare(table, truth))) == ["pass"]
        assert levels(double_activation.CHECK.run(bare(table))) == ["pass"]


def test_naive_bayes_that_is_right_on_six_of_ten_is_not_suspected():
    # Calibrated between 0.5 and 0.72: every row is under the ceiling of 0.7311.
    rng = np.random.default_rng(0)
    sure = 0.5 + 0.22 * rng.beta(2, 2, 2000)
    answers = rng.integers(0, 2, 2000)
    truth = np.where(rng.random(2000) < sure, answers, 1 - answers)
    table = np.where(answers[:, None] == [0, 1], sure[:, None], 1 - sure[:, None])
    assert double_activation.ceiling(2) > table.max()
    assert levels(double_activation.CHECK.run(bare(table, truth))) == ["pass"]


def test_an_over_regularised_model_is_not_suspected():
    # Right on nine of ten, and never above 0.62: underconfident, but nothing piles up at the ceiling.
    rng = np.random.default_rng(0)
    sure, answers = rng.uniform(0.5, 0.62, 1000), rng.integers(0, 2, 1000)
    truth = np.where(rng.random(1000) < 0.9, answers, 1 - answers)
    table = np.where(answers[:, None] == [0, 1], sure[:, None], 1 - sure[:, None])
    assert levels(double_activation.CHECK.run(bare(table, truth))) == ["pass"]


def test_rows_that_thin_out_towards_the_ceiling_are_not_suspected():
    # log-odds up to 1, fewer and fewer of them: 6 % above 0.9, 12 % between 0.8 and 0.9; right on nine of ten.
    rng = np.random.default_rng(0)
    odds = np.concatenate([rng.uniform(0, 0.8, 820), rng.uniform(0.8, 0.9, 120), rng.uniform(0.9, 1.0, 60)])
    sure, answers = 1 / (1 + np.exp(-odds)), rng.integers(0, 2, 1000)
    truth = np.where(rng.random(1000) < 0.9, answers, 1 - answers)
    table = np.where(answers[:, None] == [0, 1], sure[:, None], 1 - sure[:, None])
    assert levels(double_activation.CHECK.run(bare(table, truth))) == ["pass"]


def test_a_constant_prior_is_not_suspected():
    # softmax((0.5, 0.5, 0)) has the floor entry of a doubled softmax, but it is the same on every row.
    constant = np.tile(softmax(np.array([[0.5, 0.5, 0.0]])), (200, 1))
    assert levels(double_activation.CHECK.run(bare(constant))) == ["pass"]


# GR-PRIORLOSS


def test_a_loss_above_the_priors_is_an_error():
    table, truth = calibrated(500, 3)
    (finding,) = prior_loss.CHECK.run(bare(table[:, [1, 2, 0]], truth))
    assert (finding.level, finding.ids) == ("error", ("GR-PRIORLOSS",))
    assert finding.evidence["log_loss"] == pytest.approx(log_loss(truth, table[:, [1, 2, 0]]))


def test_the_author_storys_score_at_the_prior_is_a_warning():
    # The shares of the three authors give 1.0886; guesses around them are no better.
    rng = np.random.default_rng(0)
    shares = np.array([0.4035, 0.2878, 0.3087])
    truth = rng.choice(3, size=4000, p=shares)
    table = rng.dirichlet(shares * 300, 4000)
    (finding,) = prior_loss.CHECK.run(bare(table, truth))
    assert finding.level in ("warning", "error")
    assert finding.evidence["prior_log_loss"] == pytest.approx(1.0886, abs=0.01)


def test_the_prior_is_that_of_the_training_rows_where_there_are_some():
    table, truth = calibrated(400, 2)
    evidence = under(bare(table, truth, labels=["a", "b"]), "test")
    evidence = replace(evidence, rows={"train": rows(["x"] * 98, ["a"] * 73 + ["b"] * 25)})
    (finding,) = prior_loss.CHECK.run(evidence)
    n_b = int(truth.sum())
    by_hand = -((400 - n_b) * np.log(0.74) + n_b * np.log(0.26)) / 400
    assert finding.evidence["prior_log_loss"] == pytest.approx(by_hand)


def test_without_training_rows_the_prior_has_not_seen_the_row_it_judges():
    # Shares of the 11 other rows and one count for each of 3 labels: 6, 4 and 2 of 14.
    truth = np.array([0] * 6 + [1] * 4 + [2] * 2)
    (finding,) = prior_loss.CHECK.run(bare(np.full((12, 3), 1 / 3), truth))
    by_hand = -(6 * np.log(6 / 14) + 4 * np.log(4 / 14) + 2 * np.log(2 / 14)) / 12
    assert finding.evidence["prior_log_loss"] == pytest.approx(by_hand)


@pytest.mark.parametrize("k", LABELS)
@pytest.mark.parametrize("n", [20, 200])
def test_models_that_know_something_pass(k, n):
    for seed in range(5):
        assert alarms(prior_loss.CHECK.run(bare(*calibrated(n, k, seed=seed)))) == []


# GR-OVERCONF


def sharpened(n, k, power, seed=0):
    table, truth = calibrated(n, k, spread=2.0, seed=seed)
    return softmax(np.log(table) * power), truth


@pytest.mark.parametrize("k", [2, 3, 26])
@pytest.mark.parametrize("power", [0.4, 1.0, 3.0])
def test_the_fitted_temperature_is_scipys(k, power):
    table, truth = sharpened(800, k, power)
    (judged,) = scored_splits(bare(table, truth))
    theirs = minimize_scalar(
        lambda t: log_loss(truth, softmax(np.log(table) / t), labels=range(k)), bounds=(0.05, 20), method="bounded"
    )
    temperature, before, after = fit_temperature(judged)
    assert temperature == pytest.approx(theirs.x, rel=0.01)
    assert before == pytest.approx(log_loss(truth, table, labels=range(k)))
    assert after == pytest.approx(theirs.fun, rel=1e-4)


def test_too_sure_probabilities_are_a_warning():
    (finding,) = overconfidence.CHECK.run(bare(*sharpened(2000, 3, 3.0)))
    assert (finding.level, finding.ids) == ("warning", ("GR-OVERCONF",))
    assert finding.evidence["temperature"] == pytest.approx(3.0, rel=0.15)


def test_too_modest_probabilities_are_information():
    (finding,) = overconfidence.CHECK.run(bare(*sharpened(2000, 3, 0.4)))
    assert (finding.level, finding.message.startswith("The model is right more often than it says.")) == ("info", True)


def test_the_temperature_of_the_run_is_taken_when_there_is_one():
    evidence = Evidence(task="classify", calibration=(Calibration(2.6, "test", 0.9, 0.6, 500),))
    (finding,) = overconfidence.CHECK.run(evidence)
    assert (finding.level, finding.evidence["gain"]) == ("warning", pytest.approx(1 / 3))
    assert (
        "Dividing the logits by 2.6 changes the log loss on test rows from 0.9 to 0.6 (33.3 % less)." in finding.message
    )


def test_a_temperature_that_is_already_in_the_predictions_is_information():
    table, truth = calibrated(500, 3)
    after = log_loss(truth, table)
    evidence = replace(
        under(bare(table, truth), "test"), calibration=(Calibration(2.6, "test", 2 * after, after, 500),)
    )
    (finding,) = overconfidence.CHECK.run(evidence)
    assert (finding.level, finding.evidence["is_applied"]) == ("info", True)


@pytest.mark.parametrize("figures", [(1.2, 0.5, 0.49), (2.5, 0.5, 0.499), (0.9, 0.5, 0.5), (float("nan"), 1.0, 1.0)])
def test_usual_temperatures_raise_no_alarm(figures):
    evidence = Evidence(task="classify", calibration=(Calibration(figures[0], "test", figures[1], figures[2], 500),))
    assert alarms(overconfidence.CHECK.run(evidence)) == []


@pytest.mark.parametrize("k", LABELS)
def test_models_that_mean_what_they_say_pass(k):
    assert levels(overconfidence.CHECK.run(bare(*calibrated(1000, k)))) == ["pass"]
