"""The vectors of units in, the states of a recurrent layer that reads those of each sequence both ways out."""

from jaxtyping import Float
from torch import Tensor, nn

from seqwise.model.layers.recurrence import Cell, RecurrentLayer, fastest_arrangement, plan_recurrence
from seqwise.tensors import Units


class UnitRecurrence(nn.Module):
    """One recurrent layer that reads the units of each sequence both ways."""

    def __init__(self, cell: Cell, n_inputs: int, hidden: int) -> None:
        """Make the layer; ``hidden`` is the size of the state of one direction."""
        super().__init__()
        self.cell: Cell = cell
        self.hidden = hidden
        self.layer = RecurrentLayer(cell, n_inputs, hidden, n_directions=2, is_start_learned=False)

    def forward(self, x: Float[Tensor, "unit input"], units: Units) -> Float[Tensor, "unit joined"]:
        """The joined states at each unit."""
        lengths = [n_units for n_units in units.lengths if n_units]
        if not lengths:
            return x.new_zeros(0, 2 * self.hidden)
        arrangement = fastest_arrangement(self.cell, x.device)
        return self.layer(x, plan_recurrence(lengths, x.device, arrangement=arrangement))
