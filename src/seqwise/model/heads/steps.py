"""A state a token in, the logits of one state for each step to come out, all at once; may stand on a baseline."""

from typing import cast

from jaxtyping import Float
from torch import Tensor, nn

from seqwise.model.contracts import Head, HeadShape, HeadSpec, Loss
from seqwise.model.layers.crf import LinearChainCrf
from seqwise.model.layers.dropout import Dropout
from seqwise.model.layers.unit_recurrence import UnitRecurrence
from seqwise.model.logits import CrossEntropy, standing_on, standing_scale, unit_loss
from seqwise.settings.frozen import Frozen
from seqwise.settings.heads import StepsSettings
from seqwise.tensors import Batch

PAPER = "direct many-to-many: Taieb et al. 2012, https://doi.org/10.1016/j.eswa.2012.01.039, section 2.4 (MIMO)"


class StepsHead(Head):
    """The hidden state of each step to come, a recurrent layer over these steps or none, a linear layer.

    One linear layer for the last axis of all steps is what Keras calls TimeDistributed(Dense). No step sees the answer
    to another one, except by a CRF.
    """

    reads = "hidden"

    def __init__(self, settings: StepsSettings, width: int, *, shape: HeadShape) -> None:
        """Make the layers.

        Args:
            settings: of the head.
            width: of the encoder's state of a token.
            shape: number of states; what it says of the loss is not for a CRF.
        """
        super().__init__()
        self.n_outputs = shape.n_outputs
        self.dropout = Dropout(settings.dropout)
        self.recurrent: UnitRecurrence | None = None
        if settings.recurrent != "none":
            self.recurrent = UnitRecurrence(settings.recurrent, width, settings.hidden)
            width = 2 * settings.hidden
        self.output = nn.Linear(width, shape.n_outputs)
        self.scale = standing_scale(self.output) if settings.stand_on else None
        self.crf = LinearChainCrf(shape.n_outputs) if settings.crf else None
        self.cross_entropy = CrossEntropy(shape)

    def forward(self, states: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "unit state"]:
        """Logits, in the precision of the head's own weights whatever the encoder's is."""
        assert batch.units is not None
        x = self.dropout(states.index_select(0, batch.units.starts).to(self.output.weight.dtype))
        if self.recurrent is not None:
            x = self.dropout(self.recurrent(x, batch.units))
        return standing_on(self.output(x), batch, scale=self.scale)

    def loss(self, logits: Float[Tensor, "unit state"], batch: Batch) -> Loss:
        """Summed over steps: cross-entropy as the shape asks, or the CRF's over windows."""
        return unit_loss(logits, batch, crf=self.crf, cross_entropy=self.cross_entropy)

    def log_probabilities(self, logits: Float[Tensor, "unit state"], batch: Batch) -> Float[Tensor, "unit state"]:
        """The log-softmax of each step, or the CRF's log-marginals, in float64."""
        if self.crf is None:
            return super().log_probabilities(logits, batch)
        assert batch.units is not None
        return self.crf.log_marginals(logits, lengths=batch.units.lengths)


def _build(settings: Frozen, width: int, shape: HeadShape) -> StepsHead:
    return StepsHead(cast(StepsSettings, settings), width, shape=shape)


HEAD = HeadSpec(name="steps", settings=StepsSettings, build=_build, paper=PAPER)
