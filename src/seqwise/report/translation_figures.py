"""The figures of texts: what the decoder looked at, a square for each pair of tokens."""

from collections.abc import Mapping

from markupsafe import Markup, escape

from seqwise.report.drawing import Figure
from seqwise.report.translation_facts import AttentionMap, TranslationFacts

# Pixels of a square, of a letter of a token's name, and of the gap between them.
SIDE, LETTER, GAP = 16, 6.2, 5
# Where tokens are joined to words this stands for a blank.
BLANK = "▁"


def attention_figures(facts: TranslationFacts, word: Mapping[str, str]) -> list[Figure]:
    """A heat map for each row that was drawn."""
    return [
        Figure(
            svg=_heat_map(one),
            caption=word["attention_caption"],
            alt=_joined(one.targets),
            header=(word["written_token"], *one.sources),
            rows=tuple(
                (target, *(f"{weight:.2f}" for weight in row))
                for target, row in zip(one.targets, one.weights, strict=True)
            ),
        )
        for one in facts.attention
    ]


def _joined(tokens: tuple[str, ...]) -> str:
    return "".join(tokens).replace(BLANK, " ").strip()


def _heat_map(one: AttentionMap) -> Markup:
    left = LETTER * max(map(len, one.targets)) + GAP
    top = LETTER * max(map(len, one.sources)) + GAP
    columns = range(len(one.sources))
    squares = [
        f'<rect x="{left + SIDE * column:g}" y="{top + SIDE * row:g}" width="{SIDE - 1}" height="{SIDE - 1}" '
        f'fill="var(--model)" fill-opacity="{weight:.2f}"/>'
        for row, weights in enumerate(one.weights)
        for column, weight in enumerate(weights)
        if weight >= 0.01
    ]
    targets = [
        f'<text x="{left - GAP:g}" y="{top + SIDE * (row + 0.5) + 3:g}" text-anchor="end">{escape(token)}</text>'
        for row, token in enumerate(one.targets)
    ]
    upwards = [f"translate({left + SIDE * (column + 0.5) + 3:g} {top - GAP:g}) rotate(-90)" for column in columns]
    sources = [
        f'<text transform="{place}">{escape(token)}</text>' for place, token in zip(upwards, one.sources, strict=True)
    ]
    width, height = left + SIDE * len(one.sources), top + SIDE * len(one.targets)
    return Markup(
        f'<svg aria-hidden="true" focusable="false" style="width:{width:g}px" viewBox="0 0 {width:g} {height:g}">'
        f'{"".join(squares)}<g class="names">{"".join(targets)}{"".join(sources)}</g></svg>'
    )
