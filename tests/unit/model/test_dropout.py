import pytest
import torch
from torch.nn import functional as F

from seqwise.errors import UsageError
from seqwise.model.layers.dropout import RING_LENGTH, Dropout

N = 400_000


def dropped(p, *, seed=0, shape=(N,), dtype=torch.float32):
    torch.manual_seed(seed)
    return Dropout(p).train()(torch.ones(shape, dtype=dtype))


@pytest.mark.parametrize("p", [0.05, 0.1, 0.3, 0.5, 0.9])
def test_the_share_of_dropped_units_is_p(p):
    share = (dropped(p) == 0).double().mean().item()
    # Six standard deviations of a mean of N independent draws.
    assert abs(share - p) < 6 * (p * (1 - p) / N) ** 0.5


def test_kept_units_are_scaled_so_that_the_mean_stays():
    y = dropped(0.3)
    assert torch.allclose(y[y != 0], torch.tensor(1 / 0.7))
    assert y.mean().item() == pytest.approx(1.0, abs=0.01)


def test_eval_is_the_identity():
    x = torch.randn(7, 5)
    assert Dropout(0.5).eval()(x) is x


def test_a_share_of_zero_is_the_identity_in_training():
    x = torch.randn(7, 5)
    assert Dropout(0.0).train()(x) is x


def test_manual_seed_repeats_the_mask():
    assert torch.equal(dropped(0.1, seed=3), dropped(0.1, seed=3))


def test_two_calls_draw_different_masks():
    torch.manual_seed(0)
    layer = Dropout(0.5).train()
    first, second = layer(torch.ones(N)), layer(torch.ones(N))
    # Independent masks agree in p² + (1 - p)² = half of the units.
    assert (first == second).double().mean().item() == pytest.approx(0.5, abs=0.01)


def test_neighbouring_units_are_dropped_independently():
    kept = (dropped(0.5) != 0).double() - 0.5
    for step in (1, 32, 384):
        assert abs((kept[:-step] * kept[step:]).mean().item()) < 6 * 0.25 / N**0.5


def test_the_gradient_is_the_mask():
    x = torch.ones(1000, requires_grad=True)
    y = Dropout(0.4).train()(x)
    y.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, y.detach())


def test_a_tensor_longer_than_the_ring_is_masked_throughout():
    y = dropped(0.5, shape=(RING_LENGTH + 5, 2), dtype=torch.bfloat16)
    for part in y.reshape(-1).tensor_split(4):
        assert (part == 0).double().mean().item() == pytest.approx(0.5, abs=0.01)


def test_an_empty_tensor_passes():
    assert Dropout(0.5).train()(torch.zeros(0, 8)).shape == (0, 8)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_dtype_stays(dtype):
    assert dropped(0.1, dtype=dtype).dtype == dtype


def test_the_mean_and_spread_agree_with_torch():
    ours, theirs = dropped(0.2), F.dropout(torch.ones(N), 0.2)
    assert ours.std().item() == pytest.approx(theirs.std().item(), rel=0.02)


@pytest.mark.parametrize("p", [-0.1, 1.0])
def test_a_share_out_of_range_is_refused(p):
    with pytest.raises(UsageError, match=r"dropout: found .*; allowed: 0 up to, not including, 1\. Use 0\.1, say\."):
        Dropout(p)


def test_a_mask_first_used_in_inference_mode_serves_training_later():
    layer = Dropout(0.123).train()
    with torch.inference_mode():
        layer(torch.ones(4))
    x = torch.ones(4, requires_grad=True)
    layer(x).sum().backward()
    assert x.grad is not None
