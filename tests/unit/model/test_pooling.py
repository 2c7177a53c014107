"""Pooling over flat tokens against a plain loop over the sequences."""

import math

import pytest
import torch
from ragged import batch_of

from seqwise.model.layers.pooling import AttentionPooling, build_pooling, segment_softmax, segment_sum

LENGTHS = (3, 1, 7, 2, 20)
WIDTH = 6


def batch(lengths=LENGTHS):
    return batch_of([[0] * n for n in lengths])


def states(lengths=LENGTHS, kind=torch.float64):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(sum(lengths), WIDTH, generator=generator, dtype=torch.float64).to(kind).requires_grad_()


def looped(name, hidden, query):
    def attention(part):
        return torch.softmax(part @ query / math.sqrt(WIDTH), dim=0) @ part

    one = {
        "first": lambda part: part[0],
        "final": lambda part: part[-1],
        "mean": lambda part: part.mean(0),
        "max": lambda part: part.max(0).values,
        "attention": attention,
    }[name]
    return torch.stack([one(part) for part in hidden.split(LENGTHS)])


@pytest.mark.parametrize("name", ["first", "final", "mean", "max", "attention"])
def test_pooling_and_its_gradient_equal_a_loop_over_the_sequences(name):
    pooling = build_pooling(name, WIDTH).double()
    query = torch.linspace(-1, 1, WIDTH, dtype=torch.float64)
    if isinstance(pooling, AttentionPooling):
        pooling.query.data.copy_(query)
    ours, theirs = states(), states()
    weights = torch.randn(len(LENGTHS), WIDTH, dtype=torch.float64)
    (pooled := pooling(ours, batch())).backward(weights)
    (expected := looped(name, theirs, query)).backward(weights)
    torch.testing.assert_close(pooled, expected, rtol=0, atol=1e-14)
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=0, atol=1e-14)


def test_the_softmax_of_each_sequence_is_torchs_own():
    scores = states()
    expected = torch.cat([part.softmax(dim=0) for part in scores.split(LENGTHS)])
    torch.testing.assert_close(segment_softmax(scores, batch()), expected, rtol=0, atol=1e-15)


def test_attention_starts_at_the_mean():
    hidden = states()
    attention, mean = (build_pooling(name, WIDTH).double()(hidden, batch()) for name in ("attention", "mean"))
    torch.testing.assert_close(attention, mean, rtol=0, atol=1e-15)


def test_the_query_of_attention_gets_the_gradient_of_the_loop():
    pooling = AttentionPooling(WIDTH).double()
    query = torch.zeros(WIDTH, dtype=torch.float64, requires_grad=True)
    pooling(states(), batch())[:, 0].sum().backward()
    looped("attention", states(), query)[:, 0].sum().backward()
    torch.testing.assert_close(pooling.query.grad, query.grad, rtol=0, atol=1e-14)


def test_large_scores_of_attention_do_not_overflow():
    pooling = AttentionPooling(WIDTH)
    pooling.query.data.fill_(1e4)
    assert torch.isfinite(pooling(states(kind=torch.float32), batch())).all()


def test_the_maximum_of_equals_is_the_first_token():
    hidden = torch.ones(5, 2, requires_grad=True)
    build_pooling("max", 2)(hidden, batch((2, 3))).sum().backward()
    assert hidden.grad[:, 0].tolist() == [1, 0, 1, 0, 0]


def test_the_maximum_hands_on_what_is_not_a_number():
    hidden = torch.zeros(4, 1)
    hidden[1] = math.nan
    pooled = build_pooling("max", 1)(hidden, batch((2, 2)))
    assert pooled.isnan().flatten().tolist() == [True, False]


def test_a_mean_over_many_bfloat16_states_is_summed_in_float32():
    hidden = torch.full((1000, 1), 1.0, dtype=torch.bfloat16)  # a running bfloat16 sum of ones stops at 256
    pooled = build_pooling("mean", 1)(hidden, batch((1000,)))
    assert pooled.dtype is torch.bfloat16
    assert pooled.item() == 1.0
    assert segment_sum(hidden, batch((1000,))).dtype is torch.float32


@pytest.mark.parametrize("name", ["first", "final", "mean", "max", "attention"])
def test_a_sequence_without_tokens_is_never_pooled(name):
    with pytest.raises(AssertionError):
        build_pooling(name, WIDTH)(torch.zeros(3, WIDTH), batch((3, 0)))
