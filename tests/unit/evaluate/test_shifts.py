"""Quantiles that validation moves: coverage becomes what was asked for, points stay."""

import numpy as np
import pytest

from seqwise.evaluate.calibration import calibrated, fit_shifts, shifted
from seqwise.horizons import Horizons
from seqwise.series_records import Forecasts

LEVELS = (0.05, 0.5, 0.95)


def forecasts(n, width, *, seed, scale=3.0):
    """Quantiles of a normal distribution that is believed to be ``width`` times as wide as it is."""
    rng = np.random.default_rng(seed)
    point = rng.normal(size=(n, 2, 1)) * 10
    truth = point + scale * rng.normal(size=point.shape)
    quantiles = point[..., None] + scale * width * np.array([-1.6449, 0.0, 1.6449])
    windows = Horizons(("a",) * n, ("0",) * n, ("1", "2") * n, 2, np.arange(n + 1))
    return Forecasts(windows, ("x",), point, np.ones(1), LEVELS, quantiles, truth=truth, scales=np.full((n, 1), scale))


def coverage(found):
    return float(((found.truth >= found.quantiles[..., 0]) & (found.truth <= found.quantiles[..., -1])).mean())


@pytest.mark.parametrize("width", [0.1, 1.0, 4.0])
def test_shifts_of_one_part_bring_the_coverage_of_another_to_what_was_asked(width):
    shifts = fit_shifts(forecasts(4_000, width, seed=0))
    other = forecasts(4_000, width, seed=1)
    assert coverage(shifted(other, shifts)) == pytest.approx(0.9, abs=0.02)
    np.testing.assert_allclose(np.array(shifts)[[0, 2]], np.array([-1.6449, 1.6449]) * (1 - width), atol=0.08)
    np.testing.assert_array_equal(shifted(other, shifts).point, other.point)


def test_shifted_quantiles_still_grow():
    one = forecasts(50, 0.2, seed=0)
    assert (np.diff(shifted(one, (2.0, 0.0, -2.0)).quantiles, axis=-1) >= 0).all()


def test_points_alone_have_no_shifts_and_stay():
    one = forecasts(5, 1.0, seed=0)
    bare = Forecasts(one.horizons, one.channels, one.point, one.error_scale, truth=one.truth, scales=one.scales)
    assert fit_shifts(bare) == ()
    assert calibrated(bare, 2.0, shifts=()) is bare
