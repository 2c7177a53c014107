"""Flat hidden states in, each token's view of its own sequence out: attention that is block-diagonal over the offsets.

Inside attention, sequences of similar length are put side by side, padded to the next multiple of ``ROUND_TO``; the
padding is masked there, gets a weight of exactly 0, and is gone before the result leaves.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray
from torch import Tensor, dtype, nn
from torch.nn import functional as F
from torch.nn.attention.varlen import varlen_attn

from seqwise.errors import Problem, UsageError
from seqwise.model.layers.dropout import Dropout
from seqwise.model.layers.pooling import segment_softmax, segment_sum
from seqwise.model.layers.positions import Rotation, rotate
from seqwise.tensors import Batch

# 8 and 16 are equally fast for 32 sentences of mean length 35 (12.0 and 12.4 ms a layer, forward and backward, where
# equal lengths only take 14.3, 32 takes 13.5 and 64 takes 20); 16 needs fewer products and fewer kinds of shape.
ROUND_TO = 16
# With bfloat16, oneDNN prepares its products anew for each new number of tokens; with multiples of 64 it seldom must.
HALF_TOKENS_TO = 64


@dataclass(frozen=True)
class AttentionGroup:
    """Sequences of similar length: their number, the width they are padded to, and what is added to their scores.

    Attributes:
        n_sequences: sequences side by side.
        width: tokens of each, padding included.
        bias: 0 where a query may look, minus infinity where not; None where all may look everywhere.
    """

    n_sequences: int
    width: int
    bias: Float[Tensor, "sequence one query key"] | None


@dataclass(frozen=True)
class AttentionPlan:
    """How one batch is laid out inside attention; computed once, used by all layers.

    Attributes:
        groups: the groups, shortest first.
        gather: for each place of all groups, its flat token; a padded place repeats the first token of its sequence.
            None for a rectangle: one group, its places the tokens as they stand.
        scatter: for each flat token, its place; None for a rectangle.
        n_tail: dummy tokens at the end of the flat axis, see :func:`append_tail`.
        rotation: angles of rotary positions, or None.
        offsets: where each sequence begins and the last ends, shape (batch + 1,), int32, for the kernel of a GPU that
            takes ragged sequences as they are; then there are no groups. None for every other layout.
        longest: tokens of the longest sequence.
    """

    groups: tuple[AttentionGroup, ...]
    gather: Int[Tensor, " place"] | None
    scatter: Int[Tensor, " token"] | None
    n_tail: int
    rotation: Rotation | None = None
    offsets: Int[Tensor, " batch_and_end"] | None = None
    longest: int = 0


def plan_attention(
    batch: Batch, *, kind: dtype = torch.float32, is_causal: bool = False, dropout: float = 0.0
) -> AttentionPlan:
    """Lay the sequences of a batch out in groups of similar length; the work is done on the host.

    Sequences of one length, and so a sequence alone, are a rectangle already: nothing is padded, moved or appended.
    A GPU's kernel for ragged sequences (torch's ``varlen_attn``) takes them as they are; it knows half precision, and
    no dropout.

    Args:
        batch: the flat batch; only its lengths and its device are read.
        kind: dtype of the hidden states.
        is_causal: whether a token may look at itself and earlier tokens only.
        dropout: share of attention weights that is dropped in this call; 0 outside training.
    """
    if batch.n_tokens and _is_ragged_kernel_there(batch, kind) and not is_causal and dropout == 0.0:
        return AttentionPlan(
            groups=(),
            gather=None,
            scatter=None,
            n_tail=-batch.n_tokens % HALF_TOKENS_TO,
            offsets=batch.offsets.to(torch.int32),
            longest=max(batch.lengths),
        )
    if batch.n_tokens and len(set(batch.lengths)) == 1:
        return _rectangle(batch, kind, is_causal=is_causal)
    lengths = np.asarray(batch.lengths, dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    widths = -(-lengths // ROUND_TO) * ROUND_TO
    place = batch.tokens.device
    n_tail = -batch.n_tokens % HALF_TOKENS_TO if kind is torch.bfloat16 else 0
    # The tail reads place 0: its result is cut away, so any finite numbers will do.
    scatter = np.zeros(batch.n_tokens + n_tail, dtype=np.int64)
    gathers: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
    groups: list[AttentionGroup] = []
    n_places = 0
    for width in np.unique(widths[widths > 0]).tolist():
        members = np.flatnonzero(widths == width)
        steps = np.arange(width)
        is_real = steps < lengths[members, None]  # (sequence, width)
        gather = starts[members, None] + np.where(is_real, steps, 0)
        scatter[gather[is_real]] = n_places + np.flatnonzero(is_real)
        gathers.append(gather.ravel())
        n_places += gather.size
        bias = _bias(torch.from_numpy(is_real), kind, is_causal=is_causal)
        groups.append(AttentionGroup(len(members), width, None if bias is None else bias.to(place)))
    return AttentionPlan(
        groups=tuple(groups),
        gather=torch.from_numpy(np.concatenate(gathers)).to(place),
        scatter=torch.from_numpy(scatter).to(place),
        n_tail=n_tail,
    )


def _is_ragged_kernel_there(batch: Batch, kind: dtype) -> bool:
    return batch.tokens.device.type == "cuda" and kind in (torch.bfloat16, torch.float16)


def _rectangle(batch: Batch, kind: dtype, *, is_causal: bool) -> AttentionPlan:
    shape = (len(batch), batch.lengths[0])
    bias = _bias(torch.ones(shape, dtype=torch.bool), kind, is_causal=True) if is_causal else None
    group = AttentionGroup(*shape, None if bias is None else bias.to(batch.tokens.device))
    return AttentionPlan(groups=(group,), gather=None, scatter=None, n_tail=0)


def _bias(
    is_real: Bool[Tensor, "sequence width"], kind: dtype, *, is_causal: bool
) -> Float[Tensor, "sequence one query key"] | None:
    attention_mask = is_real[:, None, None, :]
    if is_causal:
        width = is_real.shape[1]
        attention_mask = attention_mask & torch.ones(width, width, dtype=torch.bool).tril()
    if bool(attention_mask.all()):
        return None
    return torch.zeros(attention_mask.shape, dtype=kind).masked_fill_(~attention_mask, -math.inf)


def append_tail(x: Float[Tensor, "token hidden"], plan: AttentionPlan) -> Float[Tensor, "token_and_tail hidden"]:
    """Zeros behind the last token, so that bfloat16 products keep to few shapes; none for other dtypes.

    The encoder cuts them away at its end. No sequence sees them, and no gradient comes from them.
    """
    return F.pad(x, (0, 0, 0, plan.n_tail)) if plan.n_tail else x


class FlatSelfAttention(nn.Module):
    """Multi-head scaled dot-product self-attention inside each sequence of a flat batch.

    Vaswani et al. (2017), Attention Is All You Need, https://arxiv.org/abs/1706.03762, section 3.2. Query, key and
    value come from one product. Dropout falls on the attention weights, as in BERT.
    """

    def __init__(self, width: int, n_heads: int, *, dropout: float) -> None:
        """Make the two linear layers.

        Args:
            width: units of a hidden state.
            n_heads: attention heads; divides ``width``.
            dropout: share of attention weights dropped in training.

        Raises:
            UsageError: if ``n_heads`` does not divide ``width``.
        """
        super().__init__()
        if width % n_heads:
            raise UsageError(
                Problem(
                    where="encoder.heads",
                    what=f"{n_heads} heads do not divide a width of {width}.",
                    fix="Choose a number of heads that divides the width.",
                )
            )
        self.width = width
        self.n_heads = n_heads
        self.query_key_value = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)
        self.dropout = Dropout(dropout)

    def forward(self, x: Float[Tensor, "token hidden"], plan: AttentionPlan) -> Float[Tensor, "token hidden"]:
        """Each token's weighted mean of the values of its sequence, through the output layer.

        Args:
            x: hidden states, shape (token, hidden), with the plan's tail where it has one.
            plan: the layout of this batch.
        """
        if not plan.groups and plan.offsets is None:  # no sequence has a token
            return x
        mixed = self.query_key_value(x)  # (token, 3 * hidden)
        if plan.rotation is not None:
            mixed = self._rotate(mixed, plan.rotation, n_tail=plan.n_tail)
        if plan.offsets is not None:
            return self.output(self._attend_ragged(mixed, plan, plan.offsets))
        if plan.gather is None or plan.scatter is None:
            return self.output(self._attend(mixed, plan.groups[0]))
        places = mixed.index_select(0, plan.gather)  # (place, 3 * hidden)
        parts = places.split([group.n_sequences * group.width for group in plan.groups])
        seen = [self._attend(part, group) for part, group in zip(parts, plan.groups, strict=True)]
        return self.output(torch.cat(seen).index_select(0, plan.scatter))

    def first(self, x: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "batch hidden"]:
        """What :meth:`forward` gives for the first token of each sequence, without rotation.

        One query a sequence needs no groups: its products with the keys are sums of the flat axis.

        Args:
            x: hidden states, shape (token, hidden), with the plan's tail where it has one.
            batch: says where the sequences begin; none is empty.
        """
        weights, biases = (
            parameter.split((self.width, 2 * self.width))
            for parameter in (self.query_key_value.weight, self.query_key_value.bias)
        )
        first = x.index_select(0, batch.offsets[:-1])
        query = F.linear(first, weights[0], biases[0]).unflatten(1, (self.n_heads, -1))  # (batch, head, unit)
        seen = F.linear(x, weights[1], biases[1])[: batch.n_tokens]  # (token, 2 * hidden)
        key, value = seen.unflatten(1, (2, self.n_heads, -1)).unbind(1)  # 2 x (token, head, unit)
        query = query * query.shape[-1] ** -0.5
        scores = (query.index_select(0, batch.sequence) * key).sum(dim=-1)  # (token, head)
        shares = self.dropout(segment_softmax(scores, batch)).unsqueeze(-1)
        return self.output(segment_sum((shares * value).flatten(1), batch).to(x.dtype))

    def _rotate(
        self, mixed: Float[Tensor, "token mixed"], rotation: Rotation, *, n_tail: int
    ) -> Float[Tensor, "token mixed"]:
        turned, values = mixed.split((2 * self.width, self.width), dim=1)
        n_tokens = mixed.shape[0] - n_tail
        heads = turned[:n_tokens].unflatten(1, (2 * self.n_heads, -1))  # (token, 2 * head, unit)
        turned = F.pad(rotate(heads, rotation).flatten(1), (0, 0, 0, n_tail))
        return torch.cat((turned, values), dim=1)

    def _attend_ragged(
        self, mixed: Float[Tensor, "token mixed"], plan: AttentionPlan, offsets: Int[Tensor, " batch_and_end"]
    ) -> Float[Tensor, "token hidden"]:
        real = mixed[: len(mixed) - plan.n_tail]
        query, key, value = real.unflatten(1, (3, self.n_heads, -1)).unbind(1)  # 3 x (token, head, unit)
        seen = varlen_attn(query, key, value, offsets, offsets, plan.longest, plan.longest)
        assert isinstance(seen, Tensor)
        return F.pad(seen.flatten(1), (0, 0, 0, plan.n_tail))

    def _attend(self, part: Float[Tensor, "place mixed"], group: AttentionGroup) -> Float[Tensor, "place hidden"]:
        shaped = part.view(group.n_sequences, group.width, 3, self.n_heads, self.width // self.n_heads)
        query, key, value = shaped.permute(2, 0, 3, 1, 4)  # 3 x (sequence, head, time, unit)
        seen = weigh(query, key=key, value=value, bias=group.bias, dropout=self.dropout)
        return seen.transpose(1, 2).reshape(part.shape[0], self.width)


def weigh(
    query: Float[Tensor, "sequence head time unit"],
    *,
    key: Float[Tensor, "sequence head source unit"],
    value: Float[Tensor, "sequence head source unit"],
    bias: Float[Tensor, "#sequence one #time source"] | None,
    dropout: Dropout,
) -> Float[Tensor, "sequence head time unit"]:
    """Scaled dot-product attention: the mean of the values, weighted by the softmax of the products with the keys.

    Args:
        query: what looks.
        key: what is looked at.
        value: what is seen of it.
        bias: 0 where a query may look, minus infinity where not; None where all may look everywhere.
        dropout: falls on the weights.
    """
    p = dropout.p if dropout.training else 0.0
    # On a CPU torch's fused kernel has no dropout, and its bfloat16 backward is 20 to 40 times too slow.
    if query.device.type != "cpu" or (p == 0.0 and query.dtype is not torch.bfloat16):
        return F.scaled_dot_product_attention(query, key, value, attn_mask=bias, dropout_p=p)
    scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2)  # (sequence, head, time, source)
    if bias is not None:
        scores = scores + bias
    return dropout(scores.softmax(dim=-1)) @ value
