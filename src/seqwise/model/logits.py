"""What heads share: logits that may stand on a baseline, and the cross-entropy that belongs to logits."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from seqwise.model.contracts import HeadShape, Loss
from seqwise.tensors import Batch


def standing_scale(output: nn.Linear) -> nn.Parameter:
    """The scale of a baseline's log-probabilities, 1; the layer is set to 0, so that the first logits are theirs."""
    nn.init.zeros_(output.weight)
    nn.init.zeros_(output.bias)
    return nn.Parameter(torch.ones(()))


def standing_on(
    logits: Float[Tensor, "row label"], batch: Batch, *, scale: Float[Tensor, ""] | None
) -> Float[Tensor, "row label"]:
    """The logits plus the baseline's log-probabilities times the scale; the logits alone without a scale."""
    if scale is None:
        return logits
    assert batch.priors is not None
    return logits + scale * batch.priors


class CrossEntropy(nn.Module):
    """Cross-entropy with class weights and label smoothing.

    Szegedy et al. (2016), Rethinking the Inception Architecture for Computer Vision,
    https://arxiv.org/abs/1512.00567, section 7.
    """

    def __init__(self, shape: HeadShape) -> None:
        """Take weights and smoothing from the shape of the head."""
        super().__init__()
        self.label_smoothing = shape.label_smoothing
        weights = shape.class_weights if shape.class_weights is not None else (1.0,) * shape.n_outputs
        # A part of the loss, not of the model: not saved with its weights.
        self.class_weights: Tensor
        self.register_buffer("class_weights", torch.tensor(weights, dtype=torch.float32), persistent=False)

    def forward(self, logits: Float[Tensor, "row label"], targets: Int[Tensor, " row"]) -> Loss:
        """The losses of the rows, summed, and the sum of the rows' class weights; a target of -1 counts in neither.

        The quotient is that of :func:`torch.nn.functional.cross_entropy` with the same weights and smoothing.
        """
        weights = self.class_weights.to(logits.dtype)
        is_known, labels = targets >= 0, targets.clamp(min=0)
        costs = -weights * F.log_softmax(logits, dim=1).masked_fill(~is_known.unsqueeze(1), 0.0)  # (row, label)
        of_target = costs.gather(1, labels.unsqueeze(1)).sum()
        total = (1.0 - self.label_smoothing) * of_target + self.label_smoothing * costs.mean(dim=1).sum()
        return Loss(total=total, weight=(weights.index_select(0, labels) * is_known).sum())
