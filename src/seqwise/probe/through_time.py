"""A recurrence and what it reads in; the size of its gradients so many steps back out."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from seqwise.batch.flat import collate
from seqwise.errors import Problem, UsageError
from seqwise.gradient_evidence import FlowFacts
from seqwise.model.layers.initialisation import initialise
from seqwise.model.layers.recurrence import Cell, Direction
from seqwise.model.layers.scan import MinGRU
from seqwise.model.network import Network
from seqwise.records import Examples, Indices
from seqwise.settings.encoders import Initialisation
from seqwise.tensors import Batch

State = tuple[Tensor, ...]
# Random directions of the last state that are sent back through each sequence.
N_DRAWS = 4
# Of a cell by itself.
N_SEQUENCES = 8


@dataclass(frozen=True)
class Recurrence:
    """One step of a recurrence, in float64.

    Attributes:
        step: the vectors of one step, shape (batch, input), and the state before it, to the state after it.
        output: of a state, what stands above the recurrence.
        start: the state of one sequence before the first step, each part with the axis of sequences at ``axis``.
        axis: of the sequences in each part of a state.
    """

    step: Callable[[Tensor, State], State]
    output: Callable[[State], Tensor]
    start: State
    axis: int


def flow_of(name: str, recurrence: Recurrence, *, x: Float[Tensor, "time batch input"], seed: int = 0) -> FlowFacts:
    """The gradient of the last state with respect to the state k steps before it, in random directions.

    For Elman's network, ``h_t = tanh(W x_t + W_hh h_{t-1} + b)``, the chain rule gives ::

        dh_T / dh_t = Π diag(1 - h_k²) W_hh,   k = T, T-1, …, t + 1

    a product of T - t matrices: it dies out where their norms stay below 1, which the largest singular value of W_hh
    below 1 is enough for, and can grow only where that value is above 1 (Pascanu, Mikolov and Bengio 2013,
    https://arxiv.org/abs/1211.5063, section 2.1). For the cell state of an LSTM the main term is ``Π diag(f_k)``, the
    forget gates; for a GRU ``Π diag(z_k)``, with torch's z. Here back-propagation multiplies, for every recurrence
    alike: a random direction v of length 1 on h_T gives ``vᵀ dh_T/dh_t``, whose mean square over directions is that
    of the matrix's entries times their number in a column. The state is all that is carried: of an LSTM, h and c.

    Args:
        name: of the layer.
        recurrence: in float64.
        x: what it reads.
        seed: of the directions.
    """
    generator = torch.Generator().manual_seed(seed)
    states = _unrolled(recurrence, x.double())
    output, squares = recurrence.output(states[-1]), torch.zeros(len(states), dtype=torch.float64)
    for _ in range(N_DRAWS):
        drawn = torch.randn(output.shape, generator=generator, dtype=torch.float64)
        direction = drawn / drawn.norm(dim=-1, keepdim=True)
        squares += _squares(states, (output * direction).sum()) / (N_DRAWS * output[..., 0].numel())
    return FlowFacts(name, n_sequences=x.shape[1], loss=(), last=tuple(squares.sqrt().flip(0).tolist()))


@dataclass(frozen=True)
class Fresh:
    """A cell as it begins.

    Attributes:
        hidden: units, and numbers of a vector that it reads.
        initialisation: of its weights.
        memory_bias: added to the bias of what keeps the state: the forget gate of an LSTM, the update gate of a GRU.
    """

    hidden: int = 64
    initialisation: Initialisation = "default"
    memory_bias: float = 0.0


def fresh_flow(cell: Cell, length: int, *, fresh: Fresh, seed: int = 0) -> FlowFacts:
    """The flow through a cell as it begins, over standard normal vectors.

    Raises:
        UsageError: if a bias is given for a cell without such a gate.
    """
    if cell == "rnn" and fresh.memory_bias:
        raise UsageError(Problem(cell, "has no gate that keeps its state.", "Leave the bias out, or take lstm or gru."))
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        direction = Direction(cell, fresh.hidden, fresh.hidden, is_start_learned=False)
        initialise(direction, fresh.initialisation)
        # The forget gate is the second of four, the update gate the second of three.
        if cell != "rnn":
            direction.cell.get_parameter("bias_ih_l0").data[fresh.hidden : 2 * fresh.hidden] += fresh.memory_bias
        x = torch.randn(length, N_SEQUENCES, fresh.hidden)
    return flow_of(cell, recurrence_of(direction), x=x, seed=seed)


def network_flows(network: Network, examples: Examples, *, rows: Indices, seed: int = 0) -> tuple[FlowFacts, ...]:
    """The flow through each recurrent layer and direction of a network, from the bottom; none where it has none.

    The loss is that of the rows, and each sequence is asked by itself: the slope of the loss that comes from above at
    each step is taken from the network, and goes back through the steps of the layer.

    Args:
        network: a copy of it is asked, in float64 and without dropout.
        examples: that the rows are of.
        rows: numbers of rows.
        seed: of the directions.
    """
    if not _directions(network):
        return ()
    asked = copy.deepcopy(network).cpu().double().eval().requires_grad_()  # also what training froze
    found: dict[str, list[FlowFacts]] = {}
    for place in range(len(rows)):
        for facts in _flows_of_batch(asked, collate(examples, rows[place : place + 1]), seed):
            found.setdefault(facts.name, []).append(facts)
    return tuple(_joined(name, each) for name, each in found.items())


def recurrence_of(layer: Direction | nn.RNNBase) -> Recurrence:
    """A layer of ours, or torch's RNN, LSTM or GRU, step by step; a copy of it in float64.

    Raises:
        UsageError: if torch's layer reads both ways.
    """
    layer = copy.deepcopy(layer).cpu().double().eval()
    cell = layer.get_submodule("cell") if isinstance(layer, Direction) else layer
    if isinstance(cell, MinGRU):
        return _of_scan(cell, layer)
    assert isinstance(cell, nn.RNNBase)
    if cell.bidirectional:
        raise UsageError(Problem("probe", "reads both ways.", "Give one direction: its last step is what is asked."))
    zeros = torch.zeros(cell.num_layers, 1, cell.hidden_size, dtype=torch.float64)
    n_states = 2 if isinstance(cell, nn.LSTM) else 1
    start = (zeros,) * n_states
    if isinstance(layer, Direction) and len(layer.start):
        start = tuple(part.detach().expand_as(zeros) for part in layer.start)

    def step(x: Tensor, state: State) -> State:
        _, after = cell(x.unsqueeze(1 if cell.batch_first else 0), state if n_states == 2 else state[0])
        return after if n_states == 2 else (after,)

    return Recurrence(step=step, output=lambda state: state[0][-1], start=start, axis=1)


def _of_scan(cell: MinGRU, layer: nn.Module) -> Recurrence:
    """A minGRU step by step: a scan of one row a sequence, from the state before."""
    start = torch.zeros(1, cell.hidden_size, dtype=torch.float64)
    if isinstance(layer, Direction) and len(layer.start):
        start = layer.start[0].detach().expand_as(start)

    def step(x: Tensor, state: State) -> State:
        rows = torch.arange(len(x))
        return (cell(x, rows, start=state[0].expand(len(x), -1)),)

    return Recurrence(step=step, output=lambda state: state[0], start=(start,), axis=0)


def _unrolled(recurrence: Recurrence, x: Float[Tensor, "time batch input"]) -> list[State]:
    """The state after each step, each of which gradients can be asked of."""
    state = tuple(part.repeat_interleave(x.shape[1], recurrence.axis) for part in recurrence.start)
    states: list[State] = []
    for vectors in x.detach():
        state = tuple(part.requires_grad_() if part.is_leaf else part for part in recurrence.step(vectors, state))
        states.append(state)
    return states


def _squares(states: list[State], value: Tensor) -> Float[Tensor, " time"]:
    """Squared norm of the gradient with respect to the state after each step."""
    parts = [part for state in states for part in state]
    gradients = torch.autograd.grad(value, parts, retain_graph=True, materialize_grads=True)
    return torch.stack([gradient.square().sum() for gradient in gradients]).view(len(states), -1).sum(1)


def _flows_of_batch(network: Network, batch: Batch, seed: int) -> Iterator[FlowFacts]:
    """Of one sequence: a flow for each direction of each layer that has two steps or more."""
    seen: dict[str, tuple[Tensor, Tensor, Tensor]] = {}
    directions = _directions(network)
    handles = [module.register_forward_hook(_keeping(seen, name)) for name, module in directions.items()]
    try:
        network.zero_grad(set_to_none=True)
        loss = network.head.loss(network(batch), batch)
        (loss.total / loss.weight).backward()
    finally:
        for handle in handles:
            handle.remove()
    for name, (vectors, outputs, order) in seen.items():
        if len(vectors) < 2 or outputs.grad is None:
            continue
        x, slopes = vectors.detach()[order].unsqueeze(1), outputs.grad[order].unsqueeze(1)
        recurrence = recurrence_of(directions[name])
        states = _unrolled(recurrence, x)
        value = torch.stack([recurrence.output(state) for state in states]).mul(slopes).sum()
        norms = _squares(states, value).sqrt().flip(0).tolist()
        last = flow_of(name, recurrence, x=x, seed=seed)
        yield FlowFacts(name, n_sequences=1, loss=tuple(norms), last=last.last)


def _directions(network: Network) -> dict[str, Direction]:
    """The layers that step, by their names."""
    return {name: module for name, module in network.named_modules() if isinstance(module, Direction)}


def _keeping(
    seen: dict[str, tuple[Tensor, Tensor, Tensor]], name: str
) -> Callable[[nn.Module, tuple[object, ...], Tensor], None]:
    """What a direction reads and gives, and the tokens in the order in which it reads them."""

    def hook(module: nn.Module, inputs: tuple[object, ...], outputs: Tensor) -> None:
        del module
        vectors, layout = inputs
        assert isinstance(vectors, Tensor)
        outputs.retain_grad()
        # A sequence alone: its places are its steps, in groups and in a packed sequence alike.
        seen[name] = (vectors, outputs, layout.places.argsort())  # pyright: ignore[reportAttributeAccessIssue]

    return hook


def _joined(name: str, found: list[FlowFacts]) -> FlowFacts:
    """Root mean squares over the sequences that have so many steps."""
    return FlowFacts(
        name=name,
        n_sequences=len(found),
        loss=_root_mean_squares([facts.loss for facts in found]),
        last=_root_mean_squares([facts.last for facts in found]),
    )


def _root_mean_squares(profiles: list[tuple[float, ...]]) -> tuple[float, ...]:
    longest = max(map(len, profiles))
    columns = [[each[k] for each in profiles if k < len(each)] for k in range(longest)]
    return tuple(float(torch.tensor(column, dtype=torch.float64).square().mean().sqrt()) for column in columns)
