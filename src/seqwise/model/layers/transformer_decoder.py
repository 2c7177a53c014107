"""A transformer decoder: causal self-attention, attention to a memory and a feed-forward net, block upon block."""

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from seqwise.model.layers.block import FeedForward
from seqwise.model.layers.cross_attention import CrossPlan, MultiHeadAttention, View, plan_cross_attention
from seqwise.model.layers.decoder import Decoder, Memory
from seqwise.model.layers.dropout import Dropout
from seqwise.model.layers.kept import Kept, Pasts
from seqwise.model.layers.positions import sinusoids
from seqwise.records import Indices


@dataclass(frozen=True)
class TransformerState:
    """Before a step.

    Attributes:
        own: of each block the keys and values of the targets so far.
        pasts: which of them each path looks at.
        memory: of each block.
        n_steps: steps made.
    """

    own: tuple[Kept, ...]
    pasts: Pasts
    memory: tuple[View, ...]
    n_steps: int


class DecoderBlock(nn.Module):
    """Causal self-attention, attention to the memory and a feed-forward net, each with a layer norm before it.

    Vaswani et al. (2017), https://arxiv.org/abs/1706.03762, section 3.1, with the norms of Xiong et al. (2020),
    https://arxiv.org/abs/2002.04745, figure 1b. Dropout falls before each sum.
    """

    def __init__(self, width: int, n_heads: int, *, inner: int, source_width: int, dropout: float) -> None:
        """Make the parts; ``inner`` is the width inside the feed-forward net."""
        super().__init__()
        self.own = MultiHeadAttention(width, n_heads, source_width=width, dropout=dropout)
        self.cross = MultiHeadAttention(width, n_heads, source_width=source_width, dropout=dropout)
        self.feed_forward = FeedForward(width, inner, activation=nn.GELU())
        self.own_norm = nn.LayerNorm(width)
        self.cross_norm = nn.LayerNorm(width)
        self.feed_forward_norm = nn.LayerNorm(width)
        self.dropout = Dropout(dropout)

    def forward(
        self, x: Float[Tensor, "target hidden"], plan: CrossPlan, *, memory: View
    ) -> Float[Tensor, "target hidden"]:
        """The targets' states above this block; the plan, a causal one, says who looks at whom."""
        normed = self.own_norm(x)
        return self._above(x + self.dropout(self.own(normed, self.own.look_at(normed, plan))), memory)

    def step(
        self, x: Float[Tensor, "row hidden"], kept: Kept, *, plan: CrossPlan, memory: View
    ) -> tuple[Float[Tensor, "row hidden"], Kept]:
        """The same for one target more of every path, and ``kept`` with it."""
        normed = self.own_norm(x)
        ((key, value),) = self.own.look_at(normed, plan).seen
        kept = kept.extended(key, value)
        return self._above(x + self.dropout(self.own(normed, View((kept.seen,), plan))), memory), kept

    def _above(self, x: Float[Tensor, "target hidden"], memory: View) -> Float[Tensor, "target hidden"]:
        x = x + self.dropout(self.cross(self.cross_norm(x), memory))
        return x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))


class TransformerDecoder(Decoder[TransformerState]):
    """Blocks above sines of the targets' places, which count from 0; keys and values are kept from step to step."""

    def __init__(self, width: int, n_layers: int, *, n_heads: int, source_width: int, dropout: float) -> None:
        """Make the blocks, with four times the width inside their feed-forward nets as in Vaswani et al. (2017).

        Args:
            width: units of a target's state, even.
            n_layers: blocks.
            n_heads: attention heads; divides ``width``.
            source_width: units of a state of the memory.
            dropout: on what is told, on attention weights and before each sum.
        """
        super().__init__()
        self.width = width
        self.blocks = nn.ModuleList(
            DecoderBlock(width, n_heads, inner=4 * width, source_width=source_width, dropout=dropout)
            for _ in range(n_layers)
        )
        self.norm = nn.LayerNorm(width)
        self.dropout = Dropout(dropout)

    def forward(
        self, x: Float[Tensor, "target hidden"], memory: Memory, *, lengths: tuple[int, ...]
    ) -> Float[Tensor, "target hidden"]:
        """The states of all targets at once; no target, no work."""
        if not len(x):
            return x
        plan = plan_cross_attention(lengths, lengths, like=x, is_causal=True)
        across = plan_cross_attention(lengths, memory.lengths, like=x)
        x = self._placed(x, np.concatenate([np.arange(n) for n in lengths]))
        for block, view in zip(self.blocks, self._look_at(memory, across), strict=True):
            x = block(x, plan, memory=view)
        return self.norm(x)

    def begin(self, memory: Memory, *, n_paths: int = 1) -> TransformerState:
        """Nothing told yet, and the keys and values of the memory."""
        across = plan_cross_attention((n_paths,) * len(memory.lengths), memory.lengths, like=memory.hidden)
        pasts = Pasts.before_the_first(len(memory.lengths), n_paths, like=memory.hidden)
        own = (Kept.none(),) * len(self.blocks)
        return TransformerState(own=own, pasts=pasts, memory=self._look_at(memory, across), n_steps=0)

    def step(
        self, x: Float[Tensor, "row hidden"], state: TransformerState
    ) -> tuple[Float[Tensor, "row hidden"], TransformerState]:
        """One target more for every path."""
        x = self._placed(x, np.full(len(x), state.n_steps))
        extended, pasts = list[Kept](), state.pasts.extended()
        for block, own, memory in zip(self.blocks, state.own, state.memory, strict=True):
            x, longer = cast(DecoderBlock, block).step(x, own, plan=pasts.plan, memory=memory)
            extended.append(longer)
        return self.norm(x), replace(state, own=tuple(extended), pasts=pasts, n_steps=state.n_steps + 1)

    def follow(self, state: TransformerState, rows: Int[Tensor, " row"]) -> TransformerState:
        """The targets so far of the rows that are gone on from; nothing to do where each path goes on for itself."""
        if torch.equal(rows, torch.arange(len(rows), device=rows.device)):
            return state
        own, pasts = state.own, state.pasts
        if pasts.sees is None:
            own = tuple(kept.together(pasts.n_paths) for kept in own)
        return replace(state, own=own, pasts=pasts.followed(rows, n_steps=state.n_steps))

    def weights(self, x: Float[Tensor, "target hidden"], memory: Memory) -> Float[Tensor, "target source"]:
        """Those of the last block, the mean over its heads."""
        lengths = (len(x),)
        plan = plan_cross_attention(lengths, lengths, like=x, is_causal=True)
        views = self._look_at(memory, plan_cross_attention(lengths, memory.lengths, like=x))
        blocks = [cast(DecoderBlock, block) for block in self.blocks]
        x = self._placed(x, np.arange(len(x)))
        for block, view in zip(blocks[:-1], views[:-1], strict=True):
            x = block(x, plan, memory=view)
        last = blocks[-1]
        normed = last.own_norm(x)
        x = x + last.own(normed, last.own.look_at(normed, plan))
        return last.cross.weights(last.cross_norm(x), views[-1])

    def _look_at(self, memory: Memory, plan: CrossPlan) -> tuple[View, ...]:
        blocks = (cast(DecoderBlock, block) for block in self.blocks)
        return tuple(block.cross.look_at(memory.hidden, plan) for block in blocks)

    def _placed(self, x: Float[Tensor, "row hidden"], places: Indices) -> Float[Tensor, "row hidden"]:
        return self.dropout(x + sinusoids(torch.from_numpy(places).to(x.device), self.width, kind=x.dtype))
