import pytest
import torch
from ragged import batch_of, random_sequences
from torch import nn

from seqwise.model.layers.attention import FlatSelfAttention, plan_attention
from seqwise.model.layers.block import Block, FeedForward

WIDTH, HEADS, INNER = 12, 3, 20
LENGTHS = (4, 1, 18)


def block(*, is_pre_norm, dropout=0.0, kind=torch.float64):
    torch.manual_seed(0)
    made = Block(
        FlatSelfAttention(WIDTH, HEADS, dropout=dropout),
        FeedForward(WIDTH, INNER, activation=nn.GELU()),
        attention_norm=nn.LayerNorm(WIDTH),
        feed_forward_norm=nn.LayerNorm(WIDTH),
        dropout=dropout,
        is_pre_norm=is_pre_norm,
    )
    for norm in (made.attention_norm, made.feed_forward_norm):
        nn.init.normal_(norm.weight, mean=1.0, std=0.1)
        nn.init.normal_(norm.bias, std=0.1)
    return made.to(kind)


def torchs_own(ours, *, is_pre_norm):
    theirs = nn.TransformerEncoderLayer(
        WIDTH,
        HEADS,
        INNER,
        dropout=0.0,
        activation="gelu",
        batch_first=True,
        norm_first=is_pre_norm,
        dtype=torch.float64,
    )
    with torch.no_grad():
        theirs.self_attn.in_proj_weight.copy_(ours.attention.query_key_value.weight)
        theirs.self_attn.in_proj_bias.copy_(ours.attention.query_key_value.bias)
    theirs.self_attn.out_proj.load_state_dict(ours.attention.output.state_dict())
    theirs.linear1.load_state_dict(ours.feed_forward.inner.state_dict())
    theirs.linear2.load_state_dict(ours.feed_forward.outer.state_dict())
    theirs.norm1.load_state_dict(ours.attention_norm.state_dict())
    theirs.norm2.load_state_dict(ours.feed_forward_norm.state_dict())
    return theirs.train()


@pytest.mark.parametrize("is_pre_norm", [False, True])
def test_a_block_computes_what_torchs_own_layer_does(is_pre_norm):
    ours = block(is_pre_norm=is_pre_norm)
    theirs = torchs_own(ours, is_pre_norm=is_pre_norm)
    batch = batch_of(random_sequences(LENGTHS, vocabulary=5))
    x = torch.randn(batch.n_tokens, WIDTH, dtype=torch.float64)
    result = ours(x, plan_attention(batch, kind=torch.float64)).split(LENGTHS)
    for part, mine in zip(x.split(LENGTHS), result, strict=True):
        torch.testing.assert_close(mine, theirs(part[None])[0], atol=1e-12, rtol=0)


@pytest.mark.parametrize("is_pre_norm", [False, True])
def test_the_gradient_is_the_numerical_one(is_pre_norm):
    made = block(is_pre_norm=is_pre_norm)
    batch = batch_of(random_sequences((2, 3), vocabulary=5))
    plan = plan_attention(batch, kind=torch.float64)
    x = torch.randn(5, WIDTH, dtype=torch.float64, requires_grad=True)
    names, weights = zip(*made.named_parameters(), strict=True)

    def run(x, *weights):
        return torch.func.functional_call(made, dict(zip(names, weights, strict=True)), (x, plan))

    assert torch.autograd.gradcheck(run, (x, *weights), fast_mode=True)


@pytest.mark.parametrize("is_pre_norm", [False, True])
def test_dropout_falls_before_each_sum(is_pre_norm):
    made = block(is_pre_norm=is_pre_norm, dropout=0.5).train()
    batch = batch_of(random_sequences((4,), vocabulary=5))
    x = torch.randn(4, WIDTH, dtype=torch.float64)
    plan = plan_attention(batch, kind=torch.float64)
    assert not torch.allclose(made(x, plan), made(x, plan))
    assert torch.equal(made.eval()(x, plan), made(x, plan))
    sums = []
    made.dropout.register_forward_hook(lambda _, inputs, output: sums.append((inputs, output)))
    made(x, plan)
    assert len(sums) == 2  # behind attention and behind the feed-forward net
