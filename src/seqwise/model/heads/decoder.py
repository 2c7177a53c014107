"""A state a token in, the logits of one state for each step to come out, step by step; may stand on a baseline.

A sequence is the steps seen, and behind them the steps to come, which are its units, a token each. The token id of a
step seen is the number of its state; any other id says that the state is missing.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from seqwise.model.contracts import Head, HeadShape, HeadSpec, Loss
from seqwise.model.layers.decoder import Decoder, Memory, MemoryShape
from seqwise.model.layers.dropout import Dropout
from seqwise.model.layers.recurrent_decoder import RecurrentDecoder
from seqwise.model.layers.transformer_decoder import TransformerDecoder
from seqwise.model.logits import CrossEntropy, standing_on, standing_scale
from seqwise.settings.frozen import Frozen
from seqwise.settings.heads import DecoderSettings
from seqwise.tensors import Batch

PAPER = "Bengio et al. 2015 (scheduled sampling), https://arxiv.org/abs/1506.03099"
MISSING = -1
# Forecasts are a function of the model and the window: the draws of paths are the same in every call.
_PATHS_SEED = 19790501

# Which state each path is told next, from the step's number and its logits.
Choice = Callable[[int, Float[Tensor, "path state"]], Int[Tensor, " path"]]


@dataclass(frozen=True)
class Horizon:
    """Where the steps to come of a batch are.

    Attributes:
        lengths: of each sequence that has some, on the host.
        seen: flat tokens of the steps seen by these, shape (source,).
        n_seen: steps seen by each, on the host.
        units: the unit of each step, by step and sequence, shape (step, sequence); behind the end the last one's.
        places: for each unit where it stands in ``units``, flat.
    """

    lengths: tuple[int, ...]
    seen: Int[Tensor, " source"]
    n_seen: tuple[int, ...]
    units: Int[Tensor, "step sequence"]
    places: Int[Tensor, " unit"]


class DecoderHead(Head):
    """A decoder that looks at the encoder's states of the steps seen, and is told the state of the step before.

    Each step to come is told the vector of the state before, plus a linear map of the encoder's own state of that
    step, which holds what is known of it, such as its weekday. In training the state before is the true one (teacher
    forcing), or with ``teacher_forcing`` below 1 for a share of the steps one drawn from the model's distribution
    (Bengio et al. 2015, section 2.4; the share stays the same in all of training), without a gradient through the draw.
    Else the targets are never looked at: the state before is the likeliest one, or with ``paths`` one drawn for each
    path.
    """

    reads = "hidden"

    def __init__(self, settings: DecoderSettings, width: int, *, shape: HeadShape) -> None:
        """Make the layers.

        Args:
            settings: of the head.
            width: of the encoder's state of a token.
            shape: number of states, and what its loss does about rare ones.
        """
        super().__init__()
        self.n_outputs = shape.n_outputs
        self.teacher_forcing = settings.teacher_forcing
        self.paths = settings.paths
        self.told = nn.Embedding(1 + shape.n_outputs, settings.hidden)  # the first: missing
        self.step = nn.Linear(width, settings.hidden)
        self.decoder = _decoder(settings, width)
        self.dropout = Dropout(settings.dropout)
        self.output = nn.Linear(settings.hidden, shape.n_outputs)
        self.scale = standing_scale(self.output) if settings.stand_on else None
        self.cross_entropy = CrossEntropy(shape)

    def forward(self, states: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "unit state"]:
        """Logits of the steps to come, in the precision of the head's own weights whatever the encoder's is.

        With paths they are the logarithm of the mean of the paths' probabilities.
        """
        assert batch.units is not None
        if not len(batch.units.starts):
            return self._none(states)
        if not self.training or batch.targets is None:
            return self._free(states, batch)
        return self.forced(states, batch) if self.teacher_forcing == 1.0 else self._scheduled(states, batch)

    def forced(self, states: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "unit state"]:
        """The logits where every step is told the true state before, also outside of training.

        Args:
            states: of the encoder.
            batch: with targets.
        """
        assert batch.targets is not None
        if not len(batch.targets):
            return self._none(states)
        horizon = _horizon(batch)
        before = batch.targets.roll(1).index_copy(0, horizon.units[0], self._last(batch, horizon))
        x = self.told(before + 1) + self._steps(states, batch)
        hidden = self.decoder(x, self._memory(states, horizon), lengths=horizon.lengths)
        return standing_on(self.output(self.dropout(hidden)), batch, scale=self.scale)

    def loss(self, logits: Float[Tensor, "unit state"], batch: Batch) -> Loss:
        """Cross-entropy as the shape asks, summed over the steps whose state is known."""
        assert batch.targets is not None
        return self.cross_entropy(logits, batch.targets)

    def _free(self, states: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "unit state"]:
        horizon = _horizon(batch)
        if not self.paths:
            return self._follow(states, batch, horizon, choose=lambda _, logits: logits.argmax(dim=1))
        n_steps, n_sequences = horizon.units.shape
        quantiles = path_quantiles(n_steps, self.paths).to(states.device)
        return self._follow(
            states,
            batch,
            horizon,
            choose=lambda step, logits: drawn(logits, quantiles[step].repeat(n_sequences)),
            n_paths=self.paths,
        )

    def _scheduled(self, states: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "unit state"]:
        assert batch.targets is not None
        horizon, targets = _horizon(batch), batch.targets

        def choose(step: int, logits: Float[Tensor, "path state"]) -> Int[Tensor, " path"]:
            is_true, quantiles = torch.rand(2, len(logits), device=logits.device)
            true = targets.index_select(0, horizon.units[step])
            return torch.where(is_true < self.teacher_forcing, true, drawn(logits.detach(), quantiles))

        return self._follow(states, batch, horizon, choose=choose)

    def _follow(
        self,
        states: Float[Tensor, "token hidden"],
        batch: Batch,
        horizon: Horizon,
        *,
        choose: Choice,
        n_paths: int = 1,
    ) -> Float[Tensor, "unit state"]:
        """Step by step: all sequences and their paths at once, each told what was chosen for it."""
        steps = self._steps(states, batch)
        standing = standing_on(steps.new_zeros(len(steps), self.n_outputs), batch, scale=self.scale)
        before = self._last(batch, horizon).repeat_interleave(n_paths)
        state = self.decoder.begin(self._memory(states, horizon), n_paths=n_paths)
        logits: list[Tensor] = []
        for number, units in enumerate(horizon.units):
            rows = units.repeat_interleave(n_paths)
            x, state = self.decoder.step(self.told(before + 1) + steps.index_select(0, rows), state)
            logits.append(self.output(self.dropout(x)) + standing.index_select(0, rows))
            before = choose(number, logits[-1])
        all_steps = torch.stack(logits).unflatten(1, (-1, n_paths))  # (step, sequence, path, state)
        if n_paths == 1:
            joined = all_steps.squeeze(2)
        else:
            joined = all_steps.log_softmax(dim=3).logsumexp(dim=2) - math.log(n_paths)
        return joined.flatten(0, 1).index_select(0, horizon.places)

    def _steps(self, states: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "unit told"]:
        assert batch.units is not None
        return self.step(states.index_select(0, batch.units.starts).to(self.step.weight.dtype))

    def _memory(self, states: Float[Tensor, "token hidden"], horizon: Horizon) -> Memory:
        seen = states.index_select(0, horizon.seen).to(self.step.weight.dtype)
        return Memory(seen, horizon.n_seen, summary=seen.index_select(0, _ends(horizon)))

    def _last(self, batch: Batch, horizon: Horizon) -> Int[Tensor, " sequence"]:
        """The last state that each sequence has seen."""
        tokens = batch.tokens.index_select(0, horizon.seen.index_select(0, _ends(horizon)))
        return tokens.masked_fill(tokens >= self.n_outputs, MISSING)

    def _none(self, states: Float[Tensor, "token hidden"]) -> Float[Tensor, "unit state"]:
        return states.new_zeros((0, self.n_outputs), dtype=self.output.weight.dtype)


def drawn(logits: Float[Tensor, "row state"], quantiles: Float[Tensor, " row"]) -> Int[Tensor, " row"]:
    """The state at which the cumulated probabilities rise above the quantile, which lies from 0 up to, not with, 1."""
    cumulated = logits.softmax(dim=1).cumsum(dim=1)
    return (cumulated <= quantiles.unsqueeze(1)).sum(dim=1).clamp(max=logits.shape[1] - 1)


def path_quantiles(n_steps: int, n_paths: int) -> Float[Tensor, "step path"]:
    """At which quantile each path draws at each step: a Latin hypercube, the same in every call and for every sequence.

    McKay, Beckman and Conover (1979), https://doi.org/10.2307/1268522: at each step there is one path in each of so
    many equal parts of the unit interval. So the shares of states among the paths are near to their probabilities, and
    what a window is told does not depend on the others of its batch.
    """
    generator = torch.Generator().manual_seed(_PATHS_SEED)
    # A step at a time, so that the first steps are the same for any horizon.
    steps = [torch.rand(2, n_paths, generator=generator) for _ in range(n_steps)]
    return torch.stack([(order.argsort() + place) / n_paths for order, place in steps])


def _horizon(batch: Batch) -> Horizon:
    """Worked out on the host; sequences without steps to come are left out."""
    assert batch.units is not None
    place = batch.tokens.device
    n_units = np.array(batch.units.lengths, dtype=np.int64)
    lengths = np.array(batch.lengths, dtype=np.int64)
    members = np.flatnonzero(n_units)
    n_seen, n_steps = (lengths - n_units)[members], n_units[members]
    starts = (np.cumsum(lengths) - lengths)[members]
    seen = np.concatenate([start + np.arange(n) for start, n in zip(starts, n_seen, strict=True)])
    begins = np.cumsum(n_steps) - n_steps
    steps = np.arange(n_steps.max())[:, None]
    places = np.flatnonzero(steps < n_steps)
    units = begins + np.minimum(steps, n_steps - 1)  # (step, sequence)
    return Horizon(
        lengths=tuple(n_steps.tolist()),
        seen=torch.from_numpy(seen).to(place),
        n_seen=tuple(n_seen.tolist()),
        units=torch.from_numpy(units).to(place),
        places=torch.from_numpy(places[np.argsort(units.ravel()[places])]).to(place),
    )


def _ends(horizon: Horizon) -> Int[Tensor, " sequence"]:
    """Where in ``seen`` each sequence's last step is."""
    return torch.from_numpy(np.cumsum(horizon.n_seen) - 1).to(horizon.seen.device)


def _decoder(settings: DecoderSettings, width: int) -> Decoder[Any]:
    if settings.cell == "transformer":
        return TransformerDecoder(
            settings.hidden,
            settings.layers,
            n_heads=settings.heads,
            source_width=width,
            dropout=settings.dropout,
        )
    return RecurrentDecoder(
        settings.cell,
        settings.hidden,
        n_layers=settings.layers,
        memory=MemoryShape(hidden=width, summary=width),
        score=settings.attention,
        dropout=settings.dropout,
    )


def _build(settings: Frozen, width: int, shape: HeadShape) -> DecoderHead:
    return DecoderHead(cast(DecoderSettings, settings), width, shape=shape)


HEAD = HeadSpec(name="decoder", settings=DecoderSettings, build=_build, paper=PAPER)
