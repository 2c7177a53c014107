"""Attention of targets to the sources of their own sequence, against torch's own and against sums by hand."""

import pytest
import torch
from torch import nn

from seqwise.model.layers.cross_attention import LuongAttention, MultiHeadAttention, plan_cross_attention

WIDTH, SOURCE_WIDTH, HEADS = 12, 8, 3
TARGETS = (3, 1, 20, 0, 2, 17)
SOURCES = (5, 18, 2, 4, 6, 33)
KINDS = ["fused", "plain", "general", "concat"]


def ragged(targets=TARGETS, sources=SOURCES, *, kind=torch.float64):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(sum(targets), WIDTH, generator=generator, dtype=kind)
    return x, torch.randn(sum(sources), SOURCE_WIDTH, generator=generator, dtype=kind)


def layer(name, *, kind=torch.float64, source_width=SOURCE_WIDTH):
    torch.manual_seed(0)
    if name in ("general", "concat"):
        return LuongAttention(WIDTH, source_width=source_width, score=name).to(kind)
    dropout = 1e-15 if name == "plain" else 0.0  # the products that a dropout needs; this one drops nothing
    return MultiHeadAttention(WIDTH, HEADS, source_width=source_width, dropout=dropout).to(kind)


def attend(made, x, memory, targets=TARGETS, sources=SOURCES, *, is_causal=False):
    plan = plan_cross_attention(targets, sources, like=x, is_causal=is_causal)
    return made(x, made.look_at(memory, plan))


def torchs_own(ours, source_width):
    """torch's multi-head attention with the weights of ours."""
    kind = ours.output.weight.dtype
    theirs = nn.MultiheadAttention(
        WIDTH, HEADS, kdim=source_width, vdim=source_width, batch_first=True, dtype=kind, bias=True
    )
    key, value = ours.key_value.weight.chunk(2)
    with torch.no_grad():
        if theirs.in_proj_weight is None:
            theirs.q_proj_weight.copy_(ours.query.weight)
            theirs.k_proj_weight.copy_(key)
            theirs.v_proj_weight.copy_(value)
        else:
            theirs.in_proj_weight.copy_(torch.cat([ours.query.weight, key, value]))
        theirs.in_proj_bias.copy_(torch.cat([ours.query.bias, ours.key_value.bias]))
    theirs.out_proj.load_state_dict(ours.output.state_dict())
    return theirs


@pytest.mark.parametrize(("kind", "atol"), [(torch.float32, 1e-6), (torch.float64, 1e-12)])
@pytest.mark.parametrize("name", ["fused", "plain"])
def test_each_sequence_is_attended_as_torch_does_it_alone(name, kind, atol):
    made, (x, memory) = layer(name, kind=kind), ragged(kind=kind)
    theirs = torchs_own(made, SOURCE_WIDTH)
    found = attend(made, x, memory).split(TARGETS)
    for ours, queries, keys in zip(found, x.split(TARGETS), memory.split(SOURCES), strict=True):
        expected, _ = theirs(queries[None], keys[None], keys[None], need_weights=False)
        torch.testing.assert_close(ours, expected[0], atol=atol, rtol=0)


@pytest.mark.parametrize("name", ["fused", "plain"])
def test_a_causal_plan_is_torchs_causal_mask(name):
    made, (x, _) = layer(name, source_width=WIDTH), ragged()
    theirs = torchs_own(made, WIDTH)
    found = attend(made, x, x, TARGETS, TARGETS, is_causal=True).split(TARGETS)
    for ours, part in zip(found, x.split(TARGETS), strict=True):
        hidden = torch.ones(len(part), len(part), dtype=torch.bool).triu(1)
        expected, _ = theirs(part[None], part[None], part[None], attn_mask=hidden, need_weights=False)
        torch.testing.assert_close(ours, expected[0], atol=1e-12, rtol=0)


@pytest.mark.parametrize("score", ["general", "concat"])
def test_the_attention_of_luong_is_its_equations(score):
    made, (x, memory) = layer(score), ragged()
    found = iter(attend(made, x, memory))
    for states, sources in zip(x.split(TARGETS), memory.split(SOURCES), strict=True):
        for h in states:
            if score == "general":
                scores = [h @ made.key.weight @ s for s in sources]
            else:
                joined = torch.cat([made.query.weight, made.key.weight], dim=1)  # W_a of [h; s]
                scores = [made.vector.weight[0] @ (joined @ torch.cat([h, s])).tanh() for s in sources]
            context = (torch.stack(scores).softmax(0).unsqueeze(1) * sources).sum(0)
            expected = (made.output.weight @ torch.cat([context, h])).tanh()
            torch.testing.assert_close(next(found), expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("name", KINDS)
def test_a_sequence_gives_the_same_alone_in_a_batch_and_in_any_order(name):
    made, (x, memory) = layer(name), ragged()
    expected, queries, keys = attend(made, x, memory).split(TARGETS), x.split(TARGETS), memory.split(SOURCES)
    for order in ((5, 4, 3, 2, 1, 0), (2,), (0, 5)):
        found = attend(
            made,
            torch.cat([queries[i] for i in order]),
            torch.cat([keys[i] for i in order]),
            [TARGETS[i] for i in order],
            [SOURCES[i] for i in order],
        )
        torch.testing.assert_close(found, torch.cat([expected[i] for i in order]), atol=1e-12, rtol=0)


@pytest.mark.parametrize("name", KINDS)
def test_the_gradient_of_one_sequence_does_not_reach_another(name):
    made, (x, memory) = layer(name), ragged()
    x.requires_grad_()
    memory.requires_grad_()
    attend(made, x, memory).split(TARGETS)[2].sum().backward()
    for gradient, lengths in ((x.grad, TARGETS), (memory.grad, SOURCES)):
        assert [bool(part.abs().sum() > 0) for part in gradient.split(lengths)] == [i == 2 for i in range(len(lengths))]


@pytest.mark.parametrize("name", KINDS)
def test_the_gradient_is_the_numerical_one(name):
    targets, sources = (2, 0, 1), (1, 2, 3)
    made, (x, memory) = layer(name), ragged(targets, sources)
    names, weights = zip(*made.named_parameters(), strict=True)

    def run(x, memory, *weights):
        plan = plan_cross_attention(targets, sources, like=x)
        with_weights = dict(zip(names, weights, strict=True))
        return torch.func.functional_call(
            Attending(made, plan), {f"made.{k}": v for k, v in with_weights.items()}, (x, memory)
        )

    assert torch.autograd.gradcheck(run, (x.requires_grad_(), memory.requires_grad_(), *weights), fast_mode=True)


class Attending(nn.Module):
    """Both halves of an attention as one module."""

    def __init__(self, made, plan):
        super().__init__()
        self.made, self.plan = made, plan

    def forward(self, x, memory):
        return self.made(x, self.made.look_at(memory, self.plan))


def test_a_causal_target_cannot_see_later_ones():
    made, (x, _) = layer("fused", source_width=WIDTH), ragged()
    changed = x.clone()
    changed[10:24] += 1.0  # the last targets of the third sequence
    before, after = (attend(made, each, each, TARGETS, TARGETS, is_causal=True) for each in (x, changed))
    assert torch.equal(before[:10], after[:10])
    assert torch.equal(before[24:], after[24:])
    assert not torch.allclose(before[10:24], after[10:24])


def test_sequences_of_one_length_need_no_mask():
    x, _ = ragged((3, 3), (5, 5))
    plan = plan_cross_attention((3, 3), (5, 5), like=x)
    assert [(each.n_sequences, each.n_targets, each.n_sources, each.bias) for each in plan.groups] == [(2, 3, 5, None)]


def test_a_target_without_sources_is_refused():
    with pytest.raises(AssertionError):
        plan_cross_attention((1, 1), (3, 0), like=torch.zeros(()))
