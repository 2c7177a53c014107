"""Long sequences in, the states of recurrent layers chunk after chunk out, no slope reaching back behind its chunk."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from seqwise.model.layers.recurrence import Direction, State, plan_recurrence
from seqwise.model.layers.scan import MinGRU


def run_in_chunks(
    layers: Iterable[Direction],
    vectors: Callable[[Int[Tensor, " token"]], Float[Tensor, "token input"]],
    *,
    lengths: Sequence[int],
    n_steps: int,
    device: torch.device,
) -> Iterator[tuple[Int[Tensor, " token"], Float[Tensor, "token hidden"]]]:
    """The states of stacked layers, ``n_steps`` steps of all sequences at a time.

    The state behind a chunk is the state before the next one, so the states are those of one long run. But it is
    carried on as a number, without the way it came about: a slope ends where its chunk begins. So memory follows the
    steps of a chunk, not those of the sequences, if each chunk is back-propagated before the next one is asked for.
    Truncated back-propagation through time, Williams and Peng (1990), https://doi.org/10.1162/neco.1990.2.4.490, their
    BPTT(h; h') with h = h' = ``n_steps``.

    Args:
        layers: from the bottom to the top; they read forward.
        vectors: gives the vectors of tokens of these numbers. It is asked for each chunk, so that embeddings get
            their slopes chunk by chunk too.
        lengths: tokens of each sequence, 1 or more.
        n_steps: steps of a chunk.
        device: where the layers are.

    Yields:
        The numbers of the tokens of a chunk, and their states. A sequence that has ended takes no further part.

    Example:
        >>> _ = torch.manual_seed(0)
        >>> layer, series = Direction("gru", 1, 8, is_start_learned=False), torch.randn(1000, 1)
        >>> chunks = run_in_chunks([layer], series.__getitem__, lengths=[1000], n_steps=100, device=series.device)
        >>> for tokens, hidden in chunks:
        ...     hidden.square().mean().backward()
        >>> tokens[[0, -1]].tolist(), hidden.shape
        ([900, 999], torch.Size([100, 8]))
    """
    counts = np.asarray(lengths, dtype=np.int64)
    begins = np.cumsum(counts) - counts
    stack = list(layers)
    states: list[State | None] = [None] * len(stack)
    rows = np.arange(len(counts))
    for begin in range(0, int(counts.max()), n_steps):
        goes_on = counts[rows] > begin
        rows = rows[goes_on]
        n_here = np.minimum(counts[rows] - begin, n_steps)
        tokens = np.arange(n_here.sum()) + np.repeat(begins[rows] + begin - np.cumsum(n_here) + n_here, n_here)
        numbers, going = torch.from_numpy(tokens).to(device), torch.from_numpy(goes_on).to(device)
        hidden = vectors(numbers)
        for place, layer in enumerate(stack):
            arrangement = "flat" if isinstance(layer.cell, MinGRU) else "packed"
            layout, _ = plan_recurrence(n_here.tolist(), device, arrangement=arrangement)
            hidden, states[place] = layer.carry(hidden, layout, start=_cut_off(states[place], going))
        yield numbers, hidden


def _cut_off(states: State | None, rows: Tensor) -> State | None:
    """The states of the sequences that go on, as numbers."""
    return None if states is None else tuple(part.detach()[rows] for part in states)
