"""A state a token in, the logits of one tag a unit out, by itself or in a chain; may stand on a baseline."""

from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from seqwise.model.contracts import Head, HeadShape, HeadSpec, Loss
from seqwise.model.layers.crf import LinearChainCrf
from seqwise.model.layers.dropout import Dropout
from seqwise.model.layers.embeddings import WordEmbedding
from seqwise.model.layers.unit_pooling import UNIT_POOLINGS, UnitPoolingName
from seqwise.model.layers.unit_recurrence import UnitRecurrence
from seqwise.model.logits import CrossEntropy, standing_on, standing_scale, unit_loss
from seqwise.settings.frozen import Frozen
from seqwise.settings.heads import TagsSettings
from seqwise.tensors import Batch

PAPER = "Lample et al. 2016, https://arxiv.org/abs/1603.01360"


class TagsHead(Head):
    """The states of a unit's tokens become one vector; a recurrent layer over units, if any; a linear layer.

    The vector of the unit's own word may be joined to them, so that the recurrent layer reads words and their
    characters, as in Lample et al. (2016), section 4.1.

    The loss is the cross-entropy of each unit, or with a CRF the negative log-likelihood of each sequence; both are
    divided by the number of units. With a CRF the logits are its scores, and what they mean are the marginals.
    """

    reads = "hidden"

    def __init__(self, settings: TagsSettings, width: int, *, shape: HeadShape) -> None:
        """Make the layers.

        Args:
            settings: of the head.
            width: of the encoder's state of a token.
            shape: number of tags and of words; what it says of the loss is not for a CRF.
        """
        super().__init__()
        self.n_outputs = shape.n_outputs
        self.pooling: UnitPoolingName = settings.pooling
        self.dropout = Dropout(settings.dropout)
        width = 2 * width if settings.pooling == "ends" else width
        self.words: WordEmbedding | None = None
        if settings.words:
            self.words = WordEmbedding(shape.n_words, settings.words, initialisation="normal")
            width += settings.words
        self.recurrent: UnitRecurrence | None = None
        if settings.recurrent != "none":
            self.recurrent = UnitRecurrence(settings.recurrent, width, settings.hidden)
            width = 2 * settings.hidden
        self.output = nn.Linear(width, shape.n_outputs)
        self.scale = standing_scale(self.output) if settings.stand_on else None
        self.crf = LinearChainCrf(shape.n_outputs) if settings.crf else None
        self.cross_entropy = CrossEntropy(shape)

    def forward(self, states: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "unit tag"]:
        """Logits, in the precision of the head's own weights whatever the encoder's is."""
        assert batch.units is not None
        x = UNIT_POOLINGS[self.pooling](states, batch.units).to(self.output.weight.dtype)
        if self.words is not None:
            assert batch.units.words is not None
            x = torch.cat([x, self.words(batch.units.words)], dim=1)
        x = self.dropout(x)
        if self.recurrent is not None:
            x = self.dropout(self.recurrent(x, batch.units))
        return standing_on(self.output(x), batch, scale=self.scale)

    def loss(self, logits: Float[Tensor, "unit tag"], batch: Batch) -> Loss:
        """Summed over units: cross-entropy as the shape asks, or the CRF's over sequences."""
        return unit_loss(logits, batch, crf=self.crf, cross_entropy=self.cross_entropy)

    def log_probabilities(self, logits: Float[Tensor, "unit tag"], batch: Batch) -> Float[Tensor, "unit tag"]:
        """The log-softmax of each unit, or the CRF's log-marginals, in float64."""
        if self.crf is None:
            return super().log_probabilities(logits, batch)
        assert batch.units is not None
        return self.crf.log_marginals(logits, lengths=batch.units.lengths)


def _build(settings: Frozen, width: int, shape: HeadShape) -> TagsHead:
    return TagsHead(cast(TagsSettings, settings), width, shape=shape)


HEAD = HeadSpec(name="tags", settings=TagsSettings, build=_build, paper=PAPER)
