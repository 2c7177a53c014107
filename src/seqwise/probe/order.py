"""A network and a batch in; what shuffling the tokens of each sequence changes out."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from seqwise.errors import Problem, UsageError
from seqwise.series_evidence import OrderFacts
from seqwise.tensors import Batch

# One shuffle may leave most tokens where like ones were; the largest change of a few is taken.
N_SHUFFLES = 4


@torch.no_grad()
def equivariance(
    states: Callable[[Batch], Float[Tensor, "token hidden"]],
    batch: Batch,
    *,
    movable: Bool[Tensor, " token"] | None = None,
    seed: int = 0,
) -> OrderFacts:
    """The largest difference between f(P x) and P f(x): 0, up to rounding, where f is blind to the order of tokens.

    So it is with self-attention without positions (Lee et al. 2019, Set Transformer, https://arxiv.org/abs/1810.00825,
    property 1). Ask in float64: there rounding is 1e-15 of the outputs, in float32 1e-6.

    Args:
        states: a state or an output for each token, such as ``lambda batch: encoder(batch).hidden``; in eval mode.
        batch: sequences of which one or more have two different tokens that may move.
        movable: True for tokens that are shuffled, each among those of its sequence; the others stay, such as the
            queries behind the input of a forecast, whose outputs then stay the same. None: all tokens.
        seed: of the shuffles.

    Raises:
        UsageError: if no token can move, or two passes differ, as with dropout.
    """
    found = _twice(states, batch)
    changes = [(states(shuffled) - found[order]).abs().max() for shuffled, order in _shuffles(batch, movable, seed)]
    return _facts(found, changes)


@torch.no_grad()
def invariance(
    outputs: Callable[[Batch], Float[Tensor, "row output"]],
    batch: Batch,
    *,
    movable: Bool[Tensor, " token"] | None = None,
    seed: int = 0,
) -> OrderFacts:
    """As :func:`equivariance` for outputs that do not go with tokens, such as one a sequence: f(P x) beside f(x).

    Args:
        outputs: of a batch, such as a network's logits; in eval mode.
        batch: sequences of which one or more have two different tokens that may move.
        movable: True for tokens that are shuffled; None: all.
        seed: of the shuffles.

    Raises:
        UsageError: if no token can move, or two passes differ, as with dropout.
    """
    found = _twice(outputs, batch)
    return _facts(found, [(outputs(shuffled) - found).abs().max() for shuffled, _ in _shuffles(batch, movable, seed)])


@torch.no_grad()
def shuffled_scores(
    score: Callable[[Batch], float],
    batch: Batch,
    *,
    movable: Bool[Tensor, " token"] | None = None,
    n: int = 20,
    seed: int = 0,
) -> tuple[float, ...]:
    """Scores with the tokens of each sequence shuffled: what the score is worth without their order.

    The true score stands outside of ``n`` such scores by chance in two of n + 1 cases (a permutation test). Breiman
    2001, Random Forests, section 10, https://doi.org/10.1023/A:1010933404324, shuffles a variable in the same way.

    Args:
        score: of the model's answers to a batch; the targets of the batch do not move.
        batch: sequences of which one or more have two different tokens that may move.
        movable: True for tokens that are shuffled; None: all.
        n: shuffles.
        seed: of the shuffles.

    Raises:
        UsageError: if no token can move.
    """
    return tuple(score(shuffled) for shuffled, _ in _shuffles(batch, movable, seed, n=n))


def _shuffles(
    batch: Batch, movable: Bool[Tensor, " token"] | None, seed: int, *, n: int = N_SHUFFLES
) -> Iterator[tuple[Batch, Int[Tensor, " token"]]]:
    """The batch with tokens and their features shuffled inside sequences, and for each place where its token was."""
    places = torch.arange(batch.n_tokens) if movable is None else movable.cpu().nonzero().squeeze(1)
    sequence, tokens = batch.sequence.cpu()[places], batch.tokens.cpu()[places]
    is_next, differs = sequence[1:] == sequence[:-1], tokens[1:] != tokens[:-1]
    if batch.features is not None:
        features = batch.features.cpu()[places]
        differs |= (features[1:] != features[:-1]).any(dim=1)
    if not (is_next & differs).any():
        raise UsageError(
            Problem("probe", "no sequence has two different tokens that may move.", "Give longer sequences.")
        )
    generator = torch.Generator().manual_seed(seed)
    for _ in range(n):
        drawn = torch.randperm(len(places), generator=generator)
        drawn = drawn[sequence[drawn].argsort(stable=True)]  # places of a sequence among those of that sequence
        order = torch.arange(batch.n_tokens)
        order[places] = places[drawn]
        order = order.to(batch.tokens.device)
        features = None if batch.features is None else batch.features[order]
        yield replace(batch, tokens=batch.tokens[order], features=features), order


def _twice(outputs: Callable[[Batch], Tensor], batch: Batch) -> Tensor:
    """What comes out, if it comes out again."""
    found = outputs(batch)
    if not torch.allclose(found, outputs(batch)):
        raise UsageError(Problem("probe", "two passes over the same batch differ.", "Put the network in eval mode."))
    return found


def _facts(found: Tensor, changes: list[Tensor]) -> OrderFacts:
    return OrderFacts(error=float(max(changes)), scale=float(found.double().square().mean().sqrt()))
