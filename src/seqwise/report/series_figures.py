"""The figures of series: scores by step, states by period, states of units over time, forecasts beside what came."""

import json
from collections.abc import Mapping, Sequence

import altair as alt
from markupsafe import Markup, escape

from seqwise.records import Interval
from seqwise.report.drawing import (
    BASELINE,
    INK,
    MODEL,
    MUTED,
    WIDTH,
    Drawing,
    Figure,
    Series,
    legend,
    line_chart,
    rows_of,
    to_svg,
)
from seqwise.report.numbers import count, interval, score, share
from seqwise.report.series_facts import IndexPlot, Period, SeriesFacts, ShownForecast, StepScores, Track
from seqwise.report.words import metric_name, split_name

Word = Mapping[str, str]
# Colours of states by their order, in report.css; more states begin anew.
N_STATE_COLORS = 12
# Pixels of a square of the index plot, at least and at most; of the names beside it at most; and of a letter of them.
CELLS, NAMES, LETTER = (7, 12), 90, 5.6
PERIOD_HEIGHT, TRACK_HEIGHT = 56, 260
# Names under the axis of time.
N_NAMES = 6


def state_color(code: int) -> str:
    """The colour of a state by its order."""
    return f"var(--state-{code % N_STATE_COLORS})"


def step_figures(facts: SeriesFacts, split: str, *, word: Word) -> list[Figure]:
    """A figure a metric; none where the horizon is one step."""
    scores = facts.scores[split]
    held = 0.0 if facts.track is None or facts.track.confidence is None else facts.track.confidence
    captions = {
        one.metric: word["coverage_caption" if one.metric == "coverage" else "steps_caption"].format(
            metric=metric_name(word, one.metric), split=split_name(word, split), share=share(held, 1)
        )
        for one in scores.steps
    }
    return [
        _step_figure(one, scores.baseline, caption=captions[one.metric], word=word)
        for one in scores.steps
        if len(one.model) > 1
    ]


def _step_figure(one: StepScores, baseline: str, *, caption: str, word: Word) -> Figure:
    named = {word["model"]: (MODEL, one.model), baseline: (BASELINE, one.baseline)}
    named = {name: pair for name, pair in named.items() if pair[1]}
    metric = metric_name(word, one.metric)
    lines = [
        Series(name, color, tuple(enumerate((each.value for each in steps), start=1)), band=_band(steps))
        for name, (color, steps) in named.items()
    ]
    rows = zip(
        *([f"{score(each.value)} {interval(each)}" for each in steps] for _, steps in named.values()), strict=True
    )
    return Figure(
        svg=to_svg(line_chart(lines, x_title=word["horizon_step"], y_title=metric)),
        caption=caption,
        alt="; ".join(f"{n} {score(each[0].value)} → {score(each[-1].value)}" for n, (_, each) in named.items()),
        header=(word["horizon_step"], *named),
        rows=tuple((count(number), *row) for number, row in enumerate(rows, start=1)),
    )


def _band(steps: Sequence[Interval]) -> tuple[tuple[float, float, float], ...]:
    return tuple((number, each.low, each.high) for number, each in enumerate(steps, start=1))


def period_figure(facts: SeriesFacts, word: Word) -> Figure | None:
    """Stacked shares of the states by period, a row a split."""
    if not facts.periods:
        return None
    return Figure(
        svg=to_svg(_periods(facts.periods, facts.states, word)),
        caption=word["periods_caption"],
        alt=", ".join(facts.states),
        header=(word["split"], word["period"], *facts.states),
        rows=tuple(
            (split_name(word, one.split), one.name, *(share(n, sum(one.counts)) for n in one.counts))
            for one in facts.periods
        ),
    )


def _periods(periods: Sequence[Period], states: Sequence[str], word: Word) -> Drawing:
    values = [
        {"split": split_name(word, one.split), "period": one.name, "state": state, "code": code, "n": n}
        for one in periods
        for code, (state, n) in enumerate(zip(states, one.counts, strict=True))
    ]
    names = list(dict.fromkeys(one.name for one in periods))
    colors = alt.Scale(domain=list(states), range=[state_color(code) for code in range(len(states))])
    bars = (
        alt.Chart(rows_of(values))
        .mark_bar(stroke="var(--paper)", strokeWidth=1)
        .encode(
            x=alt.X(
                "period:O",
                sort=sorted(names, key=names.index),
                title=None,
                axis=alt.Axis(labelOverlap=True, labelAngle=0),
            ),
            y=alt.Y("n:Q", stack="normalize", title=None, axis=alt.Axis(format="%", tickCount=2)),
            color=alt.Color("state:N", scale=colors, legend=None),
            order=alt.Order("code:Q"),
        )
        .properties(width=WIDTH, height=PERIOD_HEIGHT)
    )
    splits = list(dict.fromkeys(split_name(word, one.split) for one in periods))
    header = alt.Header(title=None, orient="top", labelAnchor="start", labelColor=MUTED, labelFontSize=11)
    return bars.facet(row=alt.Row("split:N", sort=splits, title=None, header=header), spacing=8)


def index_figures(facts: SeriesFacts, word: Word) -> list[Figure]:
    """The true states of units over time, and under them those that were foretold."""
    plot = facts.index
    if plot is None:
        return []
    split = split_name(word, plot.split)
    grids = {word["index_true"].format(split=split): plot.true, word["index_predicted"]: plot.predicted}
    return [
        Figure(
            svg=_cells(plot, grid, facts.states),
            caption=caption,
            alt=f"{plot.times[0]} – {plot.times[-1]}",
            header=(word["unit"], word["n_right_of"], word["states_of_unit"]),
            rows=tuple(
                (unit, _n_right(true, plot.predicted[number]), " ".join(_names(codes, facts.states)))
                for number, (unit, codes, true) in enumerate(zip(plot.units, grid, plot.true, strict=True))
            ),
        )
        for caption, grid in grids.items()
    ]


def _n_right(true: Sequence[int], predicted: Sequence[int]) -> str:
    foretold = [pair for pair in zip(true, predicted, strict=True) if pair[1] >= 0]
    return f"{sum(one == other for one, other in foretold)} / {len(foretold)}"


def _names(codes: Sequence[int], states: Sequence[str]) -> list[str]:
    return [states[code] if code >= 0 else "·" for code in codes]


def _cells(plot: IndexPlot, grid: Sequence[Sequence[int]], states: Sequence[str]) -> Markup:
    """A square a state, all of one colour in one path: an element for each would outgrow the page."""
    longest = round(NAMES / LETTER)
    units = [unit if len(unit) <= longest else f"{unit[: longest - 1]}…" for unit in plot.units]
    side, left = min(CELLS[1], max(CELLS[0], WIDTH // len(plot.times))), LETTER * max(map(len, units)) + 6
    width, height = side * len(plot.times), side * len(units)
    paths = [
        f'<path fill="{state_color(code)}" d="{_squares(grid, code, side=side, left=left)}"/>'
        for code in range(len(states))
    ]
    # Letters are higher than small squares: then every other unit is named.
    names = [
        f'<text x="{left - 5:g}" y="{side * (row + 0.5) + 3:g}" text-anchor="end">{escape(unit)}</text>'
        for row, unit in enumerate(units)
        if row % 2 == 0 or side == CELLS[1]
    ]
    ends = ((left, "start", plot.times[0]), (left + width, "end", plot.times[-1]))
    times = [
        f'<text x="{x:g}" y="{height + 14}" text-anchor="{anchor}">{escape(name)}</text>' for x, anchor, name in ends
    ]
    total = left + width
    return Markup(
        f'<svg aria-hidden="true" focusable="false" style="width:{total:g}px" viewBox="0 0 {total:g} {height + 20}">'
        f'{"".join(paths)}<g class="names">{"".join(names)}{"".join(times)}</g></svg>'
    )


def _squares(grid: Sequence[Sequence[int]], code: int, *, side: int, left: float) -> str:
    """The squares of one state, a pixel apart."""
    inner = side - 1
    return "".join(
        f"M{left + side * place:g} {side * row}h{inner}v{inner}h-{inner}z"
        for row, codes in enumerate(grid)
        for place, found in enumerate(codes)
        if found == code
    )


def track_figure(track: Track | None, word: Word) -> Figure | None:
    """Actual values and forecasts over time, with the split as a line and the quantiles as a band."""
    if track is None:
        return None
    split = split_name(word, track.split)
    told = word["track_caption" if track.unit else "track_alone"]
    captions = [told.format(channel=track.channel, unit=track.unit, split=split)]
    if track.confidence is not None:
        captions.append(word["track_fan"].format(share=share(track.confidence, 1)))
    if track.split_at is not None:
        captions.append(word["track_split"].format(split=split))
    foretold = {one.start + place: (one, place) for one in track.forecasts for place in range(len(one.point))}
    return Figure(
        svg=to_svg(_track(track, word)),
        caption="; ".join(captions),
        alt=f"{track.times[0]} – {track.times[-1]}",
        header=(word["time_of_series"], word["actual"], word["forecast"], word["low"], word["high"]),
        rows=tuple(
            (time, "" if actual is None else score(actual), *_foretold(foretold.get(number)))
            for number, (time, actual) in enumerate(zip(track.times, track.actual, strict=True))
        ),
    )


def _foretold(found: tuple[ShownForecast, int] | None) -> tuple[str, str, str]:
    if found is None:
        return "", "", ""
    one, place = found
    low, high = (score(ends[place]) if ends else "" for ends in (one.low, one.high))
    return score(one.point[place]), low, high


def _track(track: Track, word: Word) -> Drawing:
    actual = [
        {"x": number, "y": value, "series": word["actual"], "line": -1}
        for number, value in enumerate(track.actual)
        if value is not None
    ]
    points = [
        {"x": one.start + place, "y": value, "series": word["forecast"], "line": number}
        for number, one in enumerate(track.forecasts)
        for place, value in enumerate(one.point)
    ]
    band = [
        {"x": one.start + place, "low": low, "high": high, "line": number}
        for number, one in enumerate(track.forecasts)
        for place, (low, high) in enumerate(zip(one.low, one.high, strict=True))
    ]
    n = len(track.times)
    ticks = sorted({round(place * (n - 1) / (N_NAMES - 1)) for place in range(N_NAMES)})
    named = json.dumps({str(tick): track.times[tick] for tick in ticks})
    axis = alt.Axis(values=ticks, labelExpr=f"{named}[datum.value]", grid=False, labelFlush=True)
    x = alt.X("x:Q", title=None, scale=alt.Scale(domain=[0, n - 1], nice=False), axis=axis)
    y = alt.Y("y:Q", title=track.channel, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=6))
    colors = alt.Scale(domain=[word["actual"], word["forecast"]], range=[BASELINE, MODEL])
    line = alt.Chart(rows_of([*actual, *points])).mark_line(strokeWidth=1.8, strokeJoin="round")
    layers = [
        line.encode(x=x, y=y, detail="line:N", color=alt.Color("series:N", scale=colors, legend=legend())),
    ]
    if band:
        area = alt.Chart(rows_of(band)).mark_area(color=MODEL, opacity=0.18)
        layers.insert(0, area.encode(x=x, y=alt.Y("low:Q", title=track.channel), y2="high:Q", detail="line:N"))
    if track.split_at is not None:
        rule = alt.Chart(rows_of([{"x": track.split_at}])).mark_rule(color=INK, strokeDash=[4, 4], opacity=0.7)
        layers.append(rule.encode(x=x))
    return alt.layer(*layers).properties(width=2 * WIDTH, height=TRACK_HEIGHT)
