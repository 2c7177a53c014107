"""Scores of tags for each unit in; likelihoods of tag sequences and marginals of tags out: a linear-chain CRF.

Units lie flat, sequence after sequence; inside they are walked step after step, in each step the sequences that have
it. No transition is forbidden here: a window may begin and end inside an entity, where the rules of a scheme do not
hold. The rules, and the best path, belong to decoding: :mod:`seqwise.spans.decoding`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from seqwise.steps import by_step


class LinearChainCrf(nn.Module):
    """Conditional random field over chains: a score for each tag, each pair of neighbours, each beginning and end.

    Lafferty, McCallum and Pereira (2001), Conditional Random Fields, https://repository.upenn.edu/cis_papers/159,
    section 3; the recursions are those of Rabiner (1989), A Tutorial on Hidden Markov Models,
    https://doi.org/10.1109/5.18626, section V.A: probabilities that are scaled in each step, in float64, so that a
    step is one matrix product and no length is too long. All scores of transitions start at 0, where the tags of
    neighbours do not depend on each other and the marginals are the softmax.

    Attributes:
        start: score of each first tag, shape (tag,).
        between: score of each pair of neighbours, shape (tag before, tag).
        end: score of each last tag, shape (tag,).
    """

    def __init__(self, n_tags: int) -> None:
        """Make the scores of transitions."""
        super().__init__()
        self.start = nn.Parameter(torch.zeros(n_tags))
        self.between = nn.Parameter(torch.zeros(n_tags, n_tags))
        self.end = nn.Parameter(torch.zeros(n_tags))

    def forward(
        self, scores: Float[Tensor, "unit tag"], tags: Int[Tensor, " unit"], *, lengths: Sequence[int]
    ) -> Float[Tensor, " sequence"]:
        """The negative log-likelihood of the tags of each sequence, in float64; 0 for a sequence without units.

        Args:
            scores: of tags, from a network.
            tags: tag numbers.
            lengths: units of each sequence, 0 or more.
        """
        chains = _plan(lengths, scores.device)
        x, start, between, end = self._in_order(scores, chains)
        tags = torch.empty_like(tags).index_copy(0, chains.places, tags)
        pairs = tags.index_select(0, chains.before) * len(start) + tags[chains.n_first :]
        gold = x.new_zeros(chains.n_sequences)
        for rows, values in (
            (chains.sequence, x.gather(1, tags.unsqueeze(1)).squeeze(1)),
            (chains.sequence[: chains.n_first], start.index_select(0, tags[: chains.n_first])),
            (chains.sequence[chains.n_first :], between.flatten().index_select(0, pairs)),
            (chains.sequence.index_select(0, chains.ends), end.index_select(0, tags.index_select(0, chains.ends))),
        ):
            gold = gold.index_add(0, rows, values)
        return _LogPartition.apply(x, start, between, end, chains) - gold

    def log_marginals(self, scores: Float[Tensor, "unit tag"], *, lengths: Sequence[int]) -> Float[Tensor, "unit tag"]:
        """The log-probability of each tag at each unit, given the whole sequence, in float64; finite.

        Args:
            scores: of tags, from a network.
            lengths: units of each sequence, 0 or more.
        """
        with torch.no_grad():
            chains = _plan(lengths, scores.device)
            forward, _ = _walk_forward(*self._in_order(scores, chains), chains)
            marginals = forward.alphas * _walk_backward(forward, chains)[0]
            floor = torch.finfo(marginals.dtype).tiny
            return marginals.clamp_min(floor).log().index_select(0, chains.places)

    def _in_order(self, scores: Float[Tensor, "unit tag"], chains: "_Chains") -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The scores step after step, and those of the transitions, in float64."""
        scores = scores.double()
        x = torch.empty_like(scores).index_copy(0, chains.places, scores)
        return x, self.start.double(), self.between.double(), self.end.double()


@dataclass(frozen=True)
class _Chains:
    """Where the rows of sequences stand, step after step; row numbers are those of that order.

    Attributes:
        n_sequences: all, those without units counted.
        sizes: rows of each step, on the host.
        places: the row of each unit.
        sequence: the sequence of each row.
        before: the row before each row, from the second step on.
        ends: the last row of each sequence that has one, in the order of the sequences.
    """

    n_sequences: int
    sizes: list[int]
    places: Int[Tensor, " unit"]
    sequence: Int[Tensor, " row"]
    before: Int[Tensor, " later_row"]
    ends: Int[Tensor, " chain"]

    @property
    def n_first(self) -> int:
        """Rows of the first step: sequences that have a unit."""
        return self.sizes[0] if self.sizes else 0


def _plan(lengths: Sequence[int], device: torch.device) -> _Chains:
    counts = np.asarray(lengths, dtype=np.int64)
    places, sizes = by_step(counts)
    sequence = np.empty_like(places)
    sequence[places] = np.repeat(np.arange(len(counts)), counts)
    before = np.arange(sizes[:1].sum(), len(places)) - np.repeat(sizes[:-1], sizes[1:])
    ends = places[np.cumsum(counts)[counts > 0] - 1]
    on_device = (torch.from_numpy(rows).to(device) for rows in (places, sequence, before, ends))
    return _Chains(len(counts), sizes.tolist(), *on_device)


@dataclass(frozen=True)
class _Forward:
    """What the walk forward leaves: all factors are scaled so that their largest is 1.

    Attributes:
        alphas: share of each tag at a row, given the rows up to it; each row sums to 1.
        emissions: factor of each tag at a row, divided by what the row's alphas were divided by.
        between: factors of pairs.
        end: factors of last tags.
        finals: for each chain the sum of its last alphas times ``end``.
    """

    alphas: Float[Tensor, "row tag"]
    emissions: Float[Tensor, "row tag"]
    between: Float[Tensor, "tag tag"]
    end: Float[Tensor, " tag"]
    finals: Float[Tensor, " chain"]


def _walk_forward(
    x: Float[Tensor, "row tag"],
    start: Float[Tensor, " tag"],
    between: Float[Tensor, "tag tag"],
    end: Float[Tensor, " tag"],
    chains: _Chains,
) -> tuple[_Forward, Float[Tensor, " sequence"]]:
    """The walk, and the log-partition of each sequence."""
    tops = [start.amax(), between.amax(), end.amax()]
    starts, pairs, ends = (part.sub(top).exp() for part, top in zip((start, between, end), tops, strict=True))
    highest = x.amax(dim=1, keepdim=True)  # (row, 1)
    emissions = x.sub(highest).exp_()
    alphas = torch.empty_like(x)
    norms = torch.empty_like(highest)
    steps = zip(alphas.split(chains.sizes), emissions.split(chains.sizes), norms.split(chains.sizes), strict=True)
    before = starts.expand(chains.n_first, -1)
    for step, (alpha, emission, norm) in enumerate(steps):
        reached = before if step == 0 else torch.mm(before[: len(alpha)], pairs, out=alpha)
        torch.mul(reached, emission, out=alpha)
        alpha.div_(torch.sum(alpha, dim=1, keepdim=True, out=norm))
        before = alpha
    finals = alphas.index_select(0, chains.ends) @ ends
    rows = (norms.log() + highest).squeeze(1) + tops[1]
    log_partition = x.new_zeros(chains.n_sequences).index_add(0, chains.sequence, rows)
    of_edges = finals.log() + (tops[0] + tops[2] - tops[1])
    log_partition.index_add_(0, chains.sequence.index_select(0, chains.ends), of_edges)
    return _Forward(alphas, emissions.div_(norms), pairs, ends, finals), log_partition


def _walk_backward(forward: _Forward, chains: _Chains) -> tuple[Tensor, Tensor]:
    """For each row what the rows after it make of a tag's share, and that times the row's own factors."""
    betas = torch.empty_like(forward.alphas)
    betas.index_copy_(0, chains.ends, forward.end / forward.finals.unsqueeze(1))
    own = torch.empty_like(betas)
    steps = list(
        zip(betas.split(chains.sizes), own.split(chains.sizes), forward.emissions.split(chains.sizes), strict=True)
    )
    for step in reversed(range(len(steps))):
        beta, own_now, emission = steps[step]
        torch.mul(beta, emission, out=own_now)
        if step > 0:
            torch.mm(own_now, forward.between.t(), out=steps[step - 1][0][: len(beta)])
    return betas, own


class _LogPartition(Function):
    """The slopes of a log-partition are expected counts: of tags, of pairs, of beginnings and of ends."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Float[Tensor, "row tag"],
        start: Float[Tensor, " tag"],
        between: Float[Tensor, "tag tag"],
        end: Float[Tensor, " tag"],
        chains: _Chains,
    ) -> Float[Tensor, " sequence"]:
        ctx.walk, log_partition = _walk_forward(x, start, between, end, chains)
        ctx.chains = chains
        return log_partition

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride] # once_differentiable hides the name of ctx
        ctx: Any, slope: Float[Tensor, " sequence"]
    ) -> tuple[Tensor | None, ...]:
        forward, chains = ctx.walk, ctx.chains
        betas, own = _walk_backward(forward, chains)
        slopes = slope.index_select(0, chains.sequence).unsqueeze(1)  # (row, 1)
        counts = betas.mul_(forward.alphas).mul_(slopes)
        before = forward.alphas.index_select(0, chains.before)
        pairs = forward.between * (before.t() @ own.mul_(slopes)[chains.n_first :])
        return counts, counts[: chains.n_first].sum(0), pairs, counts.index_select(0, chains.ends).sum(0), None
