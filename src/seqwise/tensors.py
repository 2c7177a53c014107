"""The flat batch: all tokens of all its sequences on one axis, never a padded matrix."""

from dataclasses import dataclass, replace

from jaxtyping import Float, Int
from torch import Tensor, device


@dataclass(frozen=True)
class Batch:
    """Sequences on one token axis; sequence ``i`` is ``tokens[offsets[i]:offsets[i + 1]]``.

    Attributes:
        tokens: token ids, shape (token,), int64.
        offsets: where each sequence begins, and the end of the last, shape (batch + 1,), int64.
        positions: place of each token in its own sequence, from 0, shape (token,), int64.
        sequence: number of the sequence that each token belongs to, shape (token,), int64.
        lengths: tokens of each sequence, on the host, so that planning a layout never waits for a device.
        rows: row numbers in the split, on the host.
        targets: one label number a sequence, shape (batch,), int64, or None.
        priors: log-probabilities of a baseline, shape (batch, label), float32, or None.
    """

    tokens: Int[Tensor, " token"]
    offsets: Int[Tensor, " batch_and_end"]
    positions: Int[Tensor, " token"]
    sequence: Int[Tensor, " token"]
    lengths: tuple[int, ...]
    rows: tuple[int, ...]
    targets: Int[Tensor, " batch"] | None = None
    priors: Float[Tensor, "batch label"] | None = None

    def __len__(self) -> int:
        """Number of sequences."""
        return len(self.lengths)

    @property
    def n_tokens(self) -> int:
        """Number of real tokens, which are all tokens."""
        return sum(self.lengths)

    def to(self, place: device) -> "Batch":
        """The same batch on another device."""
        return replace(
            self,
            tokens=self.tokens.to(place, non_blocking=True),
            offsets=self.offsets.to(place, non_blocking=True),
            positions=self.positions.to(place, non_blocking=True),
            sequence=self.sequence.to(place, non_blocking=True),
            targets=None if self.targets is None else self.targets.to(place, non_blocking=True),
            priors=None if self.priors is None else self.priors.to(place, non_blocking=True),
        )


@dataclass(frozen=True)
class Encoded:
    """What an encoder returns: a hidden state for each token and one for each sequence."""

    hidden: Float[Tensor, "token hidden"]
    pooled: Float[Tensor, "batch hidden"]
