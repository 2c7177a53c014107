"""Places of tokens in; vectors to add to word vectors out, or angles that turn queries and keys.

Places count from 0 inside each sequence, so a sequence gets the same positions alone and in any batch.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, dtype, nn

from seqwise.errors import Problem, UsageError

# Vaswani et al. 2017, section 3.5, and Su et al. 2021, section 3.2.2, both take 10000.
BASE = 10000.0


class LearnedPositions(nn.Module):
    """One learnt vector a place, as in BERT (Devlin et al. 2019, https://arxiv.org/abs/1810.04805, section 3.2).

    A longer sequence has no vector and is refused; nothing is clamped or wrapped.
    """

    def __init__(self, n_positions: int, width: int, *, first: int = 0) -> None:
        """Make the table.

        Args:
            n_positions: rows of the table.
            width: units of a vector.
            first: row of a sequence's first token; RoBERTa's table keeps the rows before for padding.
        """
        super().__init__()
        self.first = first
        self.longest = n_positions - first
        self.weight = nn.Parameter(torch.empty(n_positions, width))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, positions: Int[Tensor, " token"]) -> Float[Tensor, "token hidden"]:
        """The vectors of these places; see :func:`refuse_longer` for places outside the table."""
        return nn.functional.embedding(positions + self.first if self.first else positions, self.weight)


def refuse_longer(lengths: tuple[int, ...], longest: int) -> None:
    """Refuse a batch with a sequence that the learnt positions do not reach.

    Args:
        lengths: tokens of each sequence.
        longest: tokens that have a position.

    Raises:
        UsageError: if a sequence is longer.
    """
    found = max(lengths, default=0)
    if found > longest:
        raise UsageError(
            Problem(
                where="prepare.max_length",
                what=f"a sequence has {found} tokens, and the encoder has learnt positions for {longest}.",
                fix=f"Set prepare.max_length to {longest} or less.",
            )
        )


def sinusoids(
    positions: Int[Tensor, " token"], width: int, *, kind: dtype = torch.float32
) -> Float[Tensor, "token hidden"]:
    """Sines and cosines of the places (Vaswani et al. 2017, Attention Is All You Need, section 3.5).

    https://arxiv.org/abs/1706.03762: unit 2i holds sin(place / 10000^(2i / width)), unit 2i + 1 the cosine.

    Args:
        positions: places from 0, shape (token,).
        width: units of a vector, even.
        kind: dtype of the result.

    Returns:
        Vectors of shape (token, width), each number between -1 and 1.
    """
    angles = _angles(positions, width)  # (token, width / 2)
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1).to(kind)


@dataclass(frozen=True)
class Rotation:
    """Cosine and sine of the angle of each token and pair of units, shape (token, 1, head / 2)."""

    cosine: Float[Tensor, "token 1 pair"]
    sine: Float[Tensor, "token 1 pair"]


def plan_rotation(positions: Int[Tensor, " token"], head_width: int, *, kind: dtype = torch.float32) -> Rotation:
    """Angles of rotary positions for one batch, used by all its layers.

    Args:
        positions: places from 0, shape (token,).
        head_width: units of one attention head, even.
        kind: dtype of queries and keys.
    """
    angles = _angles(positions, head_width).unsqueeze(1)  # (token, 1, head_width / 2)
    return Rotation(cosine=angles.cos().to(kind), sine=angles.sin().to(kind))


def rotate(x: Float[Tensor, "token head unit"], rotation: Rotation) -> Float[Tensor, "token head unit"]:
    """Turn pairs of units by the angle of the token's place, so that a product depends on the distance only.

    Su, Lu, Pan, Murtadha, Wen and Liu (2021), RoFormer, https://arxiv.org/abs/2104.09864, equation 34. The paper pairs
    neighbouring units; here unit i goes with unit i + half, which is the same up to the order of the units.
    """
    left, right = x.chunk(2, dim=-1)
    turned = (left * rotation.cosine - right * rotation.sine, right * rotation.cosine + left * rotation.sine)
    return torch.cat(turned, dim=-1)


def _angles(positions: Int[Tensor, " token"], width: int) -> Float[Tensor, "token half"]:
    # In double precision: float32 loses the angle of far places, and the table is small.
    exponents = torch.arange(0, width, 2, device=positions.device, dtype=torch.float64) / width
    return positions.to(torch.float64).unsqueeze(1) * BASE**-exponents
