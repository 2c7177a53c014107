"""Vectors in, vectors out: layers one above the other, each with dropout before it and an activation after it."""

from collections.abc import Sequence
from itertools import pairwise

from jaxtyping import Float
from torch import Tensor, nn

from seqwise.model.layers.activations import activation as activation_of
from seqwise.model.layers.dropout import Dropout
from seqwise.settings.encoders import Activation


class Layer(nn.Module):
    """Dropout, a linear map, an activation."""

    def __init__(self, n_inputs: int, n_units: int, *, dropout: float, activation: Activation) -> None:
        """Make the parts; ``dropout`` is the share of inputs dropped in training."""
        super().__init__()
        self.dropout = Dropout(dropout)
        self.linear = nn.Linear(n_inputs, n_units)
        self.activation = activation_of(activation)

    def forward(self, x: Float[Tensor, "row input"]) -> Float[Tensor, "row unit"]:
        """Each row by itself."""
        return self.activation(self.linear(self.dropout(x)))


class LayerStack(nn.Module):
    """Layers of the given widths; with no widths it gives back its input.

    Attributes:
        width: numbers that come out for each row.
    """

    def __init__(self, n_inputs: int, widths: Sequence[int], *, dropout: float, activation: Activation) -> None:
        """Make one :class:`Layer` for each width, from the bottom."""
        super().__init__()
        ends = (n_inputs, *widths)
        self.layers = nn.ModuleList(
            Layer(below, above, dropout=dropout, activation=activation) for below, above in pairwise(ends)
        )
        self.width = ends[-1]

    def forward(self, x: Float[Tensor, "row input"]) -> Float[Tensor, "row unit"]:
        """Each row by itself, through all layers."""
        for layer in self.layers:
            x = layer(x)
        return x
