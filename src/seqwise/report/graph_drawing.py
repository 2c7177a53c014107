"""A computation graph in, a drawing of it out: sources above, the result below, values and gradients at each node."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from seqwise.gradient_evidence import GraphFacts, NodeFacts
from seqwise.records import Language
from seqwise.report.drawing import BASELINE, GRID, INK, MODEL, MUTED, SECOND, Figure

# Pixels: of a box, and between boxes side by side and one above the other.
BOX, GAP = (236, 66), (36, 64)
# Numbers that stand in a box; of more, the shape does.
MOST_NUMBERS = 3
_WORDS: dict[Language, dict[str, str]] = {
    "en": {"node": "node", "value": "value", "gradient": "gradient", "operation": "operation"},
    "ko": {"node": "노드", "value": "값", "gradient": "기울기", "operation": "연산"},
}


def graph_figure(facts: GraphFacts, *, language: Language) -> Figure:
    """The drawing: beside each edge what goes back along it; in each box the value and the gradient above it."""
    word = _WORDS[language]
    return Figure(
        svg=_drawn(facts),
        caption=facts.name,
        alt=f"{facts.name}: {len(facts.nodes)}",
        header=(word["node"], word["operation"], word["value"], word["gradient"]),
        rows=tuple((node.name, node.operation, told(node.value), told(node.upstream)) for node in facts.nodes),
    )


def told(numbers: Sequence[float], shape: tuple[int, ...] = ()) -> str:
    """A few numbers with three significant digits; of many, their shape.

    Example:
        >>> told((0.25,)), told((1.0, -2.5)), told((0.0,) * 6, (2, 3))
        ('0.25', '[1, -2.5]', '(2, 3)')
    """
    if len(numbers) > MOST_NUMBERS and shape:
        return str(shape)
    each = [f"{number + 0.0:.3g}" for number in numbers]
    return each[0] if len(each) == 1 else f"[{', '.join(each)}]"


def levels(nodes: Sequence[NodeFacts]) -> dict[str, int]:
    """How deep each node stands: below all its sources; what is given, straight above what first uses it."""
    depth: dict[str, int] = {}
    for node in nodes:
        depth[node.name] = 1 + max((depth[edge.source] for edge in node.edges), default=-1)
    for node in nodes:
        if not node.edges:
            users = [depth[other.name] for other in nodes for edge in other.edges if edge.source == node.name]
            depth[node.name] = min(users, default=1) - 1
    return depth


def _drawn(facts: GraphFacts) -> Markup:
    depth = levels(facts.nodes)
    rows = [[node for node in facts.nodes if depth[node.name] == level] for level in range(max(depth.values()) + 1)]
    most = max(map(len, rows))
    width, height = most * (BOX[0] + GAP[0]) + GAP[0], len(rows) * (BOX[1] + GAP[1])
    corners: dict[str, tuple[float, float]] = {}
    for level, row in enumerate(rows):
        # What is computed goes straight down; what is given stands to its right.
        row.sort(key=lambda node: not node.edges)
        for column, node in enumerate(row):
            corners[node.name] = (GAP[0] + column * (BOX[0] + GAP[0]), GAP[0] / 2 + level * (BOX[1] + GAP[1]))
    shapes = {node.name: node.shape for node in facts.nodes}
    lines = [_edges(node, corners, shapes) for node in facts.nodes]
    boxes = [_box(node, corners[node.name]) for node in facts.nodes]
    head = (
        f'<svg aria-hidden="true" focusable="false" style="width:{width}px" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-size="12">'
    )
    return Markup(head + "".join(lines) + "".join(boxes) + "</svg>")


def _edges(node: NodeFacts, corners: dict[str, tuple[float, float]], shapes: dict[str, tuple[int, ...]]) -> str:
    """A line from each source, from left to right, and beside it the gradient that goes back."""
    x, y = corners[node.name]
    drawn: list[str] = []
    for number, edge in enumerate(sorted(node.edges, key=lambda edge: corners[edge.source])):
        left, top = corners[edge.source]
        start = (left + BOX[0] / 2, top + BOX[1])
        end = (x + BOX[0] * (number + 1) / (len(node.edges) + 1), y)
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + 4)
        label = told(edge.downstream, shapes[edge.source])
        drawn.append(
            f'<line x1="{start[0]:.0f}" y1="{start[1]:.0f}" x2="{end[0]:.0f}" y2="{end[1]:.0f}" stroke="{BASELINE}" '
            f'stroke-width="1.5"/><text x="{middle[0]:.0f}" y="{middle[1]:.0f}" text-anchor="middle" fill="{SECOND}" '
            f'stroke="var(--paper)" stroke-width="9" stroke-linejoin="round" paint-order="stroke">'
            f"↑ {escape(label)}</text>"
        )
    return "".join(drawn)


def _box(node: NodeFacts, corner: tuple[float, float]) -> str:
    x, y = corner
    title = f"{node.name} = {node.operation}" if node.operation else node.name
    texts = (
        (title, INK, "bold"),
        (told(node.value, node.shape), MODEL, "normal"),
        (told(node.upstream, node.shape), SECOND, "normal"),
    )
    written = "".join(
        f'<text x="{x + 12:.0f}" y="{y + 20 + 18 * line:.0f}" fill="{color}" font-weight="{weight}">'
        f"{escape(('', '→ ', '← ')[line] + text)}</text>"
        for line, (text, color, weight) in enumerate(texts)
    )
    edge = MUTED if node.operation else GRID
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{BOX[0]}" height="{BOX[1]}" rx="6" fill="var(--panel)" stroke="{edge}"/>'
        f"{written}"
    )
