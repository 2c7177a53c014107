"""Windows of series in, flat examples out: a token a step, those to come behind those seen; fitted on training.

A sequence is a window: its input steps and behind them its steps to come, which are the units that get an answer. A
token says the state of a step, or that it is missing, or that it is to come. What is known of a step stands beside its
token as features: covariates, the calendar, and where numbers are forecast the scaled numbers.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from seqwise.errors import DataError, Problem
from seqwise.evaluate.series import naive_error
from seqwise.prepare.calendar import calendar, calendar_names, covers_two_years, season_of
from seqwise.prepare.series_features import (
    ColumnCode,
    apply_columns,
    columns_from_json,
    columns_to_json,
    fit_columns,
)
from seqwise.prepare.series_scaling import ChannelScaling, Scale, fit_scaling
from seqwise.prepare.series_splits import training_rows
from seqwise.records import Array, Examples, FlatTokens, Indices, UnitPlaces
from seqwise.series_records import MISSING, SeenWindows, Series, SeriesWindows, TimeAxis
from seqwise.settings.stations import PrepareSettings

FILE = "series.json"
# Least naive error, as a share of the deviation in training.
LEAST_ERROR = 0.01


@dataclass(frozen=True)
class SeriesPreparation:
    """All that was learned of the training rows to make examples.

    Attributes:
        states: in the order of their codes; () for numbers.
        channels: names.
        settings: how windows are cut, patched and scaled.
        season: steps until a pattern comes again.
        axis: kind and step of the axis of time; a new file must have the same.
        has_year: whether the time of the year is a feature.
        scaling: of numbers.
        deviations: of each channel in the training rows.
        naive: mean absolute error of the naive forecast of a season ago in training, by unit: a number a channel.
        static: how columns become features; so ``known`` and ``past``.
    """

    states: tuple[str, ...]
    channels: tuple[str, ...]
    settings: PrepareSettings
    season: int
    axis: TimeAxis
    has_year: bool
    scaling: ChannelScaling
    deviations: tuple[float, ...]
    naive: Mapping[str, tuple[float, ...]]
    static: tuple[ColumnCode, ...]
    known: tuple[ColumnCode, ...]
    past: tuple[ColumnCode, ...]

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """What each token says: a state, or of numbers nothing; that it is missing, or to come; or a special one."""
        special = ("[CLS]", "[SEP]") if self.settings.special_tokens else ()
        return (*self.states, "[MISSING]", "[TO COME]", *special)

    @property
    def vocabulary_size(self) -> int:
        """Number of token ids."""
        return len(self.vocabulary)

    @property
    def n_sequences(self) -> int:
        """Sequences of a window: one, or one a channel."""
        return len(self.channels) if self._is_apart else 1

    @property
    def n_outputs(self) -> int:
        """Answers to a unit: one for each state, or one for each number of a patch."""
        return len(self.states) or self.settings.patch * len(self.channels) // self.n_sequences

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The features of one step, in their order."""
        columns = [
            f"{code.name}={level}" if level else code.name
            for code in (*self.static, *self.known, *self.past)
            for level in code.levels or ("",)
        ]
        own = () if self.states else ("value",) if self._is_apart else self.channels
        types = ("to come",) if self.settings.token_types else ()
        return (*columns, *self._calendar_names, *types, *own)

    @property
    def n_features(self) -> int:
        """Numbers that are known of each token."""
        return self.settings.patch * len(self.feature_names)

    @property
    def _is_apart(self) -> bool:
        return not self.states and self.settings.channels == "apart"

    @property
    def _calendar_names(self) -> tuple[str, ...]:
        return calendar_names(self.axis, has_year=self.has_year) if self.settings.calendar else ()

    def seen(self, windows: SeriesWindows) -> SeenWindows:
        """What baselines are given of windows."""
        series, targets = windows.series, windows.target_rows
        return SeenWindows(
            inputs=series.values[windows.input_rows],
            units=series.unit_of[windows.starts],
            times=series.times[windows.starts] + windows.input + series.axis.start // series.axis.step,
            known=apply_columns(self.known, series.known)[targets],
            season=self.season,
            states=self.states,
        )

    def targets(self, windows: SeriesWindows) -> Array | Indices:
        """What is to be forecast: states, shape (step of all windows,), or numbers, shape (window, step, channel)."""
        values = windows.series.values[windows.target_rows]
        return values.ravel() if self.states else values

    def scale(self, windows: SeriesWindows) -> Scale:
        """The scale of the numbers of each window."""
        return self.scaling.of_windows(windows.series.values[windows.input_rows].astype(np.float64))

    def naive_errors(self, windows: SeriesWindows) -> Array:
        """The scale of the scaled error of each window, shape (window, channel); of a new unit the mean of all."""
        mean = np.mean(list(self.naive.values()), axis=0)
        by_unit = np.array([self.naive.get(unit, mean) for unit in windows.series.units]).reshape(
            -1, len(self.channels)
        )
        return by_unit[windows.series.unit_of[windows.starts]]

    def apply(self, windows: SeriesWindows, *, has_targets: bool = True) -> Examples:
        """The windows as flat sequences, those of the channels of a window behind each other.

        Raises:
            DataError: if columns or the axis of time are not those of training.
        """
        self._refuse_other_axis(windows.series)
        if windows.series.channels != self.channels and not self.states:
            found, known = ", ".join(windows.series.channels), ", ".join(self.channels)
            what = f"has the columns {found}; the model was trained on {known}."
            raise DataError(Problem(windows.series.path, what, "Name them in this order in data.value."))
        patch = self.settings.patch
        rows = np.concatenate([windows.input_rows, windows.target_rows], axis=1)  # (window, step)
        features = self._features(windows, rows)  # (window, step, feature)
        if self._is_apart:
            features = self._apart(features)
        n_sequences = len(features)
        tokens = np.repeat(self._tokens(windows, rows), self.n_sequences, axis=0)  # (sequence, token)
        features = features.reshape(n_sequences, tokens.shape[1], self.n_features)
        first, behind = windows.input // patch, tokens.shape[1]
        if self.settings.special_tokens:
            special = np.full((n_sequences, 1), len(self.states) + 2)
            tokens = np.concatenate([special, tokens, special + 1], axis=1)
            features = np.pad(features, ((0, 0), (1, 1), (0, 0)))
            first, behind = first + 1, behind + 1
        places = np.stack([np.arange(first, behind), np.arange(first + 1, behind + 1)], axis=1)
        units = UnitPlaces(np.tile(places, (n_sequences, 1)), np.arange(n_sequences + 1) * (behind - first))
        targets = values = None
        if has_targets and self.states:
            targets = self.targets(windows).astype(np.int64)
        if has_targets and not self.states:
            scaled = self.scale(windows).apply(self.targets(windows).astype(np.float64))
            values = self.to_units(scaled).astype(np.float32)
        return Examples(
            tokens=FlatTokens(
                ids=tokens.ravel().astype(np.int32),
                offsets=np.arange(n_sequences + 1, dtype=np.int64) * tokens.shape[1],
            ),
            targets=targets,
            units=units,
            features=features.reshape(-1, self.n_features).astype(np.float32) if self.n_features else None,
            values=values,
        )

    def to_units(self, values: Array) -> Array:
        """Numbers of the steps to come, shape (window, step, channel), by unit: shape (unit, output)."""
        if self._is_apart:
            values = np.moveaxis(values, 2, 1)
        return values.reshape(-1, self.n_outputs)

    def from_units(self, values: Array) -> Array:
        """Back from :meth:`to_units`, with axes behind if there are any: shape (window, step, channel, ...)."""
        rest, n_channels = values.shape[2:], len(self.channels)
        if not self._is_apart:
            return values.reshape(-1, self.settings.horizon, n_channels, *rest)
        return np.moveaxis(values.reshape(-1, n_channels, self.settings.horizon, *rest), 1, 2)

    def save(self, folder: Path) -> None:
        """Write one file of JSON into ``folder``."""
        facts = {
            "states": self.states,
            "channels": self.channels,
            "settings": self.settings.model_dump(mode="json"),
            "season": self.season,
            "axis": {"kind": self.axis.kind, "step": self.axis.step},
            "has_year": self.has_year,
            "scaling": {"how": self.scaling.how, "location": self.scaling.location, "spread": self.scaling.spread},
            "deviations": self.deviations,
            "naive": self.naive,
            "static": columns_to_json(self.static),
            "known": columns_to_json(self.known),
            "past": columns_to_json(self.past),
        }
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "SeriesPreparation":
        """Read what :meth:`save` wrote."""
        facts = json.loads((folder / FILE).read_text(encoding="utf-8"))
        scaling = facts["scaling"]
        return cls(
            states=tuple(facts["states"]),
            channels=tuple(facts["channels"]),
            settings=PrepareSettings.model_validate(facts["settings"]),
            season=facts["season"],
            axis=TimeAxis(facts["axis"]["kind"], step=facts["axis"]["step"]),
            has_year=facts["has_year"],
            scaling=ChannelScaling(scaling["how"], tuple(scaling["location"]), tuple(scaling["spread"])),
            deviations=tuple(facts["deviations"]),
            naive={unit: tuple(errors) for unit, errors in facts["naive"].items()},
            static=columns_from_json(facts["static"]),
            known=columns_from_json(facts["known"]),
            past=columns_from_json(facts["past"]),
        )

    def _tokens(self, windows: SeriesWindows, rows: Indices) -> Indices:
        """The id of each token of a window, shape (window, token)."""
        missing, to_come = len(self.states), len(self.states) + 1
        tokens = np.full((len(rows), rows.shape[1] // self.settings.patch), to_come, dtype=np.int64)
        n_seen = windows.input // self.settings.patch
        if not self.states:
            tokens[:, :n_seen] = missing  # no number has a token of its own: what is seen has the other one
            return tokens
        codes = windows.series.values[windows.input_rows, 0].astype(np.int64)
        tokens[:, :n_seen] = np.where(codes == MISSING, missing, codes)
        return tokens

    def _features(self, windows: SeriesWindows, rows: Indices) -> Array:
        """What is known of each step, shape (window, step, feature)."""
        series, n_seen = windows.series, windows.input
        units = series.unit_of
        parts = [
            apply_columns(self.static, series.static)[units][rows],
            apply_columns(self.known, series.known)[rows],
            apply_columns(self.past, series.past)[rows],
        ]
        parts[2][:, n_seen:] = 0.0
        if self.settings.calendar:
            parts.append(calendar(series.axis, series.times, has_year=self.has_year)[rows])
        if self.settings.token_types:
            parts.append(np.broadcast_to((np.arange(rows.shape[1]) >= n_seen)[:, None], (*rows.shape, 1)))
        if not self.states:
            scaled = np.nan_to_num(self.scale(windows).apply(series.values[rows].astype(np.float64)))
            scaled[:, n_seen:] = 0.0
            parts.append(scaled)
        return np.concatenate(parts, axis=2)

    def _apart(self, features: Array) -> Array:
        """A sequence for each channel, shape (window and channel, step, feature): all else is the same for them."""
        n_channels = len(self.channels)
        shared, own = features[:, :, :-n_channels], features[:, :, -n_channels:]
        n, n_steps, n_shared = shared.shape
        everywhere = np.broadcast_to(shared[:, None], (n, n_channels, n_steps, n_shared))
        joined = np.concatenate([everywhere, np.moveaxis(own, 2, 1)[..., None]], axis=3)
        return joined.reshape(n * n_channels, n_steps, n_shared + 1)

    def _refuse_other_axis(self, series: Series) -> None:
        found = (series.axis.kind, series.axis.step)
        if found != (self.axis.kind, self.axis.step):
            what = (
                f"its times are {found[0]} with the step {found[1]}; those of training were {self.axis.kind} with the "
            )
            fix = "Give a table with times as in training."
            raise DataError(Problem(series.path, f"{what}step {self.axis.step}.", fix))


def fit_series(windows: SeriesWindows, settings: PrepareSettings) -> SeriesPreparation:
    """Learn all that is needed to make examples from what the training windows hold, and from nothing else."""
    series, rows = windows.series, training_rows(windows)
    season = settings.season or season_of(series.axis)
    units = series.unit_of[rows]
    deviations = fit_scaling(series, rows, how="standard").spread
    return SeriesPreparation(
        states=series.states,
        channels=series.channels,
        settings=settings,
        season=season,
        axis=replace(series.axis, start=0, names=()),
        has_year=covers_two_years(series.axis, series.times[rows]),
        scaling=fit_scaling(series, rows, how=settings.scaling),
        deviations=deviations,
        naive={} if series.states else _naive_errors(series, rows, season=season, deviations=deviations),
        static=fit_columns(series.static, np.unique(units)),
        known=fit_columns(series.known, rows),
        past=fit_columns(series.past, rows),
    )


def _naive_errors(
    series: Series, rows: Indices, *, season: int, deviations: tuple[float, ...]
) -> dict[str, tuple[float, ...]]:
    """By unit the scale of its scaled errors; where a season is not known the error of the step before.

    A series that hardly changes has a share of the deviation of all units instead, or its errors would be endless.
    """
    units = series.unit_of[rows]
    found: dict[str, tuple[float, ...]] = {}
    for number in np.unique(units).tolist():
        own = series.values[rows[units == number]].astype(np.float64)
        by_lag = np.array([[naive_error(column, season=lag) for column in own.T] for lag in (season, 1)])
        errors = np.where(np.isfinite(by_lag[0]), by_lag[0], by_lag[1])
        errors = np.where(np.isfinite(errors), errors, deviations)
        found[series.units[number]] = tuple(np.maximum(errors, LEAST_ERROR * np.array(deviations)).tolist())
    return found
