"""The head of numbers: losses and quantiles beside scipy's and torch's own, and a start at the baseline."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
import torch
from ragged import batch_of
from sklearn.metrics import mean_pinball_loss
from torch.nn import functional as F

from seqwise.model.contracts import HeadShape
from seqwise.model.heads.numbers import LEAST_FREEDOM, LEAST_WIDTH, NumbersHead
from seqwise.settings.heads import NumbersSettings
from seqwise.tensors import Units

WIDTH, N_NUMBERS, LEVELS = 5, 2, (0.1, 0.5, 0.8)
LENGTHS, COME = (4, 3, 5), (2, 1, 3)
N_UNITS = sum(COME)


def batch():
    flat = batch_of([[1] * n for n in LENGTHS])
    ends = torch.tensor(LENGTHS).cumsum(0).tolist()
    starts = torch.cat([torch.arange(end - come, end) for end, come in zip(ends, COME, strict=True)])
    random = torch.Generator().manual_seed(0)
    return replace(
        flat,
        rows=tuple(range(N_UNITS)),
        units=Units(starts, starts + 1, COME),
        values=torch.randn(N_UNITS, N_NUMBERS, generator=random),
        priors=torch.randn(N_UNITS, N_NUMBERS, generator=random),
    )


def states():
    return torch.randn(sum(LENGTHS), WIDTH, generator=torch.Generator().manual_seed(1))


def head(output, **more):
    torch.manual_seed(2)
    settings = NumbersSettings(output=output, levels=LEVELS, **more)
    return NumbersHead(settings, WIDTH, shape=HeadShape(N_NUMBERS)).eval()


def asked(output, **more):
    made, given = head(output, **more), batch()
    return made, given, made(states(), given)


@pytest.mark.parametrize(("output", "theirs"), [("mean", F.mse_loss), ("median", F.l1_loss)])
def test_points_are_trained_by_torchs_own_losses(output, theirs):
    made, given, outputs = asked(output)
    loss = made.loss(outputs, given)
    torch.testing.assert_close(loss.total / loss.weight, theirs(outputs, given.values))
    assert torch.equal(made.point(outputs), outputs)
    assert made.quantiles(outputs) is None


def test_quantiles_are_trained_by_the_pinball_loss():
    made, given, outputs = asked("quantiles")
    loss = made.loss(outputs, given)
    each = outputs.detach().unflatten(1, (N_NUMBERS, len(LEVELS))).numpy()
    truth = given.values.numpy()
    expected = [mean_pinball_loss(truth, each[..., i], alpha=level) for i, level in enumerate(LEVELS)]
    assert float((loss.total / loss.weight).detach()) == pytest.approx(np.mean(expected), rel=1e-5)
    assert np.array_equal(made.quantiles(outputs).detach().numpy(), np.sort(each, axis=2))
    assert torch.equal(made.point(outputs), made.quantiles(outputs)[..., 1])


def test_student_is_trained_by_its_likelihood_and_answers_its_quantiles():
    made, given, outputs = asked("student")
    place, width, freedom = outputs.unflatten(1, (N_NUMBERS, 3)).unbind(dim=2)
    width, freedom = F.softplus(width) + LEAST_WIDTH, F.softplus(freedom) + LEAST_FREEDOM
    loss = made.loss(outputs, given)
    density = torch.distributions.StudentT(freedom, place, width).log_prob(given.values)
    torch.testing.assert_close(loss.total / loss.weight, -density.mean())
    parts = [each.detach().double().numpy()[..., None] for each in (freedom, place, width)]
    expected = scipy.stats.t.ppf(np.array(LEVELS), parts[0], loc=parts[1], scale=parts[2])
    np.testing.assert_allclose(made.quantiles(outputs).detach().numpy(), expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(made.point(outputs), place)


@pytest.mark.parametrize("output", ["quantiles", "mean", "median", "student"])
def test_a_head_that_stands_begins_at_its_baseline(output):
    made, given, outputs = asked(output, stand_on="linear")
    torch.testing.assert_close(made.point(outputs), given.priors)
    made.loss(outputs, given).total.backward()
    assert bool((made.output.weight.grad != 0).any())


@pytest.mark.parametrize("recurrent", ["none", "gru"])
def test_the_other_windows_change_nothing(recurrent):
    made, given, outputs = asked("quantiles", recurrent=recurrent, hidden=4)
    first = batch_of([[1] * LENGTHS[0]])
    starts = torch.arange(LENGTHS[0] - COME[0], LENGTHS[0])
    alone = replace(first, rows=(0, 1), units=Units(starts, starts + 1, COME[:1]), values=given.values[:2])
    torch.testing.assert_close(made(states()[: LENGTHS[0]], alone), outputs[: COME[0]])


def test_quantiles_of_known_noise_are_learned():
    torch.manual_seed(0)
    made = head("quantiles", dropout=0.0).train()
    flat = batch_of([[1]] * 4000)
    noise = torch.randn(4000, N_NUMBERS) * torch.tensor([1.0, 3.0])
    given = replace(
        flat,
        rows=tuple(range(4000)),
        units=Units(torch.arange(4000), torch.arange(4000) + 1, (1,) * 4000),
        values=noise,
    )
    optimizer = torch.optim.Adam(made.parameters(), lr=0.05)
    for _ in range(300):
        optimizer.zero_grad()
        loss = made.loss(made(torch.ones(4000, WIDTH), given), given)
        (loss.total / loss.weight).backward()
        optimizer.step()
    found = made.quantiles(made(torch.ones(4000, WIDTH), given))[0].detach().numpy()
    expected = np.quantile(noise.numpy(), LEVELS, axis=0).T
    np.testing.assert_allclose(found, expected, atol=0.15)
