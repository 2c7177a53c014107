"""Vectors and the state before them in, the states after each out: RNN and GRU, forward and backward by hand.

The rows lie step after step, and in each step the sequences that have it, the longest first, as in torch's packed
sequence: the rows of a step are the first so many of the step before it. So a sequence that has ended takes no part,
and nothing is padded. With one step this is the cell by itself: vectors and states in, states out.

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
        previous = torch.cat([before for before, _ in _steps(start, states, ctx.sizes)])
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
        previous = torch.cat([before for before, _ in _steps(start, states, ctx.sizes)])
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


def _steps(start: Tensor, states: Tensor, sizes: list[int]) -> list[tuple[Tensor, Tensor]]:
    """For each step the rows before it, of those that go on, and the rows after it: views, to be written too."""
    blocks = (start, *states.split(sizes))
    return [(before[:n], after) for n, before, after in zip(sizes, blocks, blocks[1:], strict=False)]
