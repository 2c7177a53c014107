"""Recurrent decoders: GRU or LSTM layers over what was told, with attention to a memory above them, inside, or none."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Literal, cast

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from seqwise.model.layers.cross_attention import ContextAttention, LuongAttention, Score, View, plan_cross_attention
from seqwise.model.layers.decoder import Decoder, Memory, MemoryShape
from seqwise.model.layers.dropout import Dropout

# Of each layer: the hidden state, and the cell state of an LSTM, each of shape (1, row, hidden).
Carried = tuple[tuple[Tensor, ...], ...]
CELLS = {"gru": nn.GRU, "lstm": nn.LSTM}


@dataclass(frozen=True)
class RecurrentState:
    """Before a step: the states of the layers, and the memory where it is looked at."""

    carried: Carried
    memory: View | None


class _Stacked(Decoder[RecurrentState]):
    """Layers of cells that begin from the memory's summary m: each state is ``tanh(W m + b)``.

    As Bahdanau et al. (2015), https://arxiv.org/abs/1409.0473, appendix A.2.2.
    """

    cells: nn.ModuleList
    bridge: nn.Linear
    attention: ContextAttention | None
    n_states: int

    def begin(self, memory: Memory, *, n_paths: int = 1) -> RecurrentState:
        """The states from the memory's summary, and the memory."""
        carried = tuple(
            tuple(part.repeat_interleave(n_paths, dim=1) for part in layer) for layer in self._start(memory)
        )
        return RecurrentState(carried, self._view(memory, (n_paths,) * len(memory.lengths)))

    def follow(self, state: RecurrentState, rows: Int[Tensor, " row"]) -> RecurrentState:
        """The states of the rows that are gone on from."""
        carried = tuple(tuple(part.index_select(1, rows) for part in layer) for layer in state.carried)
        return replace(state, carried=carried)

    def weights(self, x: Float[Tensor, "target hidden"], memory: Memory) -> Float[Tensor, "target source"]:
        """Those of the attention; 0 without one."""
        if self.attention is None:
            return x.new_zeros(len(x), memory.lengths[0])
        view = self.attention.look_at(memory.hidden, plan_cross_attention((len(x),), memory.lengths, like=x))
        return self.attention.weights(self._looking(x, memory), view)

    @abstractmethod
    def _looking(self, x: Float[Tensor, "target hidden"], memory: Memory) -> Float[Tensor, "target hidden"]:
        """The states by which the targets of a single sequence look at the memory."""

    def _view(self, memory: Memory, lengths: tuple[int, ...]) -> View | None:
        if self.attention is None:
            return None
        return self.attention.look_at(memory.hidden, plan_cross_attention(lengths, memory.lengths, like=memory.hidden))

    def _start(self, memory: Memory) -> Carried:
        start = self.bridge(memory.summary).tanh()
        parts = start.unsqueeze(0).chunk(len(self.cells) * self.n_states, dim=2)  # each (1, sequence, hidden)
        return tuple(
            tuple(part.contiguous() for part in parts[first : first + self.n_states])
            for first in range(0, len(parts), self.n_states)
        )

    def _through(
        self, cell: nn.Module, x: Float[Tensor, "time row input"], before: tuple[Tensor, ...]
    ) -> tuple[Float[Tensor, "time row hidden"], tuple[Tensor, ...]]:
        out, last = cell(x, before if self.n_states == 2 else before[0])
        return out, last if self.n_states == 2 else (last,)


class RecurrentDecoder(_Stacked):
    """Layers of cells, and :class:`LuongAttention` above the last one; its result is not fed back into the cells.

    Without attention it is the decoder of Sutskever, Vinyals and Le (2014), https://arxiv.org/abs/1409.3215: all that
    it knows of the memory is where its states begin.
    """

    def __init__(
        self,
        cell: Literal["gru", "lstm"],
        width: int,
        *,
        n_layers: int,
        memory: MemoryShape,
        score: Score | None,
        dropout: float,
    ) -> None:
        """Make the layers.

        Args:
            cell: the recurrence.
            width: units of a target's state and of what it is told.
            n_layers: layers of cells.
            memory: its units.
            score: how a target's state meets one of the memory; None looks at the summary alone.
            dropout: before each layer of cells.
        """
        super().__init__()
        self.n_states = 2 if cell == "lstm" else 1
        self.cells = nn.ModuleList(CELLS[cell](width, width) for _ in range(n_layers))
        self.bridge = nn.Linear(memory.summary, n_layers * self.n_states * width)
        self.attention: ContextAttention | None = None
        if score is not None:
            self.attention = LuongAttention(width, source_width=memory.hidden, score=score)
        self.dropout = Dropout(dropout)

    def forward(
        self, x: Float[Tensor, "target hidden"], memory: Memory, *, lengths: tuple[int, ...]
    ) -> Float[Tensor, "target hidden"]:
        """The states of all targets at once; no target, no work."""
        if not len(x):
            return x
        return self._above(self._below(x, memory, lengths=lengths), self._view(memory, lengths))

    def step(
        self, x: Float[Tensor, "row hidden"], state: RecurrentState
    ) -> tuple[Float[Tensor, "row hidden"], RecurrentState]:
        """One target more for every path."""
        states, carried = self._run(x.unsqueeze(0), state.carried)
        return self._above(states[0], state.memory), replace(state, carried=carried)

    def _looking(self, x: Float[Tensor, "target hidden"], memory: Memory) -> Float[Tensor, "target hidden"]:
        return self._below(x, memory, lengths=(len(x),))

    def _below(
        self, x: Float[Tensor, "target hidden"], memory: Memory, *, lengths: tuple[int, ...]
    ) -> Float[Tensor, "target hidden"]:
        # Padding stands behind the ends: no real step comes after it.
        places = torch.from_numpy(_by_time(lengths)).to(x.device)
        shape = (max(lengths), len(lengths))
        padded = x.new_zeros(shape[0] * shape[1], x.shape[1]).index_copy(0, places, x)
        states, _ = self._run(padded.view(*shape, -1), self._start(memory))
        return states.flatten(0, 1).index_select(0, places)

    def _above(self, states: Float[Tensor, "row hidden"], view: View | None) -> Float[Tensor, "row hidden"]:
        return states if self.attention is None else self.attention(states, view)

    def _run(
        self, x: Float[Tensor, "time row hidden"], carried: Carried
    ) -> tuple[Float[Tensor, "time row hidden"], Carried]:
        after: list[tuple[Tensor, ...]] = []
        for cell, before in zip(self.cells, carried, strict=True):
            x, last = self._through(cell, self.dropout(x), before)
            after.append(last)
        return x, tuple(after)


class BahdanauDecoder(_Stacked):
    """Attention inside: the state before a step looks at the memory, and the cells are told what it sees.

    Bahdanau, Cho and Bengio (2015), https://arxiv.org/abs/1409.0473, sections 3.1 and A.1.2: with x what is told, h the
    last layer's state before the step and c the context that h sees by the score "concat", the cells take ``[x; c]``,
    and the result is ``tanh(W_o [state; x; c])``. A step waits for the one before it, so all are walked one by one.
    """

    def __init__(
        self, cell: Literal["gru", "lstm"], width: int, *, n_layers: int, memory: MemoryShape, dropout: float
    ) -> None:
        """Make the layers.

        Args:
            cell: the recurrence.
            width: units of a target's state and of what it is told.
            n_layers: layers of cells.
            memory: its units.
            dropout: before each layer of cells.
        """
        super().__init__()
        self.n_states = 2 if cell == "lstm" else 1
        self.cells = nn.ModuleList(
            CELLS[cell](width + memory.hidden if number == 0 else width, width) for number in range(n_layers)
        )
        self.bridge = nn.Linear(memory.summary, n_layers * self.n_states * width)
        self.attention: ContextAttention | None = ContextAttention(width, source_width=memory.hidden, score="concat")
        self.output = nn.Linear(2 * width + memory.hidden, width)
        self.dropout = Dropout(dropout)

    def forward(
        self, x: Float[Tensor, "target hidden"], memory: Memory, *, lengths: tuple[int, ...]
    ) -> Float[Tensor, "target hidden"]:
        """The states of all targets, step by step."""
        return self._walk(x, memory, lengths=lengths)[0] if len(x) else x

    def step(
        self, x: Float[Tensor, "row hidden"], state: RecurrentState
    ) -> tuple[Float[Tensor, "row hidden"], RecurrentState]:
        """One target more for every path."""
        assert self.attention is not None
        assert state.memory is not None
        context = self.attention.context(state.carried[-1][0][0], state.memory)
        told = torch.cat([x, context], dim=1).unsqueeze(0)
        after: list[tuple[Tensor, ...]] = []
        for cell, before in zip(self.cells, state.carried, strict=True):
            told, last = self._through(cell, self.dropout(told), before)
            after.append(last)
        result = self.output(torch.cat([told[0], x, context], dim=1)).tanh()
        return result, replace(state, carried=tuple(after))

    def _looking(self, x: Float[Tensor, "target hidden"], memory: Memory) -> Float[Tensor, "target hidden"]:
        return self._walk(x, memory, lengths=(len(x),))[1]

    def _walk(
        self, x: Float[Tensor, "target hidden"], memory: Memory, *, lengths: tuple[int, ...]
    ) -> tuple[Float[Tensor, "target hidden"], Float[Tensor, "target hidden"]]:
        """The result of each target, and the state by which it looked; behind the ends all is walked and left."""
        places = torch.from_numpy(_by_time(lengths)).to(x.device)
        shape = (max(lengths), len(lengths))
        padded = x.new_zeros(shape[0] * shape[1], x.shape[1]).index_copy(0, places, x)
        state, results, looked = self.begin(memory), list[Tensor](), list[Tensor]()
        for told in padded.view(*shape, -1):
            looked.append(state.carried[-1][0][0])
            result, state = self.step(told, state)
            results.append(result)
        flat = (torch.stack(part).flatten(0, 1).index_select(0, places) for part in (results, looked))
        return cast("tuple[Tensor, Tensor]", tuple(flat))


def _by_time(lengths: tuple[int, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """The place of each flat target where all first targets stand before all second ones, and so on."""
    counts = np.array(lengths, dtype=np.int64)
    steps = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return steps * len(lengths) + np.repeat(np.arange(len(lengths)), counts)
