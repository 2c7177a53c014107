"""Keys and values of what was told so far in, those of more targets behind them out; what stands there stays."""

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from seqwise.model.layers.cross_attention import CrossPlan, plan_cross_attention

LEAST_ROOM = 16  # places that are added at least where there is no room


class _Room:
    """Keys and values, shape (2, row, head, place, unit), and how many of the places are written."""

    def __init__(self, pair: Tensor, n_written: int) -> None:
        self.pair, self.n_written = pair, n_written


@dataclass(frozen=True)
class Kept:
    """The first ``n`` keys and values that stand in a room; a row is a path, or a sequence with all its paths.

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
    def seen(self) -> tuple[Float[Tensor, "row head place unit"], Float[Tensor, "row head place unit"]]:
        """The keys and the values, views of the room."""
        keys, values = self.room.pair[:, :, :, : self.n]
        return keys, values

    def extended(self, key: Float[Tensor, "row head new unit"], value: Float[Tensor, "row head new unit"]) -> "Kept":
        """These and more for each row."""
        more = torch.stack((key, value))
        n = self.n + more.shape[3]
        if self.n == 0:
            return Kept(_Room(more, n), n)
        if torch.is_grad_enabled():
            return Kept(_Room(torch.cat((self.room.pair[:, :, :, : self.n], more), dim=3), n), n)
        # What inference mode made cannot be written outside it.
        is_open = torch.is_inference_mode_enabled() or not self.room.pair.is_inference()
        is_last = self.room.n_written == self.n
        room = self.room if is_open and is_last and n <= self.room.pair.shape[3] else self._copy(n)
        room.pair[:, :, :, self.n : n] = more
        room.n_written = n
        return Kept(room, n)

    def together(self, n_paths: int) -> "Kept":
        """Those of all paths of a sequence behind one another, path after path."""
        if self.n == 0:
            return self
        alone = self.room.pair[:, :, :, : self.n].unflatten(1, (-1, n_paths))  # (2, sequence, path, head, place, unit)
        pair = alone.transpose(2, 3).flatten(3, 4)
        return Kept(_Room(pair, pair.shape[3]), pair.shape[3])

    def _copy(self, n: int) -> _Room:
        """A room of its own for ``n`` places and half as many more."""
        old = self.room.pair
        pair = old.new_empty(*old.shape[:3], n + max(LEAST_ROOM, n // 2), old.shape[4])
        pair[:, :, :, : self.n] = old[:, :, :, : self.n]
        return _Room(pair, self.n)


@dataclass(frozen=True)
class Pasts:
    """Which of the targets so far each path looks at.

    As long as all paths go on for themselves, each is a row of its own. From the first that goes on from another one on
    the paths of a sequence are one row: its keys are those of all paths, and to go on from another path is to look at
    what that one looked at. So no key moves, and as many are read as before.

    Attributes:
        n_paths: of each sequence.
        plan: how the targets of a step and those before them are laid out.
        like: has the device and the dtype of the states.
        sees: whether a path looks at a place; None where each is a row of its own.
    """

    n_paths: int
    plan: CrossPlan
    like: Tensor
    sees: Bool[Tensor, "sequence path place"] | None = None

    @staticmethod
    def before_the_first(n_sequences: int, n_paths: int, *, like: Tensor) -> "Pasts":
        """Nothing told yet."""
        return Pasts(n_paths, _plan(n_sequences * n_paths, 1, like), like.new_empty(0))

    def extended(self) -> "Pasts":
        """With one step more, of which each path sees its own place."""
        if self.sees is None:
            return self
        own = torch.eye(self.n_paths, dtype=torch.bool, device=self.sees.device).expand(len(self.sees), -1, -1)
        sees = torch.cat((self.sees, own), dim=2)
        bias = self.like.new_zeros(sees.shape).masked_fill_(~sees, -math.inf).unsqueeze(1)
        (group,) = self.plan.groups
        return replace(self, sees=sees, plan=replace(self.plan, groups=(replace(group, bias=bias),)))

    def followed(self, rows: Int[Tensor, " row"], *, n_steps: int) -> "Pasts":
        """Each path looks at what the path of this row looked at; ``n_steps`` were made."""
        n_sequences = len(rows) // self.n_paths
        plan, sees = self.plan, self.sees
        if sees is None:
            plan = _plan(n_sequences, self.n_paths, self.like)
            own = torch.eye(self.n_paths, dtype=torch.bool, device=rows.device)
            sees = own.repeat_interleave(n_steps, dim=1).expand(n_sequences, -1, -1)
        parents = (rows % self.n_paths).view(n_sequences, self.n_paths, 1)
        return replace(self, plan=plan, sees=sees.gather(1, parents.expand_as(sees)))


def _plan(n_rows: int, n_targets: int, like: Tensor) -> CrossPlan:
    return plan_cross_attention((n_targets,) * n_rows, (n_targets,) * n_rows, like=like)
