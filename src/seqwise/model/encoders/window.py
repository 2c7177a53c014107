"""Flat token ids in, states of tokens that see their neighbours side by side out."""

from typing import cast

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from seqwise.model.contracts import Encoder, EncoderSpec, Vocabulary
from seqwise.model.layers.embeddings import WordEmbedding
from seqwise.model.layers.feed_forward import LayerStack
from seqwise.model.layers.initialisation import initialise
from seqwise.model.layers.pooling import build_pooling
from seqwise.settings.encoders import WindowSettings
from seqwise.settings.frozen import Frozen
from seqwise.tensors import Batch, Encoded

PAPER = "Collobert and Weston 2008, https://doi.org/10.1145/1390156.1390177"


class WindowEncoder(Encoder):
    """Layers over the word vectors of a window around each token, then pooling.

    Collobert and Weston (2008), A Unified Architecture for Natural Language Processing,
    https://doi.org/10.1145/1390156.1390177, section 3. As there, a learned vector stands for what lies before the first
    and behind the last token of a sequence. The layers of all positions are the same.
    """

    def __init__(self, settings: WindowSettings, vocabulary: Vocabulary) -> None:
        """Make the table, the layers and the pooling."""
        super().__init__()
        self.embedding = WordEmbedding(
            vocabulary.size,
            settings.embedding,
            vectors=vocabulary.vectors,
            initialisation=settings.initialisation,
            n_features=vocabulary.n_features,
        )
        # A window of one token never looks beyond an end.
        self.boundary = nn.Parameter(torch.zeros(settings.embedding)) if settings.radius > 0 else None
        self.radius = settings.radius
        self.layers = LayerStack(
            settings.embedding * (2 * settings.radius + 1),
            settings.hidden,
            dropout=settings.dropout,
            activation=settings.activation,
        )
        initialise(self.layers, settings.initialisation)
        self.width = self.layers.width
        self.n_layers = len(settings.hidden)
        self.pooling = build_pooling(settings.pooling, self.width)

    def forward(self, batch: Batch) -> Encoded:
        """Encode a flat batch."""
        hidden = self.layers(self._windows(self.embedding(batch.tokens, batch.features), batch))
        return Encoded(hidden=hidden, pooled=self.pooling(hidden, batch))

    def word_vectors(self) -> Float[Tensor, "vocab vector"]:
        """The rows of the table of words."""
        return self.embedding.table.weight

    def depth(self, parameter: str) -> int:
        """0 for word vectors and the vector beyond the ends, then the layers from the bottom, then the pooling."""
        place, *rest = parameter.split(".")
        if place in {"embedding", "boundary"}:
            return 0
        return int(rest[1]) + 1 if place == "layers" else self.n_layers + 1

    def _windows(self, words: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "token window"]:
        if self.boundary is None:
            return words
        known = torch.cat([words, self.boundary.unsqueeze(0)])  # (token + 1, hidden)
        return known.index_select(0, neighbours(batch, self.radius).flatten()).view(batch.n_tokens, -1)


def neighbours(batch: Batch, radius: int) -> Int[Tensor, "token neighbour"]:
    """Flat tokens from ``radius`` before each token to ``radius`` behind it; ``n_tokens`` for those beyond an end."""
    tokens = torch.arange(batch.n_tokens, device=batch.tokens.device).unsqueeze(1)
    places = tokens + torch.arange(-radius, radius + 1, device=batch.tokens.device)  # (token, neighbour)
    first = batch.offsets[:-1].index_select(0, batch.sequence).unsqueeze(1)
    behind = batch.offsets[1:].index_select(0, batch.sequence).unsqueeze(1)
    return places.masked_fill((places < first) | (places >= behind), batch.n_tokens)


def _build(settings: Frozen, vocabulary: Vocabulary) -> WindowEncoder:
    return WindowEncoder(cast(WindowSettings, settings), vocabulary)


ENCODER = EncoderSpec(name="window", settings=WindowSettings, build=_build, paper=PAPER)
