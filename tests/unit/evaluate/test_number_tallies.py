"""Scores of numbers by blocks of windows, beside `seqwise.evaluate.series` and scikit-learn."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, mean_squared_error

from seqwise.evaluate import series
from seqwise.evaluate.number_tallies import number_tally, step_sums, window_sums
from seqwise.horizons import Horizons
from seqwise.series_records import Forecasts

N, STEPS, LEVELS = 12, 3, (0.1, 0.5, 0.9)


def forecasts(n_channels=1, *, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.normal(3, 2, (N, STEPS, n_channels))
    point = truth + rng.normal(0, 1, truth.shape)
    return Forecasts(
        horizons=Horizons(("u",) * N, ("t",) * N, ("t",) * (N * STEPS), STEPS, np.array([0, 4, 7, N])),
        channels=tuple(f"c{i}" for i in range(n_channels)),
        point=point,
        error_scale=np.ones(n_channels),
        levels=LEVELS,
        quantiles=np.sort(point[..., None] + rng.normal(0, 1, (*truth.shape, 3)), axis=3),
        truth=truth,
        scales=rng.uniform(0.5, 2, (N, n_channels)),
    )


def test_one_channel_has_the_scores_of_the_metrics():
    found = forecasts()
    truth, point, quantiles = found.truth[..., 0], found.point[..., 0], found.quantiles[:, :, 0]
    values = number_tally(found).values
    assert values == pytest.approx(
        {
            "mae": series.mae(truth, point).value,
            "mse": series.mse(truth, point).value,
            "rmse": series.rmse(truth, point).value,
            "mase": series.mase(truth, point, scales=found.scales[:, 0]).value,
            "smape": series.smape(truth, point).value,
            "quantile_loss": series.quantile_loss(truth, quantiles, levels=np.array(LEVELS)).value,
            "coverage": series.coverage(truth, low=quantiles[..., 0], high=quantiles[..., -1]).value,
        }
    )
    assert values["mae"] == pytest.approx(mean_absolute_error(truth, point))
    assert values["mse"] == pytest.approx(mean_squared_error(truth, point))
    pinball = [mean_pinball_loss(truth.ravel(), quantiles[..., i].ravel(), alpha=a) for i, a in enumerate(LEVELS)]
    assert values["quantile_loss"] == pytest.approx(np.mean(pinball))


def test_errors_of_several_channels_are_counted_in_their_scale():
    found = replace(forecasts(2), error_scale=np.array([2.0, 10.0]))
    truth, point = (values / found.error_scale for values in (found.truth, found.point))
    values = number_tally(found).values
    assert values["mae"] == pytest.approx(mean_absolute_error(truth.ravel(), point.ravel()))
    assert values["rmse"] == pytest.approx(mean_squared_error(truth.ravel(), point.ravel()) ** 0.5)
    quantiles = found.quantiles / found.error_scale[:, None]
    pinball = [mean_pinball_loss(truth.ravel(), quantiles[..., i].ravel(), alpha=a) for i, a in enumerate(LEVELS)]
    assert values["quantile_loss"] == pytest.approx(np.mean(pinball))
    one = number_tally(replace(found, error_scale=np.ones(2))).values
    assert {name: values[name] for name in ("mase", "smape", "coverage")} == pytest.approx(
        {name: one[name] for name in ("mase", "smape", "coverage")}
    )


def test_a_missing_truth_counts_nowhere():
    found = forecasts(2)
    found.truth[3, 1, 0] = np.nan
    known = ~np.isnan(found.truth)
    values = number_tally(found).values
    assert values["mae"] == pytest.approx(mean_absolute_error(found.truth[known], found.point[known]))
    assert np.isfinite(list(values.values())).all()


def test_blocks_are_drawn_and_add_up():
    found = forecasts(2)
    tally = number_tally(found)
    assert len(tally.table) == 3
    np.testing.assert_allclose(tally.table[1], window_sums(found)[4:7].sum(axis=0))
    np.testing.assert_allclose(step_sums(found).sum(axis=1), window_sums(found))
    drawn = tally.metrics(tally.table[[0, 0, 2]].sum(axis=0))
    windows = [*range(4), *range(4), *range(7, N)]
    assert drawn["mae"] == pytest.approx(np.abs(found.truth - found.point)[windows].mean())


def test_points_alone_and_unknown_scales_leave_metrics_out():
    bare = replace(forecasts(), quantiles=None, levels=(), scales=None)
    assert set(number_tally(bare).values) == {"mae", "mse", "rmse", "smape"}
