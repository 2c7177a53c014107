"""A network and a batch in; its first loss, the size of its layers, and what no gradient reaches out."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from seqwise.gradient_evidence import LayerSpread, StartFacts
from seqwise.probe.numerical import tensors_of


def first_batch(
    network: nn.Module,
    batch: object,
    *,
    loss: Callable[[Tensor], Float[Tensor, ""]],
    has_chance: bool,
    meant_frozen: bool,
    seed: int = 0,
) -> StartFacts:
    """One pass forward and back in training mode; the network and the generators stay as they are.

    A module's result that no gradient reaches, though it could have one, is used by nothing: the result of
    ``self.dropout(h)`` when it is not bound to a name. Only the outermost of such modules are told.

    Args:
        network: called with the batch.
        batch: what it is called with.
        loss: the mean loss of outputs for the batch.
        has_chance: whether the loss of outputs that are all 0, so of equal probabilities, is where it should begin.
        meant_frozen: whether frozen parameters are meant.
        seed: of the dropout.
    """
    was_training, kept = network.training, dict[str, list[list[Tensor]]]()
    handles = [module.register_forward_hook(_keeping(kept, name)) for name, module in network.named_modules() if name]
    devices = range(torch.cuda.device_count())  # torch.manual_seed below sets these generators too
    try:
        with torch.random.fork_rng(devices):
            torch.manual_seed(seed)
            network.train()
            outputs = network(batch)
            value = loss(outputs)
            value.backward()
            with torch.no_grad():
                chance = float(loss(torch.zeros_like(outputs))) if has_chance else None
        parameters = dict(network.named_parameters())
        return StartFacts(
            loss=float(value.detach()),
            chance=chance,
            layers=_spreads(network, kept),
            n_parameters=len(parameters),
            frozen=tuple(name for name, each in parameters.items() if not each.requires_grad),
            meant_frozen=meant_frozen,
            without_gradient=tuple(
                name for name, each in parameters.items() if each.requires_grad and each.grad is None
            ),
            discarded=_outermost([name for name, calls in kept.items() if not any(map(_is_used, calls))]),
        )
    finally:
        for handle in handles:
            handle.remove()
        network.zero_grad(set_to_none=True)
        network.train(was_training)


def _keeping(kept: dict[str, list[list[Tensor]]], name: str) -> Callable[[nn.Module, tuple[object, ...], object], None]:
    """What each call of a module gives, of which a gradient can be asked."""

    def hook(module: nn.Module, inputs: tuple[object, ...], outputs: object) -> None:
        del module, inputs
        given = [one for one in tensors_of(outputs) if one.requires_grad]
        for one in given:
            one.retain_grad()
        if given:
            kept.setdefault(name, []).append(given)

    return hook


def _is_used(given: list[Tensor]) -> bool:
    return any(one.grad is not None for one in given)


def _outermost(names: list[str]) -> tuple[str, ...]:
    return tuple(name for name in names if not any(name.startswith(f"{other}.") for other in names))


def _spreads(network: nn.Module, kept: dict[str, list[list[Tensor]]]) -> tuple[LayerSpread, ...]:
    """Of the innermost modules that hold weights: their outputs and the gradients that reach these."""
    found: list[LayerSpread] = []
    for name, module in network.named_modules():
        has_weights = next(module.parameters(), None) is not None
        if name not in kept or not has_weights or any(other.startswith(f"{name}.") for other in kept):
            continue
        outputs = [one for call in kept[name] for one in call]
        gradients = [one.grad for one in outputs if one.grad is not None]
        found.append(LayerSpread(name, activation=_deviation(outputs), gradient=_deviation(gradients)))
    return tuple(found)


@torch.no_grad()
def _deviation(parts: list[Tensor]) -> float:
    numbers = torch.cat([part.detach().double().flatten() for part in parts]) if parts else torch.zeros(1)
    return float(numbers.std()) if numbers.numel() > 1 else 0.0
