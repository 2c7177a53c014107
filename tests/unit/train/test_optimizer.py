"""The optimizer against torch's AdamW, and the properties that accumulation and masters promise."""

import pytest
import torch
from torch import nn

from seqwise.settings.stations import TrainingSettings
from seqwise.train.optimizer import MasterAdamW


def small_net() -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 2))


def depths(net: nn.Module) -> dict[str, int]:
    return {name: int(name[0]) for name, _ in net.named_parameters()}


def settings(**changes: object) -> TrainingSettings:
    return TrainingSettings.model_validate({"weight_decay": 0.1, "clip": 0.0, **changes})


def test_equals_torch_adamw_with_decay_on_matrices_only() -> None:
    ours, theirs = small_net(), small_net()
    optimizer = MasterAdamW(ours.named_parameters(), depths(ours), settings=settings())
    matrices = [p for p in theirs.parameters() if p.ndim > 1]
    vectors = [p for p in theirs.parameters() if p.ndim == 1]
    reference = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}], lr=0.01
    )
    for step in range(5):
        x = torch.randn(8, 5, generator=torch.Generator().manual_seed(step))
        ours(x).square().sum().backward()
        optimizer.step(rate=0.01, weight=8.0)
        (theirs(x).square().sum() / 8).backward()
        reference.step()
        reference.zero_grad()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-6, atol=1e-7)


def test_any_cut_of_an_update_into_batches_gives_the_same_step() -> None:
    x = torch.randn(12, 5, generator=torch.Generator().manual_seed(0))
    results = []
    for cuts in ([12], [5, 7], [1] * 12):
        net = small_net().double()
        optimizer = MasterAdamW(net.named_parameters(), depths(net), settings=settings(clip=0.5))
        for part in x.double().split(cuts):
            net(part).square().sum().backward()
        optimizer.step(rate=0.01, weight=12.0)
        results.append(torch.cat([p.detach().flatten() for p in net.parameters()]))
    torch.testing.assert_close(results[0], results[1], rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(results[0], results[2], rtol=1e-6, atol=1e-8)


def test_clipping_equals_torch() -> None:
    net, other = small_net(), small_net()
    optimizer = MasterAdamW(net.named_parameters(), depths(net), settings=settings(clip=0.01))
    x = torch.ones(4, 5)
    net(x).square().sum().backward()
    other(x).square().sum().backward()
    norm = torch.nn.utils.clip_grad_norm_(other.parameters(), 0.01)
    assert optimizer.step(rate=0.01, weight=1.0).grad_norm == pytest.approx(float(norm), rel=1e-6)


def test_a_gradient_whose_square_float32_cannot_hold_is_clipped_as_any_other() -> None:
    moved = []
    for size in (1.0, 1e25):
        net = small_net()
        optimizer = MasterAdamW(net.named_parameters(), depths(net), settings=settings(clip=0.5))
        for parameter in net.parameters():
            parameter.grad = torch.full_like(parameter, 2.0 * size)
        n = sum(parameter.numel() for parameter in net.parameters())
        update = optimizer.step(rate=0.01, weight=2.0)
        assert update.is_applied
        assert update.grad_norm == pytest.approx(size * n**0.5, rel=1e-6)
        moved.append(torch.cat([parameter.detach().flatten() for parameter in net.parameters()]))
    torch.testing.assert_close(*moved, rtol=1e-6, atol=1e-7)
    unclipped = MasterAdamW(net.named_parameters(), depths(net), settings=settings())
    for parameter in net.parameters():
        parameter.grad = torch.full_like(parameter, 1e25)
    assert not unclipped.step(rate=0.01, weight=1.0).is_applied  # its square would stand in Adam's second moment


def test_layer_decay_lowers_the_rate_below_the_top() -> None:
    net = small_net()
    before = {name: p.detach().clone() for name, p in net.named_parameters()}
    optimizer = MasterAdamW(net.named_parameters(), depths(net), settings=settings(layer_decay=0.5, weight_decay=0.0))
    net(torch.ones(4, 5)).square().sum().backward()
    optimizer.step(rate=0.01, weight=1.0)
    moved = {name: float((p.detach() - before[name]).abs().max()) for name, p in net.named_parameters()}
    # Adam's first step moves every weight by the rate; depths 0 and 2 of top 2: shares 0.25 and 1
    assert moved["0.weight"] == pytest.approx(0.0025, rel=1e-3)
    assert moved["2.weight"] == pytest.approx(0.01, rel=1e-3)


def test_a_gradient_that_is_not_finite_changes_nothing() -> None:
    net = small_net()
    before = [p.detach().clone() for p in net.parameters()]
    optimizer = MasterAdamW(net.named_parameters(), depths(net), settings=settings())
    (net(torch.ones(1, 5)).sum() * float("inf")).backward()
    assert not optimizer.step(rate=0.01, weight=1.0).is_applied
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))


def test_bfloat16_weights_follow_float32_masters() -> None:
    net, exact = small_net().bfloat16(), small_net()
    optimizer = MasterAdamW(net.named_parameters(), depths(net), settings=settings(weight_decay=0.0))
    reference = MasterAdamW(exact.named_parameters(), depths(exact), settings=settings(weight_decay=0.0))
    for _ in range(200):  # each step is far below bfloat16's resolution of a weight: without masters nothing would move
        for model, adam in ((net, optimizer), (exact, reference)):
            dtype = next(model.parameters()).dtype
            model(torch.ones(4, 5, dtype=dtype)).square().sum().backward()
            adam.step(rate=1e-5, weight=4.0)
    for mine, other in zip(net.parameters(), exact.parameters(), strict=True):
        torch.testing.assert_close(mine.float(), other, rtol=1e-2, atol=1e-3)


def test_goes_on_bit_identically_from_its_state() -> None:
    net = small_net()
    optimizer = MasterAdamW(net.named_parameters(), depths(net), settings=settings())

    def step(model: nn.Module, adam: MasterAdamW) -> None:
        model(torch.ones(4, 5)).square().sum().backward()
        adam.step(rate=0.01, weight=4.0)

    step(net, optimizer)
    state = {name: value.clone() for name, value in optimizer.state().items()}
    other = small_net()
    resumed = MasterAdamW(other.named_parameters(), depths(other), settings=settings())
    resumed.restore(state)
    for _ in range(3):
        step(net, optimizer)
        step(other, resumed)
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), other.parameters(), strict=True))


ROWS, WIDTH = 12, 3
RATE, DECAY = 0.01, 0.1


class Table(nn.Module):
    """A word table whose summed loss is linear, so that a token's gradient is what is written here."""

    def __init__(self, *, is_sparse: bool, kind: torch.dtype = torch.float32) -> None:
        super().__init__()
        start = torch.linspace(-1.0, 1.0, ROWS * WIDTH).view(ROWS, WIDTH)
        self.words = nn.Embedding(ROWS, WIDTH, sparse=is_sparse, _weight=start.to(kind))

    def backward(self, step: int, rows: list[int]) -> None:
        generator = torch.Generator().manual_seed(step)
        gradients = torch.randn(ROWS, WIDTH, generator=generator)[rows]
        (self.words(torch.tensor(rows)) * gradients).sum().backward()


def table_optimizer(table: Table, **changes: object) -> MasterAdamW:
    sparse = ("words.weight",) if table.words.sparse else ()
    changed = settings(weight_decay=DECAY, **changes)
    return MasterAdamW(table.named_parameters(), {"words.weight": 0}, settings=changed, sparse=sparse)


def walk(*, is_sparse: bool, batches: list[list[int]], **changes: object) -> tuple[torch.Tensor, list[float]]:
    table = Table(is_sparse=is_sparse)
    optimizer = table_optimizer(table, **changes)
    norms: list[float] = []
    for step, rows in enumerate(batches):
        table.backward(step, rows)
        norms.append(optimizer.step(rate=RATE, weight=2.0).grad_norm)
    return table.words.weight.detach(), norms


def test_rows_that_are_in_every_batch_move_as_adamw_moves_them() -> None:
    batches = [[*range(ROWS), step % ROWS, 3] for step in range(9)]  # a token that comes twice adds up
    dense, dense_norms = walk(is_sparse=False, batches=batches, clip=0.5)
    rows, norms = walk(is_sparse=True, batches=batches, clip=0.5)
    torch.testing.assert_close(rows, dense, rtol=0, atol=1e-5)  # epsilon stands elsewhere
    assert norms == pytest.approx(dense_norms, rel=1e-6)


def test_rows_of_no_batch_stand_still_and_the_others_keep_within_the_bound() -> None:
    generator = torch.Generator().manual_seed(1)
    batches = [torch.randint(ROWS - 2, (3,), generator=generator).tolist() for _ in range(60)]
    start = Table(is_sparse=True).words.weight.detach().clone()
    dense, _ = walk(is_sparse=False, batches=batches)
    rows, _ = walk(is_sparse=True, batches=batches)
    assert torch.equal(rows[-2:], start[-2:])
    decayed = start * (1 - RATE * DECAY) ** 60
    bound = 2 * RATE * (1 - 0.9) / (1 - 0.999) ** 0.5 * 60 + (start - decayed).abs() + 1e-6
    difference = (rows - dense).abs()
    assert (difference <= bound).all()
    assert difference[:-2].max() > 0.01  # and it is a difference


def test_moments_of_rows_go_into_the_state_and_come_back() -> None:
    batches = [[0, 1], [1, 2], [0, 0], [2, 5], [1, 1], [0, 2]]
    whole, _ = walk(is_sparse=True, batches=batches)
    first, second = Table(is_sparse=True), Table(is_sparse=True)
    optimizer, later = table_optimizer(first), table_optimizer(second)
    for step in range(3):
        first.backward(step, batches[step])
        optimizer.step(rate=RATE, weight=2.0)
    later.restore({name: tensor.clone() for name, tensor in optimizer.state().items()})
    for step in range(3, 6):
        second.backward(step, batches[step])
        later.step(rate=RATE, weight=2.0)
    assert torch.equal(second.words.weight, whole)


def test_a_bfloat16_table_follows_its_master_in_the_rows_of_the_batch() -> None:
    table = Table(is_sparse=True, kind=torch.bfloat16)
    before = table.words.weight.detach().clone()
    optimizer = table_optimizer(table)
    table.backward(0, [4, 7])
    optimizer.step(rate=RATE, weight=2.0)
    master = optimizer.state()["master.words.weight"]
    assert torch.equal(table.words.weight, master.to(torch.bfloat16))
    assert (table.words.weight != before).any(dim=1).nonzero().flatten().tolist() == [4, 7]
