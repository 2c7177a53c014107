"""A module and sequences in; what padding behind their ends changes of its outputs out."""

from collections.abc import Callable

import torch
from torch import Tensor

from seqwise.batch.flat import collate
from seqwise.errors import Problem, UsageError
from seqwise.gradient_evidence import PaddingFacts
from seqwise.model.network import Network
from seqwise.probe.numerical import tensors_of
from seqwise.records import Examples, Indices


@torch.no_grad()
def padding_of_module(
    name: str,
    module: Callable[..., object],
    *,
    inputs: tuple[object, ...],
    n_padded: int,
    pad: float = 0.0,
) -> PaddingFacts:
    """Append steps of padding to the first input, and compare the outputs.

    Of outputs with an axis of steps those of the real steps are compared; what stands at padding may be anything.

    Args:
        name: of the module.
        module: in eval mode.
        inputs: the first has shape (batch, time) or (batch, time, feature); the others, such as the true lengths, stay.
        n_padded: steps to append, 1 or more.
        pad: what they hold: the id of the padding token, or a number.

    Raises:
        UsageError: if the first input has no axis of steps, or the module gives no floating tensor.
    """
    first, *rest = inputs
    if not isinstance(first, Tensor) or first.ndim < 2:
        what = "has no first input of shape (batch, time) or (batch, time, feature)."
        raise UsageError(Problem(name, what, "Give the sequences first."))
    n_steps = first.shape[1]
    behind = first.new_full((first.shape[0], n_padded, *first.shape[2:]), pad)
    before = tensors_of(module(first, *rest))
    after = tensors_of(module(torch.cat([first, behind], dim=1), *rest))
    if not before:
        raise UsageError(Problem(name, "gives no floating tensor.", "Return what it computes."))
    pairs = [(one, _real(other, one)) for one, other in zip(before, after, strict=True)]
    return PaddingFacts(
        subject=name,
        n_steps=n_steps,
        n_padded=n_padded,
        error=max(float((one - other).abs().max()) for one, other in pairs),
        scale=float(torch.cat([one.double().flatten() for one in before]).square().mean().sqrt()),
    )


@torch.no_grad()
def padding_of_network(name: str, network: Network, *, examples: Examples, rows: Indices) -> PaddingFacts:
    """Each sequence by itself, and beside longer ones: a network of ours sees no padding, and this measures it.

    Args:
        name: of the network.
        network: in float64 and eval mode.
        examples: that the rows are of.
        rows: numbers of rows of different lengths.
    """
    together = network(collate(examples, rows))
    alone = torch.cat([network(collate(examples, rows[place : place + 1])) for place in range(len(rows))])
    lengths = examples.tokens.lengths[rows]
    return PaddingFacts(
        subject=name,
        n_steps=int(lengths.min()),
        n_padded=int(lengths.max() - lengths.min()),
        error=float((together - alone).abs().max()),
        scale=float(together.double().square().mean().sqrt()),
    )


def _real(padded: Tensor, plain: Tensor) -> Tensor:
    """What is at the real steps: the first so many along each axis."""
    return padded[tuple(slice(0, n) for n in plain.shape)]
