"""Flat token ids in, hidden states out: a transformer encoder to train from scratch, pre-normalised."""

import math
from dataclasses import replace
from typing import cast

from jaxtyping import Float
from torch import Tensor, nn

from seqwise.errors import Problem, UsageError
from seqwise.model.contracts import Encoder, EncoderSpec, Vocabulary
from seqwise.model.layers.activations import activation
from seqwise.model.layers.attention import AttentionPlan, FlatSelfAttention, append_tail, plan_attention
from seqwise.model.layers.block import Block, FeedForward
from seqwise.model.layers.dropout import Dropout
from seqwise.model.layers.embeddings import WordEmbedding
from seqwise.model.layers.initialisation import initialise
from seqwise.model.layers.pooling import build_pooling
from seqwise.model.layers.positions import LearnedPositions, plan_rotation, refuse_longer, sinusoids
from seqwise.settings.encoders import TransformerSettings
from seqwise.settings.frozen import Frozen
from seqwise.tensors import Batch, Encoded


class TransformerEncoder(Encoder):
    """Self-attention blocks over word vectors (Vaswani et al. 2017), with the norms before each half of a block.

    Xiong et al. (2020), On Layer Normalization in the Transformer Architecture, https://arxiv.org/abs/2002.04745,
    figure 1b and its last norm. With sinusoidal positions the word vectors are scaled by the root of their width
    (Vaswani et al. section 3.4), else the sines would drown them.
    """

    def __init__(self, settings: TransformerSettings, vocabulary: Vocabulary) -> None:
        """Make the layers.

        Args:
            settings: the encoder's settings.
            vocabulary: number of token ids, and word vectors of width ``settings.hidden`` or None.

        Raises:
            UsageError: if the heads do not divide the width, or leave no even head for rotary positions.
        """
        super().__init__()
        _refuse_odd_width(settings)
        self.settings = settings
        self.width = settings.hidden
        self.n_layers = settings.layers
        self.words = WordEmbedding(
            vocabulary.size, settings.hidden, vectors=vocabulary.vectors, n_features=vocabulary.n_features
        )
        is_learned = settings.positions == "learned"
        self.positions = LearnedPositions(settings.max_positions, settings.hidden) if is_learned else None
        self.dropout = Dropout(settings.dropout)
        self.blocks = nn.ModuleList(_block(settings) for _ in range(settings.layers))
        self.norm = nn.LayerNorm(settings.hidden)
        self.pooling = build_pooling(settings.pooling, settings.hidden)
        initialise(self.blocks, settings.initialisation)
        if vocabulary.vectors is None:
            initialise(self.words, settings.initialisation)

    def forward(self, batch: Batch) -> Encoded:
        """Encode a flat batch.

        Raises:
            UsageError: if positions are learnt and a sequence is longer than they reach.
        """
        x = self.dropout(self._embed(batch))
        plan = self._plan(batch, x)
        x = append_tail(x, plan)
        for block in self.blocks:
            x = block(x, plan)
        hidden = self.norm(x[: batch.n_tokens])
        return Encoded(hidden=hidden, pooled=self.pooling(hidden, batch))

    def word_vectors(self) -> Float[Tensor, "vocab vector"]:
        """The rows of the table of words."""
        return self.words.table.weight

    def depth(self, parameter: str) -> int:
        """0 for words and positions, 1 to ``n_layers`` for the blocks, ``n_layers + 1`` for what is above."""
        place, number = parameter.split(".")[:2]
        if place in ("words", "positions"):
            return 0
        return int(number) + 1 if place == "blocks" else self.n_layers + 1

    def _embed(self, batch: Batch) -> Float[Tensor, "token hidden"]:
        x = self.words(batch.tokens, batch.features)
        if self.positions is not None:
            refuse_longer(batch.lengths, self.positions.longest)
            return x + self.positions(batch.positions)
        if self.settings.positions == "sinusoidal":
            return x * math.sqrt(self.width) + sinusoids(batch.positions, self.width, kind=x.dtype)
        return x

    def _plan(self, batch: Batch, x: Float[Tensor, "token hidden"]) -> AttentionPlan:
        plan = plan_attention(batch, kind=x.dtype, dropout=self.settings.dropout if self.training else 0.0)
        if self.settings.positions != "rotary":
            return plan
        return replace(plan, rotation=plan_rotation(batch.positions, self.width // self.settings.heads, kind=x.dtype))


def _refuse_odd_width(settings: TransformerSettings) -> None:
    paired = {"rotary": settings.hidden // settings.heads, "sinusoidal": settings.hidden}
    if paired.get(settings.positions, 0) % 2:
        raise UsageError(
            Problem(
                where="encoder.hidden",
                what=f"{settings.hidden} units, {settings.heads} heads: no pairs for {settings.positions} positions.",
                fix="Choose a multiple of twice the heads.",
            )
        )


def _block(settings: TransformerSettings) -> Block:
    return Block(
        FlatSelfAttention(settings.hidden, settings.heads, dropout=settings.dropout),
        FeedForward(settings.hidden, settings.feed_forward, activation=activation(settings.activation)),
        attention_norm=nn.LayerNorm(settings.hidden),
        feed_forward_norm=nn.LayerNorm(settings.hidden),
        dropout=settings.dropout,
        is_pre_norm=True,
    )


def _build(settings: Frozen, vocabulary: Vocabulary) -> TransformerEncoder:
    return TransformerEncoder(cast(TransformerSettings, settings), vocabulary)


ENCODER = EncoderSpec(
    name="transformer",
    settings=TransformerSettings,
    build=_build,
    paper="Vaswani et al. 2017, https://arxiv.org/abs/1706.03762",
)
