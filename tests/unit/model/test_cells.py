"""The RNN and the GRU by steps of our own: slopes against differences, one step against torch's cells."""

import pytest
import torch
from torch import nn

from seqwise.model.layers.cells import Weights, run_gru, run_rnn

RUNS = {"rnn": (run_rnn, 1, nn.RNNCell), "gru": (run_gru, 3, nn.GRUCell)}
N_INPUTS, HIDDEN = 3, 4
SIZES = [4, 4, 2, 1, 1]  # two sequences end together after two steps, one after three


def given(n_gates, n_rows, n_sequences):
    """Random vectors, weights and start states in float64."""
    torch.manual_seed(0)
    shapes = [(n_rows, N_INPUTS), (n_gates * HIDDEN, N_INPUTS), (n_gates * HIDDEN, HIDDEN)]
    shapes += [(n_gates * HIDDEN,), (n_gates * HIDDEN,), (n_sequences, HIDDEN)]
    return [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]


@pytest.mark.parametrize("name", RUNS)
def test_slopes_are_those_of_differences(name):
    run, n_gates, _ = RUNS[name]

    def states(x, *rest):
        return run(x, Weights(*rest[:4]), start=rest[4], sizes=SIZES)

    assert torch.autograd.gradcheck(states, given(n_gates, sum(SIZES), SIZES[0]))


@pytest.mark.parametrize("name", RUNS)
def test_one_step_is_torchs_cell(name):
    run, n_gates, cell_of = RUNS[name]
    x, *weights, start = given(n_gates, 5, 5)
    cell = cell_of(N_INPUTS, HIDDEN, dtype=torch.float64)
    for ours, theirs in zip(weights, cell.parameters(), strict=True):
        theirs.data.copy_(ours)
    expected = cell(x, start)
    torch.testing.assert_close(run(x, Weights(*weights), start=start, sizes=[5]), expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", RUNS)
def test_a_run_goes_on_from_the_states_of_another(name):
    run, n_gates, _ = RUNS[name]
    x, *weights, start = given(n_gates, 9, 3)
    whole = run(x, Weights(*weights), start=start, sizes=[3, 3, 3])
    first = run(x[:6], Weights(*weights), start=start, sizes=[3, 3])
    last = run(x[6:], Weights(*weights), start=first[3:], sizes=[3])
    torch.testing.assert_close(last, whole[6:], rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", RUNS)
def test_backward_leaves_what_it_read_as_it_was(name):
    run, n_gates, _ = RUNS[name]
    x, *rest, start = inputs = given(n_gates, sum(SIZES), SIZES[0])
    states = run(x, Weights(*rest), start=start, sizes=SIZES)
    slope = torch.randn_like(states)
    kept = slope.clone()
    first, second = (torch.autograd.grad(states, inputs, slope, retain_graph=True) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert torch.equal(slope, kept)


@pytest.mark.parametrize("name", RUNS)
def test_slopes_of_slopes_are_refused(name):
    run, n_gates, _ = RUNS[name]
    x, *rest, start = given(n_gates, sum(SIZES), SIZES[0])
    states = run(x, Weights(*rest), start=start, sizes=SIZES)
    (slope,) = torch.autograd.grad(states.square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()
