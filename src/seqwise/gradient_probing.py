"""What the checks see of gradients in a run: one batch before training; gradients through time after it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from statistics import median

import numpy as np
from jaxtyping import Float
from torch import Tensor

from seqwise.batch.flat import collate
from seqwise.gradient_evidence import ClipFacts, GradientEvidence, StartFacts
from seqwise.model.heads.numbers import NumbersHead
from seqwise.model.network import Network
from seqwise.probe.first_batch import first_batch
from seqwise.probe.through_time import network_flows
from seqwise.records import Examples, Indices
from seqwise.settings.root import Settings
from seqwise.tasks.contract import Work

# Sequences whose gradients are followed through time, spread over the training rows by length, and their longest
# length where there are shorter ones: a step costs a tenth of a millisecond, and there are all layers and directions.
N_SEQUENCES, LONGEST = 4, 512
# What makes one vector of the states of a sequence, in every encoder.
POOLING = "encoder.pool"
# Rows of the batch that is looked at before training.
N_FIRST = 16


def start_facts(settings: Settings, work: Work, *, network: Network) -> StartFacts:
    """What one batch of training rows, spread over all, shows before the first update."""
    examples = work.examples["train"]
    n = len(examples)
    rows = np.unique(np.linspace(0, n - 1, min(n, N_FIRST)).round().astype(np.int64))
    batch = collate(examples, rows).to(next(network.parameters()).device)

    def mean_loss(outputs: Tensor) -> Float[Tensor, ""]:
        loss = network.head.loss(outputs, batch)
        return loss.total / loss.weight

    facts = first_batch(
        network,
        batch,
        loss=mean_loss,
        has_chance=not settings.head.stand_on and not isinstance(network.head, NumbersHead),
        meant_frozen=settings.training.freeze != "none",
    )
    if network.head.reads == "pooled":
        return facts
    # A head that reads the states of tokens leaves the encoder's vectors of sequences aside, and that is meant.
    return replace(
        facts,
        without_gradient=tuple(name for name in facts.without_gradient if not name.startswith(POOLING)),
        discarded=tuple(name for name in facts.discarded if not name.startswith(POOLING)),
    )


def evidence_of_gradients(
    start: StartFacts, settings: Settings, *, work: Work, network: Network, events: Sequence[Mapping[str, object]]
) -> GradientEvidence:
    """The same, and after training the gradients through the steps of recurrent layers."""
    examples = work.examples["train"]
    clip = clip_facts(events, threshold=settings.training.clip)
    flows = network_flows(network, examples, rows=probed_rows(examples))
    return GradientEvidence(start=start, flows=tuple(replace(facts, clip=clip) for facts in flows))


def probed_rows(examples: Examples) -> Indices:
    """A few rows, from sequences of middling length to the longest."""
    lengths = examples.tokens.lengths
    order = np.argsort(lengths, kind="stable")
    order = order[: max(1, int((lengths <= LONGEST).sum()))]
    return np.unique(order[np.linspace((len(order) - 1) // 2, len(order) - 1, N_SEQUENCES).astype(np.int64)])


def clip_facts(events: Sequence[Mapping[str, object]], *, threshold: float) -> ClipFacts | None:
    """How often the norm of the gradient was above the threshold; an update without a norm was not finite.

    Args:
        events: of ``events.jsonl``.
        threshold: ``training.clip``; 0: none.
    """
    norms = [
        inf if (norm := event["grad_norm"]) is None else float(str(norm)) for event in events if "grad_norm" in event
    ]
    if not norms:
        return None
    n_clipped = sum(norm > threshold for norm in norms) if threshold else 0
    return ClipFacts(threshold, n_logged=len(norms), n_clipped=n_clipped, median=median(norms))
