from dataclasses import replace

import numpy as np
import pytest
from check_evidence import bare, calibrated, under

from seqwise.check.baseline import CHECK
from seqwise.records import Evidence, Interval, Scores, SplitScores, Verdict


def scores(difference, low, high, *, baselines=True, split="test"):
    verdict = Verdict("log_loss", "naive_bayes", difference, low, high, better=low > 0, sentence="")
    table = {"naive_bayes": {"log_loss": Interval(0.4, 0.3, 0.5)}} if baselines else {}
    one = SplitScores(n=500, metrics={"log_loss": Interval(0.4, 0.3, 0.5)}, baselines=table, verdict=verdict)
    return Evidence(task="classify", scores=Scores("classify", {split: one}))


@pytest.mark.parametrize(
    ("figures", "level", "title"),
    [
        ((0.1, 0.05, 0.15), "pass", "Better than the best baseline"),
        ((0.01, -0.02, 0.04), "warning", "Not better than the best baseline"),
        ((-0.1, -0.15, -0.05), "error", "Worse than the best baseline"),
    ],
)
def test_the_verdict_decides_the_level(figures, level, title):
    (finding,) = CHECK.run(scores(*figures))
    assert (finding.level, finding.title, finding.ids) == (level, title, ("GR-BASELINE",))
    assert "naive_bayes" in finding.message


def test_the_difference_stands_in_the_message():
    (finding,) = CHECK.run(scores(-0.1, -0.15, -0.05))
    assert "the difference in log_loss is -0.1 [-0.15, -0.05] in its favour" in finding.message
    assert 'head.stand_on = "naive_bayes"' in finding.fix


def test_training_rows_carry_no_verdict():
    assert CHECK.run(scores(0.1, 0.05, 0.15, split="train")) == []


def test_a_score_without_a_baseline_is_told():
    (finding,) = CHECK.run(scores(0.0, 0.0, 0.0, baselines=False))
    assert (finding.level, finding.title) == ("info", "No baseline")


def test_figures_that_are_not_numbers_are_passed_over():
    assert CHECK.run(scores(float("nan"), float("nan"), float("nan"))) == []


@pytest.mark.parametrize(
    ("model", "baseline", "level"), [(1.0, 0.3, "pass"), (0.3, 1.0, "error"), (1.0, 1.0, "warning")]
)
def test_without_a_verdict_the_predictions_are_compared(model, baseline, level):
    probabilities, truth = calibrated(600, 3)
    sharpen = lambda power: probabilities**power / (probabilities**power).sum(axis=1, keepdims=True)  # noqa: E731
    evidence = under(bare(sharpen(model), truth), "test")
    other = replace(evidence.predictions["test"], probabilities=sharpen(baseline))
    (finding,) = CHECK.run(replace(evidence, baselines={"test": {"prior": other}}))
    assert finding.level == level
    losses = [-np.log(table[np.arange(600), truth]) for table in (sharpen(baseline), sharpen(model))]
    assert finding.evidence["difference"] == pytest.approx(losses[0].mean() - losses[1].mean())


def test_nothing_to_compare_is_silence():
    assert CHECK.run(bare(*calibrated(50, 2))) == []
