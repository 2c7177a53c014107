"""A vector a sequence in, the logits of one label a sequence out; may stand on a baseline."""

from typing import cast

from jaxtyping import Float
from torch import Tensor, nn

from seqwise.model.contracts import Head, HeadShape, HeadSpec, Loss
from seqwise.model.layers.dropout import Dropout
from seqwise.model.layers.feed_forward import LayerStack
from seqwise.model.logits import CrossEntropy, standing_on, standing_scale
from seqwise.settings.frozen import Frozen
from seqwise.settings.heads import LabelSettings
from seqwise.tensors import Batch

PAPER = "Szegedy et al. 2016 (label smoothing), https://arxiv.org/abs/1512.00567"


class LabelHead(Head):
    """Layers stepping down, or none, then a linear layer to the logits; cross-entropy.

    A head that stands on a baseline adds the baseline's log-probabilities, times a learned scale, to its logits. The
    last layer then starts at 0 and the scale at 1: before the first update the softmax is the baseline's, and the
    network learns what the baseline does not know.
    """

    reads = "pooled"

    def __init__(self, settings: LabelSettings, width: int, *, shape: HeadShape) -> None:
        """Make the layers.

        Args:
            settings: of the head.
            width: of the encoder's vector for a sequence.
            shape: number of labels, and what its loss does about rare ones.
        """
        super().__init__()
        self.n_outputs = shape.n_outputs
        self.layers = LayerStack(width, settings.hidden, dropout=settings.dropout, activation=settings.activation)
        self.dropout = Dropout(settings.dropout)
        self.output = nn.Linear(self.layers.width, shape.n_outputs)
        self.scale = standing_scale(self.output) if settings.stand_on else None
        self.cross_entropy = CrossEntropy(shape)

    def forward(self, states: Float[Tensor, "batch hidden"], batch: Batch) -> Float[Tensor, "batch label"]:
        """Logits, in the precision of the head's own weights whatever the encoder's is."""
        states = states.to(self.output.weight.dtype)
        logits = self.output(self.dropout(self.layers(states)))
        return standing_on(logits, batch, scale=self.scale)

    def loss(self, logits: Float[Tensor, "batch label"], batch: Batch) -> Loss:
        """Cross-entropy as the shape asks, summed, and the sum of the rows' class weights."""
        assert batch.targets is not None
        return self.cross_entropy(logits, batch.targets)


def _build(settings: Frozen, width: int, shape: HeadShape) -> LabelHead:
    return LabelHead(cast(LabelSettings, settings), width, shape=shape)


HEAD = HeadSpec(name="label", settings=LabelSettings, build=_build, paper=PAPER)
