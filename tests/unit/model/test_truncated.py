"""Long sequences run in chunks: the states of one long run, slopes of single chunks."""

import pytest
import torch
from torch import nn

from seqwise.model.layers.recurrence import CELLS, Direction, plan_recurrence
from seqwise.model.layers.truncated import run_in_chunks

LENGTHS = (23, 12, 4, 14, 1, 13)  # in the third chunk the longest does not come first, nor the shortest
N_INPUTS, HIDDEN, N_STEPS = 3, 4, 5
ALL = [*CELLS, "mingru"]
CPU = torch.device("cpu")


def stack(cell, n_layers=2, *, is_start_learned=True):
    torch.manual_seed(0)
    widths = [N_INPUTS, *[HIDDEN] * (n_layers - 1)]
    return nn.ModuleList(Direction(cell, n, HIDDEN, is_start_learned=is_start_learned) for n in widths).double()


def whole(layers, x, lengths):
    for layer in layers:
        arrangement = "packed" if isinstance(layer.cell, nn.RNNBase) else "flat"
        x = layer(x, plan_recurrence(lengths, CPU, arrangement=arrangement)[0])
    return x


@pytest.mark.parametrize("cell", ALL)
def test_states_are_those_of_one_long_run(cell):
    layers, x = stack(cell), torch.randn(sum(LENGTHS), N_INPUTS, dtype=torch.float64)
    chunks = list(run_in_chunks(layers, x.__getitem__, lengths=LENGTHS, n_steps=N_STEPS, device=CPU))
    order = torch.cat([tokens for tokens, _ in chunks])
    assert len(chunks) == 5
    assert torch.equal(order.sort().values, torch.arange(len(x)))
    found = torch.cat([hidden for _, hidden in chunks])
    torch.testing.assert_close(found, whole(layers, x, LENGTHS)[order], rtol=0, atol=1e-12)


@pytest.mark.parametrize("cell", ALL)
def test_a_chunk_that_holds_all_has_the_slopes_of_one_long_run(cell):
    layers, x = stack(cell), torch.randn(sum(LENGTHS), N_INPUTS, dtype=torch.float64)
    ((tokens, hidden),) = run_in_chunks(layers, x.__getitem__, lengths=LENGTHS, n_steps=max(LENGTHS), device=CPU)
    assert torch.equal(tokens, torch.arange(len(x)))
    slope = torch.randn_like(hidden)
    found, expected = (
        torch.autograd.grad(states, list(layers.parameters()), slope) for states in (hidden, whole(layers, x, LENGTHS))
    )
    for mine, their in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, their, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_slopes_are_those_of_torchs_module_with_its_states_detached(cell):
    lengths, n_rows = [12, 12, 12], 3
    layers = stack(cell, n_layers=1, is_start_learned=False)
    theirs = CELLS[cell](N_INPUTS, HIDDEN, batch_first=True).double()
    theirs.load_state_dict(layers[0].cell.state_dict())
    x = torch.randn(sum(lengths), N_INPUTS, dtype=torch.float64)
    weights = torch.randn(sum(lengths), HIDDEN, dtype=torch.float64)
    for tokens, hidden in run_in_chunks(layers, x.__getitem__, lengths=lengths, n_steps=N_STEPS, device=CPU):
        (hidden * weights[tokens]).sum().backward()
    state = None
    for x_now, weights_now in zip(*(part.view(n_rows, 12, -1).split(N_STEPS, 1) for part in (x, weights)), strict=True):
        outputs, state = theirs(x_now, state)
        (outputs * weights_now).sum().backward()
        state = tuple(part.detach() for part in state) if cell == "lstm" else state.detach()
    for mine, their in zip(layers[0].cell.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, their.grad, rtol=1e-12, atol=1e-12)


def kept_bytes(cell, length):
    """The most that a backward pass waits for, in any chunk."""
    layers, x = stack(cell), torch.randn(length, N_INPUTS, dtype=torch.float64)
    most, now = 0, {}

    def keep(tensor):
        now[tensor.data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        chunks = run_in_chunks(layers, lambda tokens: x[tokens].clone(), lengths=[length], n_steps=20, device=CPU)
        for _, hidden in chunks:
            hidden.sum().backward()
            most = max(most, sum(now.values()))
            now.clear()
    return most


@pytest.mark.parametrize("cell", ALL)
def test_what_is_kept_for_the_way_back_does_not_grow_with_the_length(cell):
    assert 0 < kept_bytes(cell, 400) <= 1.2 * kept_bytes(cell, 40)
