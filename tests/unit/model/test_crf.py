"""The linear-chain CRF: against all sequences of tags tried one by one, and against pytorch-crf."""

from itertools import product

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pad_sequence

from seqwise.model.layers.crf import LinearChainCrf
from seqwise.spans.decoding import Transitions, best_paths

N_TAGS = 3
LENGTHS = (2, 0, 4, 1, 3, 4)


def crf(n_tags=N_TAGS, *, scale=1.0):
    torch.manual_seed(1)
    made = LinearChainCrf(n_tags).double()
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=scale)
    return made


def scores_of(lengths, n_tags=N_TAGS, *, scale=1.0):
    generator = torch.Generator().manual_seed(2)
    return torch.randn(sum(lengths), n_tags, dtype=torch.float64, generator=generator) * scale


def tags_of(lengths, n_tags=N_TAGS):
    return torch.randint(n_tags, (sum(lengths),), generator=torch.Generator().manual_seed(3))


def peer(made):
    """The same CRF in pytorch-crf."""
    torchcrf = pytest.importorskip("torchcrf")
    theirs = torchcrf.CRF(len(made.start), batch_first=True).double()
    theirs.start_transitions.data.copy_(made.start.data)
    theirs.transitions.data.copy_(made.between.data)
    theirs.end_transitions.data.copy_(made.end.data)
    return theirs


def padded(flat, lengths):
    return pad_sequence(flat.split([n for n in lengths if n]), batch_first=True)


def mask_of(lengths):
    return padded(torch.ones(sum(lengths), dtype=torch.bool), lengths)


@torch.no_grad()
def test_the_likelihoods_of_all_sequences_add_up_to_1():
    made = crf()
    for length in (1, 2, 4):
        scores = scores_of((length,))
        costs = [made(scores, torch.tensor(path), lengths=(length,)) for path in product(range(N_TAGS), repeat=length)]
        assert float(torch.cat(costs).neg().exp().sum()) == pytest.approx(1, abs=1e-14)


@torch.no_grad()
def test_marginals_are_sums_of_the_likelihoods_of_all_sequences():
    made = crf()
    scores = scores_of(LENGTHS)
    marginals = made.log_marginals(scores, lengths=LENGTHS).exp()
    for part, found in zip(scores.split(LENGTHS), marginals.split(LENGTHS), strict=True):
        expected = torch.zeros_like(part)
        for path in product(range(N_TAGS), repeat=len(part)):
            tags = torch.tensor(path, dtype=torch.int64)
            expected[torch.arange(len(part)), tags] += made(part, tags, lengths=(len(part),)).neg().exp()
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-14)


def test_the_loss_is_that_of_pytorch_crf():
    lengths = (7, 1, 12, 12, 3)
    made, scores, tags = crf(21), scores_of(lengths, 21), tags_of(lengths, 21)
    theirs = peer(made)
    expected = -theirs(padded(scores, lengths), padded(tags, lengths), mask=mask_of(lengths), reduction="none")
    torch.testing.assert_close(made(scores, tags, lengths=lengths), expected, rtol=1e-13, atol=0)


def test_the_best_path_is_that_of_pytorch_crf():
    lengths = (7, 1, 12, 12, 3)
    made, scores = crf(5), scores_of(lengths, 5)
    expected = peer(made).decode(padded(scores, lengths), mask=mask_of(lengths))
    parts = (made.start, made.between, made.end)
    transitions = Transitions(*(part.detach().numpy() for part in parts))
    found = best_paths(scores.numpy(), np.cumsum([0, *lengths]), transitions=transitions)
    assert found.tolist() == [tag for path in expected for tag in path]


def test_slopes_are_those_of_differences():
    made = crf()

    def costs(scores, start, between, end):
        parameters = {"start": start, "between": between, "end": end}
        given = (scores, tags_of(LENGTHS))
        return torch.func.functional_call(made, parameters, given, {"lengths": LENGTHS})

    parts = (scores_of(LENGTHS), made.start.detach(), made.between.detach(), made.end.detach())
    assert torch.autograd.gradcheck(costs, [part.clone().requires_grad_() for part in parts])


def test_slopes_of_slopes_are_refused():
    scores = scores_of(LENGTHS).requires_grad_()
    cost = crf()(scores, tags_of(LENGTHS), lengths=LENGTHS).square().sum()
    (slope,) = torch.autograd.grad(cost, scores, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.square().sum().backward()


def test_backward_twice_gives_the_same():
    scores = scores_of(LENGTHS).requires_grad_()
    cost = crf()(scores, tags_of(LENGTHS), lengths=LENGTHS).sum()
    first, second = (torch.autograd.grad(cost, scores, retain_graph=True)[0] for _ in range(2))
    assert torch.equal(first, second)


@torch.no_grad()
def test_a_sequence_gives_the_same_alone_and_in_any_batch():
    made, scores, tags = crf(), scores_of(LENGTHS), tags_of(LENGTHS)
    costs = made(scores, tags, lengths=LENGTHS)
    marginals = made.log_marginals(scores, lengths=LENGTHS).split(LENGTHS)
    for number, (part, of_part) in enumerate(zip(scores.split(LENGTHS), tags.split(LENGTHS), strict=True)):
        torch.testing.assert_close(made(part, of_part, lengths=(len(part),))[0], costs[number], rtol=0, atol=1e-13)
        alone = made.log_marginals(part, lengths=(len(part),))
        torch.testing.assert_close(alone, marginals[number], rtol=0, atol=1e-13)


@torch.no_grad()
def test_a_sequence_without_units_costs_nothing():
    costs = crf()(scores_of(LENGTHS), tags_of(LENGTHS), lengths=LENGTHS)
    assert [number for number, cost in enumerate(costs.tolist()) if cost == 0] == [LENGTHS.index(0)]
    assert crf()(scores_of(()), tags_of(()), lengths=(0, 0)).tolist() == [0, 0]


def test_a_batch_without_any_unit_has_slopes_of_0():
    made = crf()
    made(scores_of(()).requires_grad_(), tags_of(()), lengths=(0,)).sum().backward()
    assert all(parameter.grad.abs().sum() == 0 for parameter in made.parameters())


def test_without_scores_of_transitions_the_marginals_are_the_softmax():
    scores = scores_of(LENGTHS)
    found = LinearChainCrf(N_TAGS).log_marginals(scores, lengths=LENGTHS)
    torch.testing.assert_close(found, scores.log_softmax(dim=1), rtol=0, atol=1e-14)


def test_long_sequences_in_float32_lose_nothing():
    lengths = (5000, 1)
    made, scores, tags = crf(9, scale=3).float(), scores_of(lengths, 9, scale=10).float(), tags_of(lengths, 9)
    expected = -peer(made)(
        padded(scores.double(), lengths), padded(tags, lengths), mask=mask_of(lengths), reduction="none"
    )
    scores.requires_grad_()
    costs = made(scores, tags, lengths=lengths)
    torch.testing.assert_close(costs, expected, rtol=1e-12, atol=0)
    costs.sum().backward()
    # A slope is a marginal less what is true, so the slopes of a unit add up to 0.
    torch.testing.assert_close(scores.grad.sum(dim=1), torch.zeros(sum(lengths)), rtol=0, atol=1e-5)


def test_sure_scores_stay_finite():
    scores = scores_of(LENGTHS, scale=1e4).requires_grad_()
    made = crf(scale=100)
    cost = made(scores, tags_of(LENGTHS), lengths=LENGTHS)
    cost.sum().backward()
    assert cost.isfinite().all()
    assert scores.grad.isfinite().all()
    assert made.log_marginals(scores, lengths=LENGTHS).isfinite().all()
