"""Schedules against torch's own and against the papers' figures."""

import math

import pytest
import torch

from seqwise.settings.schedules import (
    ConstantSettings,
    CosineSettings,
    CyclicSettings,
    LinearSettings,
    PlateauSettings,
)
from seqwise.train.plan import build_schedule, simulate


def torch_rates(make, n: int, base: float) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)
    scheduler = make(optimizer)
    rates = []
    for _ in range(n):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


@pytest.mark.parametrize("mode", ["triangular", "triangular2", "exp_range"])
def test_cyclic_equals_torch(mode: str) -> None:
    # the lecture's figures: base 0.01, max 0.1, step_size 20, gamma 0.99994
    settings = CyclicSettings(mode=mode, max_lr=0.1, step_size=20, gamma=0.99994)
    ours = simulate(settings, learning_rate=0.01, n_updates=150).rates
    theirs = torch_rates(
        lambda optimizer: torch.optim.lr_scheduler.CyclicLR(
            optimizer, 0.01, 0.1, step_size_up=20, mode=mode, gamma=0.99994, cycle_momentum=False
        ),
        150,
        0.01,
    )
    assert ours.tolist() == pytest.approx(theirs, abs=1e-12)


def test_plateau_equals_torch() -> None:
    losses = [1.0, 0.9, 0.9, 0.9, 0.95, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.79995, 0.8, 0.8, 0.8]
    settings = PlateauSettings(factor=0.25, patience=1, min_delta=1e-4, cooldown=1, min_lr=1e-5)
    ours = build_schedule(settings, learning_rate=0.01, n_updates=100)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.01)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.25, patience=1, threshold=1e-4, threshold_mode="abs", cooldown=1, min_lr=1e-5, eps=0.0
    )
    for loss in losses:
        ours.observe(loss)
        theirs.step(loss)
        assert ours.rate(0) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-15)


def test_plateau_goes_on_from_its_state() -> None:
    settings = PlateauSettings(patience=1)
    first = build_schedule(settings, learning_rate=0.01, n_updates=10)
    for loss in (1.0, 1.0, 1.0):
        first.observe(loss)
    second = build_schedule(settings, learning_rate=0.01, n_updates=10)
    second.restore(first.state())
    for loss in (1.0, 1.0, 1.0):
        first.observe(loss)
        second.observe(loss)
        assert second.rate(5) == first.rate(5)


def test_linear_rises_and_would_be_zero_after_the_last_update() -> None:
    rates = simulate(LinearSettings(warmup=4), learning_rate=1.0, n_updates=20).rates
    assert rates[:4].tolist() == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert rates[4] == 1.0
    assert rates[-1] == pytest.approx(1 / 16)
    assert (rates > 0).all()


def test_linear_planned_for_fewer_updates_stays_at_zero_and_never_below() -> None:
    # the roster story: t_total = 50 for 100 real updates made the rate negative
    rates = simulate(LinearSettings(warmup=0, total_updates=50), learning_rate=1.0, n_updates=100).rates
    assert rates[50:].tolist() == [0.0] * 50


def test_cosine_equals_its_formula() -> None:
    rates = simulate(CosineSettings(warmup=0, floor=0.1), learning_rate=2.0, n_updates=10).rates
    assert rates.tolist() == pytest.approx(
        [2 * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * i / 10))) for i in range(10)]
    )


def test_constant_without_warmup_is_constant() -> None:
    assert set(simulate(ConstantSettings(), learning_rate=0.5, n_updates=7).rates.tolist()) == {0.5}
