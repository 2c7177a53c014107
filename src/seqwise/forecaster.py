"""scikit-learn's front door for series: the same road as ``seqwise fit --task forecast``, from tables in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from seqwise.answers import SeriesAnswers, Translations
from seqwise.errors import Problem, UsageError
from seqwise.evaluate.scores import metric_value
from seqwise.in_memory import train_in_memory
from seqwise.predict import Predictor
from seqwise.prepare.series_splits import known_targets, window_plan
from seqwise.prepare.series_windows import all_windows
from seqwise.read.memory import MEMORY
from seqwise.read.series.memory import NAME, UNIT, Columns, columns_in_memory, reader_of, text_of
from seqwise.read.series.table import read_table
from seqwise.records import Array, Finding, Predictions, Scores
from seqwise.series_records import Forecasts, SeriesTable
from seqwise.settings.names import HEAD_OF_TASK
from seqwise.settings.reading import LoadedSettings, settings_from_tables
from seqwise.settings.series import settled
from seqwise.settings.stations import DataSettings

AUTO = "auto"
Names = str | Sequence[str]


class SequenceForecaster(BaseEstimator):
    """Forecasts the next steps of series of states or numbers; works in ``cross_val_score`` and ``GridSearchCV``.

    ``X`` is a long table, a row a time of a unit: a frame of polars or pandas, or a dict of columns; ``time``,
    ``unit``, ``value`` and ``known`` name its columns. Or it is an array of shape (units, times), which needs no names.
    Texts are states, and so are numbers with ``settings={"data": {"kind": "states"}}``.

    Args:
        time: column of the time.
        unit: columns that together name whose series a row is of; none: there is one series.
        value: columns of what is forecast; none: all that have no other role.
        known: columns that are known of times to come.
        input: steps that are seen.
        horizon: steps behind them that are forecast.
        season: steps until a pattern comes again; 0: by the step of time.
        encoder: ``recurrent``, ``transformer`` or ``window``.
        head: ``steps``, ``decoder``, ``numbers``, or ``auto``: the first that is for the kind of the series.
        stand_on: a baseline for the head to stand on, or an empty string.
        epochs: passes over the training windows at most.
        batch_size: windows of a batch.
        learning_rate: highest rate.
        validation: share of the times held out at the end to choose by, 0 to 1.
        seed: of weights, order and dropout.
        settings: tables of a settings file that say the rest, e.g. ``{"encoder": {"hidden": 64}}``.
        run_folder: where the run folder with its report stays; None: a temporary one, removed afterwards.

    Attributes:
        classes_: the states in the order of the probabilities; empty for numbers.
        channels_: names of the columns that are forecast.
        units_: names of the units of ``fit``.
        scores_: scores on validation windows, with baselines and verdict.
        findings_: what the checks found.

    Example:
        >>> forecaster = SequenceForecaster(time="date", unit="person", value="shift", horizon=7)
    """

    def __init__(  # noqa: PLR0913 - scikit-learn wants every setting as an own argument
        self,
        *,
        time: str = "",
        unit: Names = (),
        value: Names = (),
        known: Names = (),
        input: int = 28,  # noqa: A002 (the setting has this name)
        horizon: int = 7,
        season: int = 0,
        encoder: str = "recurrent",
        head: str = AUTO,
        stand_on: str = "",
        epochs: int = 30,
        batch_size: int = 32,
        learning_rate: float = 1e-3,
        validation: float = 0.15,
        seed: int = 0,
        settings: Mapping[str, Mapping[str, object]] | None = None,
        run_folder: str | None = None,
    ) -> None:
        self.time = time
        self.unit = unit
        self.value = value
        self.known = known
        self.input = input
        self.horizon = horizon
        self.season = season
        self.encoder = encoder
        self.head = head
        self.stand_on = stand_on
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.validation = validation
        self.seed = seed
        self.settings = settings
        self.run_folder = run_folder

    def fit(self, X: object, y: object = None) -> Self:  # noqa: N803 - scikit-learn's names
        """Train on the windows of series; ``y`` is not read, since what is foretold stands in ``X``.

        Raises:
            DataError: with every fault of the table, rows counted from 1.
            UsageError: if a setting is wrong, or not for series of this kind.
        """
        del y
        columns = columns_in_memory(X)
        is_array = isinstance(X, np.ndarray)
        table = _table(columns, self._loaded(is_array=is_array).settings.data)
        states = table.series.states
        loaded = self._loaded(is_array=is_array, head=HEAD_OF_TASK["forecast"][0 if states else -1])
        loaded = replace(loaded, settings=settled(loaded.settings, states))
        self.predictor_: Predictor
        self.predictor_, result = train_in_memory(loaded, table, folder=self.run_folder)
        given = {text_of(cell): cell for column in columns.values() for cell in column} if states else {}
        self.classes_ = np.array([given.get(state, state) for state in states])
        self.channels_, self.units_ = table.series.channels, table.series.units
        self.scores_: Scores | None = result.scores
        self.findings_: tuple[Finding, ...] = result.findings
        return self

    def predict(self, X: object) -> NDArray[np.generic]:  # noqa: N803 - scikit-learn's name
        """The steps behind the last known value of each unit, units in the order of ``X``.

        Rows of times to come, their values missing, bring the columns of ``known``. Missing values and gaps before them
        are kept as missing.

        Returns:
            The most probable states, of the type that ``fit`` was given, shape (unit, horizon); or numbers, shape
            (unit, horizon), of several columns (unit, horizon, channel).

        Raises:
            DataError: if a unit has too few steps, or the table has faults.
            UsageError: if rows of times to come are needed and not there.
        """
        found = self._answers(X)
        if isinstance(found, Forecasts):
            return _of_channels(found.point)
        return self.classes_[found.predicted].reshape(-1, self.horizon)

    def predict_proba(self, X: object) -> Array:  # noqa: N803 - scikit-learn's name
        """Probabilities of states, shape (unit, horizon, class), classes as in ``classes_``.

        Raises:
            UsageError: if the series are of numbers.
        """
        found = self._answers(X)
        if isinstance(found, Forecasts):
            what = "was fitted on numbers, which have no probabilities."
            raise UsageError(Problem("SequenceForecaster", what, "Ask predict_quantiles."))
        return found.probabilities.reshape(-1, self.horizon, len(self.classes_))

    def predict_quantiles(self, X: object) -> Array:  # noqa: N803 - scikit-learn's name
        """Quantiles of numbers, shape (unit, horizon, level), of several columns (unit, horizon, channel, level).

        Levels are those of ``settings={"head": {"levels": ...}}``, 0.05, 0.25, 0.5, 0.75 and 0.95 where none are given.

        Raises:
            UsageError: if the series are of states, or the head tells points alone.
        """
        found = self._answers(X)
        if isinstance(found, Predictions) or found.quantiles is None:
            what = "was fitted on states." if isinstance(found, Predictions) else "has a head that tells points alone."
            raise UsageError(Problem("SequenceForecaster", what, "Ask predict, or predict_proba of states."))
        return _of_channels(found.quantiles)

    def score(self, X: object, y: object = None) -> float:  # noqa: N803 - scikit-learn's names
        """Accuracy over all windows of ``X`` of states; of numbers minus the mean absolute error: more is better.

        Raises:
            DataError: if no window is in ``X``, or the table has faults.
        """
        del y
        check_is_fitted(self, "predictor_")
        task, artefact = self.predictor_.task, self.predictor_.artefact
        table = _table(columns_in_memory(X), artefact.settings.data)
        windows = known_targets(all_windows(table.series, window_plan(artefact.settings.prepare)), name=NAME)
        found = task.judge(artefact, windows, self.predictor_.predict(windows))
        return metric_value(found, "accuracy") if isinstance(found, Predictions) else -metric_value(found, "mae")

    def _answers(self, X: object) -> SeriesAnswers:  # noqa: N803 - scikit-learn's name
        check_is_fitted(self, "predictor_")
        data = self.predictor_.artefact.settings.data.model_copy(update={"on_bad_row": "repair"})
        found = self.predictor_.predict(_table(columns_in_memory(X), data))
        assert not isinstance(found, Translations)
        return found

    def _loaded(self, *, is_array: bool, head: str = "") -> LoadedSettings:
        data = {"time": self.time, "unit": _names(self.unit), "value": _names(self.value), "known": _names(self.known)}
        if is_array:
            data = {"format": "wide", "unit": [UNIT]}
        named = head if self.head == AUTO else self.head
        tables: dict[str, dict[str, object]] = {
            "data": {"train": MEMORY, "validation": self.validation, "test": 0.0, **data},
            "prepare": {"input": self.input, "horizon": self.horizon, "season": self.season},
            "encoder": {"name": self.encoder},
            "head": {"name": named, "stand_on": self.stand_on} if named else {},
            "training": {"epochs": self.epochs, "batch_size": self.batch_size, "learning_rate": self.learning_rate},
            "runtime": {"seed": self.seed},
        }
        for name, table in (self.settings or {}).items():
            tables[name] = {**tables.get(name, {}), **table}
        return settings_from_tables({"task": "forecast", **tables}, origin=type(self).__name__)


def _table(columns: Columns, data: DataSettings) -> SeriesTable:
    return replace(read_table(data, NAME, reader=reader_of(columns)), files=())


def _names(names: Names) -> list[str]:
    return [name for name in ([names] if isinstance(names, str) else names) if name]


def _of_channels(values: Array) -> Array:
    """Values of shape (unit, step, channel, ...); without the axis of the channel where there is one."""
    return values[:, :, 0] if values.shape[2] == 1 else values
