"""Gradients through time in, a figure of their norms out; figures in, a file that stands alone out."""

import math
import re
from collections.abc import Sequence
from pathlib import Path

import vl_convert
from markupsafe import Markup, escape

from seqwise.errors import Problem, UsageError
from seqwise.gradient_evidence import FlowFacts
from seqwise.records import Language
from seqwise.report.drawing import BASELINE, MODEL, SECOND, Figure, Series, line_chart, to_svg
from seqwise.report.numbers import count, general

# One behind the other; more layers begin anew.
COLORS = (MODEL, SECOND, "var(--good)", "var(--warn)", "var(--bad)", BASELINE)
HERE = Path(__file__).parent
ENDINGS = (".html", ".svg", ".png")
# Twice the size on the page, for screens with small pixels.
PNG_SCALE = 2.0

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "steps": "steps back",
        "norm": "log10 of the norm, last step = 0",
        "loss": "Gradient of the loss with respect to the state so many steps before the last",
        "last": "Gradient of the last state with respect to the state so many steps before it",
    },
    "ko": {
        "steps": "되돌아간 단계",
        "norm": "노름의 log10, 마지막 단계 = 0",
        "loss": "마지막에서 그만큼 앞선 상태에 대한 손실의 기울기",
        "last": "그만큼 앞선 상태에 대한 마지막 상태의 기울기",
    },
}


def flow_figures(flows: Sequence[FlowFacts], *, language: Language) -> list[Figure]:
    """A figure of the loss's gradients, where there are any, and one of the last state's."""
    word = _WORDS[language]
    profiles = {
        "loss": {facts.name: facts.loss for facts in flows if len(facts.loss) > 1},
        "last": {facts.name: facts.last for facts in flows if len(facts.last) > 1},
    }
    return [_flow_figure(each, word[kind], word) for kind, each in profiles.items() if each]


def _flow_figure(profiles: dict[str, tuple[float, ...]], caption: str, word: dict[str, str]) -> Figure:
    series = [
        Series(name, COLORS[number % len(COLORS)], tuple(enumerate(_logarithms(norms))))
        for number, (name, norms) in enumerate(profiles.items())
    ]
    longest = max(map(len, profiles.values()))
    told = sorted({steps for steps in (0, 10, 50, 100, 200) if steps < longest} | {longest - 1})
    return Figure(
        svg=to_svg(line_chart(series, x_title=word["steps"], y_title=word["norm"])),
        caption=caption,
        alt="; ".join(f"{name} {general(norms[-1] / (norms[0] or 1.0))}" for name, norms in profiles.items()),
        header=(word["steps"], *profiles),
        rows=tuple(
            (count(steps), *(general(norms[steps]) if steps < len(norms) else "" for norms in profiles.values()))
            for steps in told
        ),
    )


def _logarithms(norms: tuple[float, ...]) -> list[float]:
    first = norms[0] or 1.0
    return [math.log10(norm / first) if norm > 0 else math.nan for norm in norms]


def write_figures(path: Path, figures: Sequence[Figure]) -> None:
    """Write figures as a page of their own; as SVG or PNG the first of them, in the light colours.

    Raises:
        UsageError: if the ending of the path is none of these.
    """
    css = (HERE / "report.css").read_text(encoding="utf-8")
    if path.suffix not in ENDINGS:
        raise UsageError(Problem(str(path), "cannot be drawn.", f"Name a file with one of: {', '.join(ENDINGS)}."))
    if path.suffix == ".html":
        body = "".join(
            f"<figure>{each.svg}<figcaption>{escape(each.caption)}</figcaption></figure>" for each in figures
        )
        path.write_text(
            f'<!doctype html><meta charset="utf-8"><title>{escape(figures[0].caption)}</title>'
            f"<style>{css} body {{ padding: 1rem }}</style>{body}",
            encoding="utf-8",
        )
        return
    svg = standing_alone(figures[0].svg, css)
    if path.suffix == ".svg":
        path.write_text(svg, encoding="utf-8")
    else:
        path.write_bytes(vl_convert.svg_to_png(svg, scale=PNG_SCALE))


def standing_alone(svg: Markup, css: str) -> str:
    """A drawing with its colours written out and its address of names, as a file wants it."""
    colors = dict(re.findall(r"(--[a-z-]+): light-dark\((#[0-9a-f]+),", css))
    coloured = re.sub(r"var\((--[a-z0-9-]+)\)", lambda match: colors[match[1]], str(svg))
    head, rest = coloured.split(">", 1)
    head = head.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" ')
    return f'{head}><rect width="100%" height="100%" fill="{colors["--paper"]}"/>{rest}'
