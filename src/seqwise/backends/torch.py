"""A trained model in, its logits by torch out: flat batches on the machine's device, in the machine's precision."""

from functools import partial
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from seqwise.artefact import Artefact
from seqwise.backends.contract import BackendSpec, Logits
from seqwise.model.network import Network
from seqwise.runtime import Machine
from seqwise.tensors import Batch


def _compute(network: Network, device: torch.device, batch: Batch) -> Float[Tensor, "row output"]:
    return network(batch.to(device))


def _build(artefact: Artefact, _: Path, machine: Machine) -> Logits:
    artefact.network.encoder.to(dtype=machine.dtype)
    artefact.network.to(machine.device)
    return partial(_compute, artefact.network, machine.device)


BACKEND = BackendSpec(name="torch", build=_build, source="https://docs.pytorch.org")
