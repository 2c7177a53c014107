"""Layers one above the other."""

import pytest
import torch
from torch.nn import functional as F

from seqwise.model.layers.activations import ACTIVATIONS, activation
from seqwise.model.layers.feed_forward import LayerStack
from seqwise.settings.encoders import Activation

THEIRS = {
    "relu": F.relu,
    "gelu": F.gelu,
    "tanh": torch.tanh,
    "silu": F.silu,
    "elu": F.elu,
    "leaky_relu": F.leaky_relu,
}


@pytest.mark.parametrize("name", THEIRS)
def test_a_name_gives_its_activation(name):
    x = torch.linspace(-3, 3, 7)
    assert torch.equal(activation(name)(x), THEIRS[name](x))


def test_every_activation_of_the_settings_is_there():
    assert set(ACTIVATIONS) == set(Activation.__args__)


def test_no_widths_give_back_the_input():
    stack = LayerStack(3, (), dropout=0.5, activation="relu")
    x = torch.randn(2, 3)
    assert torch.equal(stack(x), x)
    assert stack.width == 3


def test_a_stack_is_its_layers_in_order():
    stack = LayerStack(3, (5, 2), dropout=0.5, activation="tanh").eval()
    x = torch.randn(4, 3)
    below, above = (layer.linear for layer in stack.layers)
    expected = torch.tanh(above(torch.tanh(below(x))))
    assert torch.equal(stack(x), expected)
    assert stack.width == 2


def test_dropout_stands_before_each_layer():
    stack = LayerStack(1000, (3,), dropout=0.5, activation="relu")
    x = torch.ones(1, 1000)
    with torch.no_grad():
        stack.layers[0].linear.weight.fill_(0.001)
        stack.layers[0].linear.bias.zero_()
    first, second = stack(x), stack(x)
    assert first[0].tolist() == pytest.approx([first[0, 0].item()] * 3, abs=1e-4)  # one mask for all units above
    assert not torch.equal(first, second)
