"""A trained run of the task forecast in, the part ``series`` of ``details.json`` out: what is shown beyond scores."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite, isnan

import numpy as np
from numpy.typing import NDArray

from seqwise.answers import SeriesAnswers
from seqwise.evaluate.correlations import correlations
from seqwise.evaluate.metrics import row_log_losses
from seqwise.evaluate.number_tallies import ABSOLUTE, COUNT, INSIDE, step_sums
from seqwise.evaluate.scores import VALIDATION, best_baseline, intervals
from seqwise.evaluate.tallies import Tally, by_text
from seqwise.evaluate.uncertainty import diebold_mariano, mcnemar, resample
from seqwise.prepare.calendar import covers_two_years
from seqwise.prepare.series_splits import training_rows
from seqwise.records import Array, Indices, Interval, Predictions
from seqwise.report.series_facts import (
    ForecastScores,
    IndexPlot,
    PairedTest,
    Period,
    SeriesFacts,
    ShownForecast,
    StateCorrelations,
    StepScores,
    Track,
    UnitScores,
)
from seqwise.series_records import MISSING, Forecasts, SeriesWindows, TimeAxis
from seqwise.settings.root import Settings
from seqwise.tasks.forecast import SeriesWork

# Units of the report at either end, and cells of its index plot: what a page still shows.
N_UNITS_EACH, MOST_UNITS, MOST_TIMES = 10, 40, 60
# Values of the picture of a series, those before its split, and stretches of an axis without dates.
N_VALUES, N_BEFORE, N_STRETCHES = 200, 50, 12
SHARES = frozenset({"accuracy", "coverage"})


@dataclass(frozen=True)
class _Losses:
    """What each step of each window adds to each metric.

    Attributes:
        names: of the metrics; by the first one units are ranked.
        sums: shape (window, step, metric).
        counts: numbers or states of a step, shape (window, step).
        blocks: windows that are drawn together, as offsets.
    """

    names: tuple[str, ...]
    sums: Array
    counts: Array
    blocks: Indices

    @property
    def of_windows(self) -> Array:
        """The first metric of each window, shape (window,)."""
        return self.sums[..., 0].sum(axis=1) / self.counts.sum(axis=1)


def series_facts(
    work: SeriesWork,
    predictions: Mapping[str, SeriesAnswers],
    *,
    baselines: Mapping[str, Mapping[str, SeriesAnswers]],
    vectors: Array,
    settings: Settings,
) -> SeriesFacts:
    """All that ``details.json`` tells of series; what is drawn is of the last split, the test set if there is one.

    Args:
        work: windows and preparation.
        predictions: of the model by split, with truth.
        baselines: by split and name, with truth.
        vectors: of each token of the vocabulary, states first, shape (token, width).
        settings: of the run.
    """
    evaluate = settings.evaluate
    best = best_baseline(baselines[VALIDATION], evaluate.verdict_on, clip=evaluate.clip)
    scores = {
        split: _scores(found, {best: baselines[split][best]} if best else {}, work.windows[split], settings=settings)
        for split, found in predictions.items()
    }
    split = list(predictions)[-1]
    last, states = predictions[split], work.preparation.states
    if isinstance(last, Forecasts):
        return SeriesFacts(states, scores, track=_track(split, last, work.windows))
    return SeriesFacts(
        states,
        scores,
        periods=_periods(work.windows),
        transitions=_transitions(work.windows["train"]),
        index=_index_plot(split, last, work.windows[split]),
        correlations=_correlations(vectors[: len(states)]),
    )


def _scores(
    model: SeriesAnswers, others: Mapping[str, SeriesAnswers], windows: SeriesWindows, *, settings: Settings
) -> ForecastScores:
    """One split; ``others`` is the verdict's baseline by its name, or empty."""
    clip = settings.evaluate.clip
    ours, theirs = _losses(model, clip=clip), {name: _losses(one, clip=clip) for name, one in others.items()}
    by_step = _by_step(ours, settings)
    beside = {metric: steps for one in theirs.values() for metric, steps in _by_step(one, settings).items()}
    units = _by_unit(ours, tuple(theirs.values()), windows)
    return ForecastScores(
        baseline="".join(others),
        steps=tuple(StepScores(metric, steps, beside.get(metric, ())) for metric, steps in by_step.items()),
        units=units if len(units) <= 2 * N_UNITS_EACH else (*units[:N_UNITS_EACH], *units[-N_UNITS_EACH:]),
        n_units=len(units),
        tests=tuple(
            test for name in others for test in _tests(model, others[name], windows, pair=(ours, theirs[name]))
        ),
    )


def _losses(found: SeriesAnswers, *, clip: float) -> _Losses:
    if isinstance(found, Forecasts):
        sums = step_sums(found)
        parts = {"mae": ABSOLUTE, **({} if found.quantiles is None else {"coverage": INSIDE})}
        return _Losses(tuple(parts), sums[..., list(parts.values())], sums[..., COUNT], found.horizons.blocks)
    assert found.truth is not None
    assert found.horizons is not None
    shape = (len(found.horizons), found.horizons.horizon)
    losses = [row_log_losses(found.truth, found.probabilities, clip=clip), found.predicted == found.truth]
    sums = np.stack([one.reshape(shape) for one in losses], axis=2).astype(np.float64)
    return _Losses(("log_loss", "accuracy"), sums, np.ones(shape), found.horizons.blocks)


def _by_step(losses: _Losses, settings: Settings) -> dict[str, tuple[Interval, ...]]:
    """Each metric at each step, with intervals by blocks of windows."""
    n_windows, horizon, n_metrics = losses.sums.shape
    columns = [f"{name}.{step}" for step in range(horizon) for name in losses.names]

    def metrics(sums: Array) -> dict[str, Array]:
        counts = np.repeat(sums[..., -horizon:], n_metrics, axis=-1)
        return dict(zip(columns, np.moveaxis(sums[..., :-horizon] / counts, -1, 0), strict=True))

    totals = losses.counts.sum(axis=0).astype(np.int64).tolist()
    table = np.concatenate([losses.sums.reshape(n_windows, -1), losses.counts], axis=1)
    tally = Tally(
        table=by_text(table, losses.blocks),
        metrics=metrics,
        parts={name: np.array([number]) for number, name in enumerate(columns)},
        sizes={f"{name}.{step}": n for step, n in enumerate(totals) for name in losses.names if name in SHARES},
    )
    drawn = resample([tally], n_draws=settings.evaluate.samples, seed=settings.runtime.seed)[0]
    found = intervals(tally, drawn, confidence=settings.evaluate.confidence)
    return {name: tuple(found[f"{name}.{step}"] for step in range(horizon)) for name in losses.names}


def _by_unit(ours: _Losses, theirs: tuple[_Losses, ...], windows: SeriesWindows) -> tuple[UnitScores, ...]:
    """The units by the model's loss, worst first."""
    units = windows.series.unit_of[windows.starts]
    found = [
        UnitScores(
            unit=windows.series.units[unit],
            n=int((units == unit).sum()),
            model=_of_some(ours, units == unit),
            baseline={} if not theirs else _of_some(theirs[0], units == unit),
        )
        for unit in np.unique(units).tolist()
    ]
    return tuple(sorted(found, key=lambda one: -one.model[ours.names[0]]))


def _of_some(losses: _Losses, is_taken: NDArray[np.bool_]) -> dict[str, float]:
    """Each metric over some of the windows."""
    means = losses.sums[is_taken].sum(axis=(0, 1)) / losses.counts[is_taken].sum()
    return dict(zip(losses.names, means.tolist(), strict=True))


def _tests(
    model: SeriesAnswers, other: SeriesAnswers, windows: SeriesWindows, *, pair: tuple[_Losses, _Losses]
) -> Iterator[PairedTest]:
    """Diebold and Mariano's on the losses of windows; for states McNemar's on their first steps."""
    p = diebold_mariano(
        pair[0].of_windows - pair[1].of_windows,
        units=windows.series.unit_of[windows.starts],
        times=windows.series.times[windows.starts],
        horizon=windows.horizon,
    )[1]
    yield PairedTest("diebold_mariano", len(windows), p if isfinite(p) else None)
    if isinstance(model, Predictions) and isinstance(other, Predictions):
        firsts = [_first_steps(one, windows.horizon) for one in (model, other)]
        yield PairedTest("mcnemar", len(windows), mcnemar(*firsts))


def _first_steps(found: Predictions, horizon: int) -> Predictions:
    assert found.truth is not None
    return Predictions(
        ids=found.ids[::horizon],
        labels=found.labels,
        probabilities=found.probabilities[::horizon],
        truth=found.truth[::horizon],
        decoded=found.predicted[::horizon],
    )


def _periods(windows: Mapping[str, SeriesWindows]) -> tuple[Period, ...]:
    """States by year, or by month in less than two; where times are no dates by stretches of the axis."""
    found: list[Period] = []
    for split, own in windows.items():
        series = own.series
        rows = training_rows(own) if split == "train" else np.unique(own.target_rows)
        names = _period_names(series.axis, series.times)[rows]
        codes = series.values[rows, 0].astype(np.int64)
        _, first = np.unique(names, return_index=True)
        for name in names[np.sort(first[np.argsort(series.times[rows][first])])]:
            counts = np.bincount(codes[(names == name) & (codes != MISSING)], minlength=len(series.states))
            found.append(Period(split, str(name), tuple(counts.tolist())))
    return tuple(found)


def _period_names(axis: TimeAxis, times: Indices) -> NDArray[np.str_]:
    """The period of each time."""
    unit = {"months": "M", "moments": "us"}.get(axis.kind)
    if unit is not None:
        dates = (axis.start + axis.step * times).astype(f"datetime64[{unit}]")
        return dates.astype("datetime64[Y]" if covers_two_years(axis, times) else "datetime64[M]").astype(np.str_)
    first, n = int(times.min()), int(times.max() - times.min()) + 1
    stretches = (times - first) * min(n, N_STRETCHES) // n
    begins = {number: axis.name(int(times[stretches == number].min())) for number in np.unique(stretches).tolist()}
    return np.array([begins[number] for number in stretches.tolist()])


def _transitions(windows: SeriesWindows) -> tuple[tuple[int, ...], ...]:
    """How often each state follows each in the training rows: the state before down, the one behind it across."""
    series, rows = windows.series, training_rows(windows)
    before, behind = rows[:-1], rows[1:]
    units, codes = series.unit_of, series.values[:, 0].astype(np.int64)
    is_step = (units[before] == units[behind]) & (series.times[behind] - series.times[before] == 1)
    is_step &= (codes[before] != MISSING) & (codes[behind] != MISSING)
    counts = np.zeros((len(series.states), len(series.states)), dtype=np.int64)
    np.add.at(counts, (codes[before[is_step]], codes[behind[is_step]]), 1)
    return tuple(tuple(row) for row in counts.tolist())


def _index_plot(split: str, found: Predictions, windows: SeriesWindows) -> IndexPlot:
    """True states, and what the latest window before each time foretold."""
    series, rows = windows.series, windows.target_rows
    predicted = np.full(len(series), MISSING, dtype=np.int64)
    for step in reversed(range(windows.horizon)):  # what is foretold from nearer by is written later
        predicted[rows[:, step]] = found.predicted.reshape(rows.shape)[:, step]
    shown = np.flatnonzero(predicted != MISSING)
    units = np.unique(series.unit_of[shown])[:MOST_UNITS]
    times = np.unique(series.times[shown])[-MOST_TIMES:]
    shown = shown[np.isin(series.unit_of[shown], units) & np.isin(series.times[shown], times)]
    cells = (np.searchsorted(units, series.unit_of[shown]), np.searchsorted(times, series.times[shown]))

    def grid(codes: Indices) -> tuple[tuple[int, ...], ...]:
        table = np.full((len(units), len(times)), MISSING, dtype=np.int64)
        table[cells] = codes[shown]
        return tuple(tuple(row) for row in table.tolist())

    return IndexPlot(
        split=split,
        units=tuple(series.units[unit] for unit in units.tolist()),
        times=_times(series.axis, times),
        true=grid(series.values[:, 0].astype(np.int64)),
        predicted=grid(predicted),
    )


def _times(axis: TimeAxis, positions: Indices) -> tuple[str, ...]:
    """The names of times; dates without the hours or the seconds that all of them lack."""
    names = tuple(axis.name(position) for position in positions.tolist())
    endings = ("T00:00:00", ":00") if axis.kind == "moments" else ()
    shared = next((ending for ending in endings if all(name.endswith(ending) for name in names)), "")
    return tuple(name.removesuffix(shared) for name in names)


def _correlations(vectors: Array) -> StateCorrelations | None:
    """Of the states' vectors; None where they are too few or too narrow."""
    if vectors.shape[0] < 2 or vectors.shape[1] < 3:
        return None
    values, band = correlations(vectors)
    return StateCorrelations(band, width=vectors.shape[1], values=tuple(tuple(row) for row in values.tolist()))


def _track(split: str, found: Forecasts, windows: Mapping[str, SeriesWindows]) -> Track:
    """The first channel of the unit with the most windows, around the beginning of the split."""
    own = windows[split]
    series, owners = own.series, own.series.unit_of[own.starts]
    unit = int(np.bincount(owners).argmax())
    numbers = np.flatnonzero(owners == unit)
    begin, end = series.offsets[unit : unit + 2].tolist()
    first = int(own.starts[numbers[0]]) + own.input
    is_split = unit in series.unit_of[windows["train"].starts]
    n_shown = max(N_VALUES, N_BEFORE + own.horizon)
    begin = max(begin, end - n_shown if not is_split else min(end - n_shown, first - N_BEFORE))
    end = min(end, begin + n_shown)
    actual = series.values[begin:end, 0].tolist()
    return Track(
        split=split,
        unit=series.units[unit],
        channel=series.channels[0],
        times=_times(series.axis, series.times[begin:end]),
        actual=tuple(None if isnan(value) else value for value in actual),
        split_at=first - begin if is_split else None,
        forecasts=_apart(found, own.starts[numbers] + own.input, numbers, edges=(begin, end)),
        confidence=None if found.quantiles is None else found.levels[-1] - found.levels[0],
    )


def _apart(found: Forecasts, firsts: Indices, numbers: Indices, *, edges: tuple[int, int]) -> tuple[ShownForecast, ...]:
    """Forecasts of some windows, each behind the end of the one before; cut where the picture ends."""
    shown: list[ShownForecast] = []
    free, end = edges
    for first, number in zip(firsts.tolist(), numbers.tolist(), strict=True):
        if not free <= first < end:
            continue
        free, steps = first + found.horizons.horizon, slice(0, end - first)
        ends = () if found.quantiles is None else (found.quantiles[number, steps, 0, edge] for edge in (0, -1))
        low, high = (tuple(one.tolist()) for one in ends) if ends else ((), ())
        shown.append(ShownForecast(first - edges[0], tuple(found.point[number, steps, 0].tolist()), low, high))
    return tuple(shown)
