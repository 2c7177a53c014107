"""What every baseline of numeric series must keep: finite forecasts of each window by itself, no pickle."""

import json
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
from safetensors.numpy import load, save

from seqwise.baselines.contract import BaselineState
from seqwise.baselines.members import build_number_baseline
from seqwise.baselines.residual_quantiles import with_residual_quantiles
from seqwise.errors import MissingExtraError
from seqwise.series_records import SeenWindows
from seqwise.settings import names

LOCAL = ("ets", "theta")
HAS_SERIES = find_spec("statsforecast") is not None
NAMES = [
    pytest.param(name, marks=pytest.mark.skipif(name in LOCAL and not HAS_SERIES, reason="needs the extra series"))
    for name in names.NUMBER_BASELINES
]


def windows_of(values, *, n_inputs, horizon, season=4, unit=0):
    """All windows of one series of shape (time, channel), and their targets."""
    starts = np.arange(len(values) - n_inputs - horizon + 1)
    inputs = values[starts[:, None] + np.arange(n_inputs)]
    targets = values[starts[:, None] + n_inputs + np.arange(horizon)]
    known = np.zeros((len(starts), horizon, 0))
    return SeenWindows(inputs, np.full(len(starts), unit), starts + n_inputs, known, season), targets


def series(n=60, *, seed=0):
    rng = np.random.default_rng(seed)
    time = np.arange(n)[:, None]
    return 5 + 0.1 * time * [1, -2] + np.sin(time * np.pi / 2) * [1, 30] + rng.normal(size=(n, 2)) * [0.1, 3]


def with_gaps(values):
    values = values.copy()
    values[[3, 20, 21, 40], [0, 0, 1, 1]] = np.nan
    return values


GAPPY = with_gaps(series())
GAPPY[:13, 1] = np.nan
WINDOWS, TARGETS = windows_of(GAPPY, n_inputs=12, horizon=5)
UNSEEN, _ = windows_of(with_gaps(series(seed=1)), n_inputs=12, horizon=5)
UNSEEN = UNSEEN.where(np.arange(0, 44, 5))


def fitted(name, windows=WINDOWS, targets=TARGETS, *, seed=0):
    return build_number_baseline(name).fit(windows, targets, seed=seed)


@pytest.mark.parametrize("name", NAMES)
class TestEveryBaselineOfNumbers:
    def test_each_step_of_each_channel_has_a_number(self, name) -> None:
        baseline = fitted(name)
        for asked in (UNSEEN, WINDOWS.where(np.array([0, 1, 20])), UNSEEN.where(np.arange(0))):
            found = baseline.forecast(asked)
            assert found.shape == (len(asked.times), 5, 2)
            assert np.isfinite(found).all()

    def test_a_window_is_foretold_alone_as_among_others_in_any_order(self, name) -> None:
        baseline = fitted(name)
        together = baseline.forecast(UNSEEN)
        alone = [baseline.forecast(UNSEEN.where(np.array([place]))) for place in range(len(together))]
        np.testing.assert_allclose(np.concatenate(alone), together, rtol=1e-9)
        np.testing.assert_allclose(baseline.forecast(UNSEEN.where(np.arange(9)[::-1]))[::-1], together, rtol=1e-9)

    def test_comes_back_from_json_and_safetensors_unchanged(self, name) -> None:
        state = fitted(name).state()
        again = build_number_baseline(name)
        arrays = {key: np.ascontiguousarray(values) for key, values in state.arrays.items()}
        again.restore(BaselineState(json.loads(json.dumps(dict(state.settings))), load(save(arrays))))
        np.testing.assert_array_equal(again.forecast(UNSEEN), fitted(name).forecast(UNSEEN))
        assert again.state().settings == state.settings

    def test_a_series_that_never_changes_goes_on(self, name) -> None:
        windows, targets = windows_of(np.full((30, 1), 4.0), n_inputs=9, horizon=3)
        asked = windows.where(np.array([0, 5]))
        np.testing.assert_allclose(fitted(name, windows, targets).forecast(asked), 4.0, atol=1e-6)

    @pytest.mark.parametrize(("n_inputs", "horizon"), [(1, 1), (1, 6), (2, 2), (3, 9), (6, 1)])
    def test_inputs_of_few_steps_and_horizons_of_more_than_a_season(self, name, n_inputs, horizon) -> None:
        windows, targets = windows_of(with_gaps(series(45)), n_inputs=n_inputs, horizon=horizon)
        asked = windows.where(np.arange(0, len(windows.times), 8))
        found = fitted(name, windows, targets).forecast(asked)
        assert found.shape == (len(asked.times), horizon, 2)
        assert np.isfinite(found).all()

    def test_one_window_or_no_known_value_is_enough(self, name) -> None:
        one = WINDOWS.where(np.array([4]))
        assert np.isfinite(fitted(name, one, TARGETS[4:5]).forecast(one)).all()
        unknown = replace(one, inputs=np.full_like(one.inputs, np.nan))
        np.testing.assert_allclose(fitted(name, unknown, np.full((1, 5, 2), np.nan)).forecast(unknown), 0.0, atol=1e-9)

    def test_quantiles_grow_and_have_their_share_of_the_training_errors_below_them(self, name) -> None:
        step = 5 if name in LOCAL else 1
        windows, targets = WINDOWS.where(np.arange(0, 44, step)), TARGETS[::step]
        levels = (0.1, 0.5, 0.9)
        baseline = fitted(name, windows, targets)
        learned = with_residual_quantiles(baseline, errors=targets - baseline.forecast(windows), levels=levels)
        point = learned.forecast(windows)
        np.testing.assert_array_equal(point, baseline.forecast(windows))
        quantiles = learned.around(point)
        assert (np.diff(quantiles, axis=-1) >= 0).all()
        is_known = ~np.isnan(targets)
        below = (targets[..., None] < quantiles) & is_known[..., None]
        share = below.sum(axis=0) / is_known.sum(axis=0)[..., None]
        assert np.abs(share - levels).max() <= 1 / is_known.sum(axis=0).min()


@pytest.mark.parametrize("name", [name for name in names.NUMBER_BASELINES if name not in LOCAL])
def test_a_number_added_to_a_series_is_added_to_its_forecast(name) -> None:
    higher = fitted(name, replace(WINDOWS, inputs=WINDOWS.inputs + 7.0), TARGETS + 7.0)
    found = higher.forecast(replace(UNSEEN, inputs=UNSEEN.inputs + 7.0))
    np.testing.assert_allclose(found, fitted(name).forecast(UNSEEN) + 7.0, rtol=1e-9)


@pytest.mark.skipif(HAS_SERIES, reason="the extra series is installed")
@pytest.mark.parametrize("name", LOCAL)
def test_without_the_extra_the_install_line_is_told(name) -> None:
    with pytest.raises(MissingExtraError, match=rf'(?s)"{name}".*statsforecast.*pip install "seqwise\[series\]"'):
        fitted(name).forecast(UNSEEN)
