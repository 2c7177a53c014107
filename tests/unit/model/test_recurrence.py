"""How a batch is laid out inside recurrent layers."""

from itertools import combinations, pairwise
from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from ragged import batch_of, random_sequences

from seqwise.model.contracts import Vocabulary
from seqwise.model.encoders.recurrent import RecurrentEncoder
from seqwise.model.layers.recurrence import Cell, Direction, RecurrentLayer, cut_into_groups, plan_recurrence
from seqwise.settings.encoders import RecurrentSettings

LENGTHS = st.lists(st.integers(1, 30), min_size=1, max_size=9)


def cheapest(lengths, step_cost):
    """The cost of the best of all cuts, tried one by one."""
    n = len(lengths)
    cuts = (cut for k in range(n) for cut in combinations(range(1, n), k))
    return min(sum(lengths[start] * (step_cost + end - start) for start, end in pairwise((0, *cut, n))) for cut in cuts)


@settings(max_examples=60, deadline=None)
@given(lengths=LENGTHS, step_cost=st.integers(0, 20))
def test_groups_are_the_cheapest_cut(lengths, step_cost):
    lengths = sorted(lengths, reverse=True)
    groups = cut_into_groups(np.array(lengths), step_cost)
    assert sum(n_steps * (step_cost + n) for n_steps, n in groups) == cheapest(lengths, step_cost)
    assert sum(n for _, n in groups) == len(lengths)


def test_alike_lengths_stay_in_one_group():
    assert cut_into_groups(np.array([50, 50, 49, 48]), 2) == ((50, 4),)


@settings(max_examples=60, deadline=None)
@given(lengths=LENGTHS, arrangement=st.sampled_from(["packed", "groups", "flat"]))
def test_every_token_has_a_place_of_its_own(lengths, arrangement):
    for layout in plan_recurrence(lengths, torch.device("cpu"), arrangement=arrangement):
        places = layout.places.tolist()
        assert len(set(places)) == len(places) == sum(lengths)
        assert 0 <= min(places) <= max(places) < layout.n_places


@settings(max_examples=60, deadline=None)
@given(lengths=LENGTHS)
def test_reading_backward_turns_each_sequence_inside_its_own_length(lengths):
    batch = batch_of([[0] * n for n in lengths])
    forward, backward = plan_recurrence(batch.lengths, batch.tokens.device, arrangement="groups")
    parts = zip(forward.places.split(lengths), backward.places.split(lengths), strict=True)
    assert all(torch.equal(turned, straight.flip(0)) for straight, turned in parts)


def test_packed_places_are_torchs():
    lengths = [3, 1, 4, 2]
    packed = torch.nn.utils.rnn.pack_sequence([torch.arange(n) + 10 * n for n in lengths], enforce_sorted=False)
    flat = torch.cat([torch.arange(n) + 10 * n for n in lengths])
    layout, _ = plan_recurrence(lengths, torch.device("cpu"), arrangement="packed")
    assert torch.equal(packed.data.index_select(0, layout.places), flat)
    assert torch.equal(packed.batch_sizes, layout.step_sizes)


def test_what_stands_in_the_padding_changes_no_state_and_no_gradient(monkeypatch):
    batch = batch_of([[0] * n for n in (9, 7, 8)])
    layout = plan_recurrence(batch.lengths, batch.tokens.device, arrangement="groups")[1]
    assert layout.n_places > batch.n_tokens
    direction = Direction("lstm", 4, 5, is_start_learned=False)
    x = torch.randn(batch.n_tokens, 4)

    def run():
        direction.zero_grad()
        out = direction(x, layout)
        out.square().sum().backward()
        return [out.detach(), *(parameter.grad.clone() for parameter in direction.parameters())]

    clean = run()
    monkeypatch.setattr(torch.Tensor, "new_zeros", lambda self, *shape: self.new_full(shape, 3.0))
    for ours, theirs in zip(run(), clean, strict=True):
        assert torch.equal(ours, theirs)


def encoder(**given):
    torch.manual_seed(0)
    return RecurrentEncoder(RecurrentSettings(embedding=6, hidden=5, **given), Vocabulary(20)).eval()


@pytest.mark.parametrize("cell", get_args(Cell))
def test_reading_one_way_cannot_see_the_future(cell):
    network = encoder(cell=cell, layers=2, bidirectional=False)
    whole = random_sequences([12], vocabulary=20)[0]
    hidden = network(batch_of([whole])).hidden
    prefix = network(batch_of([whole[:7]])).hidden
    torch.testing.assert_close(hidden[:7], prefix, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("cell", "n_calls"), [("rnn", 0), ("gru", 0), ("lstm", 2)])
def test_on_a_cpu_torchs_module_runs_the_lstm_alone(cell, n_calls):
    network = encoder(cell=cell)
    seen = []
    for direction in network.layers[0].directions:
        direction.cell.register_forward_hook(lambda *_: seen.append(1))
    network(batch_of([[1, 2, 3], [4, 5, 6]]))
    assert len(seen) == n_calls  # one group, two directions


def test_the_final_pooling_joins_the_last_state_of_each_direction():
    network = encoder(layers=2)
    encoded = network(batch_of([[1, 2, 3], [4, 5]]))
    expected = torch.stack(
        [
            torch.cat([encoded.hidden[2, :5], encoded.hidden[0, 5:]]),
            torch.cat([encoded.hidden[4, :5], encoded.hidden[3, 5:]]),
        ]
    )
    assert torch.equal(encoded.pooled, expected)


def test_a_start_state_that_is_learned_starts_at_zero():
    zero, learned = encoder(), encoder(initial_state="learned")
    batch = batch_of([[1, 2, 3], [4, 5]])
    assert torch.equal(zero(batch).hidden, learned(batch).hidden)
    names = [name for name, _ in learned.named_parameters() if ".start." in name]
    assert len(names) == 4  # hidden and cell state, two directions


def test_dropout_is_on_embeddings_between_layers_and_on_the_output():
    network = encoder(dropout=0.5, layers=2).train()
    seen = []
    network.dropout.register_forward_hook(lambda _module, given, _out: seen.append(tuple(given[0].shape)))
    network(batch_of([[1, 2, 3], [4, 5]]))
    assert seen == [(5, 6), (5, 10), (5, 10)]


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_torchs_module_as_a_gpu_runs_it_carries_the_same_states(cell):
    torch.manual_seed(0)
    lengths = [3, 7, 4, 5]  # their order by length is not its own inverse
    direction = Direction(cell, 4, 5, is_start_learned=False)
    x, start = torch.randn(sum(lengths), 4), tuple(torch.randn(1 + (cell == "lstm"), len(lengths), 5))
    layout, _ = plan_recurrence(lengths, x.device, arrangement="packed")
    states, last = direction.carry(x, layout, start=start)
    placed = torch.empty_like(x).index_copy(0, layout.places, x)
    found, found_last = direction._by_torch(placed, layout, start)
    pairs = [(found.index_select(0, layout.places), states), *zip(found_last, last, strict=True)]
    for theirs, ours in pairs:
        torch.testing.assert_close(theirs, ours, rtol=0, atol=1e-6)


def test_the_lstm_carries_by_torchs_kernel_what_it_carries_step_by_step():
    torch.manual_seed(0)
    lengths = [3, 7, 4, 5, 7, 1, 3]
    x, weights = torch.randn(sum(lengths), 4), torch.randn(sum(lengths), 5)
    start, last_weights = torch.randn(2, 2, len(lengths), 5)
    direction = Direction("lstm", 4, 5, is_start_learned=False)
    calls = []
    direction.cell.register_forward_hook(lambda _module, given, _out: calls.append(tuple(given[0].shape)))
    found = []
    for dtype in (torch.float32, torch.float64):  # double precision goes step by step
        given, before = (part.to(dtype, copy=True).requires_grad_() for part in (x, start))
        layer = direction.to(dtype)
        layer.zero_grad()
        layout, _ = plan_recurrence(lengths, x.device, arrangement="packed")
        states, last = layer.carry(given, layout, start=tuple(before))
        ((states * weights).sum() + (torch.stack(last) * last_weights).sum()).backward()
        slopes = (given.grad, before.grad, *(weight.grad.clone() for weight in layer.parameters()))
        found.append((states, *last, *slopes))
    assert calls == [(1, 7, 4), (2, 6, 4), (1, 4, 4), (1, 3, 4), (2, 2, 4)]
    for mine, exact in zip(*found, strict=True):
        torch.testing.assert_close(mine.double(), exact, rtol=0, atol=2e-6)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use")
@pytest.mark.parametrize("cell", get_args(Cell))
def test_a_gpu_gives_what_a_cpu_gives(cell):
    network = encoder(cell=cell, layers=2)
    batch = batch_of(random_sequences([9, 30, 1, 12], vocabulary=20))
    expected = network(batch)
    device = torch.device("cuda")
    found = network.to(device)(batch.to(device))
    torch.testing.assert_close(found.hidden.cpu(), expected.hidden, rtol=0, atol=1e-5)
    torch.testing.assert_close(found.pooled.cpu(), expected.pooled, rtol=0, atol=1e-5)


@pytest.mark.parametrize("n_directions", [1, 2])
def test_sequences_of_one_length_give_what_they_give_beside_a_shorter_one(n_directions):
    torch.manual_seed(0)
    layer = RecurrentLayer("lstm", 4, 5, n_directions=n_directions, is_start_learned=True).double()
    for direction in layer.directions:
        for start in direction.start:
            torch.nn.init.normal_(start)
    x = torch.randn(3 * 6 + 2, 4, dtype=torch.float64)
    found = []
    for lengths in ([6, 6, 6], [6, 6, 6, 2]):
        layouts = plan_recurrence(lengths, x.device, arrangement="groups")[:n_directions]
        assert layouts[0].is_even is (len(lengths) == 3)
        given = x[: sum(lengths)].clone().requires_grad_()
        layer.zero_grad()
        states = layer(given, layouts)[:18]
        states.square().sum().backward()
        found.append([states, given.grad[:18], *(weight.grad.clone() for weight in layer.parameters())])
    for ours, expected in zip(*found, strict=True):
        torch.testing.assert_close(ours, expected, atol=1e-12, rtol=0)
