"""Vectors and the state before them in, the states after each out: RNN, GRU, LSTM, forward and backward by hand.

The rows lie step after step, and in each step the sequences that have it, the longest first, as in torch's packed
sequence: the rows of a step are the first so many of the step before it. So a sequence that has ended takes no part,
and nothing is padded. With one step this is the cell by itself: vectors and states in, states out; so the equations
stand here once, and :class:`RNNCell`, :class:`GRUCell` and :class:`LSTMCell` are runs of one step.

All that does not wait for the step before is done for all steps at once: the products of the vectors, and the slopes
of the weights. A step forward is one product and what follows from it row by row. A step backward is one product too:
the slope of what enters a gate is the slope of the state times a factor that is known when the last step forward is
done.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable


class Weights(NamedTuple):
    """What torch's modules hold for one layer and one direction, the gates of a cell behind one another.

    Attributes:
        inputs: ``weight_ih``, shape (gates, input).
        states: ``weight_hh``, shape (gates, hidden).
        inputs_bias: ``bias_ih``, shape (gates,).
        states_bias: ``bias_hh``, shape (gates,).
    """

    inputs: Tensor
    states: Tensor
    inputs_bias: Tensor
    states_bias: Tensor


def run_rnn(
    x: Float[Tensor, "token input"], weights: Weights, *, start: Float[Tensor, "batch hidden"], sizes: list[int]
) -> Float[Tensor, "token hidden"]:
    """The states of Elman's network, Finding Structure in Time (1990), https://doi.org/10.1207/s15516709cog1402_1.

    With h the state before a step and x its vector, the state after it is ``tanh(W_i x + b_i + W_h h + b_h)``.
    With d the slope of the state, the slope of what enters the tanh is ``e = d ∘ (1 - state²)``, and the slope of h
    gains ``W_hᵀ e``.

    Args:
        x: the vectors, step after step.
        weights: of torch's ``nn.RNN``.
        start: the state before the first step.
        sizes: how many sequences have each step, falling.
    """
    given = nn.functional.linear(x, weights.inputs, weights.inputs_bias + weights.states_bias)
    return _Rnn.apply(given, weights.states, start, sizes)


def run_gru(
    x: Float[Tensor, "token input"], weights: Weights, *, start: Float[Tensor, "batch hidden"], sizes: list[int]
) -> Float[Tensor, "token hidden"]:
    """The states of the gated recurrent unit of Cho et al. (2014), https://arxiv.org/abs/1406.1078.

    With h the state before a step, x its vector and ∘ the product of elements::

        r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)
        z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)
        m = W_hn h + b_hn
        n = tanh(W_in x + b_in + r ∘ m)
        state = n + z ∘ (h - n)

    The reset gate r stands before the product in the paper's equation 8; here, as in cuDNN and torch, behind it.
    With d the slope of the state, the slopes of what enters n, m, r and z are ::

        d_n = d ∘ (1 - z) ∘ (1 - n²)
        d_m = d_n ∘ r
        d_r = d_n ∘ m ∘ r ∘ (1 - r)
        d_z = d ∘ (h - n) ∘ z ∘ (1 - z)

    each d times a factor without d, and the slope of h gains ``d ∘ z + W_hrᵀ d_r + W_hzᵀ d_z + W_hnᵀ d_m``.

    Args:
        x: the vectors, step after step.
        weights: of torch's ``nn.GRU``; the gates are r, z, n.
        start: the state before the first step.
        sizes: how many sequences have each step, falling.
    """
    given = nn.functional.linear(x, weights.inputs, weights.inputs_bias)
    return _Gru.apply(given, weights.states, weights.states_bias, start, sizes)


def run_lstm(
    x: Float[Tensor, "token input"],
    weights: Weights,
    *,
    start: tuple[Float[Tensor, "batch hidden"], Float[Tensor, "batch hidden"]],
    sizes: list[int],
) -> tuple[Float[Tensor, "token hidden"], Float[Tensor, "token hidden"]]:
    """The hidden states and the cell states of Long Short-Term Memory.

    Hochreiter and Schmidhuber (1997), https://doi.org/10.1162/neco.1997.9.8.1735, with the forget gate of Gers,
    Schmidhuber and Cummins (2000), https://doi.org/10.1162/089976600300015015. With h and c the hidden state and the
    cell state before a step, x its vector and ∘ the product of elements::

        i = sigmoid(W_ii x + b_ii + W_hi h + b_hi)
        f = sigmoid(W_if x + b_if + W_hf h + b_hf)
        g = tanh(W_ig x + b_ig + W_hg h + b_hg)
        o = sigmoid(W_io x + b_io + W_ho h + b_ho)
        cell = f ∘ c + i ∘ g
        hidden = o ∘ tanh(cell)

    The slope goes back in time on two paths. With d the slope of the hidden state and e that of the cell state, as it
    comes from the steps behind, the first is from cell state to cell state: no matrix and no tanh stand in it, only
    the forget gate, so where f is near 1 the slope lives on over many steps::

        e = e + d ∘ o ∘ (1 - tanh(cell)²)
        slope of c = e ∘ f

    The second goes through the gates to the hidden state, and to the vectors::

        d_i = e ∘ g ∘ i ∘ (1 - i)
        d_f = e ∘ c ∘ f ∘ (1 - f)
        d_g = e ∘ i ∘ (1 - g²)
        d_o = d ∘ tanh(cell) ∘ o ∘ (1 - o)
        slope of h = W_hiᵀ d_i + W_hfᵀ d_f + W_hgᵀ d_g + W_hoᵀ d_o

    with the slope of x the same of W_ii, W_if, W_ig and W_io.

    Args:
        x: the vectors, step after step.
        weights: of torch's ``nn.LSTM``; the gates are i, f, g, o.
        start: the hidden state and the cell state before the first step.
        sizes: how many sequences have each step, falling.
    """
    given = nn.functional.linear(x, weights.inputs, weights.inputs_bias + weights.states_bias)
    return _Lstm.apply(given, weights.states, *start, sizes)


class RNNCell(nn.RNNCellBase):
    """One step of :func:`run_rnn`; the parameters have the names, shapes and first values of torch's ``nn.RNNCell``."""

    def __init__(self, n_inputs: int, hidden: int) -> None:
        """Make the cell; ``hidden`` is the size of the state."""
        super().__init__(n_inputs, hidden, bias=True, num_chunks=1)

    def forward(
        self, x: Float[Tensor, "batch input"], state: Float[Tensor, "batch hidden"]
    ) -> Float[Tensor, "batch hidden"]:
        """The state after the step."""
        return run_rnn(x, Weights(*self.parameters()), start=state, sizes=[len(x)])


class GRUCell(nn.RNNCellBase):
    """One step of :func:`run_gru`; the parameters have the names, shapes and first values of torch's ``nn.GRUCell``."""

    def __init__(self, n_inputs: int, hidden: int) -> None:
        """Make the cell; ``hidden`` is the size of the state."""
        super().__init__(n_inputs, hidden, bias=True, num_chunks=3)

    def forward(
        self, x: Float[Tensor, "batch input"], state: Float[Tensor, "batch hidden"]
    ) -> Float[Tensor, "batch hidden"]:
        """The state after the step."""
        return run_gru(x, Weights(*self.parameters()), start=state, sizes=[len(x)])


class LSTMCell(nn.RNNCellBase):
    """One step of :func:`run_lstm`; the parameters have the names, shapes and first values of torch's ``nn.LSTMCell``.

    Example:
        >>> import torch
        >>> cell, state = LSTMCell(3, 5), (torch.zeros(2, 5), torch.zeros(2, 5))
        >>> for x in torch.ones(4, 2, 3):  # four steps of two sequences
        ...     state = cell(x, state)
        >>> state[0].shape
        torch.Size([2, 5])
    """

    def __init__(self, n_inputs: int, hidden: int) -> None:
        """Make the cell; ``hidden`` is the size of the hidden state, and that of the cell state."""
        super().__init__(n_inputs, hidden, bias=True, num_chunks=4)

    def forward(
        self,
        x: Float[Tensor, "batch input"],
        state: tuple[Float[Tensor, "batch hidden"], Float[Tensor, "batch hidden"]],
    ) -> tuple[Float[Tensor, "batch hidden"], Float[Tensor, "batch hidden"]]:
        """The hidden state and the cell state after the step."""
        return run_lstm(x, Weights(*self.parameters()), start=state, sizes=[len(x)])


class _Rnn(Function):
    @staticmethod
    def forward(
        ctx: Any,
        given: Float[Tensor, "token hidden"],
        weight: Float[Tensor, "hidden hidden"],
        start: Float[Tensor, "batch hidden"],
        sizes: list[int],
    ) -> Float[Tensor, "token hidden"]:
        states = torch.empty_like(given)
        for (before, after), given_now in zip(_steps(start, states, sizes), given.split(sizes), strict=True):
            torch.addmm(given_now, before, weight.t(), out=after).tanh_()
        ctx.sizes = sizes
        ctx.save_for_backward(weight, start, states)
        return states

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride] # once_differentiable hides the name of ctx
        ctx: Any, slope: Float[Tensor, "token hidden"]
    ) -> tuple[Tensor | None, ...]:
        weight, start, states = ctx.saved_tensors
        slopes, start_slope = slope.clone(), torch.zeros_like(start)
        factors = torch.addcmul(states.new_ones(()), states, states, value=-1)  # tanh' = 1 - tanh²
        steps = zip(_steps(start_slope, slopes, ctx.sizes), factors.split(ctx.sizes), strict=True)
        for (before, after), factor in reversed(list(steps)):
            before.addmm_(after.mul_(factor), weight)
        previous = _before(start, states, ctx.sizes)
        return slopes, slopes.t() @ previous, start_slope, None


class _Gru(Function):
    @staticmethod
    def forward(
        ctx: Any,
        given: Float[Tensor, "token gates"],
        weight: Float[Tensor, "gates hidden"],
        bias: Float[Tensor, " gates"],
        start: Float[Tensor, "batch hidden"],
        sizes: list[int],
    ) -> Float[Tensor, "token hidden"]:
        hidden = start.shape[1]
        states = given.new_empty(len(given), hidden)
        news = torch.empty_like(states)
        gates = torch.empty_like(given)
        both, memories = gates.split((2 * hidden, hidden), 1)
        parts = (gates, both, *both.split(hidden, 1), memories, news, *given.split((2 * hidden, hidden), 1))
        by_step = zip(_steps(start, states, sizes), *(part.split(sizes) for part in parts), strict=True)
        for (before, after), gate, r_z, r, z, m, n, given_r_z, given_n in by_step:
            torch.addmm(bias, before, weight.t(), out=gate)
            r_z.add_(given_r_z).sigmoid_()
            torch.addcmul(given_n, r, m, out=n).tanh_()
            torch.lerp(n, before, z, out=after)
        ctx.sizes = sizes
        ctx.save_for_backward(weight, start, states, news, gates)
        return states

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride] # once_differentiable hides the name of ctx
        ctx: Any, slope: Float[Tensor, "token hidden"]
    ) -> tuple[Tensor | None, ...]:
        weight, start, states, n, gates = ctx.saved_tensors
        previous = _before(start, states, ctx.sizes)
        r, z, m = gates.split(start.shape[1], 1)
        one = states.new_ones(())
        factors = gates.new_empty(len(gates), 3, start.shape[1])  # of r, z, m; the loop turns them into slopes
        of_n = torch.addcmul(one, n, n, value=-1).mul_(1 - z)
        of_m = torch.mul(of_n, r, out=factors[:, 2])
        torch.sub(one, r, out=factors[:, 0]).mul_(m).mul_(of_m)
        torch.sub(one, z, out=factors[:, 1]).mul_(z).mul_(previous - n)

        slopes, start_slope = slope.clone(), torch.zeros_like(start)
        gate_slopes = factors.flatten(1)  # (token, gates), the same memory
        parts = (part.split(ctx.sizes) for part in (factors, gate_slopes, z))
        by_step = zip(_steps(start_slope, slopes, ctx.sizes), *parts, strict=True)
        for (before, after), factors_now, gate_slopes_now, z_now in reversed(list(by_step)):
            factors_now.mul_(after.unsqueeze(1))
            before.addcmul_(after, z_now).addmm_(gate_slopes_now, weight)
        weight_slope, bias_slope = gate_slopes.t() @ previous, gate_slopes.sum(0)
        torch.mul(of_n, slopes, out=of_m)  # what is given enters n, not m
        return gate_slopes, weight_slope, bias_slope, start_slope, None


class _Lstm(Function):
    @staticmethod
    def forward(
        ctx: Any,
        given: Float[Tensor, "token gates"],
        weight: Float[Tensor, "gates hidden"],
        start: Float[Tensor, "batch hidden"],
        cell_start: Float[Tensor, "batch hidden"],
        sizes: list[int],
    ) -> tuple[Float[Tensor, "token hidden"], Float[Tensor, "token hidden"]]:
        """What is given becomes the gates, in its own memory: nothing else reads it."""
        hidden = start.shape[1]
        states, cells, squashed = given.new_empty(3, len(given), hidden)
        i_f, g, o = given.split((2 * hidden, hidden, hidden), 1)
        parts = (given, i_f, *i_f.split(hidden, 1), g, o, squashed)
        by_step = zip(
            _steps(start, states, sizes),
            _steps(cell_start, cells, sizes),
            *(part.split(sizes) for part in parts),
            strict=True,
        )
        for (before, after), (cell_before, cell), gates_now, i_f_now, i_now, f_now, g_now, o_now, tanh_now in by_step:
            gates_now.addmm_(before, weight.t())
            i_f_now.sigmoid_()
            g_now.tanh_()
            o_now.sigmoid_()
            torch.mul(f_now, cell_before, out=cell).addcmul_(i_now, g_now)
            torch.mul(o_now, torch.tanh(cell, out=tanh_now), out=after)
        ctx.sizes = sizes
        ctx.save_for_backward(weight, start, cell_start, states, cells, squashed, given)
        return states, cells

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride] # once_differentiable hides the name of ctx
        ctx: Any, slope: Float[Tensor, "token hidden"], cell_slope: Float[Tensor, "token hidden"]
    ) -> tuple[Tensor | None, ...]:
        weight, start, cell_start, states, cells, squashed, gates = ctx.saved_tensors
        i, f, g, o = gates.chunk(4, 1)
        one = states.new_ones(())
        factors = gates.new_empty(len(gates), 4, start.shape[1])  # the loop turns them into slopes
        torch.sub(one, i, out=factors[:, 0]).mul_(i).mul_(g)
        torch.sub(one, f, out=factors[:, 1]).mul_(f).mul_(_before(cell_start, cells, ctx.sizes))
        torch.addcmul(one, g, g, value=-1, out=factors[:, 2]).mul_(i)
        torch.sub(one, o, out=factors[:, 3]).mul_(o).mul_(squashed)
        to_cell = torch.addcmul(one, squashed, squashed, value=-1).mul_(o)

        slopes, cell_slopes = slope.clone(), cell_slope.clone()
        start_slope, cell_start_slope = torch.zeros_like(start), torch.zeros_like(cell_start)
        gate_slopes = factors.flatten(1)  # (token, gates), the same memory
        by_step = zip(
            _steps(start_slope, slopes, ctx.sizes),
            _steps(cell_start_slope, cell_slopes, ctx.sizes),
            *(part.split(ctx.sizes) for part in (factors[:, :3], factors[:, 3], gate_slopes, f, to_cell)),
            strict=True,
        )
        for (before, after), (cell_before, cell), of_cell, of_o, slopes_now, f_now, to_cell_now in reversed(
            list(by_step)
        ):
            cell.addcmul_(after, to_cell_now)
            of_cell.mul_(cell.unsqueeze(1))
            of_o.mul_(after)
            cell_before.addcmul_(cell, f_now)
            before.addmm_(slopes_now, weight)
        weight_slope = gate_slopes.t() @ _before(start, states, ctx.sizes)
        return gate_slopes, weight_slope, start_slope, cell_start_slope, None


def _before(start: Tensor, states: Tensor, sizes: list[int]) -> Tensor:
    """The state before each row."""
    return torch.cat([before for before, _ in _steps(start, states, sizes)])


def _steps(start: Tensor, states: Tensor, sizes: list[int]) -> list[tuple[Tensor, Tensor]]:
    """For each step the rows before it, of those that go on, and the rows after it: views, to be written too."""
    blocks = (start, *states.split(sizes))
    return [(before[:n], after) for n, before, after in zip(sizes, blocks, blocks[1:], strict=False)]
