"""Integers in the blocks of a BERT: the layer against numpy, what stays as it is, and what the loss of accuracy is."""

import numpy as np
import polars as pl
import pytest
import torch
import transformers
from sklearn.metrics import accuracy_score, log_loss
from torch import nn

from seqwise import predicting, workflow
from seqwise.backends import int8
from seqwise.backends.int8 import IntegerLinear, round_blocks
from seqwise.errors import UsageError
from seqwise.predict import load_predictor
from seqwise.read.tables import Columns, read_rows
from seqwise.settings.reading import settings_from_tables

PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
SIDES = {"left": [f"l{number}" for number in range(8)], "right": [f"r{number}" for number in range(8)]}
SIZES = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40}
N_ROWS = 300


def write_rows(path, *, seed):
    """The label is the side that most words are of; some rows are close."""
    rng = np.random.default_rng(seed)
    lines = ["id,text,label"]
    for number in range(N_ROWS):
        label = ("left", "right")[number % 2]
        other = "right" if label == "left" else "left"
        n_others = int(rng.integers(0, 6))
        words = [*rng.choice(SIDES[label], n_others + 1), *rng.choice(SIDES[other], n_others)]
        lines.append(f"{seed}-{number},{' '.join(rng.permutation(words))},{label}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small BERT, trained a little: it is right more often than not, and seldom sure."""
    folder = tmp_path_factory.mktemp("int8")
    write_rows(folder / "train.csv", seed=0)
    write_rows(folder / "new.csv", seed=1)
    words = [*PIECES, *SIDES["left"], *SIDES["right"]]
    torch.manual_seed(0)
    config = transformers.BertConfig(vocab_size=len(words), initializer_range=0.2, **SIZES)
    transformers.BertModel(config).save_pretrained(folder / "checkpoint")
    (folder / "checkpoint" / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    tables = {
        "task": "classify",
        "data": {"train": str(folder / "train.csv"), "text": "text", "label": "label", "id": "id", "validation": 0.2},
        "encoder": {"name": "bert", "checkpoint": str(folder / "checkpoint")},
        "training": {"epochs": 6, "batch_size": 16, "learning_rate": 0.003},
        "evaluate": {"baselines": ["prior"], "samples": 100},
        "runtime": {"threads": 1, "device": "cpu"},
    }
    workflow.fit(
        settings_from_tables(tables, origin="test"), folder / "run", options=workflow.FitOptions(is_quiet=True)
    )
    return folder


def rows_of(folder):
    rows, _ = read_rows(folder / "new.csv", Columns(text="text", label="label", id="id"))
    return rows


def by_hand(x, linear):
    """The layer in numpy: whole numbers, multiplied in 64 bits."""
    weight, bias = linear.weight.detach().numpy(), linear.bias.detach().numpy()
    largest, scales = np.abs(x).max(1, keepdims=True), np.abs(weight).max(1) / 63
    inputs = np.rint(x / largest * 127).astype(np.int64)
    weights = np.rint(weight / scales[:, None]).astype(np.int64)
    return (inputs @ weights.T) * (largest / 127) * scales + bias


def test_the_layer_is_the_product_of_rounded_numbers():
    torch.manual_seed(0)
    linear = nn.Linear(70, 33)
    x = torch.randn(19, 70) * torch.logspace(-3, 3, 19)[:, None]
    expected = by_hand(x.numpy(), linear)
    found = IntegerLinear(linear)(x).numpy()
    # A number halfway between two may be rounded either way: one step of an input, times the largest weight.
    step = np.abs(x.numpy()).max(1, keepdims=True) / 127 * linear.weight.detach().abs().max().item()
    assert (np.abs(found - expected) <= 1.01 * step + 1e-5).all()
    assert np.median(np.abs(found - expected) / step) < 1e-3


def test_the_largest_sums_do_not_overflow():
    linear = nn.Linear(4096, 16)
    nn.init.ones_(linear.weight)
    nn.init.zeros_(linear.bias)
    for value in (1.0, -1.0):
        result = IntegerLinear(linear)(torch.full((3, 4096), value))
        torch.testing.assert_close(result, torch.full((3, 16), 4096 * value))


def test_a_token_gives_the_same_in_any_batch():
    torch.manual_seed(0)
    layer = IntegerLinear(nn.Linear(24, 40))
    x = torch.randn(9, 24) * torch.logspace(-3, 3, 9)[:, None]
    together = layer(x)
    for number in range(len(x)):
        assert torch.equal(layer(x[number : number + 1])[0], together[number])


def test_nothing_but_zeros_gives_the_bias():
    linear = nn.Linear(24, 40)
    nn.init.zeros_(linear.weight[:7].data)
    layer = IntegerLinear(linear)
    assert torch.equal(layer(torch.zeros(3, 24)), linear.bias.expand(3, 40))
    assert torch.equal(layer(torch.randn(3, 24))[:, :7], linear.bias[:7].expand(3, 7))
    assert layer(torch.zeros(0, 24)).shape == (0, 40)


def test_answers_are_nearly_torchs_and_those_of_torch_do_not_change(folder):
    rows, model = rows_of(folder), folder / "run" / "model"
    engine = torch.backends.quantized.engine
    exact = load_predictor(model).predict(rows)
    found = load_predictor(model, backend="int8").predict(rows)
    assert torch.backends.quantized.engine == engine
    assert np.array_equal(load_predictor(model).predict(rows).probabilities, exact.probabilities)
    differences = np.abs(found.probabilities - exact.probabilities)
    assert 1e-5 < differences.max() < 0.1
    assert (found.predicted == exact.predicted).mean() >= 0.97
    names = list(found.labels)
    truth = [names.index(label) for label in rows.labels]
    assert 0.6 < accuracy_score(truth, exact.predicted) < 1.0
    assert abs(log_loss(truth, found.probabilities) - log_loss(truth, exact.probabilities)) < 0.02


def test_every_linear_layer_of_the_blocks_is_of_integers_but_one(folder):
    encoder = load_predictor(folder / "run" / "model").artefact.network.encoder
    round_blocks(encoder)
    left = [name for name, module in encoder.named_modules() if isinstance(module, nn.Linear)]
    assert left == ["blocks.1.attention.query_key_value", "pooling.dense"]
    assert sum(isinstance(module, IntegerLinear) for module in encoder.modules()) == 7


def test_evaluate_says_what_it_costs_beside_the_scores(folder):
    rows, model = rows_of(folder), folder / "run" / "model"
    exact, found = load_predictor(model).predict(rows), load_predictor(model, backend="int8").predict(rows)
    truth = [list(found.labels).index(label) for label in rows.labels]
    result = predicting.evaluate(folder / "run", folder / "new.csv", backend="int8")
    n_same = (exact.predicted == found.predicted).sum()
    assert result.notes == (
        f"backend int8 gives {n_same} of these 300 rows the label that torch gives; "
        f"log loss {log_loss(truth, found.probabilities):.4f}, torch's {log_loss(truth, exact.probabilities):.4f}; "
        f"accuracy {accuracy_score(truth, found.predicted):.4f}, torch's {accuracy_score(truth, exact.predicted):.4f}",
    )
    assert result.scores.splits["new.csv"].metrics["log_loss"].value == pytest.approx(
        log_loss(truth, found.probabilities), abs=1e-6
    )
    assert predicting.evaluate(folder / "run", folder / "new.csv").notes == ()


def test_predict_says_how_many_labels_of_the_first_rows_are_torchs(folder):
    rows, model = rows_of(folder).take(range(256)), folder / "run" / "model"
    exact, found = load_predictor(model).predict(rows), load_predictor(model, backend="int8").predict(rows)
    out = folder / "answers.parquet"
    result = predicting.predict(folder / "run", str(folder / "new.csv"), out=out, backend="int8")
    n_same = (exact.predicted == found.predicted).sum()
    assert result.notes == (
        f"backend int8 gives {n_same} of the first 256 rows the label that torch gives; "
        "seqwise evaluate scores both on labelled rows",
    )
    assert pl.read_parquet(out)["id"].to_list() == [f"1-{number}" for number in range(N_ROWS)]
    assert predicting.predict(folder / "run", str(folder / "new.csv"), out=out).notes == ()


def test_a_processor_without_the_products_is_told(folder, monkeypatch):
    monkeypatch.setattr(int8, "LIBRARY", "none")
    with pytest.raises(UsageError, match='"int8": this torch multiplies no 8-bit integers on this processor'):
        load_predictor(folder / "run" / "model", backend="int8")


def test_settings_do_not_name_a_backend_with_answers_of_its_own():
    with pytest.raises(UsageError, match=r'runtime\.backend: found "int8"; allowed: "torch", "onnx" or "openvino"'):
        settings_from_tables(
            {"task": "classify", "data": {"train": "t.csv"}, "runtime": {"backend": "int8"}}, origin="test"
        )
