"""What a backend offers to prediction: a trained model in, a function from flat batches to logits out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from seqwise.artefact import Artefact
from seqwise.runtime import Machine
from seqwise.tensors import Batch

# Takes a flat batch on the host and gives the logits of the model's head.
Logits = Callable[[Batch], Float[Tensor, "row output"]]


@dataclass(frozen=True)
class BackendSpec:
    """A member of the table of backends; ``build`` takes the model, the folder that it was read from, and the machine.

    ``build`` may change the model's network in place: it is the backend's from then on. Where ``is_exact`` is
    False, its logits are not torch's: such a backend is named for a call of ``predict`` or ``evaluate``, which say what
    it costs, and never in settings.
    """

    name: str
    build: Callable[[Artefact, Path, Machine], Logits]
    source: str
    is_exact: bool = True
