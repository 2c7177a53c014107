"""A recurrent decoder: GRU or LSTM layers over what was told, and attention to a memory above them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from seqwise.model.layers.cross_attention import LuongAttention, Score, View, plan_cross_attention
from seqwise.model.layers.decoder import Decoder, Memory
from seqwise.model.layers.dropout import Dropout

# Of each layer: the hidden state, and the cell state of an LSTM, each of shape (1, row, hidden).
Carried = tuple[tuple[Tensor, ...], ...]


@dataclass(frozen=True)
class RecurrentState:
    """Before a step: the states of the layers, and the memory."""

    carried: Carried
    memory: View


class RecurrentDecoder(Decoder[RecurrentState]):
    """Layers of cells, and :class:`LuongAttention` above the last one; its result is not fed back into the cells.

    Before the first step each state is ``tanh(W m + b)`` of the memory's last state m (Bahdanau et al. 2015,
    https://arxiv.org/abs/1409.0473, appendix A.2.2, who take the first state of the backward direction).
    """

    def __init__(
        self,
        cell: Literal["gru", "lstm"],
        width: int,
        *,
        n_layers: int,
        source_width: int,
        score: Score,
        dropout: float,
    ) -> None:
        """Make the layers.

        Args:
            cell: the recurrence.
            width: units of a target's state and of what it is told.
            n_layers: layers of cells.
            source_width: units of a state of the memory.
            score: how a target's state meets one of the memory.
            dropout: before each layer of cells.
        """
        super().__init__()
        cells = {"gru": nn.GRU, "lstm": nn.LSTM}
        self.n_states = 2 if cell == "lstm" else 1
        self.cells = nn.ModuleList(cells[cell](width, width) for _ in range(n_layers))
        self.bridge = nn.Linear(source_width, n_layers * self.n_states * width)
        self.attention = LuongAttention(width, source_width=source_width, score=score)
        self.dropout = Dropout(dropout)

    def forward(
        self, x: Float[Tensor, "target hidden"], memory: Memory, *, lengths: tuple[int, ...]
    ) -> Float[Tensor, "target hidden"]:
        """The states of all targets at once; no target, no work."""
        if not len(x):
            return x
        counts = np.array(lengths)
        steps = np.arange(len(x)) - np.repeat(np.cumsum(counts) - counts, counts)
        # Padding stands behind the ends: no real step comes after it.
        places = torch.from_numpy(steps * len(lengths) + np.repeat(np.arange(len(lengths)), counts)).to(x.device)
        longest = max(lengths)
        padded = x.new_zeros(longest * len(lengths), x.shape[1]).index_copy(0, places, x)
        states, _ = self._run(padded.view(longest, len(lengths), -1), self._start(memory))
        plan = plan_cross_attention(lengths, memory.lengths, like=x)
        flat = states.flatten(0, 1).index_select(0, places)
        return self.attention(flat, self.attention.look_at(memory.hidden, plan))

    def begin(self, memory: Memory, *, n_paths: int = 1) -> RecurrentState:
        """The states from the memory's last ones, and the memory."""
        plan = plan_cross_attention((n_paths,) * len(memory.lengths), memory.lengths, like=memory.hidden)
        carried = tuple(
            tuple(part.repeat_interleave(n_paths, dim=1) for part in layer) for layer in self._start(memory)
        )
        return RecurrentState(carried, self.attention.look_at(memory.hidden, plan))

    def step(
        self, x: Float[Tensor, "row hidden"], state: RecurrentState
    ) -> tuple[Float[Tensor, "row hidden"], RecurrentState]:
        """One target more for every path."""
        states, carried = self._run(x.unsqueeze(0), state.carried)
        return self.attention(states[0], state.memory), RecurrentState(carried, state.memory)

    def _start(self, memory: Memory) -> Carried:
        ends = torch.from_numpy(np.cumsum(memory.lengths) - 1).to(memory.hidden.device)
        start = self.bridge(memory.hidden.index_select(0, ends)).tanh()
        parts = start.unsqueeze(0).chunk(len(self.cells) * self.n_states, dim=2)  # each (1, sequence, hidden)
        return tuple(
            tuple(part.contiguous() for part in parts[first : first + self.n_states])
            for first in range(0, len(parts), self.n_states)
        )

    def _run(
        self, x: Float[Tensor, "time row hidden"], carried: Carried
    ) -> tuple[Float[Tensor, "time row hidden"], Carried]:
        after: list[tuple[Tensor, ...]] = []
        for cell, before in zip(self.cells, carried, strict=True):
            x, last = cell(self.dropout(x), before if self.n_states == 2 else before[0])
            after.append(last if self.n_states == 2 else (last,))
        return x, tuple(after)
