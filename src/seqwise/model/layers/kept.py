"""Keys and values of what was told so far in, those of one target more behind them out; what stands there stays."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

LEAST_ROOM = 16  # places that are added at least where there is no room


class _Room:
    """Keys and values, shape (2, row, head, place, unit), and how many of the places are written."""

    def __init__(self, pair: Tensor, n_written: int) -> None:
        self.pair, self.n_written = pair, n_written


@dataclass(frozen=True)
class Kept:
    """The first ``n`` keys and values that stand in a room.

    Many may share a room, each with its own ``n``; so what one of them sees never changes. A step writes behind them
    without a copy if they are all that is written; else they are copied to a room of their own first. With gradients
    nothing is written into a tensor that there is: each step is a copy.
    """

    room: _Room
    n: int

    @staticmethod
    def none() -> "Kept":
        """Nothing yet."""
        return Kept(_Room(torch.empty(2, 0, 0, 0, 0), 0), 0)

    @property
    def seen(self) -> tuple[Float[Tensor, "row head target unit"], Float[Tensor, "row head target unit"]]:
        """The keys and the values, views of the room."""
        keys, values = self.room.pair[:, :, :, : self.n]
        return keys, values

    def extended(self, key: Float[Tensor, "row head one unit"], value: Float[Tensor, "row head one unit"]) -> "Kept":
        """These and one more for each row."""
        more = torch.stack((key, value))
        if self.n == 0:
            return Kept(_Room(more, 1), 1)
        if torch.is_grad_enabled() and (more.requires_grad or self.room.pair.requires_grad):
            return Kept(_Room(torch.cat((self.room.pair[:, :, :, : self.n], more), dim=3), self.n + 1), self.n + 1)
        is_last = self.room.n_written == self.n
        room = self.room if is_last and self.n < self.room.pair.shape[3] else self._copy()
        room.pair[:, :, :, self.n : self.n + 1] = more
        room.n_written = self.n + 1
        return Kept(room, self.n + 1)

    def of(self, rows: Int[Tensor, " row"]) -> "Kept":
        """Those of these rows, in their order; all in their own order are not copied."""
        if self.n == 0 or torch.equal(rows, torch.arange(self.room.pair.shape[1], device=rows.device)):
            return self
        return Kept(_Room(self.room.pair.index_select(1, rows), self.n), self.n)  # its room too: one block a row

    def _copy(self) -> _Room:
        """A room of its own, with half as many places more."""
        old = self.room.pair
        n_rows, n_heads, _, n_units = old.shape[1:]
        pair = old.new_empty(2, n_rows, n_heads, self.n + max(LEAST_ROOM, self.n // 2), n_units)
        pair[:, :, :, : self.n] = old[:, :, :, : self.n]
        return _Room(pair, self.n)
