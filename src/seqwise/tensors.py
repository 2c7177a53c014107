"""The flat batch: all tokens of all its sequences on one axis, never a padded matrix."""

from dataclasses import dataclass, replace

from jaxtyping import Float, Int
from torch import Tensor, device


@dataclass(frozen=True)
class Units:
    """What gets an output of its own inside the sequences of a batch: words, or tokens; in the order of the batch.

    Attributes:
        starts: first token of each unit on the token axis of the batch, shape (unit,), int64.
        ends: the token behind its last, shape (unit,), int64; every unit has a token.
        lengths: units of each sequence, on the host.
        words: number of each unit's word, 0 for unknown ones, shape (unit,), int64, or None.
    """

    starts: Int[Tensor, " unit"]
    ends: Int[Tensor, " unit"]
    lengths: tuple[int, ...]
    words: Int[Tensor, " unit"] | None = None

    def to(self, place: device) -> "Units":
        """The same units on another device."""
        return replace(
            self,
            starts=self.starts.to(place, non_blocking=True),
            ends=self.ends.to(place, non_blocking=True),
            words=None if self.words is None else self.words.to(place, non_blocking=True),
        )


@dataclass(frozen=True)
class Batch:
    """Sequences on one token axis; sequence ``i`` is ``tokens[offsets[i]:offsets[i + 1]]``.

    Attributes:
        tokens: token ids, shape (token,), int64.
        offsets: where each sequence begins, and the end of the last, shape (batch + 1,), int64.
        positions: place of each token in its own sequence, from 0, shape (token,), int64.
        sequence: number of the sequence that each token belongs to, shape (token,), int64.
        lengths: tokens of each sequence, on the host, so that planning a layout never waits for a device.
        rows: numbers in the split of what gets an output, on the host: of sequences, or of units where there are units.
        targets: one label number an output, shape (row,), int64, or None.
        priors: log-probabilities of a baseline, shape (row, label), float32, or None.
        units: where the outputs are those of units inside the sequences.
        features: what is known of each token beside its id, shape (token, feature), float32, or None.
        values: the numbers that are to be forecast, shape (row, channel), float32, or None.
        target_lengths: where the targets are sequences themselves, how many each sequence has, on the host.
    """

    tokens: Int[Tensor, " token"]
    offsets: Int[Tensor, " batch_and_end"]
    positions: Int[Tensor, " token"]
    sequence: Int[Tensor, " token"]
    lengths: tuple[int, ...]
    rows: tuple[int, ...]
    targets: Int[Tensor, " row"] | None = None
    priors: Float[Tensor, "row label"] | None = None
    units: Units | None = None
    features: Float[Tensor, "token feature"] | None = None
    values: Float[Tensor, "row channel"] | None = None
    target_lengths: tuple[int, ...] | None = None

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
            units=None if self.units is None else self.units.to(place),
            features=None if self.features is None else self.features.to(place, non_blocking=True),
            values=None if self.values is None else self.values.to(place, non_blocking=True),
        )


@dataclass(frozen=True)
class Encoded:
    """What an encoder returns: a hidden state for each token and one for each sequence."""

    hidden: Float[Tensor, "token hidden"]
    pooled: Float[Tensor, "batch hidden"]
