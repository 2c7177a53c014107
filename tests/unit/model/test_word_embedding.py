"""The table of word vectors."""

import numpy as np
import pytest
import torch

from seqwise.errors import UsageError
from seqwise.model.layers.embeddings import WordEmbedding

VECTORS = np.arange(12, dtype=np.float32).reshape(4, 3)


def test_given_vectors_are_what_comes_out():
    out = WordEmbedding(4, 3, vectors=VECTORS)(torch.tensor([2, 0]))
    assert out.tolist() == VECTORS[[2, 0]].tolist()


def test_an_initialisation_never_overwrites_given_vectors():
    embedding = WordEmbedding(4, 3, vectors=VECTORS, initialisation="normal")
    assert torch.equal(embedding.table.weight, torch.from_numpy(VECTORS))


def test_training_does_not_change_the_given_array():
    given = VECTORS.copy()
    with torch.no_grad():
        WordEmbedding(4, 3, vectors=given).table.weight.zero_()
    assert np.array_equal(given, VECTORS)


def test_vectors_of_another_width_are_refused():
    with pytest.raises(UsageError) as caught:
        WordEmbedding(4, 5, vectors=VECTORS)
    assert str(caught.value) == (
        "prepare.vectors: found 4 vectors of width 3; the encoder needs 4 of width 5. Set the encoder's embedding to 3."
    )


def test_random_vectors_follow_the_initialisation():
    table = WordEmbedding(500, 100, initialisation="normal").table.weight
    assert table.std().item() == pytest.approx(0.02, rel=0.02)
