"""What an encoder and a head offer to the network: abstract classes, and the frozen specs of their tables."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from seqwise.settings.frozen import Frozen
from seqwise.tensors import Batch, Encoded


@dataclass(frozen=True)
class Vocabulary:
    """What tokens are: the number of their ids, and how many numbers are known of each beside its id.

    ``vectors`` are word vectors, shape (vocab, width), where the settings name a file.
    """

    size: int
    vectors: NDArray[np.float32] | None = None
    n_features: int = 0


class Encoder(nn.Module, ABC):
    """Flat tokens in; a hidden state for each token and one for each sequence out.

    Attributes:
        width: size of ``Encoded.hidden`` and ``Encoded.pooled`` on the last axis.
        n_layers: layers between embeddings and pooling, counted from the bottom.
    """

    width: int
    n_layers: int

    @abstractmethod
    def forward(self, batch: Batch) -> Encoded:
        """Encode a flat batch; what one sequence gives does not depend on the others."""

    def pool(self, batch: Batch) -> Float[Tensor, "batch hidden"]:
        """The vectors of the sequences alone, equal to those of :meth:`forward`; an encoder may do less for them."""
        return self(batch).pooled

    @abstractmethod
    def word_vectors(self) -> Float[Tensor, "vocab vector"]:
        """The learnt vector of each token id, before anything else is known of a token."""

    @abstractmethod
    def depth(self, parameter: str) -> int:
        """Depth of a parameter by its name: 0 embeddings, 1 to n_layers the layers, n_layers + 1 the pooling on top."""


@dataclass(frozen=True)
class EncoderSpec:
    """A member of the table of encoders."""

    name: str
    settings: type[Frozen]
    build: Callable[[Frozen, Vocabulary], Encoder]
    paper: str


@dataclass(frozen=True)
class Loss:
    """Sum of weighted losses and sum of weights; the caller divides once, so accumulation is exact."""

    total: Float[Tensor, ""]
    weight: Float[Tensor, ""]


@dataclass(frozen=True)
class HeadShape:
    """What a head must know beyond its settings; ``n_words`` is how many numbers of units' words there are.

    Where numbers are forecast, ``n_outputs`` is that of the channels.
    """

    n_outputs: int
    class_weights: tuple[float, ...] | None = None
    logit_offsets: tuple[float, ...] | None = None
    focal: float = 0.0
    label_smoothing: float = 0.0
    n_words: int = 0


class Head(nn.Module, ABC):
    """States of an encoder in, logits out; knows the loss that belongs to its logits.

    Attributes:
        reads: the field of ``Encoded`` that ``forward`` is given: a vector a sequence, or a state a token.
        n_outputs: size of the logits on the last axis.
        progress: how much of its training is over, from 0 to 1, as the loop says before each update.
    """

    reads: ClassVar[Literal["pooled", "hidden"]]
    n_outputs: int
    progress: float = 0.0

    @abstractmethod
    def forward(self, states: Float[Tensor, "row hidden"], batch: Batch) -> Float[Tensor, "row output"]:
        """Logits in float32, one row for each state."""

    @abstractmethod
    def loss(self, logits: Float[Tensor, "row output"], batch: Batch) -> Loss:
        """The summed loss of a batch and the sum of its weights."""

    def log_probabilities(self, logits: Float[Tensor, "row output"], batch: Batch) -> Float[Tensor, "row output"]:
        """What the logits mean, in float64: their log-softmax, unless the head knows outputs that depend on others.

        Args:
            logits: of :meth:`forward`.
            batch: that they were computed of; only what lies on the host is read.
        """
        del batch
        return logits.double().log_softmax(dim=1)


@dataclass(frozen=True)
class HeadSpec:
    """A member of the table of heads; ``build`` takes the settings, the encoder's width and the shape."""

    name: str
    settings: type[Frozen]
    build: Callable[[Frozen, int, HeadShape], Head]
    paper: str
