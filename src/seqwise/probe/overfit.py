"""A network and a few rows in; whether they can be learned by heart out."""

import copy

import torch

from seqwise.gradient_evidence import OverfitFacts
from seqwise.model.heads.numbers import NumbersHead
from seqwise.model.layers.dropout import Dropout
from seqwise.model.network import Network
from seqwise.tensors import Batch

# Updates between two looks at the answers.
LOOK = 10


def overfit(network: Network, batch: Batch, *, rate: float, n_steps: int) -> OverfitFacts:
    """Train a copy of the network, without dropout and weight decay, until all answers are right or the steps end.

    Args:
        network: as it begins; frozen parameters stay frozen.
        batch: a few rows with their targets.
        rate: learning rate of Adam, the same in every step.
        n_steps: updates at most.
    """
    trained = copy.deepcopy(network)
    for module in trained.modules():
        if isinstance(module, Dropout):
            module.p = 0.0
    optimizer = torch.optim.Adam([each for each in trained.parameters() if each.requires_grad], lr=rate)
    first, n_right, n_outputs = _answers(trained, batch)
    last, step = first, 0
    while step < n_steps and (n_right is None or n_right < n_outputs):
        trained.train()
        for _ in range(min(LOOK, n_steps - step)):
            loss = trained.head.loss(trained(batch), batch)
            optimizer.zero_grad()
            (loss.total / loss.weight).backward()
            optimizer.step()
            step += 1
        last, n_right, n_outputs = _answers(trained, batch)
    return OverfitFacts(len(batch), n_outputs, step, first=first, last=last, n_right=n_right)


@torch.no_grad()
def _answers(network: Network, batch: Batch) -> tuple[float, int | None, int]:
    """Loss, right outputs and outputs; of numbers the mean absolute error, None and their count."""
    network.eval()
    outputs = network(batch)
    if isinstance(network.head, NumbersHead):
        assert batch.values is not None
        return float((network.head.point(outputs) - batch.values).abs().mean()), None, batch.values.numel()
    assert batch.targets is not None
    loss, is_known = network.head.loss(outputs, batch), batch.targets >= 0
    right = network.head.log_probabilities(outputs, batch).argmax(dim=1) == batch.targets
    return float(loss.total / loss.weight), int(right[is_known].sum()), int(is_known.sum())
