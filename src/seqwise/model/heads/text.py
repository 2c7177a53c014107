"""States of a source's tokens in, logits of each token of its answer out; the answer is told, or searched for."""

import math
from typing import Any, cast

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from seqwise.model.contracts import Head, HeadShape, HeadSpec, Loss
from seqwise.model.layers.decoder import Decoder, Memory, MemoryShape
from seqwise.model.layers.dropout import Dropout
from seqwise.model.layers.recurrent_decoder import BahdanauDecoder, RecurrentDecoder
from seqwise.model.layers.transformer_decoder import TransformerDecoder
from seqwise.model.logits import CrossEntropy
from seqwise.settings.frozen import Frozen
from seqwise.settings.heads import TextSettings
from seqwise.tensors import Batch

PAPER = "Vaswani et al. 2017, https://arxiv.org/abs/1706.03762"


class TextHead(Head):
    """A decoder that looks at the states of the source, and is told the token before each token.

    The answer ends with a token of its own, the last of the vocabulary, which is told before the first one too. The
    table of vectors is also the matrix of the output layer (Press and Wolf 2017, https://arxiv.org/abs/1608.05859), and
    vectors are scaled by the root of their width on the way in (Vaswani et al. 2017, section 3.4).

    In training with ``teacher_forcing`` below 1 some tokens are told one drawn from the model's distribution in place
    of the true one (Bengio et al. 2015, https://arxiv.org/abs/1506.03099). All are drawn in a pass of their own, which
    is told the truth and has no gradient (Mihaylova and Martins 2019, https://arxiv.org/abs/1906.07651), so that no
    step waits for another.

    Attributes:
        progress: how much of the training is over, 0 to 1; the loop says so, and the share of forcing follows.
    """

    reads = "hidden"

    def __init__(self, settings: TextSettings, width: int, *, shape: HeadShape) -> None:
        """Make the layers; ``width`` is that of the encoder's states, and outputs are tokens."""
        super().__init__()
        self.settings = settings
        self.n_outputs = shape.n_outputs
        self.embedding = nn.Embedding(shape.n_outputs, settings.hidden)
        nn.init.normal_(self.embedding.weight, std=settings.hidden**-0.5)
        self.bias = nn.Parameter(torch.zeros(shape.n_outputs))
        self.decoder = _decoder(settings, width)
        self.dropout = Dropout(settings.dropout)
        self.cross_entropy = CrossEntropy(shape)

    @property
    def end(self) -> int:
        """The token that ends every answer, and is told before its first."""
        return self.n_outputs - 1

    def forward(self, states: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "target vocab"]:
        """The logits of every token of the answers, each told the true one before, in training as the settings say."""
        assert batch.targets is not None
        assert batch.target_lengths is not None
        memory = self.memory(states, batch)
        told = self.told(batch.targets, batch.target_lengths)
        share = self._share()
        if self.training and share < 1.0:
            told = self._mixed(told, memory, batch=batch, share=share)
        return self.logits(self.decoder(self.vectors(told), memory, lengths=batch.target_lengths))

    def loss(self, logits: Float[Tensor, "target vocab"], batch: Batch) -> Loss:
        """Cross-entropy summed over tokens, smoothed in training only, so that of held-out rows it is a likelihood."""
        assert batch.targets is not None
        if self.training:
            return self.cross_entropy(logits, batch.targets)
        total = F.cross_entropy(logits.float(), batch.targets, reduction="sum")
        return Loss(total=total, weight=total.new_tensor(float(len(logits))))

    def memory(self, states: Float[Tensor, "token hidden"], batch: Batch) -> Memory:
        """What the decoder looks at: all states, and of each sequence the first joined with the last."""
        states = states.to(self.bias.dtype)
        first, last = states.index_select(0, batch.offsets[:-1]), states.index_select(0, batch.offsets[1:] - 1)
        return Memory(states, batch.lengths, summary=torch.cat([first, last], dim=1))

    def told(self, targets: Int[Tensor, " target"], lengths: tuple[int, ...]) -> Int[Tensor, " target"]:
        """What each target is told: the one before it, and the first of each answer the end token."""
        firsts = torch.from_numpy(np.cumsum((0, *lengths[:-1]))).to(targets.device)
        return targets.roll(1).index_fill(0, firsts, self.end)

    def vectors(self, tokens: Int[Tensor, " row"]) -> Float[Tensor, "row hidden"]:
        """What the decoder is told for these tokens."""
        return self.embedding(tokens) * math.sqrt(self.settings.hidden)

    def logits(self, x: Float[Tensor, "row hidden"]) -> Float[Tensor, "row vocab"]:
        """Of the decoder's states."""
        return F.linear(self.dropout(x), self.embedding.weight, self.bias)

    def _share(self) -> float:
        """The share of tokens that are told the truth now."""
        at_end = self.settings.teacher_forcing
        return at_end if self.settings.forcing_schedule == "constant" else 1.0 - self.progress * (1.0 - at_end)

    def _mixed(
        self, told: Int[Tensor, " target"], memory: Memory, *, batch: Batch, share: float
    ) -> Int[Tensor, " target"]:
        assert batch.target_lengths is not None
        with torch.no_grad():
            logits = self.logits(self.decoder(self.vectors(told), memory, lengths=batch.target_lengths))
            drawn = self.told(logits.softmax(dim=1).multinomial(1).squeeze(1), batch.target_lengths)
            return torch.where(torch.rand(len(told), device=told.device) < share, told, drawn)


def _decoder(settings: TextSettings, width: int) -> Decoder[Any]:
    hidden, n_layers, dropout = settings.hidden, settings.layers, settings.dropout
    if settings.cell == "transformer":
        return TransformerDecoder(hidden, n_layers, n_heads=settings.heads, source_width=width, dropout=dropout)
    memory = MemoryShape(hidden=width, summary=2 * width)
    if settings.attention == "bahdanau":
        return BahdanauDecoder(settings.cell, hidden, n_layers=n_layers, memory=memory, dropout=dropout)
    score = None if settings.attention == "none" else settings.attention
    return RecurrentDecoder(settings.cell, hidden, n_layers=n_layers, memory=memory, score=score, dropout=dropout)


def _build(settings: Frozen, width: int, shape: HeadShape) -> TextHead:
    return TextHead(cast(TextSettings, settings), width, shape=shape)


HEAD = HeadSpec(name="text", settings=TextSettings, build=_build, paper=PAPER)
