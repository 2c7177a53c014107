"""Hidden states of flat tokens in, one vector for each sequence out.

There is no padding, so none can enter a mean, a maximum or a last state. Sums over bfloat16 states run in float32.
"""

import math
from collections.abc import Callable
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from seqwise.tensors import Batch

PoolingName = Literal["first", "final", "mean", "max", "attention"]


def first(hidden: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "batch hidden"]:
    """The state of each sequence's first token."""
    return hidden.index_select(0, batch.offsets[:-1])


def final(hidden: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "batch hidden"]:
    """The state of each sequence's last token."""
    return hidden.index_select(0, batch.offsets[1:] - 1)


def mean(hidden: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "batch hidden"]:
    """The mean of each sequence's states."""
    total = segment_sum(hidden, batch)
    return (total / batch.offsets.diff().unsqueeze(1)).to(hidden.dtype)


def maximum(hidden: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "batch hidden"]:
    """The maximum of each sequence's states, unit by unit; the gradient goes to the first token that reaches it."""
    return hidden.gather(0, _first_at_maximum(hidden.detach(), batch))


def segment_sum(x: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "batch hidden"]:
    """The sum of each sequence's vectors, at least in float32."""
    kind = torch.promote_types(x.dtype, torch.float32)
    return x.new_zeros((len(batch), x.shape[1]), dtype=kind).index_add(0, batch.sequence, x.to(kind))


def segment_softmax(scores: Float[Tensor, "token score"], batch: Batch) -> Float[Tensor, "token score"]:
    """Softmax over the tokens of each sequence, column by column, at least in float32."""
    scores = scores.to(torch.promote_types(scores.dtype, torch.float32))
    segments = batch.sequence.unsqueeze(1).expand_as(scores)
    # The largest score is taken away first, so that no exponential overflows; it changes no share.
    largest = scores.new_full((len(batch), scores.shape[1]), -math.inf)
    largest = largest.scatter_reduce(0, segments, scores.detach(), "amax")
    powers = (scores - largest.index_select(0, batch.sequence)).exp()
    return powers / segment_sum(powers, batch).index_select(0, batch.sequence)


class AttentionPooling(nn.Module):
    """Weighted mean of each sequence's states; the weights are a softmax of products with a learned query.

    Yang et al. (2016), Hierarchical Attention Networks for Document Classification,
    https://aclanthology.org/N16-1174, equations 6 and 7. We depart in equation 5: the states meet the query as they
    are, without a layer between. The query starts at 0, where the pooling is the mean.
    """

    def __init__(self, width: int) -> None:
        """Make the query; ``width`` is the size of a state."""
        super().__init__()
        self.query = nn.Parameter(torch.zeros(width))

    def forward(self, hidden: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "batch hidden"]:
        """One vector for each sequence."""
        assert min(batch.lengths) > 0  # preparation gives every row at least one token
        scores = (hidden @ self.query).unsqueeze(1) / math.sqrt(hidden.shape[1])  # (token, 1)
        shares = segment_softmax(scores, batch)
        return segment_sum(shares * hidden, batch).to(hidden.dtype)


POOLINGS: dict[PoolingName, Callable[[Float[Tensor, "token hidden"], Batch], Float[Tensor, "batch hidden"]]] = {
    "first": first,
    "final": final,
    "mean": mean,
    "max": maximum,
}


class FixedPooling(nn.Module):
    """One of :data:`POOLINGS` as a module; nothing to learn."""

    def __init__(self, name: PoolingName) -> None:
        """Keep the pooling's name."""
        super().__init__()
        self.name: PoolingName = name

    def forward(self, hidden: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "batch hidden"]:
        """One vector for each sequence, in the dtype of ``hidden``."""
        assert min(batch.lengths) > 0  # preparation gives every row at least one token
        return POOLINGS[self.name](hidden, batch)

    def extra_repr(self) -> str:
        """Shown inside ``repr`` of a network."""
        return self.name


def build_pooling(name: PoolingName, width: int) -> nn.Module:
    """The pooling of this name: a module that takes hidden states of this width and their batch."""
    return AttentionPooling(width) if name == "attention" else FixedPooling(name)


def _first_at_maximum(hidden: Float[Tensor, "token hidden"], batch: Batch) -> Int[Tensor, "batch hidden"]:
    """The token where each unit of a sequence is largest, the first of equals."""
    n_tokens, width = hidden.shape
    segments = batch.sequence.unsqueeze(1).expand(-1, width)
    shape = (len(batch), width)
    largest = hidden.new_full(shape, -math.inf).scatter_reduce(0, segments, hidden, "amax")
    # A state that is not a number equals nothing; it is looked for as well, so that it is handed on and not hidden.
    is_largest = (hidden == largest.index_select(0, batch.sequence)) | hidden.isnan()
    places = torch.arange(n_tokens, device=hidden.device).unsqueeze(1).expand(-1, width)
    places = places.masked_fill(~is_largest, n_tokens)
    return places.new_full(shape, n_tokens).scatter_reduce(0, segments, places, "amin")
