"""Makes the tables and pictures of docs/speed.md from the newest run of each benchmark in benchmarks/results.

Run: python benchmarks/speed/table.py
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import altair as alt
from results import RESULTS, ROOT, is_reached, newest

PAGE, PICTURES = ROOT / "docs" / "speed.md", ROOT / "docs" / "images"
MARK = "<!-- tables -->"
Plain = Mapping[str, object]


def markdown(content: Plain) -> str:
    """A run as a heading, its machine, a table of its lines, one of its contestants, and its curves."""
    lines = cast("list[Plain]", content["lines"])
    parts = [f"## {content['benchmark']}", _origin(content), _table(HEADINGS, [_row(line) for line in lines])]
    figures = cast("Mapping[str, Plain]", content["figures"])
    if figures:
        columns = list(dict.fromkeys(key for row in figures.values() for key in row))
        rows = [[name, *(shown(row.get(key)) for key in columns)] for name, row in figures.items()]
        used = [place for place in range(len(columns) + 1) if any(row[place] for row in rows)]
        parts.append(_table([["", *columns][i] for i in used], [[row[i] for i in used] for row in rows]))
    if content["curves"]:
        parts += _side_by_side(cast("Plain", content["curves"]))
    return "\n\n".join(parts)


HEADINGS = ["what", "figure", "goal", "reached"]


def _row(line: Plain) -> list[str]:
    goal = str(line["goal"])
    if line["not_measured"]:
        return [str(line["what"]), f"not measured: {line['not_measured']}", goal, ""]
    figure = line["figure"]
    middle = cast("Plain", figure)["median"] if isinstance(figure, Mapping) else figure
    reached = "" if not goal else ("yes" if is_reached(goal, float(str(middle))) else "no")
    return [str(line["what"]), f"{shown(figure)} {line['unit']}".strip(), goal, reached]


def shown(figure: object) -> str:
    """A number with three digits or four; a spread as its median and range."""
    if isinstance(figure, Mapping):
        spread = cast("Mapping[str, float]", figure)
        return f"{_number(spread['median'])} [{_number(spread['low'])}, {_number(spread['high'])}]"
    return _number(figure) if isinstance(figure, float | int) else str(figure or "")


def _number(value: float) -> str:
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.4g}" if abs(value) < 10 else f"{value:.3g}"


def _origin(content: Plain) -> str:
    machine, versions = cast("Plain", content["machine"]), cast("Plain", content["versions"])
    packages = ", ".join(f"{name} {number}" for name, number in versions.items() if name in SHOWN)
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['threads']} threads, {machine['device']}; "
        f"{packages}; commit {content['commit']}, {content['at']}. {content['spreads']}"
    )


SHOWN = ("torch", "transformers", "accelerate", "onnxruntime", "openvino", "tokenizers", "seqeval")


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows])


def _side_by_side(curves: Plain) -> list[str]:
    """A table of the curves where all have points at the same places."""
    points = cast("Mapping[str, Sequence[tuple[float, float]]]", curves["points"])
    places = {tuple(x for x, _ in curve) for curve in points.values()}
    if len(places) > 1:
        return []
    rows = [[shown(at[0][0]), *(shown(y) for _, y in at)] for at in zip(*points.values(), strict=True)]
    return [_table([str(curves["x"]), *points], rows)]


def draw(content: Plain, folder: Path = PICTURES) -> Path | None:
    """The curves of a run as a picture; None where it has none."""
    curves = cast("Plain", content["curves"])
    if not curves:
        return None
    points = cast("Mapping[str, Sequence[tuple[float, float]]]", curves["points"])
    rows = [{"name": name, "x": x, "y": y} for name, curve in points.items() for x, y in curve]
    chart = (
        alt.Chart(alt.Data(values=rows), width=520, height=300)
        .mark_line(point=True)
        .encode(
            x=alt.X("x:Q", title=str(curves["x"])),
            y=alt.Y("y:Q", title=str(curves["y"])),
            color=alt.Color("name:N", title=None, sort=list(points), legend=alt.Legend(labelLimit=400)),
        )
    )
    path = folder / f"speed-{content['benchmark']}.svg"
    chart.save(path)
    return path


def page(old: str, tables: Sequence[str]) -> str:
    """The page with its own words kept and everything behind the mark made anew."""
    return "\n\n".join([old.split(MARK)[0] + MARK, *tables]) + "\n"


def main() -> None:
    tables: list[str] = []
    for content in newest(sorted(RESULTS.glob("*.jsonl"))):
        tables.append(markdown(content))
        picture = draw(content)
        if picture:
            tables.append(f"![{content['benchmark']}: the curves](images/{picture.name})")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), tables), encoding="utf-8")


if __name__ == "__main__":
    main()
