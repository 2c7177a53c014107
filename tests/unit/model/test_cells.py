"""RNN, GRU and LSTM by steps of our own: slopes against differences, one step against torch's cells."""

from functools import partial

import pytest
import torch
from torch import nn

from seqwise.model.layers.cells import GRUCell, LSTMCell, RNNCell, Weights, run_gru, run_lstm, run_rnn

RUNS = {
    "rnn": (run_rnn, 1, RNNCell, nn.RNNCell),
    "gru": (run_gru, 3, GRUCell, nn.GRUCell),
    "lstm": (run_lstm, 4, LSTMCell, nn.LSTMCell),
}
N_INPUTS, HIDDEN = 3, 4
SIZES = [4, 4, 2, 1, 1]  # two sequences end together after two steps, one after three


def given(name, n_rows, n_sequences):
    """Random vectors, weights and start states in float64."""
    torch.manual_seed(0)
    gates = RUNS[name][1] * HIDDEN
    shapes = [(n_rows, N_INPUTS), (gates, N_INPUTS), (gates, HIDDEN), (gates,), (gates,)]
    shapes += [(n_sequences, HIDDEN)] * (2 if name == "lstm" else 1)
    return [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]


def states_of(name, x, *rest, sizes):
    """Hidden states, and cell states of the LSTM, as one pair or one tensor."""
    start = tuple(rest[4:])
    return RUNS[name][0](x, Weights(*rest[:4]), start=start if name == "lstm" else start[0], sizes=sizes)


def hidden_of(name, *inputs, sizes):
    """All that a run gives side by side."""
    states = states_of(name, *inputs, sizes=sizes)
    return torch.cat(states, dim=1) if name == "lstm" else states


@pytest.mark.parametrize("name", RUNS)
def test_slopes_are_those_of_differences(name):
    inputs = given(name, sum(SIZES), SIZES[0])
    assert torch.autograd.gradcheck(partial(states_of, name, sizes=SIZES), inputs)


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", RUNS)
def test_steps_of_a_cell_are_torchs_with_weights_of_the_same_names(name, kind):
    *_, ours_of, theirs_of = RUNS[name]
    ours, theirs = ours_of(N_INPUTS, HIDDEN).to(kind), theirs_of(N_INPUTS, HIDDEN).to(kind)
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(5, 6, N_INPUTS, dtype=kind)
    start = torch.randn(2, 6, HIDDEN, dtype=kind)
    tolerance = 1e-6 if kind == torch.float32 else 1e-12
    found = []
    for cell in (ours, theirs):
        leaves = [x.clone().requires_grad_(), start.clone().requires_grad_()]
        state = tuple(leaves[1]) if name == "lstm" else leaves[1][0]
        for x_now in leaves[0]:
            state = cell(x_now, state)
        last = torch.cat(state, dim=1) if name == "lstm" else state
        (last.square().sum() / 100).backward()
        found.append([last, *(leaf.grad for leaf in (*leaves, *cell.parameters()))])
    for mine, their in zip(*found, strict=True):
        torch.testing.assert_close(mine, their, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", RUNS)
def test_first_values_of_a_cell_are_drawn_as_torchs(name):
    *_, ours_of, theirs_of = RUNS[name]
    torch.manual_seed(3)
    ours = ours_of(N_INPUTS, HIDDEN).state_dict()
    torch.manual_seed(3)
    theirs = theirs_of(N_INPUTS, HIDDEN).state_dict()
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


@pytest.mark.parametrize("name", RUNS)
def test_a_run_goes_on_from_the_states_of_another(name):
    x, *weights, start = given(name, 9, 3) if name != "lstm" else given(name, 9, 3)[:-1]
    starts = [start] * (2 if name == "lstm" else 1)
    whole = hidden_of(name, x, *weights, *starts, sizes=[3, 3, 3])
    first = hidden_of(name, x[:6], *weights, *starts, sizes=[3, 3])
    last = hidden_of(name, x[6:], *weights, *first[3:].split(HIDDEN, 1), sizes=[3])
    torch.testing.assert_close(last, whole[6:], rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", RUNS)
def test_backward_leaves_what_it_read_as_it_was(name):
    inputs = given(name, sum(SIZES), SIZES[0])
    states = hidden_of(name, *inputs, sizes=SIZES)
    slope = torch.randn_like(states)
    kept = slope.clone()
    first, second = (torch.autograd.grad(states, inputs, slope, retain_graph=True) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert torch.equal(slope, kept)


@pytest.mark.parametrize("name", RUNS)
def test_slopes_of_slopes_are_refused(name):
    inputs = given(name, sum(SIZES), SIZES[0])
    states = hidden_of(name, *inputs, sizes=SIZES)
    (slope,) = torch.autograd.grad(states.square().sum(), inputs[0], create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()
