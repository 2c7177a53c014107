"""The head that forecasts step by step."""

from dataclasses import replace

import pytest
import torch
from ragged import batch_of
from torch.nn import functional as F

from seqwise.model.contracts import HeadShape
from seqwise.model.heads.decoder import DecoderHead, drawn, path_quantiles
from seqwise.runtime import seed_step
from seqwise.settings.heads import DecoderSettings
from seqwise.tensors import Units

WIDTH, N_STATES = 6, 4
MISSING, TO_COME = N_STATES, N_STATES + 1  # token ids
# Steps seen and steps to come of five windows; the last state that the third has seen is missing.
SEEN = ((0, 1, 2), (3,), (1, 2, MISSING), (2, 0), (1, 1, 1, 0))
COME = ((1, 2), (0, 3, 3, 1), (2,), (), (-1, 2, -1))
ALL, N_UNITS = (0, 1, 2, 3, 4), 10
MEMBERS = [
    {"cell": "transformer", "hidden": 8, "heads": 2},
    {"cell": "gru", "hidden": 7},
    {"cell": "lstm", "hidden": 7, "attention": "concat", "layers": 1},
]


@pytest.fixture(params=MEMBERS, ids=lambda given: given["cell"])
def given(request):
    return request.param


def batch(order=ALL, *, come=COME):
    """The windows in this order, with targets and priors."""
    tokens = [[*SEEN[i], *[TO_COME] * len(come[i])] for i in order]
    flat = batch_of(tokens)
    is_unit = flat.tokens == TO_COME
    starts = is_unit.nonzero().squeeze(1)
    firsts = [sum(map(len, come[:i])) for i in range(len(come))]
    rows = [firsts[i] + step for i in order for step in range(len(come[i]))]
    priors = torch.randn(sum(map(len, come)), N_STATES, generator=torch.Generator().manual_seed(3))
    return replace(
        flat,
        rows=tuple(rows),
        targets=torch.tensor([state for i in order for state in come[i]], dtype=torch.int64),
        priors=priors.log_softmax(dim=1)[rows],
        units=Units(starts, starts + 1, tuple(len(come[i]) for i in order)),
    )


def states(order=ALL, kind=torch.float32):
    lengths = [len(seen) + len(come) for seen, come in zip(SEEN, COME, strict=True)]
    parts = torch.randn(sum(lengths), WIDTH, generator=torch.Generator().manual_seed(4)).split(lengths)
    return torch.cat([parts[i] for i in order]).to(kind)


def head(given, *, shape=None, **more):
    torch.manual_seed(5)
    return DecoderHead(
        DecoderSettings(**{"layers": 2, **given, **more}), WIDTH, shape=shape or HeadShape(N_STATES)
    ).eval()


def close(found, expected, atol=1e-5):
    torch.testing.assert_close(found, expected, rtol=0, atol=atol)


@pytest.mark.parametrize("more", [{}, {"paths": 3}, {"stand_on": "prior", "paths": 5}], ids=str)
def test_the_order_of_windows_and_the_other_windows_change_nothing(given, more):
    network = head(given, **more)
    torch.nn.init.normal_(network.output.weight)
    free, forced = network(states(), batch()), network.forced(states(), batch())
    for order in ((4, 3, 2, 1, 0), (1, 2), (0,), (3, 1), (3,)):
        other = batch(order)
        close(network(states(order), other), free[list(other.rows)])
        close(network.forced(states(order), other), forced[list(other.rows)])


def test_running_freely_it_never_looks_at_the_targets(given):
    network = head(given)
    other = replace(batch(), targets=torch.full((N_UNITS,), 3))
    assert torch.equal(network(states(), batch()), network(states(), other))
    assert torch.equal(network(states(), batch()), network(states(), replace(batch(), targets=None)))
    assert not torch.allclose(network.forced(states(), batch()), network.forced(states(), other))


def test_running_freely_is_being_forced_with_its_own_likeliest_states(given):
    network = head(given, stand_on="prior")
    torch.nn.init.normal_(network.output.weight)
    free = network(states(), batch())
    close(network.forced(states(), replace(batch(), targets=free.argmax(dim=1))), free)


def test_a_step_is_told_the_states_before_it_alone(given):
    network = head(given)
    before = network.forced(states(), batch())
    targets = batch().targets.clone()
    targets[3] = 2  # of the second window, the second of four steps
    after = network.forced(states(), replace(batch(), targets=targets))
    changed = (before != after).any(dim=1)
    assert changed.tolist() == [4 <= unit <= 5 for unit in range(N_UNITS)]


def test_the_first_step_is_told_the_last_state_seen(given):
    network = head(given)
    before = network(states(), batch())
    network.told.weight.data[0] += 1.0  # missing: what the third window has seen last
    after = network(states(), batch())
    assert (before != after).any(dim=1).tolist() == [unit == 6 for unit in range(N_UNITS)]
    tokens = batch().tokens.clone()
    tokens[2] = 0  # the last that the first window has seen
    assert (network(states(), replace(batch(), tokens=tokens)) != after).any(dim=1)[:1].all()


def test_a_missing_state_has_its_own_vector_and_no_loss(given):
    network, shape = head(given), HeadShape(N_STATES, class_weights=(1.0, 2.0, 3.0, 0.5), label_smoothing=0.1)
    network.told.weight.data[0] += 1.0
    before = head(given).forced(states(), batch())
    changed = (before != network.forced(states(), batch())).any(dim=1)
    assert changed.tolist() == [unit in (6, 8, 9) for unit in range(N_UNITS)]
    loss = head(given, shape=shape).loss(before, batch())
    known = batch().targets >= 0
    expected = F.cross_entropy(
        before[known], batch().targets[known], weight=torch.tensor(shape.class_weights), label_smoothing=0.1
    )
    torch.testing.assert_close(loss.total / loss.weight, expected)


def test_in_training_it_is_forced(given):
    network = head(given, dropout=0.0).train()
    assert torch.equal(network(states(), batch()), network.forced(states(), batch()))
    assert torch.equal(network(states(), replace(batch(), targets=None)), network.eval()(states(), batch()))


def test_scheduled_sampling_with_all_steps_true_is_teacher_forcing(given):
    network = head(given, dropout=0.0).train()
    close(network._scheduled(states(), batch()), network.forced(states(), batch()))


def test_scheduled_sampling_draws_the_same_for_the_same_update_and_else_anew(given):
    network = head(given, teacher_forcing=0.3).train()
    torch.nn.init.normal_(network.output.weight, std=0.1)
    found = []
    for step in (7, 8, 7):
        seed_step(1, step)
        found.append(network(states(), batch()))
    assert torch.equal(found[0], found[2])
    assert not torch.equal(found[0], found[1])


def test_scheduled_sampling_tells_the_true_state_as_often_as_asked_and_else_a_drawn_one():
    network = head(MEMBERS[1], teacher_forcing=0.7, dropout=0.0).train()
    network.output.weight.data.zero_()
    network.output.bias.data = torch.tensor([0.75, 0.25, 0.0, 0.0]).log()
    told = []
    network.told.register_forward_hook(lambda _, ids, __: told.append(ids[0] - 1))
    torch.manual_seed(0)
    order = (1,) * 1000  # the second and the third of its four steps have been 2 and 3, which are never drawn
    network(states(order), batch(order, come=((), (2, 3, 3, 1))))
    for rows, true in ((told[1], 2), (told[2], 3)):
        for state, share in ((true, 0.7), (0, 0.3 * 0.75), (1, 0.3 * 0.25)):
            found = (rows == state).double().mean().item()
            assert abs(found - share) < 5 * (share * (1 - share) / 1000) ** 0.5  # five standard errors


@pytest.mark.parametrize("more", [{}, {"teacher_forcing": 0.5}, {"stand_on": "prior"}], ids=str)
def test_the_gradient_reaches_every_parameter(given, more):
    network = head(given, dropout=0.0, **more).train()
    torch.nn.init.normal_(network.output.weight)
    torch.manual_seed(0)
    network.loss(network(states(), batch()), batch()).total.backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in network.parameters())


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_the_gradient_is_the_numerical_one(given, share):
    network = head(given, dropout=0.0, teacher_forcing=share).double().train()

    def run(x):
        torch.manual_seed(3)
        return network(x, batch())

    assert torch.autograd.gradcheck(run, (states(kind=torch.float64).requires_grad_(),), fast_mode=True)


def test_with_paths_the_probabilities_are_the_mean_over_all_that_can_be_told(given):
    """Two steps: the second is the sum over the first of its probability times the forced answer."""
    network = head(given, paths=4000).double()
    torch.nn.init.normal_(network.output.weight)
    windows = batch((0,))
    x = states((0,), torch.float64)
    found = network(x, windows)
    forced = [network.forced(x, replace(windows, targets=torch.tensor([told, 0]))) for told in range(N_STATES)]
    first = forced[0][0].softmax(0)
    expected = sum(first[told] * forced[told][1].softmax(0) for told in range(N_STATES))
    close(found[0].exp(), first, atol=1e-12)
    close(found[1].exp(), expected, atol=1e-3)  # a state's share of the paths is right to 2 in 4000
    close(network.log_probabilities(found, windows), found, atol=1e-12)


def test_paths_are_the_same_in_every_call(given):
    network = head(given, paths=7)
    assert torch.equal(network(states(), batch()), network(states(), batch()))


def test_the_quantiles_of_a_step_lie_one_in_each_part():
    quantiles = path_quantiles(5, 20)
    assert torch.equal(path_quantiles(2, 20), quantiles[:2])
    assert torch.equal((quantiles * 20).long().sort(dim=1).values, torch.arange(20).expand(5, 20))
    assert not torch.equal(quantiles[0].argsort(), quantiles[1].argsort())


def test_a_draw_has_the_probabilities_of_the_logits():
    probabilities = torch.tensor([0.0, 0.25, 0.0, 0.5, 0.25])
    quantiles = torch.arange(8) / 8
    found = drawn(probabilities.log().expand(8, -1), quantiles)
    assert found.tolist() == [1, 1, 3, 3, 3, 3, 4, 4]


def test_without_steps_to_come_there_is_no_output_and_no_cost(given):
    for network in (head(given), head(given, paths=2), head(given).train(), head(given, teacher_forcing=0.5).train()):
        empty = batch((3,))
        logits = network(states((3,)), empty)
        loss = network.loss(logits, empty)
        assert logits.shape == (0, N_STATES)
        assert loss.total.item() == loss.weight.item() == 0


def test_a_head_on_a_baseline_starts_at_the_baseline(given):
    for more in ({}, {"paths": 3}):
        network = head(given, stand_on="prior", **more)
        close(network.log_probabilities(network(states(), batch()), batch()), batch().priors.double())
        close(network.forced(states(), batch()), batch().priors)


def test_logits_are_float32_whatever_the_encoders_precision(given):
    for network in (head(given), head(given).train(), head(given, teacher_forcing=0.5).train()):
        assert network(states(kind=torch.bfloat16), batch()).dtype is torch.float32


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_windows_turned_round_are_learned_by_heart(given, share):
    """The states seen come again in the other order: only the memory knows them all."""
    sequences = torch.randint(N_STATES, (40, 4), generator=torch.Generator().manual_seed(0)).tolist()
    flat = batch_of([[*seen, *[TO_COME] * 4] for seen in sequences])
    starts = (flat.tokens == TO_COME).nonzero().squeeze(1)
    windows = replace(
        flat,
        targets=torch.tensor([state for seen in sequences for state in reversed(seen)]),
        units=Units(starts, starts + 1, (4,) * len(sequences)),
    )
    network = head({**given, "hidden": 32, "layers": 1, "dropout": 0.0}, teacher_forcing=share).train()
    tokens, places = torch.nn.Embedding(TO_COME + 1, WIDTH), torch.nn.Embedding(8, WIDTH)
    optimizer = torch.optim.Adam([*network.parameters(), *tokens.parameters(), *places.parameters()], lr=5e-3)
    torch.manual_seed(0)
    for _ in range(400):
        optimizer.zero_grad()
        x = tokens(windows.tokens) + places(windows.positions)
        loss = network.loss(network(x, windows), windows)
        (loss.total / loss.weight).backward()
        optimizer.step()
        if loss.total / loss.weight < 0.01:
            break
    free = network.eval()(tokens(windows.tokens) + places(windows.positions), windows)
    assert torch.equal(free.argmax(dim=1), windows.targets)
