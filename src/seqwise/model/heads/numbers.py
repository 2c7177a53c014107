"""A state a token in, numbers for each step to come out: points, quantiles, or a distribution; on a baseline or not."""

import math
from typing import cast

import torch
from jaxtyping import Float
from scipy.stats import t as student
from torch import Tensor, nn

from seqwise.model.contracts import Head, HeadShape, HeadSpec, Loss
from seqwise.model.layers.dropout import Dropout
from seqwise.model.layers.unit_recurrence import UnitRecurrence
from seqwise.settings.frozen import Frozen
from seqwise.settings.heads import NumbersSettings
from seqwise.tensors import Batch

PAPER = "quantiles: Wen et al. 2017, https://arxiv.org/abs/1711.11053; Student's t: Salinas et al. 2020 (DeepAR)"
# Student's t has a variance from 2 degrees of freedom on.
LEAST_FREEDOM = 2.0
LEAST_WIDTH = 1e-4


class NumbersHead(Head):
    """The hidden state of each step to come, a recurrent layer over these steps or none, a linear layer.

    For each number the outputs are one (``mean``, trained by the squared error; ``median``, by the absolute error), one
    a level (``quantiles``, by the quantile loss), or place, width and degrees of freedom of Student's t (``student``,
    by the likelihood). All are scaled numbers.
    """

    reads = "hidden"

    def __init__(self, settings: NumbersSettings, width: int, *, shape: HeadShape) -> None:
        """Make the layers.

        Args:
            settings: of the head.
            width: of the encoder's state of a token.
            shape: how many numbers a unit has.
        """
        super().__init__()
        self.output_kind = settings.output
        self.levels = settings.levels
        self.n_numbers = shape.n_outputs
        self.n_each = {"quantiles": len(settings.levels), "student": 3}.get(settings.output, 1)
        self.n_outputs = self.n_numbers * self.n_each
        self.dropout = Dropout(settings.dropout)
        self.recurrent: UnitRecurrence | None = None
        if settings.recurrent != "none":
            self.recurrent = UnitRecurrence(settings.recurrent, width, settings.hidden)
            width = 2 * settings.hidden
        self.output = nn.Linear(width, self.n_outputs)
        self.stands = bool(settings.stand_on)
        if self.stands:
            nn.init.zeros_(self.output.weight)
            nn.init.zeros_(self.output.bias)

    def forward(self, states: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "unit output"]:
        """Outputs in the precision of the head's own weights; a baseline's numbers are added to places."""
        assert batch.units is not None
        x = self.dropout(states.index_select(0, batch.units.starts).to(self.output.weight.dtype))
        if self.recurrent is not None:
            x = self.dropout(self.recurrent(x, batch.units))
        outputs = self._by_number(self.output(x))  # (unit, number, each)
        if self.stands:
            assert batch.priors is not None
            places = outputs if self.output_kind != "student" else outputs[..., :1]
            outputs = torch.cat([places + batch.priors.unsqueeze(2), outputs[..., places.shape[2] :]], dim=2)
        return outputs.flatten(1)

    def loss(self, logits: Float[Tensor, "unit output"], batch: Batch) -> Loss:
        """Summed over numbers."""
        assert batch.values is not None
        outputs, truth = self._by_number(logits), batch.values.unsqueeze(2)
        match self.output_kind:
            case "mean":
                costs = (outputs - truth).square()
            case "median":
                costs = (outputs - truth).abs()
            case "quantiles":
                levels = outputs.new_tensor(self.levels)
                errors = truth - outputs
                costs = torch.maximum(levels * errors, (levels - 1) * errors).mean(dim=2)
            case _:
                place, width, freedom = _student(outputs)
                costs = -_log_density(truth.squeeze(2), place, width=width, freedom=freedom)
        return Loss(total=costs.sum(), weight=costs.new_tensor(batch.values.numel()))

    def point(self, logits: Float[Tensor, "unit output"]) -> Float[Tensor, "unit number"]:
        """The mean, or the median, of each number."""
        outputs = self._by_number(logits)
        if self.output_kind != "quantiles":
            return outputs[..., 0]
        ordered = outputs.sort(dim=2).values
        middle = min(range(len(self.levels)), key=lambda i: abs(self.levels[i] - 0.5))
        return ordered[..., middle]

    def quantiles(self, logits: Float[Tensor, "unit output"]) -> Float[Tensor, "unit number level"] | None:
        """The levels of each number, growing; None where the head gives points."""
        outputs = self._by_number(logits)
        if self.output_kind == "quantiles":
            return outputs.sort(dim=2).values
        if self.output_kind != "student":
            return None
        place, width, freedom = _student(outputs)
        points = [
            torch.from_numpy(student.ppf(level, freedom.detach().double().cpu().numpy())) for level in self.levels
        ]
        return torch.stack([place + width * each.to(place) for each in points], dim=2)

    def _by_number(self, logits: Float[Tensor, "unit output"]) -> Float[Tensor, "unit number each"]:
        return logits.unflatten(1, (self.n_numbers, self.n_each))


Numbers = Float[Tensor, "unit number"]


def _student(outputs: Float[Tensor, "unit number three"]) -> tuple[Numbers, Numbers, Numbers]:
    """Place, width and degrees of freedom, the last two above their least."""
    place, width, freedom = outputs.unbind(dim=2)
    softplus = nn.functional.softplus
    return place, softplus(width) + LEAST_WIDTH, softplus(freedom) + LEAST_FREEDOM


def _log_density(x: Numbers, place: Numbers, *, width: Numbers, freedom: Numbers) -> Numbers:
    """The logarithm of the density of Student's t."""
    z = (x - place) / width
    constant = torch.lgamma((freedom + 1) / 2) - torch.lgamma(freedom / 2) - 0.5 * (freedom * math.pi).log()
    return constant - width.log() - (freedom + 1) / 2 * torch.log1p(z.square() / freedom)


def _build(settings: Frozen, width: int, shape: HeadShape) -> NumbersHead:
    return NumbersHead(cast(NumbersSettings, settings), width, shape=shape)


HEAD = HeadSpec(name="numbers", settings=NumbersSettings, build=_build, paper=PAPER)
