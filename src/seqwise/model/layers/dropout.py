"""Hidden states in, the same states with a random share set to 0 out; cheap on a CPU.

torch draws one random number a unit, which costs more on a CPU than the multiplication it guards. Here the random
masks are drawn once, and each call reads them from a new random place.
"""

from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor, dtype, nn
from torch.nn import functional as F

from seqwise.errors import Problem, UsageError

# 2**22 entries: four to ten times the units of a usual batch, so that two calls seldom share a place, and in float32
# 16 MiB, which stays in the last cache of a server's processor.
RING_LENGTH = 2**22
# The ring is a constant: where to read it is what torch.manual_seed decides.
_RING_SEED = 20140601


class Dropout(nn.Module):
    """Sets each unit to 0 with probability ``p`` in training and scales the rest by 1 / (1 - p); identity in eval.

    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov (2014), Dropout: A Simple Way to Prevent Neural Networks
    from Overfitting, https://jmlr.org/papers/v15/srivastava14a.html. We depart from section 4 in one point: on a CPU
    the units of one call are neighbours in a fixed ring of independent draws, read from a random place. The place comes
    from torch's global CPU generator, so ``torch.manual_seed`` before a step makes the step repeatable.

    Example:
        >>> import torch
        >>> dropout = Dropout(0.5).eval()
        >>> dropout(torch.ones(3))
        tensor([1., 1., 1.])
    """

    def __init__(self, p: float) -> None:
        """Keep the share to drop.

        Args:
            p: probability that a unit is dropped, from 0 up to but not including 1.

        Raises:
            UsageError: if ``p`` is outside that range.
        """
        super().__init__()
        if not 0.0 <= p < 1.0:
            raise UsageError(
                Problem(where="dropout", what=f"found {p}; allowed: 0 up to, not including, 1.", fix="Use 0.1, say.")
            )
        self.p = p

    def forward(self, x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Drop units of ``x`` in training; the result has the shape and dtype of ``x``."""
        if not self.training or self.p == 0.0:
            return x
        if x.device.type != "cpu":
            return F.dropout(x, self.p)
        return x * _mask(x, self.p)

    def extra_repr(self) -> str:
        """Shown inside ``repr`` of a network."""
        return f"p={self.p}"


def _mask(x: Float[Tensor, "*shape"], p: float) -> Float[Tensor, "*shape"]:
    """A mask of 0 and 1 / (1 - p) for ``x``, joined from several places of the ring where ``x`` is long."""
    ring = _ring(p, x.dtype)
    n_units = x.numel()
    piece = min(n_units, RING_LENGTH // 2)  # at least half the ring is left to choose the place from
    n_pieces = -(-n_units // piece) if piece else 0
    if n_pieces <= 1:
        return _read(ring, n_units).view(x.shape)
    return torch.cat([_read(ring, piece) for _ in range(n_pieces)])[:n_units].view(x.shape)


def _read(ring: Float[Tensor, " ring"], n_units: int) -> Float[Tensor, " unit"]:
    start = int(torch.randint(RING_LENGTH - n_units + 1, (1,)))
    return ring[start : start + n_units]


@lru_cache(maxsize=8)
def _ring(p: float, kind: dtype) -> Float[Tensor, " ring"]:
    """Independent draws: 0 with probability ``p``, else 1 / (1 - p)."""
    generator = torch.Generator().manual_seed(_RING_SEED)
    # Made outside inference mode even when first asked for inside it, or training could not save it for backward.
    with torch.inference_mode(mode=False):
        kept = torch.rand(RING_LENGTH, generator=generator) >= p
        return kept.to(kind) / (1.0 - p)
