"""The figures of the page: intervals beside each other, training curves, learning rate, reliability."""

import math
from collections.abc import Callable, Mapping, Sequence

import altair as alt

from seqwise.evaluate.calibration import Bin
from seqwise.records import EvaluationPoint, Interval
from seqwise.report.curves import BestBaseline, CurvePoint
from seqwise.report.drawing import (
    BASELINE,
    MODEL,
    MUTED,
    SECOND,
    WIDTH,
    Drawing,
    Figure,
    Series,
    legend,
    line_chart,
    rows_of,
    to_svg,
)
from seqwise.report.facts import PlanCurve
from seqwise.report.numbers import count, general, interval, score
from seqwise.report.reliability import Reliability
from seqwise.report.tables import ScoreTable
from seqwise.report.words import metric_name, split_name

ROW_HEIGHT = 28
# A value this many times the median of its figure would press all others into a corner; it becomes an arrow.
FAR = 2.5

Word = Mapping[str, str]


def interval_dots(table: ScoreTable, metric: str, *, word: Word) -> Figure | None:
    """One dot with its interval for the model and for each baseline, on one metric."""
    if metric not in table.metrics:
        return None
    column = table.metrics.index(metric)
    named = {row.name or word["model"]: row.cells[column].interval for row in table.rows}
    found = {name: one for name, one in named.items() if one is not None and math.isfinite(one.value)}
    if not found:
        return None
    edge = _edge([one.value for one in found.values()])
    has_far = any(one.value > edge for one in found.values())
    title = metric_name(word, metric)
    caption = word["dots_caption"].format(metric=title, split=split_name(word, table.split))
    return Figure(
        svg=to_svg(_dots(found, model=word["model"], edge=edge, title=title)),
        caption=f"{caption}. {word['dots_beyond']}" if has_far else caption,
        alt="; ".join(f"{name} {score(one.value)} {interval(one)}" for name, one in found.items()),
        header=(word["model"], word["value"], word["low"], word["high"]),
        rows=tuple((name, score(one.value), score(one.low), score(one.high)) for name, one in found.items()),
    )


def _edge(values: list[float]) -> float:
    median = sorted(values)[len(values) // 2]
    return FAR * median if min(values) >= 0 and median > 0 else math.inf


def _dots(found: Mapping[str, Interval], *, model: str, edge: float, title: str) -> Drawing:
    near = [
        {"name": name, "x": one.value, "low": one.low, "high": one.high, "is_model": name == model}
        for name, one in found.items()
        if one.value <= edge
    ]
    end = max(one.high for one in found.values() if one.value <= edge)
    far = [
        {"name": name, "x": end, "label": f"{score(one.value)} ▸"} for name, one in found.items() if one.value > edge
    ]
    y = alt.Y(
        "name:N",
        sort=list(found),
        title=None,
        axis=alt.Axis(labelLimit=130, domain=False, labelFontSize=12, labelPadding=14),
    )
    x = alt.X("x:Q", title=title, scale=alt.Scale(zero=False), axis=alt.Axis(grid=False, tickCount=6))
    color = alt.Color("is_model:N", scale=alt.Scale(domain=[True, False], range=[MODEL, BASELINE]), legend=None)
    base = alt.Chart(rows_of(near)).encode(y=y, color=color)
    bars = base.mark_rule(strokeWidth=3, opacity=0.5).encode(x=alt.X("low:Q", title=title), x2="high:Q")
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(x=x)
    arrows = (
        alt.Chart(rows_of(far)).mark_text(align="right", color=MUTED, fontSize=11).encode(y=y, x="x:Q", text="label:N")
    )
    layers = [bars, dots, arrows] if far else [bars, dots]
    return alt.layer(*layers).properties(width=WIDTH - 80, height=ROW_HEIGHT * len(found))


def loss_curves(
    points: Sequence[CurvePoint], evaluations: Sequence[EvaluationPoint], *, best: BestBaseline | None, word: Word
) -> Figure | None:
    """Training loss, validation loss, and the best baseline's log loss as a level line."""
    train = tuple((one.step, one.loss) for one in points)
    validation = tuple((one.step, one.validation_loss) for one in evaluations)
    series = [Series(word["train_loss"], MODEL, train), Series(word["validation_loss"], SECOND, validation)]
    steps = [step for step, _ in (*train, *validation)]
    if best is not None and steps:
        level = tuple((step, best.log_loss) for step in (min(steps), max(steps)))
        series.append(Series(word["best_baseline"].format(name=best.name), BASELINE, level, style="dashed"))
    n_each = max((one.n for one in points), default=1)
    caption = word["loss_caption"] if n_each == 1 else word["loss_caption_mean"].format(n=count(n_each))
    return _curves(series, caption=caption, titles=(word["step"], word["loss"]), style=score)


def rate_curves(
    planned: Sequence[tuple[int, float]], points: Sequence[CurvePoint], *, plan: PlanCurve | None, word: Word
) -> Figure | None:
    """The learning rate as planned before the first update, and as it was."""
    series = [
        Series(word["planned"], BASELINE, tuple(planned), style="wide"),
        Series(word["real"], MODEL, tuple((one.step, one.lr) for one in points)),
    ]
    caption = word["rate_caption"].format(schedule=plan.schedule) if plan is not None else word["rate_caption_real"]
    return _curves(series, caption=caption, titles=(word["step"], word["rate"]), style=general)


def _curves(
    series: Sequence[Series], *, caption: str, titles: tuple[str, str], style: Callable[[float], str]
) -> Figure | None:
    drawn = [one for one in series if one.finite]
    if not drawn:
        return None
    values = [dict(one.points) for one in series]
    steps = sorted({step for one in values for step in one})
    ends = (f"{one.name} {style(one.finite[0][1])} → {style(one.finite[-1][1])}" for one in drawn)
    return Figure(
        svg=to_svg(line_chart(series, x_title=titles[0], y_title=titles[1])),
        caption=caption,
        alt="; ".join(ends),
        header=(titles[0], *(one.name for one in series)),
        rows=tuple((count(step), *(style(one[step]) if step in one else "" for one in values)) for step in steps),
    )


def reliability_diagram(found: Reliability, word: Word) -> Figure:
    """Share that is right over the highest probability, with 95 % intervals, before and after the temperature."""
    after = word["after"] if found.before else word["as_predicted"]
    named = {word["before"]: found.before, after: found.after} if found.before else {after: found.after}
    rows = tuple(_bin_row(name, one) for name, some in named.items() for one in some)
    return Figure(
        svg=to_svg(_reliability(named, word)),
        caption=word["reliability_caption"].format(split=split_name(word, found.split)),
        alt="; ".join(f"{name}: {confidence} → {accuracy} {bounds}" for name, confidence, accuracy, bounds, _ in rows),
        header=("", word["confidence"], word["share_right"], "95 %", word["cases"]),
        rows=rows,
    )


def _bin_row(series: str, one: Bin) -> tuple[str, ...]:
    bounds = interval(Interval(one.accuracy, low=one.interval_low, high=one.interval_high))
    return (series, score(one.confidence), score(one.accuracy), bounds, count(one.n))


def _reliability(named: Mapping[str, Sequence[Bin]], word: Word) -> Drawing:
    values = [
        {"series": name, "x": one.confidence, "y": one.accuracy, "low": one.interval_low, "high": one.interval_high}
        for name, some in named.items()
        for one in some
    ]
    colors = [BASELINE, MODEL][-len(named) :]
    color = alt.Color("series:N", scale=alt.Scale(domain=list(named), range=colors), legend=legend())
    unit = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("x:Q", title=word["confidence"], scale=unit, axis=alt.Axis(grid=False, tickCount=5))
    y = alt.Y("y:Q", title=word["share_right"], scale=unit, axis=alt.Axis(tickCount=5))
    diagonal = alt.Chart(rows_of([{"x": 0, "y": 0}, {"x": 1, "y": 1}])).mark_line(
        color=MUTED, strokeDash=[4, 4], strokeWidth=1
    )
    base = alt.Chart(rows_of(values)).encode(x=x, color=color)
    bars = base.mark_rule(strokeWidth=2, opacity=0.5).encode(y=alt.Y("low:Q", title=word["share_right"]), y2="high:Q")
    dots = base.mark_point(filled=True, size=50, opacity=1).encode(y=y)
    return alt.layer(diagonal.encode(x=x, y=y), bars, dots).properties(width=WIDTH - 60, height=WIDTH - 100)
