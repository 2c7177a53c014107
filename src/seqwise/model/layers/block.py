"""Hidden states in, hidden states out: one transformer block, made from the parts it is handed."""

from jaxtyping import Float
from torch import Tensor, nn

from seqwise.model.layers.attention import AttentionPlan, FlatSelfAttention
from seqwise.model.layers.dropout import Dropout
from seqwise.tensors import Batch


class FeedForward(nn.Module):
    """Two linear layers with an activation between (Vaswani et al. 2017, section 3.3).

    torch adds the bias inside the matrix product; the activation is its own pass, as eager torch fuses none on a CPU.
    """

    def __init__(self, width: int, inner: int, *, activation: nn.Module) -> None:
        """Make the layers: ``width`` to ``inner`` to ``width`` units."""
        super().__init__()
        self.inner = nn.Linear(width, inner)
        self.activation = activation
        self.outer = nn.Linear(inner, width)

    def forward(self, x: Float[Tensor, "token hidden"]) -> Float[Tensor, "token hidden"]:
        """Each token by itself."""
        return self.outer(self.activation(self.inner(x)))


class Block(nn.Module):
    """Attention and a feed-forward net, each with a residual path, dropout and a layer norm.

    The norm stands behind each sum (post-norm: Vaswani et al. 2017, BERT) or before each part (pre-norm: Xiong et al.
    2020, On Layer Normalization in the Transformer Architecture, https://arxiv.org/abs/2002.04745, figure 1), which
    trains from scratch without a warm-up.
    """

    def __init__(
        self,
        attention: FlatSelfAttention,
        feed_forward: FeedForward,
        *,
        attention_norm: nn.LayerNorm,
        feed_forward_norm: nn.LayerNorm,
        dropout: float,
        is_pre_norm: bool,
    ) -> None:
        """Keep the parts; ``dropout`` is the share dropped before each sum."""
        super().__init__()
        self.attention = attention
        self.feed_forward = feed_forward
        self.attention_norm = attention_norm
        self.feed_forward_norm = feed_forward_norm
        self.dropout = Dropout(dropout)
        self.is_pre_norm = is_pre_norm

    def forward(self, x: Float[Tensor, "token hidden"], plan: AttentionPlan) -> Float[Tensor, "token hidden"]:
        """One block over the flat tokens of the batch that ``plan`` was made for."""
        return self._above_attention(x, self.attention(self._before_attention(x), plan))

    def first(self, x: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "batch hidden"]:
        """What :meth:`forward` gives for the first token of each sequence, with nothing done for the other tokens.

        Args:
            x: hidden states, shape (token, hidden), with the plan's tail where it has one.
            batch: says where the sequences begin; none is empty.
        """
        seen = self.attention.first(self._before_attention(x), batch)
        return self._above_attention(x.index_select(0, batch.offsets[:-1]), seen)

    def _before_attention(self, x: Float[Tensor, "token hidden"]) -> Float[Tensor, "token hidden"]:
        return self.attention_norm(x) if self.is_pre_norm else x

    def _above_attention(
        self, x: Float[Tensor, "row hidden"], seen: Float[Tensor, "row hidden"]
    ) -> Float[Tensor, "row hidden"]:
        x = x + self.dropout(seen)
        if self.is_pre_norm:
            return x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))
        x = self.attention_norm(x)
        return self.feed_forward_norm(x + self.dropout(self.feed_forward(x)))
