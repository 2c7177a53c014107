"""Bootstrap and paired tests against analytic results, calibration against a known temperature."""

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import binomtest, ttest_1samp
from scipy.stats import t as student

from seqwise.evaluate.calibration import apply_temperature, fit_temperature, reliability
from seqwise.evaluate.metrics import log_loss
from seqwise.evaluate.scores import best_baseline, score_all, score_split
from seqwise.evaluate.tallies import tally_of
from seqwise.evaluate.uncertainty import diebold_mariano, mcnemar, paired_interval, percentile_interval, resample
from seqwise.records import Indices, Predictions
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


def taken(system: Predictions, rows: Indices) -> Predictions:
    return Predictions([system.ids[row] for row in rows], system.labels, system.probabilities[rows], system.truth[rows])


def prior(n: int, n_labels: int) -> Predictions:
    model = skilful(n, n_labels, 0.0)
    shares = np.bincount(model.truth, minlength=n_labels) / n
    return Predictions(model.ids, model.labels, np.tile(shares, (n, 1)), model.truth)


def test_every_draw_is_the_metric_of_the_drawn_rows() -> None:
    system = skilful(50, 3, 1.0)
    drawn = resample([tally_of(system)], n_draws=5, seed=3)[0]
    rows = np.random.default_rng(3).integers(50, size=(5, 50))
    for name in ("accuracy", "macro_f1", "log_loss", "brier", "ece"):
        wanted = [tally_of(taken(system, index)).values[name] for index in rows]
        assert drawn.values[name].tolist() == pytest.approx(wanted, abs=1e-12), name


def test_many_rows_are_drawn_in_portions_like_few(monkeypatch: pytest.MonkeyPatch) -> None:
    system = skilful(50, 2, 1.0)
    at_once = resample([tally_of(system)], n_draws=20, seed=0)[0]
    monkeypatch.setattr("seqwise.evaluate.uncertainty.MOST_COUNTS", 120)
    in_portions = resample([tally_of(system)], n_draws=20, seed=0)[0]
    np.testing.assert_allclose(at_once.values["log_loss"], in_portions.values["log_loss"])


def test_the_width_is_that_of_the_normal_approximation() -> None:
    system = skilful(4000, 2, 1.0)
    low, high = resample([tally_of(system)], n_draws=2000, seed=0)[0].interval("accuracy", 0.95)
    share = tally_of(system).values["accuracy"]
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
    assert best_baseline({"one": good, "two": bad}, "log_loss") == "one"
    assert scores.splits["test"].verdict.best_baseline == "one"


def test_accuracy_of_all_right_rows_has_an_interval_with_width() -> None:
    model = skilful(20, 2, 50.0)
    accuracy = score_split(model, {"prior": prior(20, 2)}, settings=EvaluateSettings(samples=100), seed=0).metrics[
        "accuracy"
    ]
    assert accuracy.value == 1.0
    assert accuracy.low < 0.9


def test_macro_f1_of_all_right_rows_has_an_interval_with_width() -> None:
    scores = score_split(skilful(20, 2, 50.0), {"prior": prior(20, 2)}, settings=EvaluateSettings(samples=100), seed=0)
    assert scores.metrics["macro_f1"].value == 1.0
    assert scores.metrics["macro_f1"].low < 0.9


def test_the_interval_of_a_small_calibration_error_holds_it() -> None:
    # each confidence c stands on 100 rows, of which exactly 100 c are right: the error is 0, that of a draw is not
    confidence = np.repeat([0.55, 0.65, 0.75, 0.85, 0.95], 100)
    truth = (np.tile(np.arange(100), 5) >= 100 * confidence - 1e-9).astype(np.int64)
    model = Predictions(tuple(map(str, range(500))), ("a", "b"), np.stack([confidence, 1 - confidence], axis=1), truth)
    drawn = resample([tally_of(model)], n_draws=100, seed=0)[0].interval("ece", 0.95)
    ece = score_split(model, {"self": model}, settings=EvaluateSettings(samples=100), seed=0).metrics["ece"]
    assert ece.value == pytest.approx(0.0, abs=1e-12)
    assert drawn[0] > 0.005
    assert ece.low == ece.value
    assert ece.high == drawn[1]


@pytest.mark.parametrize(("n", "is_told"), [(1, False), (2, False), (5, False), (6, True)])
def test_nothing_is_better_on_fewer_than_six_rows(n: int, is_told: bool) -> None:
    # all rows in favour: p = 2 * 0.5 ** n, which is 0.0625 for five rows and 0.03125 for six
    assert (binomtest(n, n, 0.5).pvalue < 0.05) == is_told
    model = skilful(n, 2, 20.0)
    coin = Predictions(model.ids, model.labels, np.full((n, 2), 0.5), model.truth)
    verdict = score_split(model, {"coin": coin}, settings=EvaluateSettings(samples=100), seed=0).verdict
    assert verdict.difference > 0.6
    assert verdict.better == (verdict.low > 0) == is_told


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1"])
@pytest.mark.parametrize(("n_ahead", "is_told"), [(4, False), (5, False), (8, True)])
def test_rows_on_which_two_systems_agree_prove_nothing(n_ahead: int, is_told: bool, metric: str) -> None:
    # one is right where the other is wrong on n_ahead of 1,000 rows, never the other way round: McNemar's exact test
    model = skilful(1000, 2, 20.0)
    theirs = model.probabilities.copy()
    theirs[:n_ahead] = theirs[:n_ahead, ::-1]
    other = Predictions(model.ids, model.labels, theirs, model.truth)
    assert (mcnemar(model, other) < 0.05) == is_told
    settings = EvaluateSettings(samples=1000, verdict_on=metric)
    assert score_split(model, {"other": other}, settings=settings, seed=0).verdict.better == is_told


def test_a_small_but_sure_difference_is_written_with_the_decimals_it_needs() -> None:
    model = skilful(400, 3, 1.0)
    truth = np.eye(3, dtype=bool)[model.truth]
    of_truth = model.probabilities[truth] * np.exp(-2e-4)  # each row costs 0.0002 more
    scale = (1 - of_truth) / (1 - model.probabilities[truth])
    worse = np.where(truth, of_truth[:, None], model.probabilities * scale[:, None])
    other = Predictions(model.ids, model.labels, worse, model.truth)
    verdict = score_split(model, {"twin": other}, settings=EvaluateSettings(samples=100), seed=0).verdict
    assert verdict.sentence == "Better than twin by 0.0002 [0.0002, 0.0002] in log_loss on 400 rows."


def test_a_score_without_baselines_says_that_it_stands_alone() -> None:
    settings = EvaluateSettings(samples=100)
    model = skilful(50, 2, 1.0)
    scores = score_all("classify", {"validation": model}, baselines={"validation": {}}, settings=settings, seed=0)
    verdict = scores.splits["validation"].verdict
    assert verdict.best_baseline == ""
    assert not verdict.better
    assert verdict.sentence == "No baseline stands beside this score, so nothing tells what it is worth."
    korean = score_split(model, {}, settings=settings, seed=0, language="ko").verdict.sentence
    assert korean.startswith("견줄 기준 모델이 없어")


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


def test_rows_that_are_all_right_say_nothing_of_the_temperature() -> None:
    probabilities, truth = np.array([[0.6, 0.4], [0.3, 0.7], [0.9, 0.1]]), np.array([0, 1, 0])
    assert fit_temperature(probabilities, truth) == 1.0
    assert fit_temperature(np.repeat(probabilities, 50, axis=0), np.tile([0, 1, 1], 50)) != 1.0


def test_a_temperature_never_makes_its_own_rows_worse() -> None:
    for seed in range(5):
        system = skilful(30, 3, 1.0, seed=seed)
        temperature = fit_temperature(system.probabilities, system.truth)
        before = log_loss(system.truth, system.probabilities)
        after = log_loss(system.truth, apply_temperature(system.probabilities, temperature))
        assert after <= before + 1e-9


def test_reliability_counts_every_row_once() -> None:
    system = skilful(500, 3, 1.0)
    bins = reliability(system.truth, system.probabilities)
    assert sum(part.n for part in bins) == 500
    hits = sum(part.accuracy * part.n for part in bins)
    assert hits / 500 == pytest.approx(tally_of(system).values["accuracy"])
    for part in bins:
        assert part.low <= part.confidence <= part.high
        assert part.interval_low <= part.accuracy <= part.interval_high


def by_the_papers(differences: list[float], horizon: int) -> tuple[float, float]:
    """Equations 1 and 9 of Harvey, Leybourne and Newbold (1997), sum by sum."""
    n, mean = len(differences), sum(differences) / len(differences)
    gammas = [
        sum((differences[i] - mean) * (differences[i - lag] - mean) for i in range(lag, n)) / n
        for lag in range(horizon)
    ]
    variance = (gammas[0] + 2 * sum(gammas[1:])) / n
    factor = (n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n
    statistic = factor**0.5 * mean / variance**0.5
    return statistic, 2 * student.cdf(-abs(statistic), df=n - 1)


@pytest.mark.parametrize("horizon", [1, 3, 6])
def test_diebold_and_mariano_of_one_series_is_that_of_the_papers(horizon: int) -> None:
    noise = np.random.default_rng(1).normal(0.3, 1.0, size=80)
    differences = np.convolve(noise, np.ones(horizon), mode="valid")
    units, times = np.zeros(len(differences), dtype=np.int64), np.arange(7, 7 + len(differences))
    found = diebold_mariano(differences, units=units, times=times, horizon=horizon)
    assert found == pytest.approx(by_the_papers(differences.tolist(), horizon))


def test_diebold_and_mariano_of_one_window_a_unit_is_the_paired_t_test() -> None:
    differences = np.random.default_rng(2).normal(0.2, 1.0, size=30)
    found = diebold_mariano(differences, units=np.arange(30), times=np.full(30, 5), horizon=12)
    wanted = ttest_1samp(differences, 0.0)
    assert found == pytest.approx((wanted.statistic, wanted.pvalue))


def test_diebold_and_mariano_pairs_losses_within_a_unit_and_within_the_horizon_alone() -> None:
    differences = np.array([1.0, 2.0, 4.0, 3.0, 0.5])
    units, times = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 5, 0, 2])
    centred = differences - differences.mean()
    total = (centred**2).sum() + 2 * (centred[0] * centred[1] + centred[3] * centred[4])
    wanted = differences.mean() * 5 * ((1 - (5 + 4) / 25) / total) ** 0.5
    assert diebold_mariano(differences, units=units, times=times, horizon=3)[0] == pytest.approx(wanted)


def test_diebold_and_mariano_says_nothing_where_the_variance_is_not_positive() -> None:
    at_once = {"units": np.zeros(2, dtype=np.int64), "times": np.arange(2)}
    assert all(np.isnan(diebold_mariano(np.array([1.0, 1.0]), **at_once, horizon=1)))
    assert all(np.isnan(diebold_mariano(np.array([1.0, 2.0]), **at_once, horizon=2)))


def test_diebold_and_mariano_keeps_its_level_when_windows_overlap() -> None:
    """Of 400 pairs of equally good forecasts about 20 are told apart at 5 %; 36 and more have a chance of 0.0004."""
    random, n_told = np.random.default_rng(3), 0
    units, times = np.zeros(197, dtype=np.int64), np.arange(197)
    for _ in range(400):
        differences = np.convolve(random.normal(size=200), np.ones(4), mode="valid")
        n_told += diebold_mariano(differences, units=units, times=times, horizon=4)[1] < 0.05
    assert 8 <= n_told < 36


@pytest.mark.parametrize(("n", "most"), [(6, 0.11), (10, 0.075), (20, 0.064)])
def test_a_difference_of_few_rows_holds_zero_about_as_often_as_was_asked(n: int, most: float) -> None:
    rng = np.random.default_rng(n)
    missed = {"paired": 0, "plain": 0}
    for _ in range(1_000):
        rows = rng.normal(size=n)
        draws = rows[rng.integers(n, size=(400, n))].mean(axis=1)
        for name, (low, high) in {
            "paired": paired_interval(draws, 0.95, n_rows=n),
            "plain": percentile_interval(draws, 0.95),
        }.items():
            missed[name] += not low <= 0 <= high
    assert 20 < missed["paired"] < most * 1_000 < missed["plain"]
