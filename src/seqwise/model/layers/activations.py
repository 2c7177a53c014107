"""The name of an activation in, its module out."""

from collections.abc import Callable

from torch import nn

from seqwise.settings.encoders import Activation

ACTIVATIONS: dict[Activation, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
    "silu": nn.SiLU,
    "elu": nn.ELU,
    "leaky_relu": nn.LeakyReLU,
}


def activation(name: Activation) -> nn.Module:
    """The activation of this name, with torch's own constants (GELU exact, leaky ReLU with slope 0.01).

    Example:
        >>> activation("relu")
        ReLU()
    """
    return ACTIVATIONS[name]()
