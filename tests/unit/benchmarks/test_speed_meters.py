import numpy as np
import pytest
import torch
import transformers
from meters import training_operations
from torch.utils.flop_counter import FlopCounterMode

from seqwise.batch.flat import collate
from seqwise.model.encoders.bert import build_bert
from seqwise.records import Examples, FlatTokens
from seqwise.settings.encoders import BertSettings

CONFIG = {
    "hidden_size": 64,
    "intermediate_size": 256,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "vocab_size": 50,
}
N_ROWS, LENGTH = 4, 24


def counted(work):
    counter = FlopCounterMode(display=False)
    with counter:
        work()
    return counter.get_total_flops() / (N_ROWS * LENGTH)


def test_the_operations_of_a_token_are_those_that_torch_counts():
    model = transformers.BertModel(
        transformers.BertConfig(**CONFIG, attn_implementation="eager"), add_pooling_layer=False
    )
    ids = torch.ones(N_ROWS, LENGTH, dtype=torch.int64)
    expected = counted(lambda: model(input_ids=ids).last_hidden_state.sum().backward())
    lengths = np.full(N_ROWS, LENGTH)
    assert training_operations(CONFIG, lengths, is_last_cut=False) == pytest.approx(expected, rel=1e-6)


def test_a_last_block_cut_to_first_tokens_does_what_torch_counts():
    config = {"model_type": "bert", "max_position_embeddings": 32, **CONFIG}
    encoder = build_bert(config, BertSettings(checkpoint="folder", pooling="first"))
    offsets = np.arange(N_ROWS + 1, dtype=np.int64) * LENGTH
    tokens = FlatTokens(ids=np.ones(N_ROWS * LENGTH, dtype=np.int32), offsets=offsets)
    batch = collate(Examples(tokens=tokens), np.arange(N_ROWS))
    expected = counted(lambda: encoder.pool(batch).sum().backward())
    lengths = np.full(N_ROWS, LENGTH)
    cut, whole = (training_operations(CONFIG, lengths, is_last_cut=is_cut) for is_cut in (True, False))
    assert cut == pytest.approx(expected, rel=0.02)  # torch counts the layer above the first tokens too
    assert whole > 1.2 * expected
