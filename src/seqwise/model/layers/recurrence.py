"""Flat vectors in, the states of recurrent layers at every real step out, flat again.

On a GPU the vectors are laid out as a packed sequence, which is fast there. On a CPU torch runs it step by step and
slowly; so there cells run over it by steps of our own, see :mod:`~seqwise.model.layers.cells`. For the LSTM torch has a
fast kernel on a CPU, over padded sequences: sequences of similar length stand side by side in a group, with zeros
behind their ends, and only real steps are read back. It tells no cell state but the last, behind the padding; so an
LSTM whose state is carried on is cut where a sequence ends, and nothing is padded; in double precision it goes by steps
of our own. The minGRU needs no steps: it reads the sequences one behind the other,
see :mod:`~seqwise.model.layers.scan`. A cell runs one way; for the other way each sequence is turned inside its own
length. So no state depends on padding: what stands behind the end of a sequence comes after all that is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from seqwise.model.layers.cells import Weights, run_gru, run_lstm, run_rnn
from seqwise.model.layers.scan import MinGRU
from seqwise.records import Indices
from seqwise.steps import by_step

Cell = Literal["rnn", "gru", "lstm", "mingru"]
CELLS: dict[Cell, type[nn.RNN | nn.GRU | nn.LSTM]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}

# packed: step after step; groups: sequences of similar length, padded; flat: sequence after sequence.
Arrangement = Literal["packed", "groups", "flat"]

# The hidden states of sequences, or the hidden states and the cell states; each of shape (batch, hidden).
State = tuple[Tensor, ...]

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
        step_sizes: for a packed sequence, how many sequences have each step, on the host; else None.
        firsts: the place of the step of each sequence that is read first. In a packed sequence, its row in the first
            step.
        ends: the token of each sequence that is read last.
        is_even: all sequences are as long as one another and stand in one group, so that its places are a view.
        is_turned: each sequence is read from its end.
    """

    places: Int[Tensor, " token"]
    n_places: int
    groups: tuple[tuple[int, int], ...]
    step_sizes: Int[Tensor, " step"] | None
    firsts: Int[Tensor, " batch"]
    ends: Int[Tensor, " batch"]
    is_even: bool = False
    is_turned: bool = False


def fastest_arrangement(cell: Cell, device: torch.device) -> Arrangement:
    """How the fastest kernels of a cell on this device want the steps."""
    if cell == "mingru":
        return "flat"
    return "groups" if cell == "lstm" and device.type == "cpu" else "packed"


def plan_recurrence(lengths: Sequence[int], device: torch.device, *, arrangement: Arrangement) -> tuple[Layout, Layout]:
    """The layouts for reading forward and for reading backward.

    Args:
        lengths: tokens of each sequence, 1 or more.
        device: where the layouts are used.
        arrangement: how the steps are laid out.
    """
    counts = np.asarray(lengths, dtype=np.int64)
    assert counts.min() > 0  # preparation gives every row at least one token
    begins = np.cumsum(counts) - counts
    turned = np.repeat(2 * begins + counts - 1, counts) - np.arange(counts.sum())
    groups: tuple[tuple[int, int], ...] = ()
    step_sizes: Tensor | None = None
    match arrangement:
        case "packed":  # torch's packed sequence
            places, sizes = by_step(counts)
            step_sizes = torch.from_numpy(sizes)
        case "groups":
            places, groups = _grouped(counts)
        case "flat":
            places = np.arange(counts.sum())
    n_places = sum(n_steps * n_sequences for n_steps, n_sequences in groups) if groups else len(places)
    forward, backward, firsts, first, last = (
        torch.from_numpy(rows).to(device)
        for rows in (places, places[turned], places[begins], begins, begins + counts - 1)
    )
    layout = Layout(
        places=forward,
        n_places=n_places,
        groups=groups,
        step_sizes=step_sizes,
        firsts=firsts,
        ends=last,
        is_even=groups == ((int(counts[0]), len(counts)),) and bool((counts == counts[0]).all()),
    )
    return layout, replace(layout, places=backward, ends=first, is_turned=True)


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
    """One layer of RNN, GRU, LSTM or minGRU, reading one way.

    Elman (1990), Finding Structure in Time, https://doi.org/10.1207/s15516709cog1402_1; Hochreiter and Schmidhuber
    (1997), Long Short-Term Memory, https://doi.org/10.1162/neco.1997.9.8.1735, with the forget gate of Gers et al.
    (2000); Cho et al. (2014), https://arxiv.org/abs/1406.1078. The equations are those of torch's own modules, which
    hold the weights, and compute the states where they are the fastest. For the minGRU see
    :class:`~seqwise.model.layers.scan.MinGRU`.
    """

    def __init__(self, cell: Cell, n_inputs: int, hidden: int, *, is_start_learned: bool) -> None:
        """Make the cell; the state before the first step is 0, or starts at 0 and is learned."""
        super().__init__()
        self.cell = MinGRU(n_inputs, hidden) if cell == "mingru" else CELLS[cell](n_inputs, hidden)
        n_states = 2 if cell == "lstm" else 1  # hidden state, and the LSTM's cell state
        self.start = nn.ParameterList(nn.Parameter(torch.zeros(hidden)) for _ in range(n_states * is_start_learned))

    def forward(self, x: Float[Tensor, "token input"], layout: Layout) -> Float[Tensor, "token hidden"]:
        """The state at each token."""
        if layout.is_even:
            return self._even(x, layout)
        if layout.groups:
            return self._grouped(_placed(x, layout), layout).index_select(0, layout.places)
        return self.carry(x, layout, start=None)[0]

    def carry(
        self, x: Float[Tensor, "token input"], layout: Layout, *, start: State | None
    ) -> tuple[Float[Tensor, "token hidden"], State]:
        """The state at each token, and what to go on from in a later call.

        Args:
            x: the vectors.
            layout: packed, or flat for the minGRU.
            start: the state of each sequence before its first step, as another call gave it; None for 0 or what was
                learned.

        Returns:
            The states at the tokens, and the state of each sequence behind its last step.
        """
        start = self._start(x, len(layout.ends)) if start is None else start
        inputs = _placed(x, layout)
        if isinstance(self.cell, MinGRU):
            outputs: State = (self.cell(inputs, layout.firsts, start=start[0]),)
        elif inputs.is_cuda or (isinstance(self.cell, nn.LSTM) and inputs.dtype is not torch.float64):
            run = self._by_torch if inputs.is_cuda else self._by_spans
            states, last = run(inputs, layout, start)
            return states.index_select(0, layout.places), last
        else:
            outputs = self._by_steps(inputs, layout, start)
        ends = layout.places.index_select(0, layout.ends)
        return outputs[0].index_select(0, layout.places), tuple(states.index_select(0, ends) for states in outputs)

    def _by_torch(self, inputs: Float[Tensor, "place input"], layout: Layout, start: State) -> tuple[Tensor, State]:
        """The states at the places, and the last ones, by torch's module over a packed sequence."""
        packed = PackedSequence(inputs, layout.step_sizes, layout.firsts.argsort(), layout.firsts)
        outputs, last = self.cell(packed, _for_torch(start))
        return outputs.data, tuple(states[0] for states in (last if isinstance(last, tuple) else (last,)))

    def _by_spans(self, inputs: Float[Tensor, "place input"], layout: Layout, start: State) -> tuple[Tensor, State]:
        """The same by torch's kernel for a CPU: steps that have the same sequences are one call, without padding."""
        assert layout.step_sizes is not None
        counts, n_steps = (part.tolist() for part in layout.step_sizes.unique_consecutive(return_counts=True))
        spans = inputs.split([n * count for n, count in zip(n_steps, counts, strict=True)])
        state = tuple(part.index_select(0, layout.firsts.argsort()) for part in start)
        outputs, ended = list[Tensor](), list[State]()
        for span, n, count in zip(spans, n_steps, counts, strict=True):
            ended.append(tuple(part[count:] for part in state))
            states, last = self.cell(span.view(n, count, -1), _for_torch(tuple(part[:count] for part in state)))
            outputs.append(states.flatten(0, 1))
            state = tuple(part[0] for part in last)
        in_order = zip(*reversed([*ended, state]), strict=True)  # those that end last stand first
        return torch.cat(outputs), tuple(torch.cat(parts).index_select(0, layout.firsts) for parts in in_order)

    def _by_steps(self, inputs: Float[Tensor, "place input"], layout: Layout, start: State) -> State:
        """The states at the places of a packed sequence, by steps of our own."""
        assert layout.step_sizes is not None
        assert isinstance(self.cell, nn.RNNBase)
        sizes = layout.step_sizes.tolist()
        weights = Weights(*self.cell.all_weights[0])
        start = tuple(states.index_select(0, layout.firsts.argsort()) for states in start)
        if isinstance(self.cell, nn.LSTM):
            return run_lstm(inputs, weights, start=(start[0], start[1]), sizes=sizes)
        run = run_gru if isinstance(self.cell, nn.GRU) else run_rnn
        return (run(inputs, weights, start=start[0], sizes=sizes),)

    def _even(self, x: Float[Tensor, "token input"], layout: Layout) -> Float[Tensor, "token hidden"]:
        ((n_steps, n_sequences),) = layout.groups
        inputs = x.unflatten(0, (n_sequences, n_steps))
        inputs = inputs.flip(1) if layout.is_turned else inputs
        states, _ = self.cell(inputs.transpose(0, 1), _for_torch(self._start(x, n_sequences)))
        by_sequence = states.transpose(0, 1)
        return (by_sequence.flip(1) if layout.is_turned else by_sequence).flatten(0, 1)

    def _grouped(self, inputs: Float[Tensor, "place input"], layout: Layout) -> Float[Tensor, "place hidden"]:
        sizes = [n_steps * n_sequences for n_steps, n_sequences in layout.groups]
        outputs: list[Tensor] = []
        for part, group in zip(inputs.split(sizes), layout.groups, strict=True):
            states, _ = self.cell(part.view(*group, -1), _for_torch(self._start(inputs, group[1])))
            outputs.append(states.flatten(0, 1))  # (place, hidden)
        return torch.cat(outputs) if len(outputs) > 1 else outputs[0]

    def _start(self, x: Tensor, n_sequences: int) -> State:
        """The state before the first step: what was learned, else 0."""
        if len(self.start):
            return tuple(start.expand(n_sequences, -1) for start in self.start)
        zeros = torch.zeros(n_sequences, self.cell.hidden_size, dtype=x.dtype, device=x.device)
        return (zeros, zeros) if isinstance(self.cell, nn.LSTM) else (zeros,)


def _placed(x: Float[Tensor, "token input"], layout: Layout) -> Float[Tensor, "place input"]:
    """The vectors at their places, zeros between them."""
    return x.new_zeros(layout.n_places, x.shape[1]).index_copy_(0, layout.places, x)


def _for_torch(state: State) -> Tensor | tuple[Tensor, ...]:
    """As torch's modules take it: an axis for layers, no tuple around hidden states alone."""
    hidden, *cells = (part.unsqueeze(0).contiguous() for part in state)
    return (hidden, *cells) if cells else hidden


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
        return torch.cat(states, dim=1) if len(states) > 1 else states[0]


def last_states(joined: Float[Tensor, "token joined"], layouts: tuple[Layout, ...]) -> Float[Tensor, "batch joined"]:
    """The state of each direction after its last real step: the last token forward, the first token backward."""
    parts = zip(joined.chunk(len(layouts), dim=1), layouts, strict=True)
    return torch.cat([part.index_select(0, layout.ends) for part, layout in parts], dim=1)
