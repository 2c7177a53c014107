"""A vector a sequence in, the logits of one label a sequence out; may stand on a baseline."""

from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from seqwise.model.contracts import Head, HeadShape, HeadSpec, Loss
from seqwise.model.layers.dropout import Dropout
from seqwise.model.layers.feed_forward import LayerStack
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
            shape: number of labels, class weights and label smoothing.
        """
        super().__init__()
        self.n_outputs = shape.n_outputs
        self.layers = LayerStack(width, settings.hidden, dropout=settings.dropout, activation=settings.activation)
        self.dropout = Dropout(settings.dropout)
        self.output = nn.Linear(self.layers.width, shape.n_outputs)
        self.scale: nn.Parameter | None = None
        if settings.stand_on:
            self.scale = nn.Parameter(torch.ones(()))
            nn.init.zeros_(self.output.weight)
            nn.init.zeros_(self.output.bias)
        self.label_smoothing = shape.label_smoothing
        weights = shape.class_weights if shape.class_weights is not None else (1.0,) * shape.n_outputs
        # A part of the loss, not of the model: not saved with its weights.
        self.class_weights: Tensor
        self.register_buffer("class_weights", torch.tensor(weights, dtype=torch.float32), persistent=False)

    def forward(self, states: Float[Tensor, "batch hidden"], batch: Batch) -> Float[Tensor, "batch label"]:
        """Logits, in the precision of the head's own weights whatever the encoder's is."""
        states = states.to(self.output.weight.dtype)
        logits = self.output(self.dropout(self.layers(states)))
        if self.scale is None:
            return logits
        assert batch.priors is not None
        return logits + self.scale * batch.priors

    def loss(self, logits: Float[Tensor, "batch label"], batch: Batch) -> Loss:
        """Cross-entropy with class weights and label smoothing, summed, and the sum of the rows' class weights.

        The quotient is that of :func:`torch.nn.functional.cross_entropy` with the same weights and smoothing.
        """
        assert batch.targets is not None
        weights = self.class_weights.to(logits.dtype)
        costs = -weights * F.log_softmax(logits, dim=1)  # (batch, label)
        of_target = costs.gather(1, batch.targets.unsqueeze(1)).sum()
        total = (1.0 - self.label_smoothing) * of_target + self.label_smoothing * costs.mean(dim=1).sum()
        return Loss(total=total, weight=weights.index_select(0, batch.targets).sum())


def _build(settings: Frozen, width: int, shape: HeadShape) -> LabelHead:
    return LabelHead(cast(LabelSettings, settings), width, shape=shape)


HEAD = HeadSpec(name="label", settings=LabelSettings, build=_build, paper=PAPER)
