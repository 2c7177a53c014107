import math

import pytest
import torch

from seqwise.errors import UsageError
from seqwise.model.layers.positions import LearnedPositions, plan_rotation, refuse_longer, rotate, sinusoids


def test_sinusoids_follow_the_paper():
    # Vaswani et al. 2017, section 3.5: PE(pos, 2i) = sin(pos / 10000^(2i/d)), PE(pos, 2i + 1) = cos(the same).
    width = 6
    table = sinusoids(torch.arange(50), width)
    for place in (0, 1, 7, 49):
        for i in range(width // 2):
            angle = place / 10000 ** (2 * i / width)
            assert table[place, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-6)
            assert table[place, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-6)


def test_rotary_turns_each_pair_by_place_times_frequency():
    # Su et al. 2021, equation 34, with unit i paired with unit i + half.
    width, place = 4, 3
    x = torch.tensor([[[1.0, 2.0, 3.0, 4.0]]])
    turned = rotate(x, plan_rotation(torch.tensor([place]), width))[0, 0].tolist()
    for i in range(width // 2):
        angle = place * 10000 ** (-2 * i / width)
        left, right = x[0, 0, i].item(), x[0, 0, i + width // 2].item()
        assert turned[i] == pytest.approx(left * math.cos(angle) - right * math.sin(angle), abs=1e-6)
        assert turned[i + width // 2] == pytest.approx(right * math.cos(angle) + left * math.sin(angle), abs=1e-6)


def test_rotary_keeps_the_length_of_a_vector():
    x = torch.randn(30, 2, 8)
    turned = rotate(x, plan_rotation(torch.arange(30), 8))
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))


def test_far_places_keep_their_angle():
    # In float32 alone, place 100,000 would be off by some 1e-3.
    rotation = plan_rotation(torch.tensor([100_000]), 8)
    assert rotation.sine[0, 0, 1].item() == pytest.approx(math.sin(100_000 * 10000**-0.25), abs=1e-7)


def test_learned_positions_begin_at_their_first_row():
    layer = LearnedPositions(10, 3, first=2)
    assert torch.equal(layer(torch.tensor([0, 1, 0])), layer.weight[[2, 3, 2]])
    assert layer.longest == 8


def test_a_longer_sequence_is_refused_and_never_clamped():
    refuse_longer((8, 3), 8)
    message = (
        r"prepare.max_length: a sequence has 9 tokens, and the encoder has learnt positions for 8\. "
        r"Set prepare.max_length to 8 or less\."
    )
    with pytest.raises(UsageError, match=message):
        refuse_longer((3, 9), 8)
