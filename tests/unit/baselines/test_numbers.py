"""Baselines of numbers against numbers by hand, scikit-learn's ridge regression, and statsforecast's own models."""

from itertools import product

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from seqwise.baselines import linear
from seqwise.baselines.members import build_number_baseline
from seqwise.baselines.number_run import forecasts_out_of_fold, run_number_baselines
from seqwise.baselines.numbers import filled
from seqwise.baselines.residual_quantiles import restore_quantiles, with_residual_quantiles
from seqwise.series_records import SeenWindows

NAN = np.nan


def seen(inputs, *, horizon, season=1, times=None) -> SeenWindows:
    inputs = np.array(inputs, dtype=np.float64)
    inputs = inputs[:, :, None] if inputs.ndim == 2 else inputs
    n = len(inputs)
    times = np.arange(n) if times is None else times
    return SeenWindows(inputs, np.zeros(n, dtype=np.int64), times, np.zeros((n, horizon, 0)), season)


def foretold(name, inputs, *, horizon, season=1, targets=None):
    windows = seen(inputs, horizon=horizon, season=season)
    targets = np.zeros((len(inputs), horizon, windows.inputs.shape[2])) if targets is None else np.array(targets)
    return build_number_baseline(name).fit(windows, targets, seed=0).forecast(windows)[:, :, 0].tolist()


@pytest.mark.parametrize(
    ("name", "season", "found"),
    [
        ("naive", 1, [7, 7, 7, 7, 7]),
        ("seasonal_naive", 3, [2, 4, 7, 2, 4]),
        ("seasonal_naive", 5, [7, 1, 2, 4, 7]),  # the first step lies 5 behind what is not seen
        ("seasonal_naive", 9, [7, 7, 7, 7, 7]),
        ("drift", 1, [9, 11, 13, 15, 17]),
        ("mean", 1, [3, 3, 3, 3, 3]),
    ],
)
def test_rules_by_hand(name, season, found) -> None:
    targets = [[[1.0], [5.0], [NAN], [3.0], [3.0]]]
    assert foretold(name, [[1, 2, 4, 7]], horizon=5, season=season, targets=targets) == [found]


def test_gaps_are_filled_from_before_then_from_behind_then_by_the_mean() -> None:
    inputs = np.array([[[NAN, 1.0], [2.0, NAN], [NAN, NAN], [5.0, 3.0]], np.full((4, 2), NAN)])
    found = filled(inputs, np.array([8.0, 9.0]))
    assert found[0].T.tolist() == [[2, 2, 2, 5], [1, 1, 1, 3]]
    assert found[1].T.tolist() == [[8] * 4, [9] * 4]


def walk(n=400, *, seed=0):
    """Two channels of other units, and windows of 8 that foretell 3."""
    rng = np.random.default_rng(seed)
    time = np.arange(n)[:, None]
    values = np.sin(time / [5, 3]) * [1, 200] + rng.normal(size=(n, 2)).cumsum(axis=0) * [0.1, 20]
    starts = np.arange(n - 10)
    windows = seen(values[starts[:, None] + np.arange(8)], horizon=3, times=starts + 8)
    return windows, values[starts[:, None] + 8 + np.arange(3)]


def by_scikit_learn(windows, targets, asked, *, is_shared, penalty, scales=None):
    """NLinear's rows, divided by their channel's root mean square, one ridge regression for all or for each channel."""
    last, asked_last = windows.inputs[:, -1:], asked.inputs[:, -1:]
    is_known = ~np.isnan(targets).any(axis=1)  # (window, channel)
    rows, truth, new = windows.inputs - last, targets - last, asked.inputs - asked_last
    if scales is None:
        scales = [np.sqrt(np.mean(rows[is_known[:, channel], :, channel] ** 2)) for channel in range(2)]
    own = [(rows[is_known[:, c], :, c] / scales[c], truth[is_known[:, c], :, c] / scales[c]) for c in range(2)]
    result = np.zeros((len(new), 3, 2))
    for c in range(2):
        x, y = (np.concatenate(part) for part in zip(*own, strict=True)) if is_shared else own[c]
        model = Ridge(alpha=penalty * len(x) * np.mean(x**2)).fit(x, y)
        result[:, :, c] = model.predict(new[:, :, c] / scales[c]) * scales[c]
    return result + asked_last


@pytest.mark.parametrize("is_shared", [True, False])
@pytest.mark.parametrize("at_once", [linear.VALUES_AT_ONCE, 100])
def test_linear_is_scikit_learns_ridge_regression(monkeypatch, is_shared, at_once) -> None:
    monkeypatch.setattr(linear, "VALUES_AT_ONCE", at_once)
    monkeypatch.setattr(linear, "_chosen", lambda folds: (is_shared, 0.01))
    windows, targets = walk()
    targets[5, 1, 0] = targets[70, :, 1] = NAN
    asked, _ = walk(60, seed=1)
    found = build_number_baseline("linear").fit(windows, targets, seed=0).forecast(asked)
    want = by_scikit_learn(windows, targets, asked, is_shared=is_shared, penalty=0.01)
    np.testing.assert_allclose(found, want, rtol=1e-7)


def test_linear_chooses_what_is_best_on_windows_that_are_held_out_by_time() -> None:
    windows, targets = walk()
    chosen = build_number_baseline("linear").fit(windows, targets, seed=0).state().settings
    starts = np.arange(len(targets))
    scales = np.sqrt(np.mean((windows.inputs - windows.inputs[:, -1:]) ** 2, axis=(0, 1)))
    errors = dict.fromkeys(((shared, penalty) for shared in (True, False) for penalty in linear.PENALTIES), 0.0)
    for fold, (is_shared, penalty) in product(range(5), errors):
        own = starts * 5 // len(starts) == fold
        first, last = starts[own].min() + 8, starts[own].max() + 11  # times of the targets
        other = (starts + 11 <= first) | (starts >= last)
        taken = by_scikit_learn(
            windows.where(other),
            targets[other],
            windows.where(own),
            is_shared=is_shared,
            penalty=penalty,
            scales=scales,
        )
        errors[is_shared, penalty] += float(np.sum(((taken - targets[own]) / scales) ** 2))
    assert (chosen["is_shared"], chosen["penalty"]) == min(errors, key=lambda choice: errors[choice])


def test_linear_is_not_asked_for_windows_whose_targets_it_has_seen(monkeypatch) -> None:
    folds = []
    monkeypatch.setattr(linear, "_chosen", lambda pairs: folds.extend(pairs) or (True, 0.1))
    windows, targets = walk()  # 390 windows of 8 + 3 steps, in 5 folds of 78
    build_number_baseline("linear").fit(windows, targets, seed=0)
    assert [own.n_rows.tolist() for own, _ in folds] == [[78, 78]] * 5
    # Left out on either side: 2 windows before the fold that reach into its targets, 10 behind it.
    assert [other.n_rows[0] for _, other in folds] == [312 - 10, *[312 - 12] * 3, 312 - 2]


def test_linear_takes_the_middle_penalty_where_there_is_nothing_to_choose_on() -> None:
    windows, targets = walk()
    one = build_number_baseline("linear").fit(windows.where(np.array([3])), targets[3:4], seed=0)
    assert one.state().settings == {"is_shared": True, "penalty": linear.PENALTIES[3]}


def test_linear_shares_weights_where_channels_are_alike_and_few() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(60, 6))
    values = np.zeros((60, 6))
    for time in range(1, 60):
        values[time] = 0.9 * values[time - 1] + noise[time]
    starts = np.arange(50)
    windows = seen(values[starts[:, None] + np.arange(8)], horizon=2, times=starts + 8)
    fitted = build_number_baseline("linear").fit(windows, values[starts[:, None] + 8 + np.arange(2)], seed=0)
    assert fitted.state().settings["is_shared"]
    assert fitted.state().arrays["weights"].shape == (1, 9, 2)


def test_linear_finds_a_linear_rule_again() -> None:
    time = np.arange(120)
    values = (3 + np.sin(time * 0.7) + 2 * np.cos(time * 0.2))[:, None]  # a linear recurrence of order 5
    starts = np.arange(100)
    windows = seen(values[starts[:, None] + np.arange(12)], horizon=8, times=starts + 12)
    targets = values[starts[:, None] + 12 + np.arange(8)]
    found = build_number_baseline("linear").fit(windows.where(starts < 60), targets[:60], seed=0).forecast(windows)
    np.testing.assert_allclose(found, targets, atol=2e-2)


@pytest.mark.parametrize(("name", "model"), [("ets", "AutoETS"), ("theta", "AutoTheta")])
def test_local_models_are_those_of_statsforecast(name, model) -> None:
    models = pytest.importorskip("statsforecast.models", reason="needs the extra series")
    rng = np.random.default_rng(0)
    inputs = 20 + np.sin(np.arange(96) * np.pi / 6) * 5 + rng.normal(size=(3, 96))
    found = foretold(name, inputs, horizon=12, season=12)
    want = [vars(models)[model](season_length=12).forecast(y=row, h=12)["mean"] for row in inputs]
    np.testing.assert_allclose(found, want)
    assert np.ptp(found[0]) > 5


def test_quantiles_by_hand() -> None:
    windows = seen([[0.0]] * 5, horizon=2)
    targets = np.array([[1.0, NAN], [2.0, NAN], [3.0, NAN], [4.0, NAN], [NAN, NAN]])[:, :, None]
    naive = build_number_baseline("naive").fit(windows, targets, seed=0)
    learned = with_residual_quantiles(naive, errors=targets - naive.forecast(windows), levels=(0.0, 0.5, 1.0))
    found = learned.around(learned.forecast(seen([[10.0]], horizon=2)))
    assert found[0, :, 0].tolist() == [[11, 12.5, 14], [10, 10, 10]]
    again = restore_quantiles("naive", learned.state())
    assert again.levels == learned.levels
    np.testing.assert_array_equal(again.around(again.forecast(windows)), learned.around(learned.forecast(windows)))


def test_training_windows_are_told_by_a_baseline_that_has_not_learned_their_targets() -> None:
    rng = np.random.default_rng(0)
    windows = seen(rng.normal(size=(60, 20)), horizon=2)
    targets = rng.normal(size=(60, 2, 1))
    told = forecasts_out_of_fold("linear", windows, targets=targets, seed=0)
    changed = targets.copy()
    changed[:12] += 100.0  # the first fifth, which is held out together
    again = forecasts_out_of_fold("linear", windows, targets=changed, seed=0)
    np.testing.assert_array_equal(told[:12], again[:12])
    assert np.abs(told[30:] - again[30:]).max() > 1
    run = run_number_baselines(
        ("linear", "naive"), {"train": windows, "test": windows}, targets=targets, levels=(0.1, 0.9), seed=0
    )
    np.testing.assert_array_equal(run.points["linear"]["train"], told)
    widths = [np.diff(run.fitted[name].errors, axis=-1).mean() for name in ("linear",)]
    in_sample = targets - run.fitted["linear"].forecast(windows)
    assert widths[0] > np.ptp(np.quantile(in_sample, (0.1, 0.9), axis=0), axis=0).mean()
