"""What every encoder of the table must do; a new file is tested here from the moment it has a line there."""

from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from pydantic import TypeAdapter
from safetensors.torch import load_file, save_file

from seqwise.batch.flat import collate
from seqwise.catalog import load
from seqwise.model import encoders
from seqwise.model.contracts import HeadShape, Vocabulary
from seqwise.model.encoders import ENCODERS
from seqwise.model.network import build_network, encoder_spec
from seqwise.records import Examples, FlatTokens
from seqwise.settings.encoders import EncoderSettings
from seqwise.settings.heads import LabelSettings

N_WORDS = 40
LENGTHS = (9, 1, 4, 30, 4, 17, 2, 9)
SHORT = (3, 1, 2, 6, 4, 5, 2, 3)
# Small sizes for the settings that an encoder may have; beside them every encoder runs with its defaults elsewhere.
SMALL = {
    "bag": {"embedding": 16, "hidden": [24]},
    "window": {"embedding": 16, "hidden": [24]},
    "recurrent": {"embedding": 16, "hidden": 12},
    "transformer": {"hidden": 24, "feed_forward": 48, "layers": 2},
}
VARIANTS = [
    {"name": "bag", "hidden": []},
    {"name": "bag", "hidden": [12, 8], "activation": "tanh", "initialisation": "xavier"},
    {"name": "window", "radius": 0},
    *({"name": "window", "pooling": pooling} for pooling in ("final", "mean", "attention")),
    *({"name": "recurrent", "cell": cell, "layers": 2} for cell in ("rnn", "gru", "lstm")),
    *({"name": "recurrent", "pooling": pooling} for pooling in ("mean", "max", "attention")),
    {"name": "recurrent", "bidirectional": False, "initial_state": "learned", "initialisation": "orthogonal"},
    *({"name": "transformer", "positions": positions} for positions in ("sinusoidal", "rotary", "none")),
    {"name": "transformer", "pooling": "attention"},
]
CASES = [{"name": name} for name in ENCODERS] + VARIANTS


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> Path:
    """A tiny random BERT as transformers saves it."""
    folder = tmp_path_factory.mktemp("tiny-bert")
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=N_WORDS,
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=48,
        max_position_embeddings=50,
        initializer_range=0.2,
    )
    transformers.BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(params=CASES, ids=lambda case: "-".join(str(value) for value in case.values()))
def settings(request, checkpoint):
    given = SMALL.get(request.param["name"], {}) | request.param
    fields = encoder_spec(request.param["name"]).settings.model_fields
    if "checkpoint" in fields:
        given = {**given, "checkpoint": str(checkpoint)}
    return TypeAdapter(EncoderSettings).validate_python(given)


def network(settings, *, seed=0):
    return build_network(
        settings,
        LabelSettings(dropout=0.0),
        vocabulary=Vocabulary(N_WORDS),
        shape=HeadShape(2),
        seed=seed,
    )


def examples(lengths=LENGTHS):
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    ids = np.random.default_rng(0).integers(1, N_WORDS, offsets[-1]).astype(np.int32)
    targets = np.array([0, 1, 1, 0, 1, 0, 0, 1])
    return Examples(tokens=FlatTokens(ids=ids, offsets=offsets), targets=targets)


def batch(*rows):
    return collate(examples(), np.array(rows or range(len(LENGTHS))))


def test_the_table_names_the_files_of_the_folder():
    folder = Path(encoders.__file__).parent
    assert set(ENCODERS) == {path.stem for path in folder.glob("*.py")} - {"__init__"}


def test_the_table_names_the_settings_models():
    names = TypeAdapter(EncoderSettings).json_schema()["discriminator"]["mapping"]
    assert set(ENCODERS) == set(names)


@pytest.mark.parametrize("name", ENCODERS)
def test_a_spec_says_what_the_table_says(name):
    spec = load("seqwise.model.encoders", name, constant="ENCODER", table=ENCODERS)
    assert spec.name == name == spec.settings.model_fields["name"].default
    assert "https://" in spec.paper
    assert ENCODERS[name]


def test_the_sizes_are_those_that_it_names(settings):
    encoder = network(settings).encoder
    encoded = encoder(batch())
    assert encoded.hidden.shape == (sum(LENGTHS), encoder.width)
    assert encoded.pooled.shape == (len(LENGTHS), encoder.width)


@torch.no_grad()
def test_a_row_alone_or_in_any_batch_and_order_gives_the_same(settings):
    encoder = network(settings).encoder.eval()
    whole = encoder(batch())
    hidden = whole.hidden.split(LENGTHS)
    for rows in ([0], [3], [6, 3], [7, 5, 2, 0, 1, 3, 6, 4]):
        found = encoder(batch(*rows))
        expected = torch.cat([hidden[row] for row in rows])
        torch.testing.assert_close(found.hidden, expected, rtol=0, atol=1e-6)
        torch.testing.assert_close(found.pooled, whole.pooled[rows], rtol=0, atol=1e-6)


@torch.no_grad()
def test_the_vectors_alone_are_those_of_the_whole(settings):
    encoder = network(settings).encoder.eval()
    torch.testing.assert_close(encoder.pool(batch()), encoder(batch()).pooled, rtol=0, atol=1e-6)


@torch.no_grad()
def test_a_word_vector_belongs_to_the_token_of_its_number(settings):
    encoder = network(settings).encoder.eval()
    whole, token = encoder(batch()).hidden, int(batch(1).tokens[0])
    assert encoder.word_vectors().shape[0] == N_WORDS
    encoder.word_vectors()[token] += torch.linspace(-1, 1, encoder.word_vectors().shape[1])
    changes = (encoder(batch()).hidden - whole).abs().split(LENGTHS)
    assert [bool(change.max() > 1e-6) for change in changes] == [
        token in batch(row).tokens for row in range(len(LENGTHS))
    ]


def test_gradients_reach_every_parameter(settings):
    made = network(settings).train()
    made.head.loss(made(batch()), batch()).total.backward()
    for name, parameter in made.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


def test_bfloat16_weights_get_gradients_too(settings):
    made = network(settings).train()
    made.encoder.to(torch.bfloat16)
    logits = made(batch())
    made.head.loss(logits, batch()).total.backward()
    assert logits.dtype is torch.float32
    assert all(parameter.grad.isfinite().all() for parameter in made.parameters())


@torch.no_grad()
def test_evaluation_is_repeatable(settings):
    made = network(settings).eval()
    assert torch.equal(made(batch()), made(batch()))


@torch.no_grad()
def test_saved_and_loaded_weights_give_the_same(settings, tmp_path):
    made, other = network(settings).eval(), network(settings, seed=1).eval()
    save_file(made.state_dict(), tmp_path / "weights.safetensors")
    other.load_state_dict(load_file(tmp_path / "weights.safetensors"))
    assert torch.equal(made(batch()), other(batch()))


def test_depths_are_from_the_bottom_up(settings):
    encoder = network(settings).encoder
    depths = {encoder.depth(name) for name, _ in encoder.named_parameters()}
    assert depths - {encoder.n_layers + 1} == set(range(encoder.n_layers + 1))


def test_eight_rows_are_learned_by_heart(settings):
    made, rows = network(settings).train(), collate(examples(SHORT), np.arange(len(SHORT)))
    optimizer = torch.optim.Adam(made.parameters(), lr=1e-2)
    torch.manual_seed(0)
    for _ in range(60):
        optimizer.zero_grad()
        loss = made.head.loss(made(rows), rows)
        (loss.total / loss.weight).backward()
        optimizer.step()
    made.eval()
    loss = made.head.loss(made(rows), rows)
    assert loss.total / loss.weight < 0.1
