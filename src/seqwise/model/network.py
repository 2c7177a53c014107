"""Settings and sizes in, a network out: an encoder and a head over flat batches."""

from typing import Literal, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from seqwise.catalog import load
from seqwise.errors import Problem, UsageError
from seqwise.model.contracts import Encoder, EncoderSpec, Head, HeadShape, HeadSpec, Vocabulary
from seqwise.model.encoders import ENCODERS
from seqwise.model.heads import HEADS
from seqwise.model.layers.embeddings import WordTable
from seqwise.settings.encoders import EncoderSettings
from seqwise.settings.heads import HeadSettings
from seqwise.tensors import Batch


class Network(nn.Module):
    """An encoder and the head above it."""

    def __init__(self, encoder: Encoder, head: Head) -> None:
        """Join the two; the head was built for the encoder's width."""
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, batch: Batch) -> Float[Tensor, "row output"]:
        """The head's logits for a flat batch."""
        states = self.encoder.pool(batch) if self.head.reads == "pooled" else self.encoder(batch).hidden
        return self.head(states, batch)

    def depths(self) -> dict[str, int]:
        """Depth of each parameter by its name: 0 embeddings, then the encoder's layers, its pooling, the head."""
        encoder = {f"encoder.{name}": self.encoder.depth(name) for name, _ in self.encoder.named_parameters()}
        head = {f"head.{name}": self.encoder.n_layers + 2 for name, _ in self.head.named_parameters()}
        return encoder | head


def encoder_spec(name: str) -> EncoderSpec:
    """The encoder of this name.

    Raises:
        UsageError: if there is none.
    """
    return cast(EncoderSpec, load("seqwise.model.encoders", name, constant="ENCODER", table=ENCODERS))


def head_spec(name: str) -> HeadSpec:
    """The head of this name.

    Raises:
        UsageError: if there is none.
    """
    return cast(HeadSpec, load("seqwise.model.heads", name, constant="HEAD", table=HEADS))


def build_network(
    encoder: EncoderSettings,
    head: HeadSettings,
    *,
    vocabulary: Vocabulary,
    shape: HeadShape,
    seed: int,
) -> Network:
    """A network whose first weights are a function of the settings and the seed; no generator outside is touched.

    Args:
        encoder: settings of the encoder; the name picks it.
        head: settings of the head; the name picks it.
        vocabulary: number of token ids, and their vectors where given.
        shape: number of outputs, and what belongs to the loss.
        seed: of the first weights.
    """
    devices = range(torch.cuda.device_count())  # torch.manual_seed below sets these generators too
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        body = encoder_spec(encoder.name).build(encoder, vocabulary)
        return Network(body, head_spec(head.name).build(head, body.width, shape))


def begin_from(network: Network, old: Network) -> None:
    """Give a network the weights of one with fewer outputs, or as many: those of further outputs stay as they are.

    Args:
        network: changed in place; of the same settings, and its first outputs are those of ``old``.
        old: trained.
    """
    own = network.state_dict()
    for name, value in old.state_dict().items():
        own[name][tuple(map(slice, value.shape))].copy_(value)


def n_parameters(network: nn.Module) -> int:
    """Numbers in all parameters, frozen ones counted."""
    return sum(parameter.numel() for parameter in network.parameters())


def freeze(network: Network, how: Literal["none", "embeddings", "layers", "all"], *, layers: int) -> None:
    """Set which parameters of the encoder are trained; those of the head always are.

    Args:
        network: changed in place.
        how: ``none`` trains all; ``embeddings`` freezes them; ``layers`` freezes them and the first ``layers`` layers;
            ``all`` freezes the whole encoder.
        layers: for ``layers`` only.

    Raises:
        UsageError: if the encoder has fewer layers.
    """
    n_layers = network.encoder.n_layers
    if how == "layers" and layers > n_layers:
        raise UsageError(
            Problem(
                where="training.freeze_layers",
                what=f"found {layers}; the encoder has {n_layers} layers.",
                fix=f'Use 0 to {n_layers}, or training.freeze = "all".',
            )
        )
    highest_frozen = {"none": -1, "embeddings": 0, "layers": layers, "all": n_layers + 1}[how]
    for name, parameter in network.encoder.named_parameters():
        parameter.requires_grad_(network.encoder.depth(name) > highest_frozen)


def update_named_rows(network: Network) -> frozenset[str]:
    """Let the tables of the encoder's word vectors have sparse gradients, which name the rows of a batch's tokens.

    Returns:
        The names of the tables.
    """
    names: set[str] = set()
    for name, module in network.named_modules():
        if isinstance(module, WordTable) and module.weight.requires_grad:
            module.sparse = True
            names.add(f"{name}.weight")
    return frozenset(names)
