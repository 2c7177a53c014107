"""Hidden states of a batch in; how much they differ between positions and between inputs out."""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import normalize

from seqwise.series_evidence import RepresentationFacts
from seqwise.tensors import Batch


@torch.no_grad()
def representation(
    states: Callable[[Batch], Float[Tensor, "token hidden"]],
    batch: Batch,
    *,
    compared: Bool[Tensor, " token"] | None = None,
) -> RepresentationFacts:
    """Compare the states of the positions of each input, and those of distinct inputs at each position.

    Args:
        states: a hidden state for each token, such as ``lambda batch: encoder(batch).hidden``; in eval mode.
        batch: two sequences or more.
        compared: True for tokens whose states are compared, such as the queries behind the input of a forecast; None:
            all tokens of distinct sequences, each sequence once.

    Returns:
        Cosines, shares of variance and the effective rank, computed in float64.
    """
    kept = distinct_inputs(batch) if compared is None else compared
    hidden = states(batch)[kept].double()
    sequence, positions = batch.sequence[kept], batch.positions[kept]
    position_cosine, position_share = _differences(hidden, sequence)
    input_cosine, input_share = _differences(hidden, positions)
    return RepresentationFacts(
        n_states=len(hidden),
        n_inputs=len(sequence.unique()),
        position_cosine=position_cosine,
        input_cosine=input_cosine,
        position_share=position_share,
        input_share=input_share,
        effective_rank=effective_rank(hidden),
    )


def distinct_inputs(batch: Batch) -> Bool[Tensor, " token"]:
    """True for the tokens of sequences that no earlier sequence repeats."""
    seen: set[tuple[int, ...]] = set()
    is_first: list[bool] = []
    for tokens in batch.tokens.cpu().split(batch.lengths):
        told = tuple(tokens.tolist())
        is_first.append(told not in seen)
        seen.add(told)
    return torch.tensor(is_first, device=batch.tokens.device)[batch.sequence]


def effective_rank(states: Float[Tensor, "state hidden"]) -> float:
    """Exponential of the entropy of the shares of the singular values: 1 where all states point the same way.

    O. Roy, M. Vetterli, "The effective rank: a measure of effective dimensionality", EUSIPCO 2007, definition 1,
    https://infoscience.epfl.ch/record/110188.
    """
    values = torch.linalg.svdvals(states)
    shares = values / values.sum().clamp_min(torch.finfo(values.dtype).tiny)
    return float(torch.special.entr(shares).sum().exp())


def _differences(
    hidden: Float[Tensor, "state hidden"], group: Int[Tensor, " state"]
) -> tuple[float | None, float | None]:
    """Mean cosine of two states of a group, and the share of the mean square that varies inside groups of two or more.

    None where no group has two.
    """
    counts = group.bincount()
    is_paired = counts[group] > 1
    hidden, group = hidden[is_paired], group[is_paired]
    if not len(hidden):
        return None, None
    counts = group.bincount().double()
    units = normalize(hidden, dim=1)
    pairs = (counts * (counts - 1)).sum()
    cosine = (_sums(units, group).square().sum() - units.square().sum()) / pairs
    means = _sums(hidden, group) / counts.clamp_min(1).unsqueeze(1)
    varying = (hidden - means[group]).square().sum() / hidden.square().sum().clamp_min(torch.finfo(hidden.dtype).tiny)
    return float(cosine), float(varying)


def _sums(states: Float[Tensor, "state hidden"], group: Int[Tensor, " state"]) -> Float[Tensor, "group hidden"]:
    return states.new_zeros(int(group.max()) + 1, states.shape[1]).index_add_(0, group, states)
