"""Our recurrent layers, by steps of our own and in groups, against torch's stacked modules over a packed sequence."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence

from seqwise.batch.flat import collate
from seqwise.model.layers.recurrence import CELLS, RecurrentLayer, last_states, plan_recurrence
from seqwise.records import Examples, FlatTokens

LENGTHS = (5, 40, 1, 17, 38, 5, 22)
N_INPUTS, HIDDEN = 6, 7
TOLERANCE = {torch.float64: 1e-12, torch.float32: 1e-6}


def ragged():
    offsets = np.concatenate([[0], np.cumsum(LENGTHS)]).astype(np.int64)
    tokens = FlatTokens(ids=np.zeros(offsets[-1], dtype=np.int32), offsets=offsets)
    return collate(Examples(tokens=tokens), np.arange(len(LENGTHS)))


def ours(cell, n_layers, n_directions, *, is_start_learned):
    return nn.ModuleList(
        RecurrentLayer(
            cell,
            N_INPUTS if number == 0 else HIDDEN * n_directions,
            HIDDEN,
            n_directions=n_directions,
            is_start_learned=is_start_learned,
        )
        for number in range(n_layers)
    )


def pairs(layers, theirs, starts):
    """Our parameters beside torch's: weights by torch's names, start states by layer and direction."""
    for number, layer in enumerate(layers):
        for turn, direction in enumerate(layer.directions):
            suffix = f"_l{number}" + "_reverse" * turn
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                yield direction.cell.get_parameter(f"{name}_l0"), theirs.get_parameter(name + suffix)
            for mine, their in zip(direction.start, starts, strict=True):
                yield mine, their, number * len(layer.directions) + turn


def run_ours(layers, x, batch, *, arrangement):
    layouts = plan_recurrence(batch.lengths, batch.tokens.device, arrangement=arrangement)[: len(layers[0].directions)]
    for layer in layers:
        x = layer(x, layouts)
    return x, last_states(x, layouts)


def run_theirs(module, x, starts):
    state = tuple(start.unsqueeze(1).expand(-1, len(LENGTHS), -1).contiguous() for start in starts)
    if not state:
        state = None
    elif len(state) == 1:
        state = state[0]
    packed, final = module(pack_sequence(x.split(LENGTHS), enforce_sorted=False), state)
    padded, _ = pad_packed_sequence(packed, batch_first=True)
    outputs = torch.cat([row[:length] for row, length in zip(padded, LENGTHS, strict=True)])
    hidden = final[0] if isinstance(final, tuple) else final
    n_directions = 2 if module.bidirectional else 1
    return outputs, torch.cat(tuple(hidden[-n_directions:]), dim=1)


def close(mine, their, kind):
    torch.testing.assert_close(mine, their, rtol=TOLERANCE[kind], atol=TOLERANCE[kind])


@pytest.mark.parametrize("kind", TOLERANCE)
@pytest.mark.parametrize("is_start_learned", [False, True])
@pytest.mark.parametrize("n_directions", [1, 2])
@pytest.mark.parametrize("n_layers", [1, 2])
@pytest.mark.parametrize(
    ("cell", "arrangement"), [("rnn", "packed"), ("gru", "packed"), ("lstm", "groups"), ("lstm", "packed")]
)
def test_outputs_last_states_and_gradients_are_torchs(
    cell, n_layers, n_directions, arrangement, is_start_learned, kind
):
    torch.manual_seed(0)
    batch = ragged()
    layers = ours(cell, n_layers, n_directions, is_start_learned=is_start_learned).to(kind)
    theirs = CELLS[cell](N_INPUTS, HIDDEN, num_layers=n_layers, bidirectional=n_directions == 2).to(kind)
    n_states = (2 if cell == "lstm" else 1) * is_start_learned
    starts = [torch.randn(n_layers * n_directions, HIDDEN, dtype=kind, requires_grad=True) for _ in range(n_states)]
    for mine, their, *row in pairs(layers, theirs, starts):
        mine.data.copy_(their[row[0]] if row else their)
    x, x_theirs = (torch.randn(batch.n_tokens, N_INPUTS, dtype=kind) for _ in range(2))
    x_theirs = x.clone().requires_grad_()
    x.requires_grad_()

    out, last = run_ours(layers, x, batch, arrangement=arrangement)
    out_theirs, last_theirs = run_theirs(theirs, x_theirs, starts)
    close(out, out_theirs, kind)
    close(last, last_theirs, kind)

    slope, slope_last = torch.randn_like(out) / batch.n_tokens, torch.randn_like(last) / len(batch)
    ((out * slope).sum() + (last * slope_last).sum()).backward()
    ((out_theirs * slope).sum() + (last_theirs * slope_last).sum()).backward()
    close(x.grad, x_theirs.grad, kind)
    for mine, their, *row in pairs(layers, theirs, starts):
        close(mine.grad, their.grad[row[0]] if row else their.grad, kind)
