"""Token ids in, word vectors out; features of the tokens may be joined to them."""

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor, nn

from seqwise.errors import Problem, UsageError
from seqwise.model.layers.initialisation import initialise
from seqwise.settings.encoders import RecurrentInitialisation


class WordTable(nn.Embedding):
    """One learnt vector for each token id; the table that ``training.embedding_rows`` speaks of."""


class WordEmbedding(nn.Module):
    """One vector for each id of a vocabulary: random, or given from a file of word vectors.

    Where tokens have features, a linear layer of them is added to the vector of what a token is.
    """

    def __init__(
        self,
        size: int,
        width: int,
        *,
        vectors: NDArray[np.float32] | None = None,
        initialisation: RecurrentInitialisation = "default",
        n_features: int = 0,
    ) -> None:
        """Make the table.

        Args:
            size: number of ids.
            width: numbers in a vector.
            vectors: what the table starts from, shape (size, width); None for random.
            initialisation: of random vectors, see :func:`~seqwise.model.layers.initialisation.initialise`.
            n_features: numbers that are known of each token.

        Raises:
            UsageError: if ``vectors`` have another shape.
        """
        super().__init__()
        self.table = WordTable(size, width)
        self.features = nn.Linear(n_features, width, bias=False) if n_features else None
        if vectors is None:
            initialise(self.table, initialisation)
            return
        if vectors.shape != (size, width):
            rows, columns = vectors.shape
            raise UsageError(
                Problem(
                    where="prepare.vectors",
                    what=f"found {rows} vectors of width {columns}; the encoder needs {size} of width {width}.",
                    fix=f"Set the encoder's embedding to {columns}.",
                )
            )
        with torch.no_grad():
            self.table.weight.copy_(torch.from_numpy(vectors))

    def forward(
        self, tokens: Int[Tensor, " token"], features: Float[Tensor, "token feature"] | None = None
    ) -> Float[Tensor, "token hidden"]:
        """The vector of each token."""
        words = self.table(tokens)
        if self.features is None:
            return words
        assert features is not None
        return words + self.features(features.to(words.dtype))
