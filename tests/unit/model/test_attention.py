import pytest
import torch
from ragged import batch_of, random_sequences
from torch import nn

from seqwise.errors import UsageError
from seqwise.model.layers.attention import FlatSelfAttention, append_tail, plan_attention
from seqwise.model.layers.positions import plan_rotation

LENGTHS = (5, 1, 16, 17, 40, 5, 33)
WIDTH, HEADS = 24, 3


def attention(*, dropout=0.0, kind=torch.float32):
    torch.manual_seed(0)
    return FlatSelfAttention(WIDTH, HEADS, dropout=dropout).to(kind)


def ragged(lengths=LENGTHS, *, kind=torch.float32):
    batch = batch_of(random_sequences(lengths, vocabulary=9))
    torch.manual_seed(1)
    return batch, torch.randn(batch.n_tokens, WIDTH, dtype=kind)


def torchs_own(layer):
    """torch's multi-head attention with the weights of ours."""
    theirs = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True, dtype=layer.output.weight.dtype)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(layer.query_key_value.weight)
        theirs.in_proj_bias.copy_(layer.query_key_value.bias)
        theirs.out_proj.load_state_dict(layer.output.state_dict())
    return theirs


@pytest.fixture(params=["fused", "plain"])
def layer(request):
    """Both ways to the same numbers: torch's kernel, and the products that a dropout needs (one that drops nothing)."""
    return attention().eval() if request.param == "fused" else attention(dropout=1e-9).train()


@pytest.mark.parametrize("lengths", [LENGTHS, (7,), (17, 17, 17)], ids=["ragged", "alone", "one length"])
@pytest.mark.parametrize("is_causal", [False, True])
def test_each_sequence_is_attended_as_torch_does_it_alone(layer, lengths, is_causal):
    batch, x = ragged(lengths)
    ours = layer(x, plan_attention(batch, is_causal=is_causal))
    theirs = torchs_own(layer)
    for part, expected_part in zip(x.split(lengths), ours.split(lengths), strict=True):
        n = len(part)
        hidden = torch.ones(n, n, dtype=torch.bool).triu(1) if is_causal else None
        expected, _ = theirs(part[None], part[None], part[None], attn_mask=hidden, need_weights=False)
        torch.testing.assert_close(expected_part, expected[0], atol=1e-6, rtol=0)


@pytest.mark.parametrize("lengths", [LENGTHS, (7,)], ids=["ragged", "alone"])
def test_the_first_tokens_by_themselves_get_what_torch_gives_them(lengths):
    layer = attention().double().eval()
    batch, x = ragged(lengths, kind=torch.float64)
    expected = [torchs_own(layer)(part[None], part[None], part[None])[0][0, 0] for part in x.split(lengths)]
    torch.testing.assert_close(layer.first(x, batch), torch.stack(expected), atol=1e-12, rtol=0)


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_sequences_of_one_length_are_neither_padded_nor_moved(kind):
    batch, _ = ragged((17, 17), kind=kind)
    plan = plan_attention(batch, kind=kind)
    assert (plan.gather, plan.scatter, plan.n_tail) == (None, None, 0)
    assert [(group.n_sequences, group.width, group.bias) for group in plan.groups] == [(2, 17, None)]


def test_a_sequence_gives_the_same_alone_in_a_batch_and_in_any_order(layer):
    batch, x = ragged()
    together = layer(x, plan_attention(batch)).split(LENGTHS)
    order = (3, 0, 6, 5, 1, 4, 2)
    parts = x.split(LENGTHS)
    shuffled = batch_of(random_sequences([LENGTHS[i] for i in order], vocabulary=9))
    mixed = layer(torch.cat([parts[i] for i in order]), plan_attention(shuffled)).split(shuffled.lengths)
    for rank, i in enumerate(order):
        alone = layer(parts[i], plan_attention(batch_of(random_sequences([LENGTHS[i]], vocabulary=9))))
        torch.testing.assert_close(together[i], alone, atol=1e-6, rtol=0)
        torch.testing.assert_close(together[i], mixed[rank], atol=1e-6, rtol=0)


def test_padding_inside_a_group_gets_no_weight_at_all(layer):
    batch, x = ragged((5, 16))
    plan = plan_attention(batch)
    before = layer(x, plan)
    # The padded places repeat a real token; whatever they hold, the result keeps every bit.
    gather = plan.gather.clone()
    is_padding = torch.ones(len(gather), dtype=torch.bool)
    is_padding[plan.scatter] = False
    assert int(is_padding.sum()) == 11
    gather[is_padding] = 20
    x = x.clone()
    other = layer(x, type(plan)(groups=plan.groups, gather=gather, scatter=plan.scatter, n_tail=0))
    assert torch.equal(before, other)


def test_the_gradient_of_one_sequence_does_not_reach_another(layer):
    batch, x = ragged()
    x.requires_grad_()
    layer(x, plan_attention(batch)).split(LENGTHS)[3].sum().backward()
    gradients = x.grad.split(LENGTHS)
    assert all(part.abs().max() == 0 for i, part in enumerate(gradients) if i != 3)
    assert gradients[3].abs().max() > 0


def test_a_causal_token_cannot_see_later_ones(layer):
    batch, x = ragged((20,))
    plan = plan_attention(batch, is_causal=True)
    changed = x.clone()
    changed[12:] += 1.0
    before, after = layer(x, plan), layer(changed, plan)
    assert torch.equal(before[:12], after[:12])
    assert not torch.allclose(before[12:], after[12:])


@pytest.mark.parametrize("is_rotary", [False, True])
@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize("dropout", [0.0, 1e-9])
def test_the_gradient_is_the_numerical_one(is_causal, is_rotary, dropout):
    layer = attention(dropout=dropout, kind=torch.float64).train()
    batch, x = ragged((3, 1, 4), kind=torch.float64)
    plan = plan_attention(batch, kind=torch.float64, is_causal=is_causal)
    if is_rotary:
        rotation = plan_rotation(batch.positions, WIDTH // HEADS, kind=torch.float64)
        plan = type(plan)(plan.groups, plan.gather, plan.scatter, plan.n_tail, rotation)
    x.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: layer(x, plan), (x,), fast_mode=True)


def test_a_rotary_product_depends_on_the_distance_only():
    layer = attention().eval()
    batch, x = ragged((12,))
    plan = plan_attention(batch)
    near, far = (
        layer(x, type(plan)(plan.groups, plan.gather, plan.scatter, 0, plan_rotation(batch.positions + shift, 8)))
        for shift in (0, 100)
    )
    torch.testing.assert_close(near, far, atol=1e-5, rtol=0)
    assert not torch.allclose(near, layer(x, plan), atol=1e-4)


def test_attention_dropout_drops_weights_in_training_only():
    layer = attention(dropout=0.5)
    batch, x = ragged()
    plan = plan_attention(batch)
    assert torch.equal(layer.eval()(x, plan), layer(x, plan))
    layer.train()
    torch.manual_seed(4)
    first = layer(x, plan)
    torch.manual_seed(4)
    again = layer(x, plan)
    assert torch.equal(first, again)
    assert not torch.allclose(first, layer(x, plan))


def test_the_first_tokens_by_themselves_meet_the_same_share_of_dropout():
    layer = attention(dropout=0.3).double()
    batch, x = ragged((9, 33, 5), kind=torch.float64)
    plan = plan_attention(batch)
    with torch.no_grad():
        layer.eval()
        expected = layer.first(x, batch)
        layer.train()
        draws = torch.stack([layer.first(x, batch) for _ in range(3000)])
        whole = torch.stack([layer(x, plan)[batch.offsets[:-1]] for _ in range(3000)])
    error = 5 * draws.std(0) / 3000**0.5  # five standard errors of the mean
    assert (draws.mean(0) - expected).abs().le(error).all()
    torch.testing.assert_close(draws.std(0), whole.std(0), rtol=0.15, atol=1e-3)


def test_bfloat16_has_a_tail_that_changes_nothing():
    layer = attention().eval()
    batch, x = ragged()
    plan = plan_attention(batch, kind=torch.bfloat16)
    half = layer.to(torch.bfloat16)(append_tail(x.bfloat16(), plan), plan)
    assert half.shape == (128, WIDTH)
    expected = attention().eval()(x, plan_attention(batch))
    torch.testing.assert_close(half[: batch.n_tokens].float(), expected, atol=0.02, rtol=0.05)


def test_float32_has_no_tail():
    batch, x = ragged()
    assert append_tail(x, plan_attention(batch)) is x


def test_a_rotary_plan_leaves_the_tail_alone():
    layer = attention().to(torch.bfloat16).eval()
    batch, x = ragged()
    plan = plan_attention(batch, kind=torch.bfloat16)
    rotation = plan_rotation(batch.positions, 8, kind=torch.bfloat16)
    plan = type(plan)(plan.groups, plan.gather, plan.scatter, plan.n_tail, rotation)
    assert layer(append_tail(x.bfloat16(), plan), plan).isfinite().all()


def test_everything_follows_the_batch_to_its_device():
    batch, x = ragged()
    place = torch.device("meta")
    for layer in (attention().eval(), attention(dropout=0.1).train()):
        assert layer.to(place)(x.to(place), plan_attention(batch.to(place))).device == place


def test_an_empty_batch_gives_an_empty_result():
    batch, x = ragged((0,))
    assert attention()(x, plan_attention(batch)).shape == (0, WIDTH)


def test_a_sequence_without_tokens_is_passed_over():
    batch, x = ragged((3, 0, 4))
    plan = plan_attention(batch)
    assert [(group.n_sequences, group.width) for group in plan.groups] == [(2, 16)]
    assert attention()(x, plan).shape == (7, WIDTH)


def test_heads_that_do_not_divide_the_width_are_refused():
    message = r"encoder.heads: 5 heads do not divide a width of 24\. Choose a number of heads that divides the width\."
    with pytest.raises(UsageError, match=message):
        FlatSelfAttention(24, 5, dropout=0.0)
