"""What the checks see of gradients in a run: one batch before training; gradients through time after it."""

from collections.abc import Mapping, Sequence
from math import inf
from statistics import median

import numpy as np

from seqwise.gradient_evidence import ClipFacts
from seqwise.records import Examples, Indices

# Sequences whose gradients are followed through time, spread over the training rows by length.
N_SEQUENCES = 4


def probed_rows(examples: Examples) -> Indices:
    """A few rows, from sequences of middling length to the longest."""
    order = np.argsort(examples.tokens.lengths, kind="stable")
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
