"""Flat vectors in, the states of recurrent layers at every real step out, flat again.

On a GPU the vectors are laid out as a packed sequence, which is fast there. On a CPU torch runs it step by step and
slowly; so the RNN and the GRU run over it by steps of our own, see :mod:`~seqwise.model.layers.cells`. For the LSTM
torch has a fast kernel there, over padded sequences: sequences of similar length stand side by side in a group, with
zeros behind their ends, and only real steps are read back. A cell runs one way; for the other way each sequence is
turned inside its own length. So no state depends on padding: what stands behind the end of a sequence comes after all
that is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from seqwise.model.layers.cells import Weights, run_gru, run_rnn
from seqwise.records import Indices
from seqwise.steps import by_step

Cell = Literal["rnn", "gru", "lstm"]
CELLS: dict[Cell, type[nn.RNN | nn.GRU | nn.LSTM]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}

# The cells that run by steps of our own on a CPU.
STEPPED = {"rnn": run_rnn, "gru": run_gru}

# What one more step of a group costs the LSTM on a CPU, counted in sequences that take part in a step. All steps are
# one call of oneDNN, so many groups are cheap: for 32 film reviews 1.9 times as fast as one group on one core, 1.6
# times on two. benchmarks/recurrence.py
STEP_COST = 2


@dataclass(frozen=True)
class Layout:
    """Where each token stands while cells read a batch one way; the same for all layers.

    Attributes:
        places: the place of each token; no two share one.
        n_places: places in all, padded ones counted.
        groups: steps and sequences of each group. A group's places lie together, step by step; the groups lie one
            behind the other. None of them for a packed sequence.
        step_sizes: for a packed sequence, how many sequences have each step, on the host; None for groups.
        ends: the token of each sequence that is read last.
    """

    places: Int[Tensor, " token"]
    n_places: int
    groups: tuple[tuple[int, int], ...]
    step_sizes: Int[Tensor, " step"] | None
    ends: Int[Tensor, " batch"]


def is_packed_faster(cell: Cell, device: torch.device) -> bool:
    """Whether a cell runs faster over a packed sequence on this device: by cuDNN, or by steps of our own."""
    return cell in STEPPED or device.type == "cuda"


def plan_recurrence(lengths: Sequence[int], device: torch.device, *, is_packed: bool) -> tuple[Layout, Layout]:
    """The layouts for reading forward and for reading backward.

    Args:
        lengths: tokens of each sequence, 1 or more.
        device: where the layouts are used.
        is_packed: lay out a packed sequence instead of groups.
    """
    counts = np.asarray(lengths, dtype=np.int64)
    assert counts.min() > 0  # preparation gives every row at least one token
    begins = np.cumsum(counts) - counts
    turned = np.repeat(2 * begins + counts - 1, counts) - np.arange(counts.sum())
    groups: tuple[tuple[int, int], ...] = ()
    step_sizes: Tensor | None = None
    if is_packed:  # torch's packed sequence
        places, sizes = by_step(counts)
        step_sizes = torch.from_numpy(sizes)
    else:
        places, groups = _grouped(counts)
    forward, backward, first, last = (
        torch.from_numpy(rows).to(device) for rows in (places, places[turned], begins, begins + counts - 1)
    )
    n_places = sum(n_steps * n_sequences for n_steps, n_sequences in groups) if groups else len(places)
    layout = Layout(places=forward, n_places=n_places, groups=groups, step_sizes=step_sizes, ends=last)
    return layout, replace(layout, places=backward, ends=first)


def cut_into_groups(lengths: Indices, step_cost: int) -> tuple[tuple[int, int], ...]:
    """The cheapest cut of sequences into groups of neighbours: steps and sequences of each group.

    A group costs its longest length times (``step_cost`` + its sequences). The cheapest cut of the first k lengths is
    the cheapest cut of fewer of them and one group more, so the cuts are found for k = 1, 2, … in turn.

    Args:
        lengths: in falling order, shape (batch,).
        step_cost: what one more step of a group costs, in sequences.

    Example:
        >>> import numpy as np
        >>> cut_into_groups(np.array([90, 90, 88, 5, 5]), 2)
        ((90, 3), (5, 2))
    """
    longest, counts = np.unique(-lengths, return_counts=True)  # equal lengths are never cut apart
    longest = -longest
    before = np.concatenate([[0], np.cumsum(counts)])  # sequences longer than each length, and all
    costs = np.zeros(len(longest) + 1)
    starts = np.zeros(len(longest) + 1, dtype=np.int64)
    for end in range(1, len(longest) + 1):
        options = costs[:end] + longest[:end] * (step_cost + before[end] - before[:end])
        starts[end] = options.argmin()
        costs[end] = options[starts[end]]
    groups: list[tuple[int, int]] = []
    end = len(longest)
    while end > 0:
        start = int(starts[end])
        groups.append((int(longest[start]), int(before[end] - before[start])))
        end = start
    return tuple(reversed(groups))


def _grouped(lengths: Indices) -> tuple[Indices, tuple[tuple[int, int], ...]]:
    """A sequence is a column of its group; the next step is one row of the group further."""
    order = np.argsort(-lengths, kind="stable")
    groups = cut_into_groups(lengths[order], STEP_COST)
    sizes = np.array([n_sequences for _, n_sequences in groups])
    n_places = np.array([n_steps * n_sequences for n_steps, n_sequences in groups])
    first = np.zeros(len(order), dtype=np.int64)
    stride = np.zeros(len(order), dtype=np.int64)
    columns = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    first[order] = columns + np.repeat(np.cumsum(n_places) - n_places, sizes)
    stride[order] = np.repeat(sizes, sizes)
    steps = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.repeat(first, lengths) + np.repeat(stride, lengths) * steps, groups


class Direction(nn.Module):
    """One layer of RNN, GRU or LSTM, reading one way.

    Elman (1990), Finding Structure in Time, https://doi.org/10.1207/s15516709cog1402_1; Hochreiter and Schmidhuber
    (1997), Long Short-Term Memory, https://doi.org/10.1162/neco.1997.9.8.1735, with the forget gate of Gers et al.
    (2000); Cho et al. (2014), https://arxiv.org/abs/1406.1078. The equations are those of torch's own modules, which
    hold the weights, and compute the states where they are the fastest.
    """

    def __init__(self, cell: Cell, n_inputs: int, hidden: int, *, is_start_learned: bool) -> None:
        """Make the cell; the state before the first step is 0, or starts at 0 and is learned."""
        super().__init__()
        self.cell = CELLS[cell](n_inputs, hidden)
        self.stepped = STEPPED.get(cell)
        n_states = 2 if cell == "lstm" else 1  # hidden state, and the LSTM's cell state
        self.start = nn.ParameterList(nn.Parameter(torch.zeros(hidden)) for _ in range(n_states * is_start_learned))

    def forward(self, x: Float[Tensor, "token input"], layout: Layout) -> Float[Tensor, "token hidden"]:
        """The state at each token."""
        inputs = x.new_zeros(layout.n_places, x.shape[1]).index_copy(0, layout.places, x)
        if layout.step_sizes is None:
            outputs = self._grouped(inputs, layout)
        elif self.stepped is None or inputs.is_cuda:
            state = self._state(int(layout.step_sizes[0]))
            outputs = self.cell(PackedSequence(inputs, layout.step_sizes), state)[0].data
        else:
            sizes = layout.step_sizes.tolist()
            state = self._state(sizes[0])
            start = inputs.new_zeros(sizes[0], self.cell.hidden_size) if state is None else state[0]
            outputs = self.stepped(inputs, Weights(*self.cell.all_weights[0]), start=start, sizes=sizes)
        return outputs.index_select(0, layout.places)

    def _grouped(self, inputs: Float[Tensor, "place input"], layout: Layout) -> Float[Tensor, "place hidden"]:
        sizes = [n_steps * n_sequences for n_steps, n_sequences in layout.groups]
        outputs: list[Tensor] = []
        for part, group in zip(inputs.split(sizes), layout.groups, strict=True):
            states, _ = self.cell(part.view(*group, -1), self._state(group[1]))  # (step, sequence, hidden)
            outputs.append(states.flatten(0, 1))  # (place, hidden)
        return torch.cat(outputs)

    def _state(self, n_sequences: int) -> Tensor | tuple[Tensor, ...] | None:
        """What torch's cells take as the state before the first step; None for zeros."""
        states = tuple(start.expand(1, n_sequences, -1).contiguous() for start in self.start)
        if not states:
            return None
        return states if len(states) == 2 else states[0]


class RecurrentLayer(nn.Module):
    """One layer that reads forward, or forward and backward and joins the states (Schuster and Paliwal 1997).

    Schuster and Paliwal (1997), Bidirectional Recurrent Neural Networks, https://doi.org/10.1109/78.650093.
    """

    def __init__(self, cell: Cell, n_inputs: int, hidden: int, *, n_directions: int, is_start_learned: bool) -> None:
        """Make the directions; ``hidden`` is the size of the state of one."""
        super().__init__()
        self.directions = nn.ModuleList(
            Direction(cell, n_inputs, hidden, is_start_learned=is_start_learned) for _ in range(n_directions)
        )

    def forward(self, x: Float[Tensor, "token input"], layouts: tuple[Layout, ...]) -> Float[Tensor, "token joined"]:
        """The joined states at each token; ``layouts`` has one layout for each direction."""
        states = [direction(x, layout) for direction, layout in zip(self.directions, layouts, strict=True)]
        return torch.cat(states, dim=1)


def last_states(joined: Float[Tensor, "token joined"], layouts: tuple[Layout, ...]) -> Float[Tensor, "batch joined"]:
    """The state of each direction after its last real step: the last token forward, the first token backward."""
    parts = zip(joined.chunk(len(layouts), dim=1), layouts, strict=True)
    return torch.cat([part.index_select(0, layout.ends) for part, layout in parts], dim=1)
