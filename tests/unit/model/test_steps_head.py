"""The head of states at once: torch's own loss, a CRF's, and independence of other windows."""

from dataclasses import replace
from itertools import product

import pytest
import torch
from ragged import batch_of
from torch.nn import functional as F

from seqwise.model.contracts import HeadShape
from seqwise.model.heads.steps import StepsHead
from seqwise.settings.heads import StepsSettings
from seqwise.tensors import Units

WIDTH, N_STATES, SEEN, COME = 5, 3, 4, 2
WINDOWS = 3


def batch(n=WINDOWS):
    flat = batch_of([[1] * (SEEN + COME)] * n)
    starts = torch.cat([torch.arange(SEEN, SEEN + COME) + i * (SEEN + COME) for i in range(n)])
    random = torch.Generator().manual_seed(0)
    return replace(
        flat,
        rows=tuple(range(n * COME)),
        units=Units(starts, starts + 1, (COME,) * n),
        targets=torch.randint(0, N_STATES, (WINDOWS * COME,), generator=random)[: n * COME],
        priors=torch.randn(WINDOWS * COME, N_STATES, generator=random).log_softmax(dim=1)[: n * COME],
    )


def states():
    return torch.randn(WINDOWS * (SEEN + COME), WIDTH, generator=torch.Generator().manual_seed(1))


def head(**more):
    torch.manual_seed(2)
    return StepsHead(StepsSettings(hidden=4, **more), WIDTH, shape=HeadShape(N_STATES)).eval()


def test_it_is_a_linear_layer_of_each_step_to_come_under_cross_entropy():
    made, given = head(), batch()
    logits = made(states(), given)
    torch.testing.assert_close(logits, made.output(states()[given.units.starts]))
    loss = made.loss(logits, given)
    torch.testing.assert_close(loss.total / loss.weight, F.cross_entropy(logits, given.targets))
    torch.testing.assert_close(made.log_probabilities(logits, given), logits.double().log_softmax(dim=1))


@pytest.mark.parametrize("more", [{}, {"recurrent": "gru"}, {"recurrent": "lstm", "crf": True}, {"stand_on": "prior"}])
def test_the_other_windows_change_nothing(more):
    made, given = head(**more), batch()
    whole = made.log_probabilities(made(states(), given), given)
    alone = batch(1)
    found = made.log_probabilities(made(states()[: SEEN + COME], alone), alone)
    torch.testing.assert_close(found, whole[:COME], rtol=0, atol=1e-6)
    torch.testing.assert_close(whole.exp().sum(dim=1), torch.ones(len(whole), dtype=whole.dtype))


def test_a_head_that_stands_begins_at_its_baseline():
    made, given = head(stand_on="prior"), batch()
    found = made.log_probabilities(made(states(), given), given)
    torch.testing.assert_close(found, given.priors.double(), rtol=0, atol=1e-6)


def test_the_loss_of_a_crf_is_the_likelihood_of_each_windows_path():
    made, given = head(crf=True), batch()
    logits = made(states(), given)
    loss = made.loss(logits, given)
    paths = list(product(range(N_STATES), repeat=COME))
    # The cost of every path of a window, whose probabilities sum to 1.
    costs = torch.stack(
        [made.crf(logits, torch.tensor(path * WINDOWS), lengths=given.units.lengths) for path in paths], dim=1
    )
    torch.testing.assert_close((-costs).exp().sum(dim=1), torch.ones_like(costs[:, 0]))
    true = given.targets.view(WINDOWS, COME).tolist()
    own = torch.stack([costs[i, paths.index(tuple(path))] for i, path in enumerate(true)])
    torch.testing.assert_close(loss.total, own.sum())
    assert int(loss.weight) == WINDOWS * COME
