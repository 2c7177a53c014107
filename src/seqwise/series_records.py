"""The frozen values of series: all times of all units on one axis, their time index, and windows."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seqwise.horizons import Horizons
from seqwise.records import Array, FileFacts, Indices, Rows

AxisKind = Literal["numbers", "months", "moments", "names"]
MISSING = -1  # the code of a state that is not known


@dataclass(frozen=True)
class TimeAxis:
    """What the positions of the index of a file mean.

    Attributes:
        kind: ``numbers``, ``months`` (from January 1970), ``moments`` (microseconds from 1970, UTC where the file has
            offsets), or ``names``: times that only follow each other.
        start: the time of position 0, in the unit of the kind; 0 for names.
        step: from a position to the next, in the same unit; 1 for names.
        names: of all positions, as the file writes them; () for the other kinds.
    """

    kind: AxisKind
    start: int = 0
    step: int = 1
    names: tuple[str, ...] = ()

    def name(self, position: int) -> str:
        """The time of a position, also behind the last one of the file unless times are names.

        Example:
            >>> TimeAxis("months", start=12).name(1), TimeAxis("numbers", start=5, step=5).name(2)
            ('1971-02', '15')
        """
        if self.kind == "names":
            return self.names[position]
        time = self.start + self.step * int(position)
        if self.kind == "numbers":
            return str(time)
        if self.kind == "months":
            return str(np.datetime64(time, "M"))
        return str(np.datetime64(time, "us").astype("datetime64[s]"))


@dataclass(frozen=True)
class Covariates:
    """Columns beside the values.

    Attributes:
        names: of the columns.
        values: shape (row, name): numbers, NaN where missing, or places in ``levels``.
        levels: for each name what its cells say; () for a column of numbers.
    """

    names: tuple[str, ...]
    values: Array
    levels: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Series:
    """The series of all units of a file on one axis: unit ``i`` has the rows ``offsets[i]:offsets[i + 1]``.

    Attributes:
        units: names, in the order of the file.
        offsets: shape (unit + 1,).
        times: position of each row on ``axis``, growing within a unit, shape (time,).
        values: shape (time, channel): numbers (float64), NaN where missing; or codes of states (int64), `MISSING` where
            missing.
        channels: name of each channel.
        states: in the order of their codes; () for numbers.
        axis: what positions mean.
        static: a row a unit.
        known: a row a time; also known of times to come.
        past: a row a time; not known of times to come.
        path: the file.
        lines: of each row, shape (time,); a row that fills a gap has the line of the row behind the gap.
    """

    units: tuple[str, ...]
    offsets: Indices
    times: Indices
    values: Array | Indices
    channels: tuple[str, ...]
    states: tuple[str, ...]
    axis: TimeAxis
    static: Covariates
    known: Covariates
    past: Covariates
    path: str
    lines: Indices

    def __len__(self) -> int:
        """Number of rows: times of all units."""
        return len(self.times)

    @property
    def unit_of(self) -> Indices:
        """The unit of each row, shape (time,)."""
        return np.repeat(np.arange(len(self.units), dtype=np.int64), np.diff(self.offsets))

    @property
    def is_missing(self) -> NDArray[np.bool_]:
        """True where a value is not known, shape (time, channel)."""
        return self.values == MISSING if self.states else np.isnan(self.values)

    def place(self, row: int) -> str:
        """``FILE:LINE`` of a row; lines count from 1 and the header is line 1."""
        return f"{self.path}:{self.lines[row]}"


@dataclass(frozen=True)
class SeriesTable:
    """The series of a task, all splits together, and the facts of the file."""

    series: Series
    files: tuple[FileFacts, ...]

    def named(self) -> dict[str, Rows]:
        """The rows of text by split: there are none."""
        return {}


@dataclass(frozen=True)
class SeriesWindows:
    """Pairs of an input and its target, each in one unit and without a gap.

    Attributes:
        series: what they are windows of.
        starts: row where the input of each begins, shape (window,).
        input: rows that are seen.
        horizon: rows right behind them that are foretold.
    """

    series: Series
    starts: Indices
    input: int
    horizon: int

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.starts)

    @property
    def input_rows(self) -> Indices:
        """Rows of `series` that each window sees, shape (window, input)."""
        return self.starts[:, None] + np.arange(self.input)

    @property
    def target_rows(self) -> Indices:
        """Rows of `series` that each window foretells, shape (window, horizon)."""
        return self.starts[:, None] + self.input + np.arange(self.horizon)


@dataclass(frozen=True)
class SeenWindows:
    """What of windows is seen before their targets: all that a baseline is given, so that it cannot look ahead.

    Attributes:
        inputs: values, shape (window, input, channel): codes of states (int64), or numbers (float64); as in `Series`.
        units: number of each window's unit among those of the run, shape (window,).
        times: position on the time axis of the first step of each horizon, shape (window,).
        known: covariates of the steps to come, NaN where missing, shape (window, horizon, name).
        season: steps after which a pattern may come again, such as 7 for days; 1 where none is known.
        states: names by code; () for numbers.
    """

    inputs: Array | Indices
    units: Indices
    times: Indices
    known: Array
    season: int
    states: tuple[str, ...] = ()

    @property
    def horizon(self) -> int:
        """Steps that are foretold of each window."""
        return self.known.shape[1]

    def __len__(self) -> int:
        """Number of steps to come of all windows; those of a window follow each other."""
        return len(self.times) * self.horizon

    def where(self, windows: Indices | NDArray[np.bool_]) -> "SeenWindows":
        """Some of the windows, by number or by a mask of shape (window,)."""
        return replace(
            self,
            inputs=self.inputs[windows],
            units=self.units[windows],
            times=self.times[windows],
            known=self.known[windows],
        )


@dataclass(frozen=True)
class Forecasts:
    """Numbers foretold for the windows of numeric series.

    Attributes:
        horizons: of which windows.
        channels: names.
        point: shape (window, step, channel).
        levels: of the quantiles, growing, each between 0 and 1; () for points alone.
        quantiles: growing along the last axis, shape (window, step, channel, level).
        truth: shape (window, step, channel), NaN where missing; None where it is not known.
        scales: mean absolute error of the naive forecast in training, of each window and channel, shape
            (window, channel); None where it is not known.
        error_scale: what errors of each channel are counted in, shape (channel,): 1 for one channel, for several the
            deviations of the training rows, since their units differ.
    """

    horizons: Horizons
    channels: tuple[str, ...]
    point: Array
    error_scale: Array
    levels: tuple[float, ...] = ()
    quantiles: Array | None = None
    truth: Array | None = None
    scales: Array | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """``UNIT@TIME`` of the last step that each window sees."""
        return tuple(f"{u}@{o}" for u, o in zip(self.horizons.units, self.horizons.origins, strict=True))
