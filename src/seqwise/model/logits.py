"""What heads share: logits that may stand on a baseline, and the cross-entropy that belongs to logits."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from seqwise.model.contracts import HeadShape, Loss
from seqwise.model.layers.crf import LinearChainCrf
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
    """Cross-entropy with class weights, focus on hard rows, adjusted logits and label smoothing.

    - Label smoothing: Szegedy et al. (2016), Rethinking the Inception Architecture for Computer Vision,
      https://arxiv.org/abs/1512.00567, section 7.
    - Focal loss, -(1 - p) ** gamma * log p: Lin et al. (2017), https://arxiv.org/abs/1708.02002, equation 4. With label
      smoothing each label's own p counts in its own term.
    - Logit adjustment, offsets that are added here and nowhere else, so that the logits themselves are those for labels
      of equal shares: Menon et al. (2021), https://arxiv.org/abs/2007.07314, equation 10.
    """

    def __init__(self, shape: HeadShape) -> None:
        """Take all of it from the shape of the head."""
        super().__init__()
        self.label_smoothing, self.focal = shape.label_smoothing, shape.focal
        weights = shape.class_weights if shape.class_weights is not None else (1.0,) * shape.n_outputs
        # A part of the loss, not of the model: not saved with its weights.
        self.class_weights: Tensor
        self.register_buffer("class_weights", torch.tensor(weights, dtype=torch.float32), persistent=False)
        self.logit_offsets: Tensor | None
        offsets = None if shape.logit_offsets is None else torch.tensor(shape.logit_offsets, dtype=torch.float32)
        self.register_buffer("logit_offsets", offsets, persistent=False)

    def forward(self, logits: Float[Tensor, "row label"], targets: Int[Tensor, " row"]) -> Loss:
        """The losses of the rows, summed, and the sum of the rows' class weights; a target of -1 counts in neither.

        The quotient is that of :func:`torch.nn.functional.cross_entropy` with the same weights and smoothing, where no
        more is asked.
        """
        if self.logit_offsets is not None:
            logits = logits + self.logit_offsets.to(logits.dtype)
        weights = self.class_weights.to(logits.dtype)
        is_known, labels = targets >= 0, targets.clamp(min=0)
        logs = F.log_softmax(logits, dim=1).masked_fill(~is_known.unsqueeze(1), 0.0)  # (row, label)
        costs = -weights * logs
        if self.focal:
            # Not below the least number: at 0 the slope of a power below 1 has no end.
            costs = costs * (-torch.expm1(logs)).clamp(min=torch.finfo(logs.dtype).tiny) ** self.focal
        of_target = costs.gather(1, labels.unsqueeze(1)).sum()
        total = (1.0 - self.label_smoothing) * of_target + self.label_smoothing * costs.mean(dim=1).sum()
        return Loss(total=total, weight=(weights.index_select(0, labels) * is_known).sum())


def unit_loss(
    logits: Float[Tensor, "unit label"], batch: Batch, *, crf: LinearChainCrf | None, cross_entropy: CrossEntropy
) -> Loss:
    """The cross-entropy of each unit, or the CRF's negative log-likelihood of each sequence; the weight is by unit."""
    assert batch.targets is not None
    if crf is None:
        return cross_entropy(logits, batch.targets)
    assert batch.units is not None
    costs = crf(logits, batch.targets, lengths=batch.units.lengths)
    return Loss(total=costs.sum(), weight=costs.new_tensor(len(logits)))
