"""The parts of the page by themselves: numbers, reliability, tables, curves, words, sections."""

import doctest
import math
import re
import string
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from report_fake_run import TEMPERATURE, findings
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix
from sklearn.metrics import log_loss as sklearn_log_loss

from seqwise.evaluate.metrics import N_BINS
from seqwise.records import Calibration, Interval, Predictions, SplitScores, Verdict
from seqwise.report import curves, numbers
from seqwise.report import words as words_module
from seqwise.report.curves import MOST_POINTS, best_baseline, curve, thinned
from seqwise.report.facts import PlanCurve, RunFacts, StepPoint
from seqwise.report.headlines import headlines
from seqwise.report.reliability import reliability
from seqwise.report.sections import flat, groups, plain, stations
from seqwise.report.tables import confusion, score_table
from seqwise.report.words import WORDS, metric_name, placeholders, split_name, words

REPORT = Path(curves.__file__).parent
TEMPLATES = sorted(REPORT.glob("*.html"))


def test_examples_of_the_numbers_are_true() -> None:
    found = doctest.testmod(numbers)
    assert (found.failed, found.attempted >= 7) == (0, True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.41234, "0.4123"),
        (-0.00001, "0.0000"),
        (1234.56, "1,234.6"),
        (math.nan, "–"),
        (math.inf, "∞"),
        (-math.inf, "-∞"),
    ],
)
def test_scores_have_four_decimals(value: float, text: str) -> None:
    assert numbers.score(value) == text


def test_small_rates_keep_three_digits() -> None:
    assert [numbers.general(value) for value in (3e-5, 0.000123456, math.nan)] == ["3e-05", "0.000123", "–"]


@pytest.mark.parametrize(
    ("value", "text"), [(0.01, "0.01 s"), (119.94, "119.9 s"), (3605.0, "60 min 05 s"), (math.nan, "–")]
)
def test_seconds_become_minutes_when_they_are_many(value: float, text: str) -> None:
    assert numbers.seconds(value) == text


@pytest.mark.parametrize(("value", "text"), [(999, "999 B"), (12_345, "12.3 kB"), (2_500_000_000, "2.5 GB")])
def test_bytes_have_units_of_a_thousand(value: int, text: str) -> None:
    assert numbers.n_bytes(value) == text


def _random(n: int, n_labels: int) -> Predictions:
    rng = np.random.default_rng(4)
    probabilities = rng.dirichlet([0.5] * n_labels, size=n)
    truth = rng.integers(0, n_labels, size=n)
    return Predictions(
        ids=("",) * n, labels=tuple(string.ascii_letters[:n_labels]), probabilities=probabilities, truth=truth
    )


def test_reliability_bins_are_those_of_scikit_learn() -> None:
    predictions = _random(500, 4)
    is_right = predictions.predicted == predictions.truth
    shares, means = calibration_curve(is_right, predictions.probabilities.max(axis=1), n_bins=N_BINS)
    found = reliability("test", predictions, calibrations=())
    assert found is not None
    np.testing.assert_allclose([one.accuracy for one in found.after], shares)
    np.testing.assert_allclose([one.confidence for one in found.after], means)
    assert found.before == ()


def test_a_temperature_is_undone_exactly() -> None:
    raw = _random(500, 3)
    assert raw.truth is not None
    powers = raw.probabilities ** (1 / TEMPERATURE)
    tempered = replace(raw, probabilities=powers / powers.sum(axis=1, keepdims=True))
    loss = sklearn_log_loss(raw.truth, raw.probabilities)
    recorded = Calibration(TEMPERATURE, "test", log_loss_before=loss, log_loss_after=0.0, n_fitted_on=9)
    found = reliability("test", tempered, calibrations=[recorded])
    expected = reliability("test", raw, calibrations=())
    assert found is not None
    assert expected is not None
    assert [one.n for one in found.before] == [one.n for one in expected.after]
    np.testing.assert_allclose(
        [one.confidence for one in found.before], [one.confidence for one in expected.after], atol=1e-12
    )


def test_reliability_before_the_temperature_is_shown_when_it_agrees_with_the_recorded_loss(facts: RunFacts) -> None:
    found = reliability("test", facts.predictions["test"], calibrations=facts.details.calibration)
    assert found is not None
    assert found.before
    assert found.before != found.after


def test_reliability_before_the_temperature_is_left_out_when_it_does_not(facts: RunFacts) -> None:
    wrong = tuple(replace(one, log_loss_before=one.log_loss_before * 1.1) for one in facts.details.calibration)
    found = reliability("test", facts.predictions["test"], calibrations=wrong)
    assert found is not None
    assert found.before == ()


def test_reliability_needs_the_truth_and_finite_numbers() -> None:
    predictions = _random(5, 2)
    assert reliability("test", replace(predictions, truth=None), calibrations=()) is None
    broken = replace(predictions, probabilities=np.full((5, 2), np.nan))
    assert reliability("test", broken, calibrations=()) is None


def test_the_confusion_matrix_is_that_of_scikit_learn() -> None:
    predictions = _random(300, 5)
    found = confusion("test", predictions)
    assert found is not None
    expected = confusion_matrix(predictions.truth, predictions.predicted, labels=range(5))
    assert [[cell.n for cell in row] for row in found.cells] == expected.tolist()
    assert all(sum(cell.share for cell in row) == pytest.approx(1.0) for row in found.cells)


def test_the_confusion_matrix_of_no_rows_is_none() -> None:
    empty = Predictions(ids=(), labels=("a", "b"), probabilities=np.zeros((0, 2)), truth=np.zeros(0, dtype=np.int64))
    assert confusion("test", empty) is None


def test_a_score_that_is_no_number_is_never_the_best() -> None:
    broken, whole = Interval(math.nan, math.nan, math.nan), Interval(0.5, 0.4, 0.6)
    verdict = Verdict("accuracy", "prior", difference=0.0, low=0.0, high=0.0, better=False, sentence="")
    scores = SplitScores(3, metrics={"accuracy": broken}, baselines={"prior": {"accuracy": whole}}, verdict=verdict)
    rows = score_table("test", scores).rows
    assert [(row.name, row.cells[0].is_best) for row in rows] == [("", False), ("prior", True)]


@pytest.mark.parametrize(
    ("low", "high", "better", "kind"),
    [
        (0.01, 0.1, True, "better"),
        (-0.01, 0.1, False, "not"),
        (-0.2, -0.1, False, "worse"),
        (-0.2, -2e-8, False, "not"),
    ],
)
def test_the_headline_follows_the_verdict(low: float, high: float, better: bool, kind: str, facts: RunFacts) -> None:
    assert facts.scores is not None
    test = facts.scores.splits["test"]
    verdict = replace(test.verdict, low=low, high=high, better=better)
    changed = replace(facts, scores=replace(facts.scores, splits={"test": replace(test, verdict=verdict)}))
    assert [one.kind for one in headlines(changed, words("en"))] == [kind]


def test_a_score_without_baselines_has_no_verdict(facts: RunFacts) -> None:
    assert facts.scores is not None
    alone = replace(facts.scores.splits["test"], baselines={})
    one = headlines(replace(facts, scores=replace(facts.scores, splits={"validation": alone})), words("en"))[0]
    assert (one.kind, one.difference, one.comparison) == ("none", "", "")
    assert one.caution == words("en")["chosen_on_only"]


def test_curves_are_means_that_leave_no_update_out() -> None:
    steps = tuple(StepPoint(step, epoch=0.0, loss=float(step), lr=1.0) for step in range(1, 1001))
    points = curve(steps)
    assert len(points) <= MOST_POINTS
    assert sum(one.n for one in points) == 1000
    assert sum(one.n * one.loss for one in points) == sum(range(1, 1001))
    assert points[-1].step == 1000


def test_a_thinned_plan_keeps_its_first_last_and_highest_point() -> None:
    rates = tuple(1.0 - abs(step - 333) / 1000 for step in range(1, 501))
    plan = PlanCurve("linear", peak=1.0, n_updates=500, n_warmup=333, rates=rates, steps=tuple(range(1, 501)))
    points = thinned(plan)
    assert len(points) <= MOST_POINTS
    assert {(1, rates[0]), (333, 1.0), (500, rates[-1])} <= set(points)


def test_the_best_baseline_of_the_curves_has_the_lowest_log_loss(facts: RunFacts) -> None:
    found = best_baseline(facts)
    assert found is not None
    assert (found.name, found.log_loss) == ("naive_bayes", 0.5301)


def test_both_languages_have_the_same_keys_and_fill_in_the_same_names() -> None:
    english, korean = words("en"), words("ko")
    assert english.keys() == korean.keys()
    for key in english:
        assert english[key].strip(), key
        assert korean[key].strip(), key
        assert placeholders(english[key]) == placeholders(korean[key]), key


def test_korean_words_are_korean() -> None:
    same = {"ECE", "F1"}
    assert {key for key, text in words("ko").items() if not re.search("[가-힣]", text)} == {
        key for key, (english, _) in WORDS.items() if english in same
    }


def test_no_word_is_named_like_a_method_of_a_table() -> None:
    assert [key for key in WORDS if key in dir(dict)] == []


def test_every_word_is_used() -> None:
    written = "".join(
        path.read_text(encoding="utf-8")
        for path in [*TEMPLATES, *REPORT.glob("*.py")]
        if path.name not in {"words.py", "tag_words.py"}
    )
    made_up = ("split_", "metric_", "level_", "verdict_", "means_", "reproduce_", "chosen_on")
    unused = [key for key in WORDS if not re.search(rf"""(w\.|["']){key}\b""", written) and not key.startswith(made_up)]
    assert unused == []


def test_unknown_splits_and_metrics_keep_their_names() -> None:
    word = words_module.words("en")
    assert split_name(word, "extra") == "rows of extra"
    assert metric_name(word, "entity_f1") == "entity f1"


def test_scores_that_are_written_alike_are_best_together() -> None:
    one, other = Interval(0.5, 0.4, 0.6), Interval(0.500000001, 0.4, 0.6)
    verdict = Verdict("log_loss", "prior", difference=0.0, low=0.0, high=0.0, better=False, sentence="")
    scores = SplitScores(3, metrics={"log_loss": other}, baselines={"prior": {"log_loss": one}}, verdict=verdict)
    assert [row.cells[0].is_best for row in score_table("test", scores).rows] == [True, True]


def test_the_verdicts_own_error_casts_no_doubt_on_it() -> None:
    error = next(one for one in findings() if one.level == "error")
    assert groups([error]).is_in_doubt
    assert not groups([replace(error, ids=("GR-BASELINE",))]).is_in_doubt
    assert not groups([replace(error, silenced="known")]).is_in_doubt


def test_groups_keep_silenced_findings_apart() -> None:
    found = groups(findings())
    assert [one.level for one in found.to_read] == ["error", "warning", "info"]
    assert [one.silenced for one in found.silenced] == ["kept for the next run"]
    assert [one.check for one in found.duplicates] == ["eval_on_train", "duplicates"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (12345, "12,345"),
        (0.03833, "0.0383"),
        (2e-5, "2e-05"),
        (["한", 1], '["한", 1]'),
        ("x" * 500, "x" * 400 + "…"),
    ],
)
def test_evidence_is_written_for_people(value: object, text: str) -> None:
    assert plain(value) == text


def test_the_environment_is_flat_and_leaves_the_stations_out() -> None:
    environment = {"seed": 12345, "versions": {"torch": "2.13.0"}, "stations": {"read": {"seconds": 1.0}}}
    assert flat(environment) == [("seed", "12345"), ("versions.torch", "2.13.0")]
    assert [(one.name, one.seconds) for one in stations(environment)] == [("read", 1.0)]
    assert math.isnan(stations(environment)[0].peak_memory_mb)


def _luminance(color: str) -> float:
    """Relative luminance by WCAG 2.2."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("name", ["ink", "muted", "model", "second", "baseline", "good", "bad", "warn"])
@pytest.mark.parametrize("ground", ["paper", "panel"])
def test_texts_and_lines_stand_out_from_the_ground(name: str, ground: str, theme: int) -> None:
    css = (REPORT / "report.css").read_text(encoding="utf-8")
    found = dict(re.findall(r"--(\w+): light-dark\((#\w{6}, #\w{6})\)", css))
    one, other = (_luminance(found[key].split(", ")[theme]) for key in (name, ground))
    contrast = (max(one, other) + 0.05) / (min(one, other) + 0.05)
    assert contrast >= 4.5
