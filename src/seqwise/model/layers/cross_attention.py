"""Flat states of targets and of sources in, what each target sees of the sources of its own sequence out.

Both sides are ragged. Inside, sequences of similar lengths on both sides are put side by side and padded to the
longest of them; padded sources get a weight of exactly 0, and padded targets are gone before the result leaves.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor, nn

from seqwise.model.layers.attention import ROUND_TO, weigh
from seqwise.model.layers.dropout import Dropout
from seqwise.records import Indices

Score = Literal["general", "concat"]


@dataclass(frozen=True)
class CrossGroup:
    """Sequences of similar lengths: their number, the lengths that they are padded to, what is added to their scores.

    Attributes:
        n_sequences: sequences side by side.
        n_targets: targets of each, padding included.
        n_sources: sources of each, padding included.
        bias: 0 where a target may look, minus infinity where not; None where all may look everywhere.
    """

    n_sequences: int
    n_targets: int
    n_sources: int
    bias: Float[Tensor, "#sequence one #time source"] | None


@dataclass(frozen=True)
class CrossPlan:
    """How the targets and sources of one batch are laid out inside attention; computed once, used by all layers.

    Attributes:
        groups: the groups.
        targets: for each target place of all groups, its flat target; a padded place repeats the last of its sequence.
        sources: the same for sources.
        scatter: for each flat target, its place.
    """

    groups: tuple[CrossGroup, ...]
    targets: Int[Tensor, " place"]
    sources: Int[Tensor, " source_place"]
    scatter: Int[Tensor, " target"]

    def targets_of(self, x: Float[Tensor, "target unit"]) -> list[Tensor]:
        """Flat targets, group by group: (sequence, target, unit) each."""
        return _grouped(x.index_select(0, self.targets), [(each.n_sequences, each.n_targets) for each in self.groups])

    def sources_of(self, x: Float[Tensor, "source unit"]) -> list[Tensor]:
        """Flat sources, group by group: (sequence, source, unit) each."""
        return _grouped(x.index_select(0, self.sources), [(each.n_sequences, each.n_sources) for each in self.groups])

    def flat(self, parts: list[Tensor]) -> Float[Tensor, "target unit"]:
        """What came out for the targets of each group, flat again."""
        return torch.cat([part.flatten(0, 1) for part in parts]).index_select(0, self.scatter)


@dataclass(frozen=True)
class View:
    """What targets look at in one layer: made once, looked at by any number of targets.

    Attributes:
        seen: keys and values of each group, as the layer wants them.
        plan: their layout.
    """

    seen: tuple[tuple[Tensor, Tensor], ...]
    plan: CrossPlan


def plan_cross_attention(
    targets: Sequence[int], sources: Sequence[int], *, like: Tensor, is_causal: bool = False
) -> CrossPlan:
    """Lay out targets and sources of a batch; the work is done on the host.

    Args:
        targets: targets of each sequence, 0 or more, but 1 in all.
        sources: sources of each sequence, 1 or more where it has a target.
        like: a tensor with the device and the dtype of the states.
        is_causal: targets and sources are the same, and none may look at later ones.
    """
    lengths = np.array([targets, sources], dtype=np.int64)  # (2, sequence)
    assert lengths[1, lengths[0] > 0].min() > 0
    classes = -(-lengths // ROUND_TO)
    target_places: list[Indices] = []
    source_places: list[Indices] = []
    scatter = np.zeros(lengths[0].sum(), dtype=np.int64)
    groups: list[CrossGroup] = []
    n_places = 0
    for kind in np.unique(classes[:, lengths[0] > 0], axis=1).T:
        members = np.flatnonzero((classes == kind[:, None]).all(axis=0) & (lengths[0] > 0))
        (of_targets, is_target), (of_sources, is_source) = (_places(side, members) for side in lengths)
        scatter[of_targets[is_target]] = n_places + np.flatnonzero(is_target)
        n_places += of_targets.size
        target_places.append(of_targets.ravel())
        source_places.append(of_sources.ravel())
        # Padded sources stand behind the real ones, so that a causal target sees none of them.
        may_look = np.tri(is_source.shape[1], dtype=np.bool_)[None, None] if is_causal else is_source[:, None, None]
        bias = None if may_look.all() else torch.from_numpy(np.where(may_look, 0.0, -math.inf)).to(like)
        groups.append(CrossGroup(len(members), of_targets.shape[1], of_sources.shape[1], bias))
    return CrossPlan(
        groups=tuple(groups),
        targets=torch.from_numpy(np.concatenate(target_places)).to(like.device),
        sources=torch.from_numpy(np.concatenate(source_places)).to(like.device),
        scatter=torch.from_numpy(scatter).to(like.device),
    )


def _places(lengths: Indices, members: Indices) -> tuple[Indices, NDArray[np.bool_]]:
    """The flat rows of some sequences side by side, and which are real, both of shape (member, longest)."""
    starts, own = (np.cumsum(lengths) - lengths)[members, None], lengths[members, None]
    steps = np.arange(own.max())
    return starts + np.minimum(steps, own - 1), steps < own


def _grouped(x: Float[Tensor, "place unit"], shapes: list[tuple[int, int]]) -> list[Tensor]:
    parts = x.split([n_sequences * n_steps for n_sequences, n_steps in shapes])
    return [part.view(*shape, -1) for part, shape in zip(parts, shapes, strict=True)]


class MultiHeadAttention(nn.Module):
    """Multi-head scaled dot-product attention of targets to the sources of their own sequence.

    Vaswani et al. (2017), Attention Is All You Need, https://arxiv.org/abs/1706.03762, section 3.2.2. Where sources and
    targets are the same and the plan is causal, it is the self-attention of a decoder. Dropout falls on the weights.
    """

    def __init__(self, width: int, n_heads: int, *, source_width: int, dropout: float) -> None:
        """Make the linear layers.

        Args:
            width: units of a target's state.
            n_heads: attention heads; divides ``width``.
            source_width: units of a source's state.
            dropout: share of attention weights dropped in training.
        """
        super().__init__()
        assert width % n_heads == 0
        self.n_heads = n_heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(source_width, 2 * width)
        self.output = nn.Linear(width, width)
        self.dropout = Dropout(dropout)

    def look_at(self, sources: Float[Tensor, "source input"], plan: CrossPlan) -> View:
        """The keys and values of the sources, each of shape (sequence, head, source, unit), group by group."""
        parts = plan.sources_of(self.key_value(sources))
        split = [part.unflatten(2, (2, self.n_heads, -1)).permute(2, 0, 3, 1, 4) for part in parts]
        return View(tuple((key, value) for key, value in split), plan)

    def forward(self, x: Float[Tensor, "target hidden"], view: View) -> Float[Tensor, "target hidden"]:
        """Each target's weighted mean of the values of its sequence, through the output layer.

        Args:
            x: states of the targets.
            view: what :meth:`look_at` gave.
        """
        plan = view.plan
        parts: list[Tensor] = []
        for query, (key, value), group in zip(plan.targets_of(self.query(x)), view.seen, plan.groups, strict=True):
            heads = query.unflatten(2, (self.n_heads, -1)).transpose(1, 2)  # (sequence, head, target, unit)
            mean = weigh(heads, key=key, value=value, bias=group.bias, dropout=self.dropout)
            parts.append(mean.transpose(1, 2).flatten(2))
        return self.output(plan.flat(parts))

    def weights(self, x: Float[Tensor, "target hidden"], view: View) -> Float[Tensor, "target source"]:
        """How much each target of a single sequence looks at each source, the mean over the heads."""
        (group,), ((key, _),) = view.plan.groups, view.seen
        (query,) = view.plan.targets_of(self.query(x))
        heads = query.unflatten(2, (self.n_heads, -1)).transpose(1, 2)
        scores = heads @ key.transpose(2, 3) / math.sqrt(key.shape[3])
        return (scores if group.bias is None else scores + group.bias).softmax(dim=3).mean(dim=1)[0]


class ContextAttention(nn.Module):
    """What a recurrent decoder's state sees of the sources: their mean, weighted by how each meets the state.

    With h a target's state and s a source's (Luong, Pham and Manning 2015, https://arxiv.org/abs/1508.04025,
    equations 7 and 8)::

        score(h, s) = hᵀ W_a s                "general"
        score(h, s) = v_aᵀ tanh(W_a [h; s])   "concat", as in Bahdanau et al. (2015), https://arxiv.org/abs/1409.0473
        c = Σ softmax(score(h, s)) s
    """

    def __init__(self, width: int, *, source_width: int, score: Score) -> None:
        """Make the maps, which have no biases; ``width`` is that of a target's state."""
        super().__init__()
        self.key = nn.Linear(source_width, width, bias=False)
        self.query = nn.Linear(width, width, bias=False) if score == "concat" else None
        self.vector = nn.Linear(width, 1, bias=False) if score == "concat" else None

    def look_at(self, sources: Float[Tensor, "source input"], plan: CrossPlan) -> View:
        """The mapped sources, and the sources themselves, each of shape (sequence, source, unit), group by group."""
        return View(tuple(zip(plan.sources_of(self.key(sources)), plan.sources_of(sources), strict=True)), plan)

    def context(self, x: Float[Tensor, "target hidden"], view: View) -> Float[Tensor, "target input"]:
        """The weighted mean of the sources for each target; ``view`` is what :meth:`look_at` gave."""
        parts = [share @ value for share, (_, value) in zip(self._shares(x, view), view.seen, strict=True)]
        return view.plan.flat(parts)

    def weights(self, x: Float[Tensor, "target hidden"], view: View) -> Float[Tensor, "target source"]:
        """How much each target of a single sequence looks at each source."""
        return self._shares(x, view)[0][0]

    def _shares(self, x: Float[Tensor, "target hidden"], view: View) -> list[Tensor]:
        parts: list[Tensor] = []
        for state, (key, _), group in zip(view.plan.targets_of(x), view.seen, view.plan.groups, strict=True):
            scores = self._score(state, key)  # (sequence, target, source)
            parts.append((scores if group.bias is None else scores + group.bias.squeeze(1)).softmax(dim=2))
        return parts

    def _score(
        self, state: Float[Tensor, "sequence time hidden"], key: Float[Tensor, "sequence source hidden"]
    ) -> Float[Tensor, "sequence time source"]:
        if self.query is None or self.vector is None:
            return state @ key.transpose(1, 2)
        return self.vector((self.query(state).unsqueeze(2) + key.unsqueeze(1)).tanh()).squeeze(3)


class LuongAttention(ContextAttention):
    """Attention above a recurrent decoder: ``tanh(W_c [c; h])``, Luong et al. (2015), equation 5."""

    def __init__(self, width: int, *, source_width: int, score: Score) -> None:
        """Make the maps, which have no biases; ``width`` is that of a target's state and of the result."""
        super().__init__(width, source_width=source_width, score=score)
        self.output = nn.Linear(source_width + width, width, bias=False)

    def forward(self, x: Float[Tensor, "target hidden"], view: View) -> Float[Tensor, "target hidden"]:
        """The attentional state of each target.

        Args:
            x: states of the targets.
            view: what :meth:`look_at` gave.
        """
        return self.output(torch.cat([self.context(x, view), x], dim=1)).tanh()
