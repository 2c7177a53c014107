"""The minGRU, computed at once, against its equations step by step."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqwise.model.layers.recurrence import RecurrentLayer, plan_recurrence
from seqwise.model.layers.scan import BLOCK, MinGRU, scan

N_INPUTS, HIDDEN = 3, 4
LENGTHS = st.lists(st.integers(1, 3 * BLOCK), min_size=1, max_size=6)


def stepped(cell, x, start):
    """The states of one sequence, by the equations of the paper's section 3.1."""
    states, state = [], start
    for x_now in x:
        z = torch.sigmoid(cell.gate(x_now))
        state = (1 - z) * state + z * cell.candidate(x_now)
        states.append(state)
    return torch.stack(states)


def layer(n_directions=1, *, is_start_learned=True):
    torch.manual_seed(0)
    made = RecurrentLayer("mingru", N_INPUTS, HIDDEN, n_directions=n_directions, is_start_learned=is_start_learned)
    for direction in made.directions:
        for start in direction.start:
            torch.nn.init.normal_(start)
    return made.double()


@settings(max_examples=40, deadline=None)
@given(lengths=LENGTHS)
def test_states_and_slopes_both_ways_are_those_of_single_steps(lengths):
    both = layer(n_directions=2)
    x = torch.randn(sum(lengths), N_INPUTS, dtype=torch.float64, requires_grad=True)
    found = both(x, plan_recurrence(lengths, x.device, arrangement="flat"))
    forward, backward = both.directions
    rows = [
        torch.cat([stepped(forward.cell, part, forward.start[0]), turned.flip(0)], dim=1)
        for part in x.split(lengths)
        for turned in [stepped(backward.cell, part.flip(0), backward.start[0])]
    ]
    expected = torch.cat(rows)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)
    slope = torch.randn_like(expected)
    wanted = [x, *both.parameters()]
    for mine, their in zip(
        torch.autograd.grad(found, wanted, slope), torch.autograd.grad(expected, wanted, slope), strict=True
    ):
        torch.testing.assert_close(mine, their, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("n_rows", [1, BLOCK, BLOCK + 1, 2 * BLOCK + 5])
def test_slopes_of_the_scan_are_those_of_differences(n_rows):
    torch.manual_seed(0)
    kept = torch.rand(n_rows, 2, dtype=torch.float64, requires_grad=True)
    given = torch.randn(n_rows, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(scan, (kept, given))


def test_slopes_of_the_cell_are_those_of_differences():
    torch.manual_seed(0)
    cell = MinGRU(N_INPUTS, HIDDEN).double()
    firsts = torch.tensor([0, 3])
    x = torch.randn(8, N_INPUTS, dtype=torch.float64, requires_grad=True)
    start = torch.randn(2, HIDDEN, dtype=torch.float64, requires_grad=True)
    names = [name for name, _ in cell.named_parameters()]

    def states(x, start, *weights):
        return torch.func.functional_call(cell, dict(zip(names, weights, strict=True)), (x, firsts), {"start": start})

    assert torch.autograd.gradcheck(states, (x, start, *cell.parameters()))


def test_a_long_memory_neither_overflows_nor_is_lost():
    n_rows = BLOCK**2 + 7  # blocks of blocks
    kept, given = torch.ones(n_rows, 1), torch.ones(n_rows, 1)
    assert torch.equal(scan(kept, given)[:, 0], torch.arange(1.0, n_rows + 1))
    assert torch.equal(scan(torch.zeros(n_rows, 1), given), given)


def test_slopes_of_slopes_are_refused():
    kept, given = (torch.rand(5, 2, requires_grad=True) for _ in range(2))
    (slope,) = torch.autograd.grad(scan(kept, given).square().sum(), given, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()
