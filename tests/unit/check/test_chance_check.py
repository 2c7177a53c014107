from dataclasses import replace

import numpy as np
import pytest
from check_evidence import alarms, bare, calibrated, levels, rows

from seqwise.check.chance import CHECK
from seqwise.records import EvaluationPoint, Evidence


def guessing(n, k=2, seed=0):
    rng = np.random.default_rng(seed)
    return bare(rng.dirichlet(np.full(k, 5.0), n), rng.integers(0, k, n))


def history(*losses):
    return tuple(
        EvaluationPoint(step=i, epoch=float(i), train_loss=loss, validation_loss=loss, metric=0.5)
        for i, loss in enumerate(losses)
    )


@pytest.mark.parametrize(("n", "level"), [(2000, "error"), (150, "warning"), (40, "info")])
def test_guesses_are_named_the_louder_the_more_rows_there_are(n, level):
    (finding,) = CHECK.run(guessing(n))
    assert (finding.level, finding.ids) == (level, ("GR-CHANCE",))


def test_the_interval_of_the_textbook_covers_its_accuracy():
    # 50.4 % of 25,000 balanced rows; 95 % of guesses lie within 1.96 * sqrt(0.25 / 25000) = 0.62 points of 50 %.
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1], 12_500)
    is_right = np.zeros(25_000, dtype=bool)
    is_right[:6_300] = is_right[12_500 : 12_500 + 6_300] = True
    sure = rng.uniform(0.5, 0.6, 25_000)
    answers = np.where(is_right, truth, 1 - truth)
    table = np.stack([np.where(answers == 0, sure, 1 - sure), np.where(answers == 1, sure, 1 - sure)], axis=1)
    (finding,) = CHECK.run(bare(table, truth))
    assert finding.level == "error"
    assert finding.evidence["chance_high"] == pytest.approx(0.5 + 1.96 * (0.25 / 25_000) ** 0.5)
    assert "12,600 of 25,000 predicted rows are right (50.4 %)" in finding.message


def test_exchanged_columns_are_worse_than_chance():
    probabilities, truth = calibrated(200, 2)
    (finding,) = CHECK.run(bare(probabilities[:, ::-1], truth))
    assert (finding.level, finding.title) == ("error", "Worse than chance")


def test_a_loss_pinned_at_ln_two_is_an_error():
    evidence = Evidence(task="classify", labels=("neg", "pos"), history=history(0.6931, 0.6935, 0.6928, 0.694, 0.6931))
    (finding,) = CHECK.run(evidence)
    assert finding.level == "error"
    assert (
        "Over 5 evaluations the validation loss stayed between 0.6928 and 0.694, and ln 2 is 0.6931." in finding.message
    )


def test_a_loss_pinned_at_the_entropy_of_the_label_shares_is_named():
    # Shares 0.8 and 0.2: -(0.8 ln 0.8 + 0.2 ln 0.2) = 0.5004.
    evidence = Evidence(
        task="classify",
        labels=("a", "b"),
        rows={"validation": rows(list("abcdefghij"), ["a"] * 8 + ["b"] * 2)},
        history=history(0.5004, 0.5010),
    )
    (finding,) = CHECK.run(evidence)
    assert (finding.level, finding.evidence["guess"]) == ("warning", "the entropy of the label shares")
    assert finding.evidence["guess_loss"] == pytest.approx(0.5004, abs=1e-4)


def test_a_loss_that_leaves_its_first_plateau_is_healthy():
    evidence = Evidence(task="classify", labels=("neg", "pos"), history=history(0.693, 0.692, 0.61, 0.44))
    assert levels(CHECK.run(evidence)) == ["pass"]


def test_one_evaluation_says_nothing():
    assert CHECK.run(Evidence(task="classify", labels=("a", "b"), history=history(0.6931))) == []


def test_losses_that_are_not_numbers_are_passed_over():
    assert CHECK.run(Evidence(task="classify", labels=("a", "b"), history=history(np.nan, np.inf))) == []


def test_a_pinned_loss_beside_skilful_answers_is_only_a_warning():
    evidence = replace(bare(*calibrated(500, 2)), history=history(0.693, 0.693, 0.693))
    assert levels(CHECK.run(evidence)) == ["warning"]


def test_a_rare_label_that_only_the_probabilities_know_is_not_guessing():
    probabilities, truth = calibrated(3000, 2, spread=1.0, bias=-3.0)
    evidence = bare(probabilities, truth)
    (finding,) = CHECK.run(evidence)
    accuracy = finding.evidence["predictions"]["n_right"] / 3000
    assert accuracy < finding.evidence["predictions"]["chance_high"]
    assert finding.level == "pass"


@pytest.mark.parametrize("k", [2, 3, 4, 10, 26])
@pytest.mark.parametrize("bias", [0.0, 4.0])
def test_skilful_models_are_never_called_guessing(k, bias):
    for seed in range(5):
        assert alarms(CHECK.run(bare(*calibrated(200, k, bias=bias, seed=seed)))) == []
