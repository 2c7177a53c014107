"""Gates and vectors in, the states of a linear recurrence out, without stepping; and the minGRU, which is one.

The rows of all sequences lie one behind the other. A gate of 0 at the first step of a sequence forgets the sequence
before it, so ragged sequences are one long one.
"""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

# Rows of a block. A batch of 6,400 tokens takes 4 times as many steps one behind the other, whatever its lengths.
BLOCK = 16


class MinGRU(nn.Module):
    """A GRU whose gate and candidate do not look at the state, so that all steps are computed at once.

    Feng et al. (2024), Were RNNs All We Needed?, https://arxiv.org/abs/2410.01201, section 3.1, in the form without
    logarithms. With h the state before a step and x its vector::

        z = sigmoid(W_z x + b_z)
        state = (1 - z) ∘ h + z ∘ (W_h x + b_h)

    The paper computes the states from sums of logarithms, which wants a candidate above 0. Here they come of
    :func:`scan`, which only multiplies gates, each at most 1, and so bears candidates of any sign and cannot overflow.
    """

    def __init__(self, n_inputs: int, hidden: int) -> None:
        """Make the two maps; ``hidden`` is the size of the state."""
        super().__init__()
        self.hidden_size = hidden
        self.gate = nn.Linear(n_inputs, hidden)
        self.candidate = nn.Linear(n_inputs, hidden)

    def forward(
        self, x: Float[Tensor, "token input"], firsts: Int[Tensor, " batch"], *, start: Float[Tensor, "batch hidden"]
    ) -> Float[Tensor, "token hidden"]:
        """The state at each token.

        Args:
            x: the vectors, sequence after sequence.
            firsts: the row of the first step of each sequence.
            start: the state of each sequence before its first step.
        """
        z = torch.sigmoid(self.gate(x))
        kept, given = 1 - z, z * self.candidate(x)
        given.index_add_(0, firsts, kept.index_select(0, firsts) * start)
        return scan(kept.index_fill_(0, firsts, 0.0), given)


def scan(kept: Float[Tensor, "token hidden"], given: Float[Tensor, "token hidden"]) -> Float[Tensor, "token hidden"]:
    """All states of the recurrence ``state = kept ∘ h + given``, with h the state before a step, 0 before the first.

    The rows are cut into blocks, in all of which the steps are taken side by side, as if each block began at 0. What
    the blocks hand on to one another is a recurrence of the same kind over their ends; with it each state gains the
    state before its block times all that was kept since. Blelloch (1990), Prefix Sums and Their Applications,
    https://www.cs.cmu.edu/~guyb/papers/Ble93.pdf, section 1.4, has blocks of two rows.

    With d the slope of a state, the slope of h gains ``d ∘ kept``: the same recurrence, from the last step to the
    first. Then the slope of ``given`` is d, and that of ``kept`` is ``d ∘ h``.

    Args:
        kept: what stays of the state before, each from 0 to 1.
        given: what is added.
    """
    return _Scan.apply(kept, given)


class _Scan(Function):
    @staticmethod
    def forward(ctx: Any, kept: Float[Tensor, "token hidden"], given: Float[Tensor, "token hidden"]) -> Tensor:
        states = _scanned(kept, given)
        ctx.save_for_backward(kept, states)
        return states

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride] # once_differentiable hides the name of ctx
        ctx: Any, slope: Float[Tensor, "token hidden"]
    ) -> tuple[Tensor, Tensor]:
        kept, states = ctx.saved_tensors
        slopes = _scanned(F.pad(kept[1:], (0, 0, 0, 1)).flip(0), slope.flip(0)).flip(0)
        return slopes * F.pad(states[:-1], (0, 0, 1, 0)), slopes


def _scanned(kept: Float[Tensor, "row hidden"], given: Float[Tensor, "row hidden"]) -> Float[Tensor, "row hidden"]:
    n_rows, hidden = given.shape
    n_blocks = -(-n_rows // BLOCK)
    filling = (0, 0, 0, n_blocks * BLOCK - n_rows)
    kept, given = (F.pad(rows, filling).view(n_blocks, BLOCK, hidden) for rows in (kept, given))
    states, products = given.clone(), kept.clone()
    for step in range(1, BLOCK):
        states[:, step].addcmul_(kept[:, step], states[:, step - 1])
        products[:, step].mul_(products[:, step - 1])
    if n_blocks > 1:
        ends = _scanned(products[:, -1], states[:, -1])
        states[1:].addcmul_(products[1:], ends[:-1].unsqueeze(1))
    return states.flatten(0, 1)[:n_rows]
