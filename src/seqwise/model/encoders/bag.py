"""Flat token ids in, the mean of each sequence's word vectors through a feed-forward net out; blind to order."""

from typing import cast

from jaxtyping import Float
from torch import Tensor

from seqwise.model.contracts import Encoder, EncoderSpec, Vocabulary
from seqwise.model.layers.embeddings import WordEmbedding
from seqwise.model.layers.feed_forward import LayerStack
from seqwise.model.layers.initialisation import initialise
from seqwise.model.layers.pooling import mean
from seqwise.settings.encoders import BagSettings
from seqwise.settings.frozen import Frozen
from seqwise.tensors import Batch, Encoded

PAPER = "Iyyer, Manjunatha, Boyd-Graber and Daumé 2015, https://aclanthology.org/P15-1162"


class BagEncoder(Encoder):
    """A deep averaging network.

    Iyyer, Manjunatha, Boyd-Graber and Daumé (2015), Deep Unordered Composition Rivals Syntactic Methods for Text
    Classification, https://aclanthology.org/P15-1162, section 3. We depart in dropout: units are dropped (before each
    layer), not whole words (section 3.1).

    A bag knows no token by itself: the hidden state of a token is the vector of its sequence. For states that see one
    word each, use ``window`` with radius 0.
    """

    def __init__(self, settings: BagSettings, vocabulary: Vocabulary) -> None:
        """Make the table and the layers."""
        super().__init__()
        self.embedding = WordEmbedding(
            vocabulary.size,
            settings.embedding,
            vectors=vocabulary.vectors,
            initialisation=settings.initialisation,
            n_features=vocabulary.n_features,
        )
        self.layers = LayerStack(
            settings.embedding, settings.hidden, dropout=settings.dropout, activation=settings.activation
        )
        initialise(self.layers, settings.initialisation)
        self.width = self.layers.width
        self.n_layers = len(settings.hidden)

    def forward(self, batch: Batch) -> Encoded:
        """Encode a flat batch."""
        pooled = self.layers(mean(self.embedding(batch.tokens, batch.features), batch))
        return Encoded(hidden=pooled.index_select(0, batch.sequence), pooled=pooled)

    def word_vectors(self) -> Float[Tensor, "vocab vector"]:
        """The rows of the table of words."""
        return self.embedding.table.weight

    def depth(self, parameter: str) -> int:
        """0 for the word vectors, then the layers from the bottom."""
        place, *rest = parameter.split(".")
        return 0 if place == "embedding" else int(rest[1]) + 1


def _build(settings: Frozen, vocabulary: Vocabulary) -> BagEncoder:
    return BagEncoder(cast(BagSettings, settings), vocabulary)


ENCODER = EncoderSpec(name="bag", settings=BagSettings, build=_build, paper=PAPER)
