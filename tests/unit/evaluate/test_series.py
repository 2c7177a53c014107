"""Metrics of numeric series against scikit-learn, and against sums by hand."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics as theirs

from seqwise.evaluate import series
from seqwise.evaluate.series import HorizonScore
from seqwise.records import Array

TRUTH = np.random.default_rng(0).normal(3, 2, size=(50, 7))
FORECAST = TRUTH + np.random.default_rng(1).normal(0.3, 1, size=(50, 7)) * np.arange(1, 8)
LEVELS = np.array([0.1, 0.5, 0.9])
QUANTILES = FORECAST[:, :, None] + np.array([-1.5, 0.0, 1.5])
SCALES = np.linspace(0.5, 2, 50)
METRICS: dict[str, Callable[[Array, Array], HorizonScore]] = {
    "mae": series.mae,
    "mse": series.mse,
    "rmse": series.rmse,
    "smape": series.smape,
    "mase": lambda truth, forecast: series.mase(truth, forecast, scales=SCALES[: len(truth)]),
    "quantile_loss": lambda truth, forecast: series.quantile_loss(
        truth, forecast[:, :, None] + np.array([-1.5, 0.0, 1.5]), levels=LEVELS
    ),
    "coverage": lambda truth, forecast: series.coverage(truth, low=forecast - 1.5, high=forecast + 1.5),
}


@pytest.mark.parametrize(
    ("ours", "wanted"),
    [
        (series.mae, theirs.mean_absolute_error),
        (series.mse, theirs.mean_squared_error),
        (series.rmse, lambda truth, forecast, **raw: np.sqrt(theirs.mean_squared_error(truth, forecast, **raw))),
    ],
)
def test_errors_equal_scikit_learn_by_step_and_over_all(ours: Callable, wanted: Callable) -> None:
    score = ours(TRUTH, FORECAST)
    assert score.steps == pytest.approx(wanted(TRUTH, FORECAST, multioutput="raw_values"), abs=1e-12)
    assert score.value == pytest.approx(float(wanted(TRUTH.ravel(), FORECAST.ravel())), abs=1e-12)


def test_quantile_loss_equals_the_mean_of_scikit_learns_pinball_losses() -> None:
    score = series.quantile_loss(TRUTH, QUANTILES, levels=LEVELS)
    wanted = [
        theirs.mean_pinball_loss(TRUTH, QUANTILES[:, :, number], alpha=level, multioutput="raw_values")
        for number, level in enumerate(LEVELS)
    ]
    assert score.steps == pytest.approx(np.mean(wanted, axis=0), abs=1e-12)
    assert score.value == pytest.approx(float(np.mean(wanted)), abs=1e-12)
    median = series.quantile_loss(TRUTH, QUANTILES[:, :, 1:2], levels=LEVELS[1:2])
    assert median.value == pytest.approx(series.mae(TRUTH, FORECAST).value / 2, abs=1e-12)


def test_the_quantile_loss_of_a_constant_is_least_at_the_quantile() -> None:
    truth = np.arange(101.0)[:, None]
    losses = [
        series.quantile_loss(truth, np.full((101, 1, 1), guess), levels=np.array([0.9])).value for guess in range(101)
    ]
    assert int(np.argmin(losses)) == 90


def test_mase_by_hand() -> None:
    # errors 1, 3 over the scale 2, and 4, 0 over the scale 8
    truth, forecast = np.array([[1.0, 5.0], [0.0, 7.0]]), np.array([[2.0, 2.0], [4.0, 7.0]])
    score = series.mase(truth, forecast, scales=np.array([2.0, 8.0]))
    assert score.steps.tolist() == [(0.5 + 0.5) / 2, (1.5 + 0) / 2]
    assert score.value == (0.5 + 0.5 + 1.5 + 0) / 4


def test_the_naive_error_by_hand() -> None:
    values = np.array([1.0, 4.0, 2.0, 9.0, 2.0])
    assert series.naive_error(values) == (3 + 2 + 7 + 7) / 4
    assert series.naive_error(values, season=2) == (1 + 5 + 0) / 3
    assert series.naive_error(np.array([1.0, np.nan, 2.0, 5.0])) == 3
    assert series.naive_error(np.ones(4)) == 0
    assert np.isnan(series.naive_error(values, season=5))


def test_the_seasonal_naive_forecast_of_its_own_training_part_has_a_mase_of_1() -> None:
    values = TRUTH.ravel()
    before, after = values[:-7].reshape(-1, 7), values[7:].reshape(-1, 7)
    scales = np.full(len(after), series.naive_error(values, season=7))
    assert series.mase(after, before, scales=scales).value == pytest.approx(1)


def test_a_scale_of_0_gives_no_finite_mase() -> None:
    score = series.mase(np.array([[1.0, 2.0]]), np.array([[1.0, 3.0]]), scales=np.array([0.0]))
    assert np.isnan(score.steps[0])
    assert np.isinf(score.steps[1])


def test_smape_by_hand() -> None:
    truth = np.array([[1.0, 0.0, 0.0, -2.0]])
    forecast = np.array([[3.0, 5.0, 0.0, 2.0]])
    score = series.smape(truth, forecast)
    assert score.steps.tolist() == [100, 200, 0, 200]
    assert score.value == 125


def test_coverage_by_hand() -> None:
    truth = np.array([[1.0, 2.0], [3.0, 4.0]])
    score = series.coverage(truth, low=np.array([[1.0, 2.5], [0.0, 0.0]]), high=np.array([[2.0, 3.0], [2.9, 4.0]]))
    assert score.steps.tolist() == [0.5, 0.5]
    assert score.value == 0.5
    assert series.coverage(truth, low=truth, high=truth).value == 1


@pytest.mark.parametrize("name", METRICS)
def test_a_missing_truth_is_left_out(name: str) -> None:
    truth = TRUTH.copy()
    truth[10:, 2] = np.nan
    truth[:, 4] = np.nan
    score = METRICS[name](truth, FORECAST)
    assert score.steps[2] == pytest.approx(METRICS[name](TRUTH[:10], FORECAST[:10]).steps[2])
    assert np.isnan(score.steps).tolist() == [False] * 4 + [True] + [False] * 2
    by_step = score.steps**2 if name == "rmse" else score.steps
    by_count = np.average(np.delete(by_step, 4), weights=[50, 50, 10, 50, 50, 50])
    assert score.value == pytest.approx(np.sqrt(by_count) if name == "rmse" else by_count)


@pytest.mark.parametrize("name", METRICS)
def test_a_missing_forecast_is_not_passed_over(name: str) -> None:
    forecast = FORECAST.copy()
    forecast[3, 1] = np.nan
    score = METRICS[name](TRUTH, forecast)
    assert np.isnan(score.value)
    assert np.isnan(score.steps).tolist() == [False, True] + [False] * 5


@pytest.mark.parametrize("name", METRICS)
def test_shapes_that_numpy_would_join_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"forecasts of shape \(50, 1\) for truths of shape \(50, 7\)"):
        METRICS[name](TRUTH, FORECAST[:, :1])


def test_scales_levels_and_seasons_that_do_not_fit_are_told() -> None:
    with pytest.raises(
        ValueError, match=r"scales of shape \(7,\) for truths of shape \(50, 7\): give one for each row"
    ):
        series.mase(TRUTH, FORECAST, scales=SCALES[:7])
    with pytest.raises(
        ValueError, match=r"quantiles of shape \(50, 7, 3\) for 2 levels: the last axis is that of levels"
    ):
        series.quantile_loss(TRUTH, QUANTILES, levels=LEVELS[:2])
    with pytest.raises(ValueError, match="a season of 0 steps: give 1 or more"):
        series.naive_error(TRUTH[:, 0], season=0)
