"""AdamW over the trainable parameters: groups by layer, float32 masters of bfloat16 weights, exact accumulation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor
from torch.nn import Parameter

from seqwise.settings.stations import TrainingSettings


@dataclass(frozen=True)
class Update:
    """What one update did: the norm of the mean gradient before clipping, and whether it was applied."""

    grad_norm: float
    is_applied: bool


class MasterAdamW:
    """AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) with float32 masters.

    The gradient that the caller accumulates is a sum; :meth:`step` divides it by the sum of weights once, so any cut of
    an update into batches gives the same mean. Biases, norms and scales (one axis or none) get no weight decay. The
    rate of a parameter is ``rate * layer_decay ** (top - depth)``.

    Args:
        parameters: names and parameters of the network; those without ``requires_grad`` are left out.
        depths: name to depth, 0 for embeddings; the greatest depth is the top.
        settings: betas, weight decay, layer decay and clip.
    """

    def __init__(
        self,
        parameters: Iterable[tuple[str, Parameter]],
        depths: Mapping[str, int],
        *,
        settings: TrainingSettings,
    ) -> None:
        self._clip = settings.clip
        self._weights = {name: weight for name, weight in parameters if weight.requires_grad}
        self._masters = {name: _master(weight) for name, weight in self._weights.items()}
        top = max(depths.values())
        self._groups = _groups(self._masters, settings, {name: top - depths[name] for name in self._masters})
        self._adamw = torch.optim.AdamW(
            [{"params": group.parameters, "weight_decay": group.weight_decay} for group in self._groups],
            betas=settings.betas,
            fused=True,
        )

    @property
    def n_parameters(self) -> int:
        """Trainable numbers."""
        return sum(master.numel() for master in self._masters.values())

    def step(self, *, rate: float, weight: float) -> Update:
        """Divide the summed gradient by ``weight``, clip, update at ``rate``, and clear the gradients.

        A gradient that is not finite is thrown away: ``is_applied`` is False and nothing changes.
        """
        names = [name for name, parameter in self._weights.items() if parameter.grad is not None]
        gradients = [_gradient(self._weights[name]) for name in names]
        norms = torch._foreach_norm(gradients)  # pyright: ignore[reportPrivateUsage, reportPrivateImportUsage] # torch's own clip uses it
        norm = float(torch.linalg.vector_norm(torch.stack([part.float() for part in norms]))) / weight
        if isfinite(norm):
            scale = 1.0 / weight if self._clip == 0 else min(1.0, self._clip / (norm + 1e-6)) / weight
            torch._foreach_mul_(gradients, scale)  # pyright: ignore[reportPrivateUsage, reportPrivateImportUsage]
            self._apply(names, gradients, rate)
        for parameter in self._weights.values():
            parameter.grad = None
        return Update(grad_norm=norm, is_applied=isfinite(norm))

    def _apply(self, names: list[str], gradients: list[Tensor], rate: float) -> None:
        for name, gradient in zip(names, gradients, strict=True):
            self._masters[name].grad = gradient.to(torch.float32)
        for group, inner in zip(self._groups, self._adamw.param_groups, strict=True):
            inner["lr"] = rate * group.rate_share
        self._adamw.step()
        with torch.no_grad():
            for name in names:
                master = self._masters[name]
                master.grad = None
                if master is not self._weights[name]:
                    self._weights[name].copy_(master)

    def state(self) -> dict[str, Tensor]:
        """Masters and moments by name, for safetensors."""
        tensors: dict[str, Tensor] = {}
        for name, master in self._masters.items():
            tensors[f"master.{name}"] = master.detach()
            for key, value in self._adamw.state[master].items():
                tensors[f"{key}.{name}"] = value
        return tensors

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from tensors given by :meth:`state`."""
        with torch.no_grad():
            for name, master in self._masters.items():
                master.copy_(tensors[f"master.{name}"])
                self._weights[name].copy_(master)
                keys = [key for key in ("step", "exp_avg", "exp_avg_sq") if f"{key}.{name}" in tensors]
                if keys:
                    place = master.device
                    self._adamw.state[master] = {key: tensors[f"{key}.{name}"].clone().to(place) for key in keys}


@dataclass(frozen=True)
class _Group:
    parameters: list[Parameter]
    rate_share: float
    weight_decay: float


def _master(weight: Parameter) -> Parameter:
    if weight.dtype is torch.float32:
        return weight
    return Parameter(weight.detach().to(torch.float32))


def _gradient(weight: Parameter) -> Tensor:
    assert weight.grad is not None
    return weight.grad


def _groups(masters: Mapping[str, Parameter], settings: TrainingSettings, below_top: Mapping[str, int]) -> list[_Group]:
    members: dict[tuple[int, bool], list[Parameter]] = {}
    for name, master in masters.items():
        members.setdefault((below_top[name], master.ndim > 1), []).append(master)
    return [
        _Group(
            parameters=parameters,
            rate_share=settings.layer_decay**steps,
            weight_decay=settings.weight_decay if is_matrix else 0.0,
        )
        for (steps, is_matrix), parameters in sorted(members.items(), key=lambda item: item[0])
    ]
