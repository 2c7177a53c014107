"""A function of tensors in; its gradient by back-propagation beside that by differences, block by block, out."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from seqwise.check.gradcheck import TOLERANCE
from seqwise.errors import Problem, UsageError
from seqwise.gradient_evidence import BlockFacts, GradcheckFacts

# Half the distance of a difference: near the cube root of float64's rounding, 6e-6, where the error by the cut of the
# series (step²) and that by rounding (2e-16 / step) are alike; Press et al., Numerical Recipes, section 5.7.
STEP = 1e-5
# Slopes from both sides that differ by more of the size of the gradients are those of a kink.
KINK = 1e-3
# A block whose gradients are all smaller than this share of the largest of all is compared with that share.
SMALL = 1e-3
# Numbers of a block that are checked one by one; a larger one is also checked along a random direction.
N_ENTRIES = 32
# Evaluations that are timed; the least time is told.
N_TIMED = 3


@dataclass(frozen=True)
class Subject:
    """A function whose gradients can be asked.

    Attributes:
        name: what it is.
        blocks: leaves in float64 by name, which the function reads anew in each evaluation.
        outputs: the function: no randomness, and nothing kept from one evaluation to the next.
        module: whose parameters are blocks, if there is one.
    """

    name: str
    blocks: Mapping[str, Tensor]
    outputs: Callable[[], object]
    module: nn.Module | None = None


def subject_of(
    name: str, module: nn.Module | Callable[..., object], *, inputs: tuple[object, ...], seed: int = 0
) -> Subject:
    """A module or a function with its inputs, in float64.

    A module is put in eval mode, so that dropout is off, and changed in place: its parameters get a little noise, since
    at 0, where many begin, a wrong term may not show. Parameters that need no gradient are left out.

    Args:
        name: of the subject.
        module: called with the inputs; what it gives may be a tensor, or tuples, lists and mappings of tensors.
        inputs: those that are floating tensors are blocks too.
        seed: of the noise.
    """
    blocks: dict[str, Tensor] = {}
    if isinstance(module, nn.Module):
        generator = torch.Generator().manual_seed(seed)
        for parameter_name, parameter in module.double().eval().named_parameters():
            noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            parameter.data.add_(noise.to(parameter.device), alpha=0.1)
            if parameter.requires_grad:
                blocks[parameter_name] = parameter
    given = [_leaf(one) for one in inputs]
    floating = {place: one for place, one in enumerate(given) if isinstance(one, Tensor) and one.requires_grad}
    blocks |= {f"input {place}": one for place, one in floating.items()}
    return Subject(name, blocks, lambda: module(*given), module if isinstance(module, nn.Module) else None)


def gradcheck(subject: Subject, *, n_entries: int = N_ENTRIES, seed: int = 0) -> GradcheckFacts:
    """Compare the gradients of a random weighting of all outputs, by back-propagation and by central differences.

    For a number x of a block the difference is ``(f(x + h) - f(x - h)) / 2h``: two evaluations for one number, where
    one evaluation with back-propagation gives all of them. So differences check gradients and never train.

    Of a large block ``n_entries`` numbers are drawn, and the block as a whole is asked along one random direction.
    Where that differs, the block is halved again and again: what differs is found in the logarithm of its size.
    Two slopes that differ, with the gradient between them, are those of a kink (a ReLU at 0) and no fault.

    Args:
        subject: that is asked.
        n_entries: numbers of each block that are checked one by one.
        seed: of the weighting and the numbers.

    Raises:
        UsageError: if there is no block, no output depends on any, or two evaluations differ.
    """
    generator = torch.Generator().manual_seed(seed)
    value = _weighted(subject, generator)
    blocks = {name: block for name, block in subject.blocks.items() if block.numel()}
    gradients = _analytic(subject, value, blocks)
    largest = max(float(gradient.abs().max()) for gradient in gradients.values())
    asked = _Asked(value, float(value().detach()))
    found: list[BlockFacts] = []
    for name, block in blocks.items():
        gradient = gradients[name].flatten()
        drawn = torch.randperm(block.numel(), generator=generator)[:n_entries]
        numbers = drawn.sort().values
        scale = max(float(gradient.abs().max()), SMALL * largest)
        comparison = _Comparison(asked, block, gradient, scale=scale)
        worst = comparison.worst_of(numbers)
        if block.numel() > n_entries and worst.error <= TOLERANCE:
            worst = comparison.searched(worst, generator)
        found.append(comparison.facts(name, worst, n_checked=len(numbers)))
    forward_s, backward_s = _least_s(value), _least_s(lambda: _analytic(subject, value, blocks))
    return GradcheckFacts(subject.name, tuple(found), asked.n_forwards, forward_s=forward_s, backward_s=backward_s)


@dataclass
class _Asked:
    """The function, its value where it stands, and how often it was evaluated."""

    value: Callable[[], Tensor]
    here: float
    n_forwards: int = 1

    @torch.no_grad()
    def beside(self, block: Tensor, change: Tensor) -> float:
        """The value with a change of a block, which is taken back."""
        before = block.detach().clone()
        block.data.add_(change)
        found = float(self.value())
        block.data.copy_(before)
        self.n_forwards += 1
        return found


@dataclass(frozen=True)
class _Entry:
    """One number: its place, its gradient by both ways, and how far they are apart."""

    place: int
    analytic: float
    numerical: float
    error: float
    is_kink: bool = False


@dataclass
class _Comparison:
    """Both gradients of one block; ``scale`` is what differences are measured by."""

    asked: _Asked
    block: Tensor
    gradient: Float[Tensor, " number"]
    scale: float
    n_kinks: int = 0

    def worst_of(self, numbers: Int[Tensor, " chosen"]) -> _Entry:
        entries = [self._entry(place) for place in numbers.tolist()]
        self.n_kinks += sum(entry.is_kink for entry in entries)
        return max(entries, key=lambda entry: float("inf") if entry.error != entry.error else entry.error)

    def searched(self, worst: _Entry, generator: torch.Generator) -> _Entry:
        """A number that differs, found by halving where the whole block does along a random direction."""
        direction = torch.randn(self.block.numel(), generator=generator, dtype=torch.float64).to(self.block.device)
        first, end = 0, self.block.numel()
        if not self._differs(direction, first, end):
            return worst
        while end - first > 1:
            middle = (first + end) // 2
            first, end = (first, middle) if self._differs(direction, first, middle) else (middle, end)
        found = self._entry(first)
        self.n_kinks += found.is_kink
        return found if found.error > worst.error else worst

    def facts(self, name: str, worst: _Entry, *, n_checked: int) -> BlockFacts:
        places = torch.unravel_index(torch.tensor(worst.place), self.block.shape)
        return BlockFacts(
            name=name,
            n=self.block.numel(),
            n_checked=n_checked,
            n_kinks=self.n_kinks,
            error=worst.error,
            place=tuple(int(place) for place in places),
            analytic=worst.analytic,
            numerical=worst.numerical,
        )

    def _entry(self, place: int) -> _Entry:
        unit = torch.zeros_like(self.gradient)
        unit[place] = 1.0
        analytic = float(self.gradient[place])
        left, right = self._slopes(unit)
        numerical = (left + right) / 2
        error = abs(analytic - numerical) / self.scale if self.scale else 0.0
        is_between = min(left, right) <= analytic <= max(left, right)
        if error > TOLERANCE and is_between and abs(right - left) > KINK * self.scale:
            return _Entry(place, analytic, numerical, 0.0, is_kink=True)
        return _Entry(place, analytic, numerical, error)

    def _differs(self, direction: Tensor, first: int, end: int) -> bool:
        part = torch.zeros_like(direction)
        part[first:end] = direction[first:end]
        left, right = self._slopes(part)
        apart = abs(float(self.gradient @ part) - (left + right) / 2)
        # The errors of single numbers do not grow with their count along a random direction, but with its root.
        return bool(apart > TOLERANCE * self.scale * max(1.0, float(part.norm()))) or apart != apart

    def _slopes(self, direction: Float[Tensor, " number"]) -> tuple[float, float]:
        """The slope from the left and from the right."""
        change = STEP * direction.view(self.block.shape)
        before, after = self.asked.beside(self.block, -change), self.asked.beside(self.block, change)
        return (self.asked.here - before) / STEP, (after - self.asked.here) / STEP


def _weighted(subject: Subject, generator: torch.Generator) -> Callable[[], Tensor]:
    """The sum of all outputs by random weights, so that each counts."""
    if not any(block.numel() for block in subject.blocks.values()):
        raise UsageError(
            Problem(
                subject.name,
                "has neither a parameter that is trained nor a floating tensor among its inputs.",
                "Give inputs in floating point, or parameters that need a gradient.",
            )
        )
    first, second = tensors_of(subject.outputs()), tensors_of(subject.outputs())
    if any(not torch.equal(one, other) for one, other in zip(first, second, strict=True)):
        raise UsageError(
            Problem(subject.name, "gives two results for the same input.", "Turn off dropout and other randomness.")
        )
    weights = [torch.randn(one.shape, generator=generator, dtype=torch.float64).to(one.device) for one in first]

    def value() -> Tensor:
        parts = zip(tensors_of(subject.outputs()), weights, strict=True)
        return torch.stack([(one.double() * weight).sum() for one, weight in parts]).sum()

    if not first or not value().requires_grad:
        raise UsageError(
            Problem(
                subject.name,
                "gives nothing that depends on its inputs or parameters by a gradient.",
                "Return tensors that were computed of them, not detached.",
            )
        )
    return value


def tensors_of(output: object) -> list[Tensor]:
    """All floating tensors in what a module gives: a tensor, or tuples, lists and mappings of such."""
    if isinstance(output, Tensor):
        return [output] if output.is_floating_point() else []
    if isinstance(output, Mapping):
        return [one for part in cast("Mapping[object, object]", output).values() for one in tensors_of(part)]
    if isinstance(output, tuple | list):
        return [one for part in cast("tuple[object, ...]", output) for one in tensors_of(part)]
    return []


def _analytic(subject: Subject, value: Callable[[], Tensor], blocks: Mapping[str, Tensor]) -> dict[str, Tensor]:
    try:
        found = torch.autograd.grad(value(), list(blocks.values()), materialize_grads=True)
    except RuntimeError as error:
        raise UsageError(
            Problem(subject.name, f"cannot be differentiated: {error}.", "Give a function of tensors.")
        ) from error
    return {name: one.to_dense() if one.is_sparse else one for name, one in zip(blocks, found, strict=True)}


def _leaf(one: object) -> object:
    if not isinstance(one, Tensor) or not one.is_floating_point():
        return one
    return one.detach().double().clone().requires_grad_()


def _least_s(call: Callable[[], object]) -> float:
    took: list[float] = []
    for _ in range(N_TIMED):
        begun = time.perf_counter()
        call()
        took.append(time.perf_counter() - begun)
    return min(took)
