"""AdamW over the trainable parameters: groups by layer, float32 masters of bfloat16 weights, exact accumulation."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite, isinf

import torch
from torch import Tensor
from torch.nn import Parameter

from seqwise.settings.stations import TrainingSettings


@dataclass(frozen=True)
class Update:
    """What one update did: the norm of the mean gradient before clipping, and whether it was applied."""

    grad_norm: float
    is_applied: bool


@dataclass(frozen=True)
class _Group:
    parameters: list[Parameter]
    rate_share: float
    weight_decay: float


@dataclass(frozen=True)
class _Part:
    """Parameters that one of torch's optimizers updates: all of their rows, or those that sparse gradients name."""

    adam: torch.optim.Optimizer
    groups: list[_Group]
    is_sparse: bool

    def masters(self) -> list[Parameter]:
        return [parameter for group in self.groups for parameter in group.parameters]

    def remember(self, master: Parameter, kept: dict[str, Tensor]) -> None:
        """Set the moments of a parameter; torch's sparse optimizer counts updates with a plain number."""
        count = {"step": int(kept["step"])} if self.is_sparse else {}
        self.adam.state[master] = {**kept, **count}


class MasterAdamW:
    """AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) with float32 masters.

    The gradient that the caller accumulates is a sum; :meth:`step` divides it by the sum of weights once, so any cut of
    an update into batches gives the same mean. Biases, norms and scales (one axis or none) get no weight decay. The
    rate of a parameter is ``rate * layer_decay ** (top - depth)``.

    A table whose gradient is sparse is updated in the rows that the gradient names. The other rows stand still: they
    get no weight decay, and their moments wait, where AdamW would let them drift on. No coordinate is further from
    AdamW's than both can walk: twice ``rate * max(1, (1 - beta1) / sqrt(1 - beta2))`` an update (Kingma and Ba 2015,
    arXiv 1412.6980, section 2.1), beside the decay.

    Args:
        parameters: names and parameters of the network; those without ``requires_grad`` are left out.
        depths: name to depth, 0 for embeddings; the greatest depth is the top.
        settings: betas, weight decay, layer decay and clip.
        sparse: names of parameters with sparse gradients.
    """

    def __init__(
        self,
        parameters: Iterable[tuple[str, Parameter]],
        depths: Mapping[str, int],
        *,
        settings: TrainingSettings,
        sparse: Collection[str] = (),
    ) -> None:
        self._clip = settings.clip
        self._weights = {name: weight for name, weight in parameters if weight.requires_grad}
        self._masters = {name: _master(weight) for name, weight in self._weights.items()}
        top = max(depths.values())
        below_top = {name: top - depths[name] for name in self._masters}
        self._parts: list[_Part] = []
        for is_sparse in (False, True):
            masters = {name: master for name, master in self._masters.items() if (name in sparse) is is_sparse}
            if masters:
                self._parts.append(_part(_groups(masters, settings, below_top), settings, is_sparse=is_sparse))

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
        numbers = [gradient.values() if gradient.is_sparse else gradient for gradient in gradients]
        norm = _norm(numbers) / weight
        if isinf(norm) and self._clip > 0:
            norm = _norm(numbers, is_double=True) / weight  # finite numbers whose squares float32 cannot hold
        if isfinite(norm):
            scale = 1.0 / weight if self._clip == 0 else min(1.0, self._clip / (norm + 1e-6)) / weight
            torch._foreach_mul_(numbers, scale)  # pyright: ignore[reportPrivateUsage, reportPrivateImportUsage]
            self._apply(names, gradients, rate)
        for parameter in self._weights.values():
            parameter.grad = None
        return Update(grad_norm=norm, is_applied=isfinite(norm))

    def _apply(self, names: list[str], gradients: list[Tensor], rate: float) -> None:
        for name, gradient in zip(names, gradients, strict=True):
            self._masters[name].grad = gradient.to(torch.float32)
        for part in self._parts:
            for group, inner in zip(part.groups, part.adam.param_groups, strict=True):
                inner["lr"] = rate * group.rate_share
                if part.is_sparse:
                    _decay_rows(group, inner["lr"])
            part.adam.step()
        with torch.no_grad():
            for name, gradient in zip(names, gradients, strict=True):
                _follow(self._weights[name], self._masters[name], gradient)

    def state(self) -> dict[str, Tensor]:
        """Masters and moments by name, for safetensors."""
        tensors: dict[str, Tensor] = {}
        for name, master in self._masters.items():
            tensors[f"master.{name}"] = master.detach()
            for key, value in self._part_of(master).adam.state[master].items():
                tensors[f"{key}.{name}"] = torch.as_tensor(value, dtype=torch.float32)
        return tensors

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from tensors given by :meth:`state`."""
        for name, master in self._masters.items():
            with torch.no_grad():
                master.copy_(tensors[f"master.{name}"])
                self._weights[name].copy_(master)
            keys = [key for key in ("step", "exp_avg", "exp_avg_sq") if f"{key}.{name}" in tensors]
            if keys:
                kept = {key: tensors[f"{key}.{name}"].clone().to(master.device) for key in keys}
                self._part_of(master).remember(master, kept)

    def _part_of(self, master: Parameter) -> _Part:
        return next(part for part in self._parts if any(master is one for one in part.masters()))


def _master(weight: Parameter) -> Parameter:
    if weight.dtype is torch.float32:
        return weight
    return Parameter(weight.detach().to(torch.float32))


def _norm(parts: list[Tensor], *, is_double: bool = False) -> float:
    """Of all numbers as one vector."""
    kind = torch.float64 if is_double else None
    norms = torch._foreach_norm(parts, dtype=kind)  # pyright: ignore[reportPrivateUsage, reportPrivateImportUsage] # torch's own clip uses it
    return float(torch.linalg.vector_norm(torch.stack([part.to(kind or torch.float32) for part in norms])))


def _gradient(weight: Parameter) -> Tensor:
    assert weight.grad is not None
    return weight.grad.coalesce() if weight.grad.is_sparse else weight.grad


def _decay_rows(group: _Group, rate: float) -> None:
    """Decoupled weight decay of the rows that the gradients name."""
    for master in group.parameters:
        if master.grad is not None and group.weight_decay:
            rows = master.grad.indices()[0]
            with torch.no_grad():
                master.index_copy_(0, rows, master.index_select(0, rows) * (1.0 - rate * group.weight_decay))


def _follow(weight: Parameter, master: Parameter, gradient: Tensor) -> None:
    """Copy what the update changed of a master into its weight, and let go of the gradient."""
    master.grad = None
    if master is weight:
        return
    if gradient.is_sparse:
        rows = gradient.indices()[0]
        weight.index_copy_(0, rows, master.index_select(0, rows).to(weight.dtype))
    else:
        weight.copy_(master)


def _part(groups: list[_Group], settings: TrainingSettings, *, is_sparse: bool) -> _Part:
    lists = [{"params": group.parameters} for group in groups]
    if is_sparse:
        adam: torch.optim.Optimizer = torch.optim.SparseAdam(lists, betas=settings.betas)
    else:
        decays = [{**one, "weight_decay": group.weight_decay} for one, group in zip(lists, groups, strict=True)]
        adam = torch.optim.AdamW(decays, betas=settings.betas, fused=True)
    return _Part(adam=adam, groups=groups, is_sparse=is_sparse)


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
