from dataclasses import replace

import numpy as np
import pytest
from check_evidence import bare, calibrated, roster, under

from seqwise.check.tiny_test import CHECK
from seqwise.records import Evidence, Interval, Scores, SplitScores, Verdict


def with_right(n, n_right):
    """n balanced two-label rows of which n_right are answered rightly."""
    truth = np.arange(n) % 2
    answers = np.where(np.arange(n) < n_right, truth, 1 - truth)
    return bare(np.where(answers[:, None] == [0, 1], 0.8, 0.2), truth)


def scores(n, *, difference=0.1, low=0.05, high=0.15, value=0.85):
    verdict = Verdict("accuracy", "naive_bayes", difference, low, high, better=low > 0, sentence="")
    metrics = {"accuracy": Interval(value, value - 0.01, value + 0.01)}
    return Scores(
        "classify", {"test": SplitScores(n, metrics=metrics, baselines={"naive_bayes": metrics}, verdict=verdict)}
    )


def test_the_roster_storys_interval_is_24_to_63_per_cent():
    (finding,) = CHECK.run(roster())
    assert (finding.level, finding.ids) == ("warning", ("GR-TINYTEST",))
    assert finding.evidence["low"] == pytest.approx(0.245, abs=0.005)
    assert finding.evidence["high"] == pytest.approx(0.635, abs=0.005)


@pytest.mark.parametrize(("n", "level"), [(2000, "pass"), (150, "info"), (30, "warning")])
def test_the_half_width_decides_the_level(n, level):
    (finding,) = CHECK.run(with_right(n, int(0.85 * n)))
    assert finding.level == level


def test_a_perfect_score_on_five_rows_is_still_too_few():
    (finding,) = CHECK.run(with_right(5, 5))
    assert finding.level == "warning"


def test_the_rows_for_five_points_bring_five_points():
    (finding,) = CHECK.run(with_right(100, 80))
    n = finding.evidence["rows_for_0.05"]
    p = (80 + 2) / (100 + 4)
    assert 1.96 * (p * (1 - p) / n) ** 0.5 == pytest.approx(0.05, abs=2e-4)


def test_the_rows_that_tell_a_seen_difference_are_named():
    # Half-width 0.04 for a difference of 0.01: four times too wide, so sixteen times the rows.
    evidence = Evidence(task="classify", scores=scores(2000, difference=0.01, low=-0.03, high=0.05))
    (finding,) = CHECK.run(evidence)
    assert (finding.level, finding.evidence["rows_for_difference"]) == ("info", 32_000)
    assert "about 32,000 rows would tell the seen difference of 0.01 from zero" in finding.fix


def test_an_untold_difference_on_a_blunt_set_is_a_warning():
    evidence = Evidence(task="classify", scores=scores(150, difference=0.02, low=-0.03, high=0.07))
    assert CHECK.run(evidence)[0].level == "warning"


def test_a_difference_of_nothing_asks_for_no_rows():
    evidence = Evidence(task="classify", scores=scores(2000, difference=0.0, low=-0.01, high=0.01))
    (finding,) = CHECK.run(evidence)
    assert (finding.level, finding.evidence["rows_for_difference"]) == ("pass", None)


def test_the_test_rows_are_judged_not_the_validation_rows():
    evidence = under(with_right(2000, 1700), "test")
    small = with_right(10, 9).predictions["predictions"]
    evidence = replace(evidence, predictions={"validation": small, **evidence.predictions})
    (finding,) = CHECK.run(evidence)
    assert (finding.level, finding.evidence["split"]) == ("pass", "test")


def test_nothing_scored_is_silence():
    assert CHECK.run(bare(calibrated(50, 2)[0])) == []
