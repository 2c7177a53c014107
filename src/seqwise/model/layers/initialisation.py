"""Weight matrices in, the same matrices filled by a named scheme out."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from seqwise.model.layers.cells import LSTMCell
from seqwise.settings.encoders import RecurrentInitialisation

# Devlin et al. (2019), BERT, https://arxiv.org/abs/1810.04805: initializer_range of the released code.
NORMAL_DEVIATION = 0.02

# Le, Jaitly and Hinton (2015), section 4: of matrices that are not from state to state.
BESIDE_IDENTITY = 0.001


def initialise(module: nn.Module, how: RecurrentInitialisation) -> None:
    """Fill the linear layers, embeddings and recurrent cells of ``module``, itself included; norms stay as they are.

    - ``default``: nothing changes, torch's own.
    - ``xavier``: uniform, Glorot and Bengio (2010), https://proceedings.mlr.press/v9/glorot10a.html, equation 16.
    - ``kaiming``: uniform, He et al. (2015), https://arxiv.org/abs/1502.01852, equation 10, with the gain of ReLU.
    - ``orthogonal``: Saxe et al. (2014), https://arxiv.org/abs/1312.6120.
    - ``identity``: matrices of states, so that a state stays as it was, beside input matrices near 0: Le, Jaitly and
      Hinton (2015), https://arxiv.org/abs/1504.00941, section 3. Theirs is for ReLU; tanh is near its argument while
      states are small, and for that embeddings have a standard deviation of 0.02 here.
    - ``normal``: standard deviation 0.02, as BERT.

    All but ``default`` set biases to 0, and the forget gate's bias of an LSTM to 1 (Jozefowicz et al. 2015,
    https://proceedings.mlr.press/v37/jozefowicz15.html). The matrices of a cell are filled gate by gate. Embeddings are
    tables, not maps, so only ``normal`` and ``identity`` fill them.
    """
    if how == "default":
        return
    for part in module.modules():
        if isinstance(part, nn.Linear):
            _fill(part.weight, how)
            _zero(part.bias)
        elif isinstance(part, nn.RNNBase | nn.RNNCellBase):
            _initialise_cell(part, how)
        elif isinstance(part, nn.Embedding) and how in ("normal", "identity"):
            _fill(part.weight, "normal")


def _initialise_cell(cell: nn.RNNBase | nn.RNNCellBase, how: RecurrentInitialisation) -> None:
    """Gate by gate: torch stacks the gates of a cell in one matrix, of which a gate here is a view."""
    for name, parameter in cell.named_parameters():
        gates = parameter.detach().split(cell.hidden_size)
        for gate in gates:
            if gate.ndim == 1:
                _zero(gate)
            elif how == "identity" and name.startswith("weight_hh"):
                nn.init.eye_(gate)
            else:
                _fill(gate, how)
        if isinstance(cell, nn.LSTM | LSTMCell) and name.startswith("bias_ih"):
            # Input, forget, cell, output. The other bias stays 0, as torch adds the two.
            gates[1].fill_(1.0)


def _fill(matrix: Float[Tensor, "out in"], how: RecurrentInitialisation) -> None:
    match how:
        case "xavier":
            nn.init.xavier_uniform_(matrix)
        case "kaiming":
            nn.init.kaiming_uniform_(matrix, nonlinearity="relu")
        case "orthogonal":
            nn.init.orthogonal_(matrix)
        case "identity":
            nn.init.normal_(matrix, std=BESIDE_IDENTITY)
        case "normal":
            nn.init.normal_(matrix, std=NORMAL_DEVIATION)
        case "default":
            pass


def _zero(bias: Float[Tensor, " out"] | None) -> None:
    if bias is not None:
        with torch.no_grad():
            bias.zero_()
