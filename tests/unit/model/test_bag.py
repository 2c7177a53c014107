"""The mean of word vectors."""

import torch
from ragged import batch_of

from seqwise.model.contracts import Vocabulary
from seqwise.model.encoders.bag import BagEncoder
from seqwise.settings.encoders import BagSettings


def test_without_layers_a_sequence_is_the_mean_of_its_word_vectors():
    encoder = BagEncoder(BagSettings(embedding=4, hidden=()), Vocabulary(10))
    table = encoder.embedding.table.weight
    pooled = encoder(batch_of([[1, 2, 2], [7]])).pooled
    torch.testing.assert_close(pooled, torch.stack([(table[1] + 2 * table[2]) / 3, table[7]]))


def test_order_is_not_seen():
    encoder = BagEncoder(BagSettings(), Vocabulary(10)).eval()
    pooled = encoder(batch_of([[1, 2, 3, 4], [4, 2, 1, 3]])).pooled
    torch.testing.assert_close(pooled[0], pooled[1], rtol=0, atol=1e-6)


def test_a_token_has_the_state_of_its_sequence():
    encoded = BagEncoder(BagSettings(), Vocabulary(10)).eval()(batch_of([[1, 2], [3]]))
    assert torch.equal(encoded.hidden, encoded.pooled[[0, 0, 1]])
