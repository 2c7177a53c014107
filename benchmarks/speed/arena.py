"""Trainings of ours and of the peer in one process, in turns, beside the machine's own rate of matrix products."""

import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import torch
from meters import matrix_product, peak_memory_growth, training_operations, watch
from ours import our_training
from results import Curves, Figure
from stepped import LOSS_WINDOW, SteppedTraining, loss_curves
from task import Precision, Shared, as_dictionaries, open_theirs
from trainer import Flags, trainer_training
from turns import Spread, Turn, loss_after, rates, ratios, take_turns

from seqwise.runtime import bfloat16_is_fast

N_UPDATES_ALONE = 4  # while memory is measured
FLOAT32_PRODUCT, BFLOAT16_PRODUCT = "float32 product", "bfloat16 product"


@dataclass(frozen=True)
class Ours:
    """A training of ours."""

    batch_size: int
    precision: Precision = "float32"


Contestant = Ours | Flags


@dataclass(frozen=True)
class Measured:
    """The turns of all contestants, what the trainings noted, and how much memory each took."""

    shared: Shared
    contestants: Mapping[str, Contestant]
    turns: Mapping[str, Sequence[Turn]]
    trainings: Mapping[str, SteppedTraining]
    memory_mb: Mapping[str, float]

    def ratio(self, ours: str, peer: str) -> Spread:
        """How many times our real tokens a second are the peer's, turn beside turn."""
        return ratios(self.turns[ours], self.turns[peer])

    def best(self, names: Sequence[str]) -> str:
        """The fastest of these."""
        return max(names, key=lambda name: rates(self.turns[name]).median)

    def share_of_products(self, name: str, product: str) -> Spread | None:
        """Operations on real tokens as a share of the machine's rate of products; None where that was not measured."""
        if product not in self.turns:
            return None
        work = training_operations(
            self.shared.config,
            self.shared.train.tokens.lengths,
            is_last_cut=isinstance(self.contestants[name], Ours),  # the head reads first tokens only
        )
        return ratios(self.turns[name], self.turns[product]).times(work)

    def figures(self) -> dict[str, dict[str, Figure]]:
        """The columns of each training, and the rates of products."""
        n_common = self._n_common()
        products: dict[str, dict[str, Figure]] = {
            name: {"GFLOP/s": rates(turns).times(1e-9)}
            for name, turns in self.turns.items()
            if name not in self.trainings
        }
        return {name: self._columns(name, n_common) for name in self.trainings} | products

    def curves(self) -> Curves:
        """The training loss of each after the same examples, as many as the slowest has seen."""
        return loss_curves(self.trainings, self._n_common())

    def _n_common(self) -> int:
        return min(sum(training.examples()) for training in self.trainings.values())

    def _columns(self, name: str, n_common: int) -> dict[str, Figure]:
        training, rate = self.trainings[name], rates(self.turns[name])
        epoch = float(self.shared.train.tokens.lengths.sum())
        return {
            "real tokens/s": rate,
            "seconds an epoch": Spread(epoch / rate.median, epoch / rate.high, epoch / rate.low),
            "share of float32 products": self.share_of_products(name, FLOAT32_PRODUCT),
            "share of bfloat16 products": self.share_of_products(name, BFLOAT16_PRODUCT),
            "peak memory alone, MB": self.memory_mb[name],
            f"loss after {n_common:,} examples": loss_after(
                n_common, training.examples(), training.losses(), window=LOSS_WINDOW
            ),
        }


def compete(
    share: Callable[[], Shared], contestants: Mapping[str, Contestant], *, turns: int, seconds: float
) -> Measured:
    """Train all in turns on the same rows from the same first weights.

    Args:
        share: makes what they share; called once here and once in each process that measures memory.
        contestants: ours and theirs, in the order of their turns.
        turns: rounds.
        seconds: of a turn at least.
    """
    memory = {name: _memory_alone(share, contestant) for name, contestant in contestants.items()}
    shared = share()
    device = shared.device
    trainings = {name: _start(shared, contestant) for name, contestant in contestants.items()}
    steps = {name: training.step for name, training in trainings.items()}
    steps[FLOAT32_PRODUCT] = matrix_product(device, torch.float32)
    if bfloat16_is_fast(device.type):
        steps[BFLOAT16_PRODUCT] = matrix_product(device, torch.bfloat16)
    try:
        taken = take_turns(steps, turns=turns, seconds=seconds, watch=watch(device))
    finally:
        for training in trainings.values():
            training.close()
    return Measured(shared=shared, contestants=contestants, turns=taken, trainings=trainings, memory_mb=memory)


def _start(shared: Shared, contestant: Contestant) -> SteppedTraining:
    """A training that waits for its first step."""
    if isinstance(contestant, Ours):
        built = shared.build(batch_size=contestant.batch_size, precision=contestant.precision)
        return our_training(built, shared.settings)
    model, tokenizer = open_theirs(shared.folder)
    device = shared.device
    return trainer_training(model, tokenizer, rows=as_dictionaries(shared.train), flags=contestant, device=device)


def _memory_alone(share: Callable[[], Shared], contestant: Contestant) -> float:
    """Peak of model, optimizer, gradients and activations over some updates, in a process of its own."""
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_memory_here, share, contestant).result()


def _memory_here(share: Callable[[], Shared], contestant: Contestant) -> float:
    shared = share()

    def train() -> None:
        training = _start(shared, contestant)
        for _ in range(N_UPDATES_ALONE):
            training.step()
        training.close()

    return peak_memory_growth(shared.device, train)
