"""An altair chart in, inline SVG out: without scripts, ids or addresses, coloured by the CSS variables of the page."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import altair as alt
import vl_convert
from markupsafe import Markup

# Plot area in pixels: two figures stand side by side on a desk, and one fills a phone with its text still readable.
WIDTH, HEIGHT = 370, 230
# Names of CSS variables, so that one drawing serves the light and the dark page.
MODEL, SECOND, BASELINE = "var(--model)", "var(--second)", "var(--baseline)"
INK, MUTED, GRID = "var(--ink)", "var(--muted)", "var(--line)"
Drawing = alt.LayerChart | alt.FacetChart
# A line of so few points also shows the points.
FEW_POINTS = 30

# The page needs no names for people who cannot see in each stroke: the figure carries one description.
_NOISE = re.compile(r' (?:xmlns(?::xlink)?|version|role|aria-[a-z]+|pointer-events|font-family)="[^"]*"')
_SIZE = re.compile(r'<svg class="marks" width="([\d.]+)" height="([\d.]+)"')


@dataclass(frozen=True)
class Figure:
    """A drawing with its caption, its description for those who cannot see it, and its numbers."""

    svg: Markup
    caption: str
    alt: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Series:
    """One line of a figure: (x, y) in order of x; and (x, low, high) of a band around it."""

    name: str
    color: str
    points: tuple[tuple[float, float], ...]
    style: Literal["line", "dashed", "wide"] = "line"
    band: tuple[tuple[float, float, float], ...] = ()

    @property
    def finite(self) -> tuple[tuple[float, float], ...]:
        """The points that can be drawn."""
        return tuple(point for point in self.points if math.isfinite(point[1]))


def rows_of(values: Iterable[Mapping[str, object]]) -> alt.Data:
    """Inline data for a chart."""
    return alt.Data(values=[dict(value) for value in values])


def line_chart(series: Sequence[Series], *, x_title: str, y_title: str) -> Drawing:
    """Lines over updates, with a legend above; lines of few points show the points."""
    drawn = [one for one in series if one.finite]
    color = alt.Color(
        "series:N",
        scale=alt.Scale(domain=[one.name for one in drawn], range=[one.color for one in drawn]),
        legend=legend(),
    )
    x = alt.X("x:Q", title=x_title, scale=alt.Scale(nice=False), axis=alt.Axis(tickMinStep=1, grid=False, tickCount=6))
    y = alt.Y("y:Q", title=y_title, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=6))
    bands = [_band(one, x=x, y_title=y_title) for one in drawn if one.band]
    layers = [layer for one in drawn for layer in _layers(one, encodings=(x, y, color))]
    return alt.layer(*bands, *layers).properties(width=WIDTH, height=HEIGHT)


def _layers(series: Series, *, encodings: tuple[alt.X, alt.Y, alt.Color]) -> list[alt.Chart]:
    values = rows_of({"series": series.name, "x": x, "y": y} for x, y in series.finite)
    base = alt.Chart(values).encode(*encodings)
    if series.style == "wide":
        return [base.mark_line(strokeWidth=8, opacity=0.35)]
    if series.style == "dashed":
        return [base.mark_line(strokeWidth=2, strokeDash=[6, 4])]
    line = base.mark_line(strokeWidth=2, strokeJoin="round")
    dots = base.mark_point(filled=True, size=32, opacity=1)
    return [line, dots] if len(series.points) <= FEW_POINTS else [line]


def _band(series: Series, *, x: alt.X, y_title: str) -> alt.Chart:
    values = rows_of({"x": x, "low": low, "high": high} for x, low, high in series.band if math.isfinite(low + high))
    area = alt.Chart(values).mark_area(color=series.color, opacity=0.18)
    return area.encode(x=x, y=alt.Y("low:Q", title=y_title), y2="high:Q")


def legend() -> alt.Legend:
    """A quiet legend above the plot."""
    return alt.Legend(
        title=None,
        orient="top",
        symbolType="stroke",
        symbolStrokeWidth=3,
        symbolOpacity=1,
        labelLimit=190,
        columnPadding=24,
    )


def to_svg(chart: Drawing) -> Markup:
    """The drawing as SVG that can stand inside a page.

    The text in it is escaped by the renderer; tests feed it hostile names.
    """
    # The schema check costs more than the drawing; the tests make it, since the charts' shapes never change.
    svg = vl_convert.vegalite_to_svg(_styled(chart).to_dict(validate=False))
    return Markup(_SIZE.sub(_sized, _NOISE.sub("", svg), count=1))


def _sized(match: re.Match[str]) -> str:
    """Scale down on narrow screens, never up: the sizes of the text are those of the drawing."""
    return f'<svg aria-hidden="true" focusable="false" style="width:{match[1]}px"'


def _styled(chart: Drawing) -> Drawing:
    axis = alt.AxisConfig(
        domainColor=GRID,
        gridColor=GRID,
        labelColor=MUTED,
        labelFontSize=11,
        labelPadding=6,
        ticks=False,
        titleColor=MUTED,
        titleFontSize=11,
        titleFontWeight="normal",
        titlePadding=8,
    )
    labels = alt.LegendConfig(labelColor=INK, labelFontSize=12)
    return chart.configure(background="transparent", axis=axis, legend=labels, view=alt.ViewConfig(stroke=None))
