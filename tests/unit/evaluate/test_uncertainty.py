"""Bootstrap and paired tests against analytic results, calibration against a known temperature."""

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import binomtest

from seqwise.evaluate.calibration import apply_temperature, fit_temperature, reliability
from seqwise.evaluate.metrics import METRICS
from seqwise.evaluate.scores import best_baseline, score_all, score_split
from seqwise.evaluate.uncertainty import mcnemar, resample
from seqwise.records import Predictions
from seqwise.settings.stations import EvaluateSettings


def skilful(n: int, n_labels: int, skill: float, seed: int = 0) -> Predictions:
    """Truth depends on n alone, so systems of different skill can be compared."""
    truth = np.random.default_rng(99).integers(n_labels, size=n)
    logits = np.random.default_rng(seed).normal(size=(n, n_labels))
    logits[np.arange(n), truth] += skill
    return Predictions(
        ids=tuple(map(str, range(n))),
        labels=tuple("abcdefghij"[:n_labels]),
        probabilities=softmax(logits, axis=1),
        truth=truth,
    )


def prior(n: int, n_labels: int) -> Predictions:
    model = skilful(n, n_labels, 0.0)
    shares = np.bincount(model.truth, minlength=n_labels) / n
    return Predictions(model.ids, model.labels, np.tile(shares, (n, 1)), model.truth)


def test_every_draw_is_the_metric_of_the_drawn_rows() -> None:
    system = skilful(50, 3, 1.0)
    drawn = resample([system], n_draws=5, seed=3, clip=1e-15)[0]
    rows = np.random.default_rng(3).integers(50, size=(5, 50))
    for name, metric in METRICS.items():
        wanted = [metric.function(system.truth[index], system.probabilities[index]) for index in rows]
        assert drawn.values[name].tolist() == pytest.approx(wanted, abs=1e-12), name


def test_many_rows_are_drawn_in_portions_like_few(monkeypatch: pytest.MonkeyPatch) -> None:
    system = skilful(50, 2, 1.0)
    at_once = resample([system], n_draws=20, seed=0, clip=1e-15)[0]
    monkeypatch.setattr("seqwise.evaluate.uncertainty.MOST_COUNTS", 120)
    in_portions = resample([system], n_draws=20, seed=0, clip=1e-15)[0]
    np.testing.assert_allclose(at_once.values["log_loss"], in_portions.values["log_loss"])


def test_the_width_is_that_of_the_normal_approximation() -> None:
    system = skilful(4000, 2, 1.0)
    low, high = resample([system], n_draws=2000, seed=0, clip=1e-15)[0].interval("accuracy", 0.95)
    share = METRICS["accuracy"].function(system.truth, system.probabilities)
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(share * (1 - share) / 4000), rel=0.08)


def test_a_skilful_model_is_better_than_the_prior_and_the_prior_not_than_itself() -> None:
    settings = EvaluateSettings(samples=300)
    better = score_split(skilful(400, 3, 2.0), {"prior": prior(400, 3)}, settings=settings, seed=0).verdict
    assert better.better
    assert better.low > 0
    assert better.sentence.startswith("Better than prior by ")
    same = score_split(prior(400, 3), {"prior": prior(400, 3)}, settings=settings, seed=0).verdict
    assert not same.better
    assert same.difference == 0.0
    assert same.sentence == "NOT better than prior: difference 0.000 [0.000, 0.000] in log_loss on 400 rows."


def test_the_verdict_speaks_korean() -> None:
    verdict = score_split(
        skilful(400, 3, 2.0), {"prior": prior(400, 3)}, settings=EvaluateSettings(samples=100), seed=0, language="ko"
    ).verdict
    assert verdict.sentence.startswith("prior보다 log_loss에서 ")
    assert verdict.sentence.endswith("낫습니다(400행).")


def test_the_baseline_of_the_test_verdict_is_chosen_on_validation() -> None:
    good, bad = skilful(300, 3, 1.5, seed=1), skilful(300, 3, 0.5, seed=2)
    scores = score_all(
        "classify",
        {"validation": skilful(300, 3, 2.0), "test": skilful(300, 3, 2.0)},
        baselines={"validation": {"one": good, "two": bad}, "test": {"one": bad, "two": good}},
        settings=EvaluateSettings(samples=100),
        seed=0,
    )
    assert best_baseline({"one": good, "two": bad}, EvaluateSettings()) == "one"
    assert scores.splits["test"].verdict.best_baseline == "one"


def test_accuracy_of_all_right_rows_has_an_interval_with_width() -> None:
    model = skilful(20, 2, 50.0)
    accuracy = score_split(model, {"prior": prior(20, 2)}, settings=EvaluateSettings(samples=100), seed=0).metrics[
        "accuracy"
    ]
    assert accuracy.value == 1.0
    assert accuracy.low < 0.9


def test_mcnemar_by_hand() -> None:
    truth = np.zeros(30, dtype=np.int64)
    right, wrong = [0.9, 0.1], [0.1, 0.9]
    ids, labels = tuple(map(str, range(30))), ("a", "b")
    model = Predictions(ids, labels, np.array([right] * 25 + [wrong] * 5), truth)
    other = Predictions(ids, labels, np.array([right] * 13 + [wrong] * 15 + [right] * 2), truth)
    assert mcnemar(model, other) == pytest.approx(binomtest(12, 14, 0.5).pvalue)
    assert mcnemar(model, model) == 1.0


def test_the_temperature_that_was_put_in_is_found() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(20000, 3)) * 2
    probabilities = softmax(logits, axis=1)
    truth = np.array([rng.choice(3, p=row) for row in probabilities])
    too_sure = softmax(logits * 2.5, axis=1)
    temperature = fit_temperature(too_sure, truth)
    assert temperature == pytest.approx(2.5, rel=0.05)
    np.testing.assert_allclose(apply_temperature(too_sure, 2.5), probabilities, atol=1e-9)


def test_a_temperature_never_makes_its_own_rows_worse() -> None:
    for seed in range(5):
        system = skilful(30, 3, 1.0, seed=seed)
        temperature = fit_temperature(system.probabilities, system.truth)
        before = METRICS["log_loss"].function(system.truth, system.probabilities)
        after = METRICS["log_loss"].function(system.truth, apply_temperature(system.probabilities, temperature))
        assert after <= before + 1e-9


def test_reliability_counts_every_row_once() -> None:
    system = skilful(500, 3, 1.0)
    bins = reliability(system.truth, system.probabilities)
    assert sum(part.n for part in bins) == 500
    hits = sum(part.accuracy * part.n for part in bins)
    assert hits / 500 == pytest.approx(METRICS["accuracy"].function(system.truth, system.probabilities))
    for part in bins:
        assert part.low <= part.confidence <= part.high
        assert part.interval_low <= part.accuracy <= part.interval_high
