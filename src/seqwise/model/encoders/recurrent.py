"""Flat token ids in, the states of a stack of recurrent layers out, read at the last real step or pooled."""

from typing import cast

from jaxtyping import Float
from torch import Tensor, nn

from seqwise.model.contracts import Encoder, EncoderSpec, Vocabulary
from seqwise.model.layers.dropout import Dropout
from seqwise.model.layers.embeddings import WordEmbedding
from seqwise.model.layers.initialisation import initialise
from seqwise.model.layers.pooling import build_pooling
from seqwise.model.layers.recurrence import (
    Cell,
    Layout,
    RecurrentLayer,
    fastest_arrangement,
    last_states,
    plan_recurrence,
)
from seqwise.settings.encoders import RecurrentSettings
from seqwise.settings.frozen import Frozen
from seqwise.tensors import Batch, Encoded

PAPER = "Hochreiter and Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735"


class RecurrentEncoder(Encoder):
    """Word vectors through stacked layers of RNN, GRU, LSTM or minGRU, one way or both ways.

    The equations are those of torch's RNN, GRU and LSTM over a packed sequence; the papers are named at
    :class:`~seqwise.model.layers.recurrence.Direction`. Dropout as in Zaremba, Sutskever and Vinyals (2014), Recurrent
    Neural Network Regularization, https://arxiv.org/abs/1409.2329, section 3.2: on what goes up, never from step to
    step.
    """

    def __init__(self, settings: RecurrentSettings, vocabulary: Vocabulary) -> None:
        """Make the table, the layers and the pooling."""
        super().__init__()
        self.cell: Cell = settings.cell
        self.n_layers = settings.layers
        self.n_directions = 2 if settings.bidirectional else 1
        self.width = settings.hidden * self.n_directions
        self.embedding = WordEmbedding(
            vocabulary.size,
            settings.embedding,
            vectors=vocabulary.vectors,
            initialisation=settings.initialisation,
            n_features=vocabulary.n_features,
        )
        self.dropout = Dropout(settings.dropout)
        self.layers = nn.ModuleList(
            RecurrentLayer(
                settings.cell,
                settings.embedding if number == 0 else self.width,
                settings.hidden,
                n_directions=self.n_directions,
                is_start_learned=settings.initial_state == "learned",
            )
            for number in range(settings.layers)
        )
        initialise(self.layers, settings.initialisation)
        # The final pooling reads each direction at its own last step, which the poolings over tokens cannot know.
        self.pooling = None if settings.pooling == "final" else build_pooling(settings.pooling, self.width)

    def forward(self, batch: Batch) -> Encoded:
        """Encode a flat batch."""
        layouts = self._layouts(batch)
        hidden = self.dropout(self.embedding(batch.tokens, batch.features))
        for layer in self.layers:
            hidden = self.dropout(layer(hidden, layouts))
        pooled = last_states(hidden, layouts) if self.pooling is None else self.pooling(hidden, batch)
        return Encoded(hidden=hidden, pooled=pooled)

    def word_vectors(self) -> Float[Tensor, "vocab vector"]:
        """The rows of the table of words."""
        return self.embedding.table.weight

    def depth(self, parameter: str) -> int:
        """0 for the word vectors, then the layers from the bottom, then the pooling."""
        place, number, *_ = parameter.split(".")
        if place == "embedding":
            return 0
        return int(number) + 1 if place == "layers" else self.n_layers + 1

    def _layouts(self, batch: Batch) -> tuple[Layout, ...]:
        device = batch.tokens.device
        arrangement = fastest_arrangement(self.cell, device)
        return plan_recurrence(batch.lengths, device, arrangement=arrangement)[: self.n_directions]


def _build(settings: Frozen, vocabulary: Vocabulary) -> RecurrentEncoder:
    return RecurrentEncoder(cast(RecurrentSettings, settings), vocabulary)


ENCODER = EncoderSpec(name="recurrent", settings=RecurrentSettings, build=_build, paper=PAPER)
