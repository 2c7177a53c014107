"""The chain rule at each node: by hand, beside autograd, and for the classes of a softmax."""

import math
from dataclasses import replace

import pytest
import torch

from seqwise.probe.graph import (
    ADD,
    MAX,
    MULTIPLY,
    PRODUCT,
    TANH,
    Step,
    cross_entropy,
    network_graph,
    scalar_graph,
    traced,
)


def node_of(facts, name):
    return next(node for node in facts.nodes if node.name == name)


def test_the_lecture_s_example_has_the_lecture_s_gradients():
    """Manning and others, CS224n, lecture on backpropagation: f = (x + y) max(y, z) at 1, 2, 0 gives 2, 5, 0."""
    facts = scalar_graph()
    assert {name: node_of(facts, name).upstream for name in "xyz"} == {"x": (2.0,), "y": (5.0,), "z": (0.0,)}
    assert [edge.local for edge in node_of(facts, "a").edges] == [((1.0,),), ((1.0,),)]
    assert [edge.downstream for edge in node_of(facts, "b").edges] == [(3.0,), (0.0,)]
    assert [edge.local for edge in node_of(facts, "f").edges] == [((2.0,),), ((3.0,),)]
    assert facts.error == 0.0


@pytest.mark.parametrize("facts", [scalar_graph(), network_graph(), network_graph(right=2, seed=5)])
def test_upstream_times_local_is_downstream_and_what_leaves_adds_up(facts):
    arrived = {node.name: torch.zeros(len(node.value), dtype=torch.float64) for node in facts.nodes}
    for node in facts.nodes:
        for edge in node.edges:
            downstream = torch.tensor(node.upstream, dtype=torch.float64) @ torch.tensor(
                edge.local, dtype=torch.float64
            )
            torch.testing.assert_close(torch.tensor(edge.downstream, dtype=torch.float64), downstream)
            arrived[edge.source] += downstream
    for node in facts.nodes[:-1]:
        torch.testing.assert_close(arrived[node.name], torch.tensor(node.upstream, dtype=torch.float64))
    assert facts.error < 1e-14


@pytest.mark.parametrize("right", [0, 1, 2])
def test_the_slope_of_a_softmax_is_p_and_for_the_right_class_p_less_one(right):
    facts = network_graph(right=right)
    logits = torch.tensor(node_of(facts, "z").value, dtype=torch.float64)
    (slopes,) = node_of(facts, "loss").edges[0].local
    for number, (p, slope) in enumerate(zip(logits.softmax(0).tolist(), slopes, strict=True)):
        assert slope == pytest.approx(p - 1 if number == right else p)
    assert sum(slopes) == pytest.approx(0.0, abs=1e-15)
    assert node_of(facts, "loss").value[0] == pytest.approx(-math.log(logits.softmax(0)[right]))


@pytest.mark.parametrize(
    ("operation", "shapes"),
    [(ADD, ((4,), (4,))), (MAX, ((4,), (4,))), (MULTIPLY, ((4,), (4,))), (PRODUCT, ((2, 4), (4,))), (TANH, ((4,),))],
)
def test_the_slopes_by_hand_are_those_of_autograd(operation, shapes):
    generator = torch.Generator().manual_seed(0)
    values = tuple(torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes)
    found = operation.slopes(values)
    expected = torch.autograd.functional.jacobian(lambda *each: operation.value(each).flatten(), values)
    for mine, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, theirs.flatten(1))


def test_equal_numbers_share_what_max_sends():
    one = torch.ones(1, dtype=torch.float64)
    facts = traced("tie", {"a": one, "b": one}, steps=[Step("f", MAX, ("a", "b"))])
    assert [edge.downstream for edge in facts.nodes[-1].edges] == [(0.5,), (0.5,)]
    assert facts.error == 0.0


def test_backward_costs_as_forward_whatever_the_size():
    """The ratio of operations is bounded: the cheap gradient principle, Griewank and Walther 2008, section 4.6."""
    for size in (2, 20, 200):
        given = {"w": torch.ones(size, size, dtype=torch.float64), "x": torch.ones(size, dtype=torch.float64)}
        steps = [Step("h", PRODUCT, ("w", "x")), Step("t", TANH, ("h",)), Step("f", cross_entropy(0), ("t",))]
        facts = traced("net", given, steps=steps)
        ratio = sum(node.n_backward for node in facts.nodes) / sum(node.n_forward for node in facts.nodes)
        assert 0.5 < ratio < 3.0


def test_a_wrong_slope_is_seen_beside_autograd():
    wrong = replace(MULTIPLY, slopes=lambda of: (torch.diag(of[0]), torch.diag(of[1])))
    given = {"a": torch.tensor([2.0]).double(), "b": torch.tensor([3.0]).double()}
    assert traced("wrong", given, steps=[Step("f", wrong, ("a", "b"))]).error == pytest.approx(1.0)
