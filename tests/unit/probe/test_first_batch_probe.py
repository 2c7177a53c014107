"""One batch before training: the first loss beside ln K, the size of layers, parameters and results that are dead."""

import math

import pytest
import torch
from torch import nn

from seqwise.check.engine import run_checks
from seqwise.gradient_evidence import GradientEvidence, LayerSpread, StartFacts
from seqwise.probe.first_batch import first_batch
from seqwise.records import Evidence

REACHED_NOT = ("below.weight", "below.bias", "mixing.0.weight", "mixing.0.bias")


class Net(nn.Module):
    """A network with one fault, or none."""

    def __init__(self, fault=""):
        super().__init__()
        torch.manual_seed(0)
        self.fault = fault
        self.below = nn.Linear(6, 8)
        self.dropout = nn.Dropout(0.5)
        self.mixing = nn.Sequential(nn.Linear(8, 8), nn.Tanh())
        self.above = nn.Linear(8, 3)
        if fault == "frozen":
            self.below.weight.requires_grad_(requires_grad=False)
        if fault == "large":
            self.above.weight.data *= 100
        if fault == "explodes":
            self.below.weight.data *= 1e5

    def forward(self, x):
        h = self.below(x)
        if self.fault == "unbound":
            self.dropout(h)
            self.mixing(h)
        else:
            h = self.mixing(self.dropout(h))
        return self.above(h.detach() if self.fault == "detached" else h)


def asked(fault="", **options):
    x = torch.randn(40, 6, generator=torch.Generator().manual_seed(1))
    targets = torch.arange(40) % 3
    network = Net(fault)

    def loss(outputs):
        return nn.functional.cross_entropy(outputs, targets)

    return network, first_batch(network, x, loss=loss, has_chance=True, **{"meant_frozen": False, **options})


def levels(facts):
    only = ["GR-INIT", "GR-DEADPARAM", "GR-NOOP"]
    found = run_checks(Evidence("", gradients=GradientEvidence(start=facts)), silence={}, only=only)
    return {guardrail: {one.level for one in found if guardrail in one.ids} for guardrail in only}


def test_a_sound_network_passes_and_begins_at_ln_k():
    network, facts = asked()
    assert facts.chance == pytest.approx(math.log(3))
    assert facts.loss == pytest.approx(math.log(3), rel=0.2)
    assert [layer.name for layer in facts.layers] == ["below", "mixing.0", "above"]
    assert all(layer.gradient > 0 for layer in facts.layers)
    assert (facts.without_gradient, facts.discarded, facts.frozen, facts.n_parameters) == ((), (), (), 6)
    assert set(map(tuple, levels(facts).values())) == {("pass",)}
    assert all(parameter.grad is None for parameter in network.parameters())


def test_the_network_and_the_generator_stay_as_they_are():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    network = Net().eval()
    torch.manual_seed(5)
    first_batch(
        network,
        torch.randn(4, 6, generator=torch.Generator()),
        loss=torch.sum,
        has_chance=False,
        meant_frozen=False,
    )
    assert torch.equal(torch.rand(3), expected)
    assert not network.training
    assert all(not module._forward_hooks for module in network.modules())


@pytest.mark.parametrize(
    ("fault", "guardrail", "field", "names"),
    [
        (
            "detached",
            "GR-DEADPARAM",
            "without_gradient",
            REACHED_NOT,
        ),
        ("frozen", "GR-DEADPARAM", "frozen", ("below.weight",)),
        ("unbound", "GR-NOOP", "discarded", ("dropout", "mixing")),
    ],
)
def test_what_no_gradient_reaches_is_named(fault, guardrail, field, names):
    _, facts = asked(fault)
    assert getattr(facts, field) == names
    assert levels(facts)[guardrail] == {"warning"}


def test_what_the_settings_freeze_is_no_accident():
    _, facts = asked("frozen", meant_frozen=True)
    assert levels(facts)["GR-DEADPARAM"] == {"pass"}


def test_a_first_loss_far_from_that_of_chance_is_told():
    _, facts = asked("large")
    assert levels(facts)["GR-INIT"] == {"warning"}


def test_layers_of_far_different_size_are_told():
    _, facts = asked("explodes")
    assert levels(facts)["GR-INIT"] == {"warning"}


@pytest.mark.parametrize(
    ("loss", "level"), [(0.3, "warning"), (0.6, "pass"), (1.0, "pass"), (1.2, "warning"), (math.nan, "warning")]
)
def test_the_bounds_of_the_first_loss(loss, level):
    layers = (LayerSpread("a", 1.0, 1.0),)
    facts = StartFacts(loss, math.log(2), layers, 1, (), False, (), ())
    assert levels(facts)["GR-INIT"] == {level}
