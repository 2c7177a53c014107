"""Weight matrices in, the same matrices filled by a named scheme out."""

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from seqwise.settings.encoders import Initialisation

# Devlin et al. (2019), BERT, https://arxiv.org/abs/1810.04805: initializer_range of the released code.
NORMAL_DEVIATION = 0.02


def initialise(module: nn.Module, how: Initialisation) -> None:
    """Fill the linear layers, embeddings and recurrent cells inside ``module``, itself included; norms stay as they are.

    - ``default``: nothing changes, torch's own.
    - ``xavier``: uniform, Glorot and Bengio (2010), https://proceedings.mlr.press/v9/glorot10a.html, equation 16.
    - ``kaiming``: uniform, He et al. (2015), https://arxiv.org/abs/1502.01852, equation 10, with the gain of ReLU.
    - ``orthogonal``: Saxe et al. (2014), https://arxiv.org/abs/1312.6120.
    - ``normal``: standard deviation 0.02, as BERT.

    All but ``default`` set biases to 0, and the forget gate's bias of an LSTM to 1 (Jozefowicz et al. 2015,
    https://proceedings.mlr.press/v37/jozefowicz15.html). The matrices of a cell are filled gate by gate. Embeddings are
    tables, not maps, so only ``normal`` fills them.
    """
    if how == "default":
        return
    for part in module.modules():
        if isinstance(part, nn.Linear):
            _fill(part.weight, how)
            _zero(part.bias)
        elif isinstance(part, nn.RNNBase):
            _initialise_cell(part, how)
        elif isinstance(part, nn.Embedding) and how == "normal":
            _fill(part.weight, how)


def gates(cell: nn.RNNBase, matrix: Float[Tensor, "gates_times_hidden *rest"]) -> Iterable[Tensor]:
    """The gates of a cell's stacked matrix or bias, each (hidden, ...): views, so filling them fills the matrix."""
    return matrix.split(cell.hidden_size, dim=0)


def _initialise_cell(cell: nn.RNNBase, how: Initialisation) -> None:
    for name, parameter in cell.named_parameters():
        if parameter.ndim == 1:
            _zero(parameter)
            continue
        for gate in gates(cell, parameter.detach()):
            _fill(gate, how)
        assert name.startswith("weight")
    if isinstance(cell, nn.LSTM):
        _open_forget_gates(cell)


def _open_forget_gates(cell: nn.LSTM) -> None:
    """Bias 1 on the forget gate, the second of input, forget, cell and output; on the input's bias only, as both add."""
    for name, parameter in cell.named_parameters():
        if name.startswith("bias_ih"):
            _, forget, _, _ = gates(cell, parameter.detach())
            forget.fill_(1.0)


def _fill(matrix: Float[Tensor, "out in"], how: Initialisation) -> None:
    match how:
        case "xavier":
            nn.init.xavier_uniform_(matrix)
        case "kaiming":
            nn.init.kaiming_uniform_(matrix, nonlinearity="relu")
        case "orthogonal":
            nn.init.orthogonal_(matrix)
        case "normal":
            nn.init.normal_(matrix, std=NORMAL_DEVIATION)
        case "default":
            pass


def _zero(bias: Float[Tensor, " out"] | None) -> None:
    if bias is not None:
        with torch.no_grad():
            bias.zero_()
