"""A small computation graph in; for each node its value, its local slopes, and the gradients above and below it out.

The chain rule at one node: what the result gains by a source is what it gains by the node (upstream) times what the
node gains by the source (local). The slopes of each operation are written by hand here, and autograd is what they are
compared with. Rumelhart, Hinton and Williams (1986), https://doi.org/10.1038/323533a0.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seqwise.gradient_evidence import EdgeFacts, GraphFacts, NodeFacts

# Values of the sources of a node: numbers in a vector, or a matrix.
Sources = Sequence[Tensor]


@dataclass(frozen=True)
class Operation:
    """A function of values, its slopes by hand, and what it costs.

    Attributes:
        name: as it is told.
        value: of the sources' values.
        slopes: of the sources' values: for each source the numbers of the value (rows) by those of the source
            (columns), both flat.
        n_forward: multiplications and additions of the value, by the sources' values.
        n_backward: of the gradients of all sources.
    """

    name: str
    value: Callable[[Sources], Tensor]
    slopes: Callable[[Sources], tuple[Tensor, ...]]
    n_forward: Callable[[Sources], int]
    n_backward: Callable[[Sources], int]


@dataclass(frozen=True)
class Step:
    """A node that is computed: its name, and of what."""

    name: str
    operation: Operation
    sources: tuple[str, ...]


def _count(of: Sources) -> int:
    return of[0].numel()


def _eye(x: Tensor) -> Tensor:
    return torch.eye(x.numel(), dtype=x.dtype)


def _share(one: Tensor, other: Tensor) -> Tensor:
    """1 where it is the larger; of equal ones autograd gives each half."""
    return torch.diag(((one > other) + 0.5 * (one == other)).to(one.dtype))


# Sends the same on to both: it distributes.
ADD = Operation("add", lambda of: of[0] + of[1], lambda of: (_eye(of[0]), _eye(of[1])), _count, lambda _: 0)
# Sends all to the larger: it routes.
MAX = Operation(
    "max",
    lambda of: torch.maximum(of[0], of[1]),
    lambda of: (_share(of[0], of[1]), _share(of[1], of[0])),
    _count,
    _count,
)
# Sends to each what the other is: it switches.
MULTIPLY = Operation(
    "multiply",
    lambda of: of[0] * of[1],
    lambda of: (torch.diag(of[1]), torch.diag(of[0])),
    _count,
    lambda of: 2 * of[0].numel(),
)
# W x: to x goes Wᵀ times upstream, to W the outer product of upstream and x.
PRODUCT = Operation(
    "product",
    lambda of: of[0] @ of[1],
    lambda of: (torch.kron(torch.eye(len(of[0]), dtype=of[0].dtype), of[1].unsqueeze(0)), of[0]),
    lambda of: 2 * of[0].numel(),
    lambda of: 3 * of[0].numel(),
)
# tanh' = 1 - tanh².
TANH = Operation(
    "tanh",
    lambda of: of[0].tanh(),
    lambda of: (torch.diag(1 - of[0].tanh() ** 2),),
    _count,
    lambda of: 3 * of[0].numel(),
)


def cross_entropy(right: int) -> Operation:
    """Softmax and cross-entropy in one node; its slope is p - 1 for the class that is right, and p for the others."""

    def slopes(of: Sources) -> tuple[Tensor]:
        p = of[0].softmax(0)
        p[right] -= 1.0
        return (p.unsqueeze(0),)

    return Operation(
        "softmax, cross-entropy",
        lambda of: -of[0].log_softmax(0)[right],
        slopes,
        lambda of: 4 * of[0].numel(),
        lambda of: 2 * of[0].numel(),
    )


def scalar_graph() -> GraphFacts:
    """``f = (x + y) * max(y, z)`` at 1, 2 and 0: each of add, max and multiply once, and y goes two ways."""
    given = {
        name: torch.tensor([value], dtype=torch.float64) for name, value in zip("xyz", (1.0, 2.0, 0.0), strict=True)
    }
    steps = (Step("a", ADD, ("x", "y")), Step("b", MAX, ("y", "z")), Step("f", MULTIPLY, ("a", "b")))
    return traced("f = (x + y) * max(y, z)", given, steps=steps)


def network_graph(*, right: int = 1, seed: int = 0) -> GraphFacts:
    """Two layers and a cross-entropy over three classes, with weights drawn by the seed."""
    generator = torch.Generator().manual_seed(seed)
    shapes = {"x": (3,), "W1": (2, 3), "b1": (2,), "W2": (3, 2), "b2": (3,)}
    given = {name: torch.randn(*shape, generator=generator, dtype=torch.float64) for name, shape in shapes.items()}
    steps = (
        Step("m1", PRODUCT, ("W1", "x")),
        Step("a1", ADD, ("m1", "b1")),
        Step("h", TANH, ("a1",)),
        Step("m2", PRODUCT, ("W2", "h")),
        Step("z", ADD, ("m2", "b2")),
        Step("loss", cross_entropy(right), ("z",)),
    )
    return traced("loss = cross-entropy(W2 tanh(W1 x + b1) + b2)", given, steps=steps, right=right)


def traced(name: str, given: Mapping[str, Tensor], *, steps: Sequence[Step], right: int | None = None) -> GraphFacts:
    """Walk forward, then backward: each node sends upstream times local to its sources, where what arrives adds up.

    Args:
        name: of the graph.
        given: values in float64.
        steps: in an order in which each has its sources before it; the last is the result, one number.
        right: class, where the result is a cross-entropy.
    """
    values = dict(given)
    for step in steps:
        values[step.name] = step.operation.value([values[source] for source in step.sources])
    upstream = {node: torch.zeros(value.numel(), dtype=value.dtype) for node, value in values.items()}
    upstream[steps[-1].name] += 1.0
    edges: dict[str, tuple[EdgeFacts, ...]] = {}
    for step in reversed(steps):
        locals_ = step.operation.slopes([values[source] for source in step.sources])
        sent = [upstream[step.name] @ local for local in locals_]
        for source, downstream in zip(step.sources, sent, strict=True):
            upstream[source] += downstream
        parts = zip(step.sources, locals_, sent, strict=True)
        edges[step.name] = tuple(
            EdgeFacts(source, tuple(map(tuple, local.tolist())), tuple(downstream.tolist()))
            for source, local, downstream in parts
        )
    made = {step.name: step for step in steps}
    nodes = tuple(
        NodeFacts(
            name=node,
            operation=made[node].operation.name if node in made else "",
            value=tuple(value.flatten().tolist()),
            shape=tuple(value.shape),
            upstream=tuple(upstream[node].tolist()),
            edges=edges.get(node, ()),
            n_forward=_cost(made.get(node), values, is_forward=True),
            n_backward=_cost(made.get(node), values, is_forward=False),
        )
        for node, value in values.items()
    )
    return GraphFacts(name, nodes, right, error=_from_autograd(given, steps, upstream))


def _cost(step: Step | None, values: Mapping[str, Tensor], *, is_forward: bool) -> int:
    if step is None:
        return 0
    count = step.operation.n_forward if is_forward else step.operation.n_backward
    return count([values[source] for source in step.sources])


def _from_autograd(given: Mapping[str, Tensor], steps: Sequence[Step], upstream: Mapping[str, Tensor]) -> float:
    """The largest difference of a node's gradient from autograd's."""
    values = {name: value.clone().requires_grad_() for name, value in given.items()}
    for step in steps:
        values[step.name] = step.operation.value([values[source] for source in step.sources])
    gradients = torch.autograd.grad(values[steps[-1].name].sum(), [*values.values()])
    apart = zip(values, gradients, strict=True)
    return max(float((upstream[name] - gradient.flatten()).abs().max()) for name, gradient in apart)
