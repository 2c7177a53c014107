"""SequenceForecaster: the run that `seqwise fit` makes of the same table, under scikit-learn's own tools."""

import pickle
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score

from seqwise import SequenceForecaster, workflow
from seqwise.errors import DataError, UsageError
from seqwise.settings.reading import settings_from_tables
from seqwise.workflow import FitOptions

PLAN = np.array(["D", "D", "N", "N", "O"])
N_UNITS, N_TIMES, HORIZON = 10, 60, 3
SMALL = {
    "encoder": {"embedding": 16, "hidden": 16},
    "evaluate": {"samples": 100, "baselines": ["majority", "last"]},
}
OF_NUMBERS = {**SMALL, "evaluate": {"samples": 100, "baselines": ["naive", "seasonal_naive"]}}


def plans() -> np.ndarray:
    """Shifts that a plan of five days tells, shape (unit, time)."""
    return np.stack([np.roll(np.tile(PLAN, N_TIMES // 5), unit) for unit in range(N_UNITS)])


def waves() -> np.ndarray:
    times = np.arange(N_TIMES)
    return np.stack([10 * unit + np.sin((times + unit) * np.pi / 3) for unit in range(4)])


def table(shifts: np.ndarray) -> pl.DataFrame:
    days = [date(2021, 1, 1) + timedelta(day) for day in range(shifts.shape[1])]
    rows = [
        {"person": unit, "day": day, "shift": shift, "closed": day.weekday() == 6}
        for unit, own in enumerate(shifts.tolist())
        for day, shift in zip(days, own, strict=True)
    ]
    return pl.DataFrame(rows)


def small(**changes: object) -> SequenceForecaster:
    road = {"input": 10, "horizon": HORIZON, "epochs": 6, "batch_size": 16, "learning_rate": 0.02, "settings": SMALL}
    return SequenceForecaster(**{**road, **changes})


def named(**changes: object) -> SequenceForecaster:
    return small(time="day", unit="person", value="shift", known="closed", **changes)


@pytest.fixture(scope="module")
def fitted() -> SequenceForecaster:
    return small().fit(plans())


def test_states_of_an_array_are_foretold(fitted: SequenceForecaster) -> None:
    history = plans()[:, :-HORIZON]
    found = fitted.predict(history)
    assert found.shape == (N_UNITS, HORIZON)
    assert accuracy_score(plans()[:, -HORIZON:].ravel(), found.ravel()) > 0.9
    probabilities = fitted.predict_proba(history)
    assert probabilities.shape == (N_UNITS, HORIZON, 3)
    np.testing.assert_allclose(probabilities.sum(axis=2), 1)
    assert (fitted.classes_[probabilities.argmax(axis=2)] == found).all()
    assert fitted.classes_.tolist() == ["D", "N", "O"]


def test_units_are_answered_alone_and_in_their_order(fitted: SequenceForecaster) -> None:
    whole = fitted.predict_proba(plans())
    np.testing.assert_allclose(fitted.predict_proba(plans()[::-1]), whole[::-1], atol=1e-6)
    np.testing.assert_allclose(fitted.predict_proba(plans()[3:4]), whole[3:4], atol=1e-6)


def test_only_what_is_seen_counts(fitted: SequenceForecaster) -> None:
    other = plans()
    other[:, :-10] = "O"
    np.testing.assert_allclose(fitted.predict_proba(other), fitted.predict_proba(plans()), atol=1e-6)


def test_the_score_is_the_accuracy_over_all_windows(fitted: SequenceForecaster) -> None:
    shifts = plans()[:4, :15].copy()
    shifts[:, -1] = "N"
    says = [fitted.predict(shifts[:, start : start + 10]) for start in range(3)]
    truth = [shifts[:, start + 10 : start + 13] for start in range(3)]
    assert fitted.score(shifts) == pytest.approx(np.mean(np.stack(says) == np.stack(truth)))


def test_scores_and_findings_are_those_of_the_run(fitted: SequenceForecaster) -> None:
    assert fitted.scores_ is not None
    assert set(fitted.scores_.splits) == {"validation"}
    assert set(fitted.scores_.splits["validation"].baselines) == {"majority", "last"}
    assert "baseline" in {finding.check for finding in fitted.findings_}


def test_numbers_keep_their_unit_and_have_quantiles() -> None:
    forecaster = small(settings=OF_NUMBERS, season=6, epochs=20).fit(waves())
    history = waves()[:, :-HORIZON]
    found = forecaster.predict(history)
    np.testing.assert_allclose(found, waves()[:, -HORIZON:], atol=0.7)
    quantiles = forecaster.predict_quantiles(history)
    assert quantiles.shape == (4, HORIZON, 5)
    assert (np.diff(quantiles, axis=2) >= 0).all()
    assert forecaster.score(waves()) == pytest.approx(-np.abs(found - waves()[:, -HORIZON:]).mean(), abs=0.1)
    with pytest.raises(UsageError, match=r"no probabilities\. Ask predict_quantiles"):
        forecaster.predict_proba(history)


def test_several_columns_of_numbers_have_an_axis() -> None:
    own = {"when": np.arange(N_TIMES), "a": waves()[0], "b": waves()[1]}
    forecaster = small(time="when", settings=OF_NUMBERS, epochs=1).fit(own)
    assert forecaster.channels_ == ("a", "b")
    assert forecaster.predict(own).shape == (1, HORIZON, 2)
    assert forecaster.predict_quantiles(own).shape == (1, HORIZON, 2, 5)


@pytest.mark.parametrize("kind", ["polars", "pandas", "dict"])
def test_a_table_is_what_the_command_line_reads(kind: str, tmp_path: Path) -> None:
    frame = table(plans())
    given = frame if kind == "polars" else frame.to_dict(as_series=False)
    if kind == "pandas":
        given = pytest.importorskip("pandas").DataFrame(given)
    forecaster = named(epochs=1, run_folder=str(tmp_path / "run")).fit(given)
    frame.write_csv(tmp_path / "table.csv")
    data = {"time": "day", "unit": ["person"], "value": ["shift"], "known": ["closed"], "test": 0.0}
    tables = {
        **SMALL,
        "data": {"train": str(tmp_path / "table.csv"), **data},
        "prepare": {"input": 10, "horizon": HORIZON},
        "encoder": {"name": "recurrent", **SMALL["encoder"]},
        "training": {"epochs": 1, "batch_size": 16, "learning_rate": 0.02},
    }
    loaded = settings_from_tables({"task": "forecast", **tables}, origin="test")
    workflow.fit(loaded, tmp_path / "cli", options=FitOptions(is_quiet=True))
    one, other = (tmp_path / name / "model" / "model.safetensors" for name in ("run", "cli"))
    assert one.read_bytes() == other.read_bytes()
    assert forecaster.units_ == tuple(map(str, range(N_UNITS)))


def test_rows_of_times_to_come_bring_what_is_known() -> None:
    frame = table(plans())
    forecaster = named(epochs=1).fit(frame)
    with pytest.raises(UsageError, match="X: has no rows of the 3 steps to come with closed"):
        forecaster.predict(frame)
    last = frame["day"].max() - timedelta(HORIZON)
    to_come = frame.with_columns(shift=pl.when(pl.col("day") <= last).then("shift"))
    assert forecaster.predict(to_come).shape == (N_UNITS, HORIZON)


def test_states_that_are_numbers_keep_their_type() -> None:
    codes = np.unique(plans(), return_inverse=True)[1].reshape(N_UNITS, N_TIMES) * 5
    forecaster = small(settings={**SMALL, "data": {"kind": "states"}}, epochs=1).fit(codes)
    assert forecaster.classes_.tolist() == [0, 5, 10]
    assert forecaster.predict(codes).dtype == forecaster.classes_.dtype == codes.dtype


def test_clones_with_its_parameters_and_pickles(fitted: SequenceForecaster) -> None:
    original = named(epochs=5, stand_on="markov2")
    assert clone(original).get_params() == original.get_params()
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(plans()), fitted.predict_proba(plans()))


def test_works_under_cross_validation_and_search() -> None:
    assert cross_val_score(small(epochs=6), plans(), cv=2).mean() > 0.8
    search = GridSearchCV(small(epochs=1), {"learning_rate": [1e-6, 0.02]}, cv=2).fit(plans())
    assert search.best_params_ == {"learning_rate": 0.02}


def test_a_head_stands_on_a_baseline_of_the_kind() -> None:
    settings = {**SMALL, "evaluate": {"samples": 100, "baselines": ["markov3"]}}
    forecaster = small(stand_on="markov3", settings=settings, epochs=1).fit(plans())
    assert forecaster.score(plans()) > 0.9
    with pytest.raises(UsageError, match='found "markov3"; series of numbers have naive'):
        small(stand_on="markov3", settings=SMALL | {"evaluate": {"samples": 100}}).fit(waves())


def test_wrong_tables_are_told(fitted: SequenceForecaster) -> None:
    gapped = table(plans()).filter((pl.col("person") != 1) | (pl.col("day") != date(2021, 1, 9)))
    with pytest.raises(DataError, match='X:69 column "day": found a gap of 1 time before this row'):
        named().fit(gapped)
    with pytest.raises(DataError, match='X:0: no column "days"; the columns are: person, day, shift, closed'):
        small(time="days", unit="person", value="shift").fit(table(plans()))
    with pytest.raises(UsageError, match=r"SequenceForecaster data\.time: is missing"):
        small().fit(table(plans()))
    with pytest.raises(DataError, match=r"X: found an array of shape \(60,\)\. Give one of shape \(units, times\)"):
        small().fit(plans()[0])
    with pytest.raises(DataError, match="X: is no table"):
        small(time="t").fit({"t": [1, 2], "x": [1]})
    with pytest.raises(DataError, match='the unit "0" has no 10 steps without a gap'):
        fitted.predict(plans()[:1, :9])
    with pytest.raises(NotFittedError):
        small().predict(plans())
    with pytest.raises(UsageError, match=r"was fitted on states\. Ask predict"):
        fitted.predict_quantiles(plans())
