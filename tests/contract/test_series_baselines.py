"""What every baseline of series must keep: honest forecasts of each window by itself, a state without pickle."""

import json
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load, save

from seqwise.baselines.contract import BaselineState, ask
from seqwise.baselines.members import build_baseline
from seqwise.baselines.run import LabelledRows, run_baselines
from seqwise.series_records import MISSING, SeenWindows
from seqwise.settings import names

STATES = ("day", "evening", "night", "off")
N = len(STATES)
ROTATION = np.array([0, 0, 1, 1, 2, 3, 3])


def windows_of(values, *, n_inputs, horizon, season=7, stride=1, gaps=()):
    """Windows of a table (unit, time) and their targets; ``gaps`` are places (unit, time) that are not known."""
    values = np.array(values, dtype=np.int64)
    for place in gaps:
        values[place] = MISSING
    units, starts = np.divmod(
        np.arange(len(values) * (values.shape[1] - n_inputs - horizon + 1)), values.shape[1] - n_inputs - horizon + 1
    )
    units, starts = units[starts % stride == 0], starts[starts % stride == 0]
    inputs = values[units[:, None], starts[:, None] + np.arange(n_inputs)]
    targets = values[units[:, None], starts[:, None] + n_inputs + np.arange(horizon)]
    known = np.stack([np.sin(starts[:, None] + n_inputs + np.arange(horizon) * 1.0)], axis=2)
    known[::5] = np.nan
    seen = SeenWindows(inputs[:, :, None], units, starts + n_inputs, known, season, STATES)
    return seen, targets.ravel()


def roster(n_units=12, n_times=40, *, noise=0.2, seed=0):
    rng = np.random.default_rng(seed)
    clean = ROTATION[(np.arange(n_times) + rng.integers(7, size=(n_units, 1))) % 7]
    return np.where(rng.random(clean.shape) < noise, rng.integers(N, size=clean.shape), clean)


GAPS = [(0, 3), (1, 20), (1, 21), (2, 39), *[(3, time) for time in range(11)]]
WINDOWS, TARGETS = windows_of(roster(), n_inputs=10, horizon=4, gaps=GAPS)
UNSEEN = windows_of(roster(3, seed=1), n_inputs=10, horizon=4, gaps=[(0, 5), (2, 30)])[0]


def fitted(name, windows=WINDOWS, targets=TARGETS, *, n_labels=N, seed=0):
    return build_baseline(name).fit(windows, targets, n_labels=n_labels, seed=seed)


def restored(name, state: BaselineState):
    arrays = {key: np.ascontiguousarray(values) for key, values in state.arrays.items()}
    again = build_baseline(name)
    again.restore(BaselineState(json.loads(json.dumps(dict(state.settings))), load(save(arrays)) if arrays else {}))
    return again


def assert_probabilities(log_probabilities, n_rows, n_labels=N) -> None:
    assert log_probabilities.shape == (n_rows, n_labels)
    assert np.isfinite(log_probabilities).all()
    assert np.exp(log_probabilities).sum(axis=1) == pytest.approx(1.0, abs=1e-9)


def test_some_windows_see_nothing_and_some_targets_are_not_known() -> None:
    assert (WINDOWS.inputs == MISSING).all(axis=(1, 2)).any()
    assert (TARGETS == MISSING).any()


@pytest.mark.parametrize("name", names.BASELINES["forecast"])
class TestEveryBaselineOfStates:
    def test_each_step_has_probabilities(self, name) -> None:
        for asked in (WINDOWS, UNSEEN, UNSEEN.where(np.arange(0))):
            assert_probabilities(ask(fitted(name), asked), len(asked))

    def test_a_window_is_answered_alone_as_among_others_in_any_order(self, name, monkeypatch) -> None:
        baseline = fitted(name)
        together = baseline.log_probabilities(UNSEEN).reshape(-1, 4, N)
        order = np.random.default_rng(0).permutation(len(together))
        shuffled = baseline.log_probabilities(UNSEEN.where(order)).reshape(-1, 4, N)
        np.testing.assert_array_equal(shuffled, together[order])
        monkeypatch.setattr("seqwise.baselines.contract.AT_ONCE", 6)
        np.testing.assert_array_equal(ask(baseline, UNSEEN).reshape(-1, 4, N), together)

    def test_comes_back_from_json_and_safetensors_unchanged(self, name) -> None:
        baseline = fitted(name)
        again = restored(name, baseline.state())
        np.testing.assert_array_equal(again.log_probabilities(UNSEEN), baseline.log_probabilities(UNSEEN))

    def test_the_same_seed_gives_the_same_baseline(self, name) -> None:
        one, other = (fitted(name, seed=3).log_probabilities(UNSEEN) for _ in range(2))
        np.testing.assert_array_equal(one, other)

    def test_states_that_training_lacks_are_not_impossible(self, name) -> None:
        asked = replace(UNSEEN, inputs=np.full_like(UNSEEN.inputs, N))
        assert_probabilities(fitted(name, n_labels=N + 2).log_probabilities(asked), len(asked), N + 2)

    def test_one_state_is_certain(self, name) -> None:
        windows, targets = windows_of(np.zeros((3, 12)), n_inputs=4, horizon=2)
        answers = fitted(name, windows, targets, n_labels=1).log_probabilities(windows)
        np.testing.assert_allclose(answers, 0.0, atol=1e-12)

    @pytest.mark.parametrize(("n_inputs", "horizon"), [(1, 1), (1, 9), (2, 3), (10, 1)])
    def test_windows_of_a_step_and_of_more_than_a_season(self, name, n_inputs, horizon) -> None:
        windows, targets = windows_of(roster(), n_inputs=n_inputs, horizon=horizon, gaps=GAPS)
        assert_probabilities(fitted(name, windows, targets).log_probabilities(windows), len(windows))

    def test_one_window_or_no_known_target_is_enough(self, name) -> None:
        one = WINDOWS.where(np.array([0]))
        assert_probabilities(fitted(name, one, TARGETS[:4]).log_probabilities(UNSEEN), len(UNSEEN))
        unknown = np.full_like(TARGETS, MISSING)
        assert_probabilities(fitted(name, WINDOWS, unknown).log_probabilities(UNSEEN), len(UNSEEN))

    def test_the_cache_says_the_same_and_knows_other_windows_apart(self, name, tmp_path) -> None:
        training = LabelledRows(WINDOWS, TARGETS, N)
        answers = [run_baselines([name], training, splits={"test": UNSEEN}, seed=0, cache=tmp_path) for _ in range(2)]
        one, other = (answer.log_probabilities[name]["test"] for answer in answers)
        np.testing.assert_array_equal(one, other)
        assert answers[0].n_rows == len(WINDOWS.times)
        changes = [
            replace(WINDOWS, season=1),
            replace(WINDOWS, times=WINDOWS.times + 1),
            replace(WINDOWS, units=WINDOWS.units + 1),
            replace(WINDOWS, states=STATES[::-1]),
        ]
        for number, changed in enumerate(changes, start=2):
            run_baselines([name], LabelledRows(changed, TARGETS, N), splits={}, seed=0, cache=tmp_path)
            assert len(list(tmp_path.glob("*.npz"))) == number


@pytest.mark.parametrize("name", ["season", "markov2", "markov3", "lags"])
def test_a_baseline_that_looks_back_finds_a_rotation_again(name) -> None:
    windows, targets = windows_of(roster(40, 60, noise=0.0), n_inputs=14, horizon=7)
    asked, truth = windows_of(roster(5, 40, noise=0.0, seed=1), n_inputs=14, horizon=7)
    answers = fitted(name, windows, targets).log_probabilities(asked)
    assert (answers.argmax(axis=1) == truth).mean() == pytest.approx(1.0)
