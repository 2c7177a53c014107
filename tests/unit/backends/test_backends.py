"""Engines beside torch: the same probabilities in the same order, one export, and sentences where something lacks."""

import sys
from dataclasses import replace
from importlib.util import find_spec

import jaxtyping
import numpy as np
import pytest
import torch

from seqwise.artefact import Artefact, read_artefact, write_artefact
from seqwise.backends import BACKENDS, padded
from seqwise.backends.contract import BackendSpec
from seqwise.backends.padded import PaddedBody, logits_of
from seqwise.batch.flat import collate
from seqwise.catalog import load
from seqwise.errors import MissingExtraError, UsageError
from seqwise.model.contracts import HeadShape, Vocabulary
from seqwise.model.encoders.bert import build_bert
from seqwise.model.heads.label import LabelHead
from seqwise.model.heads.tags import TagsHead
from seqwise.model.network import Network, build_network
from seqwise.predict import load_predictor
from seqwise.prepare.tokens import fit_preparation
from seqwise.records import Examples, FlatTokens
from seqwise.settings.encoders import BertSettings
from seqwise.settings.heads import TagsSettings
from seqwise.settings.root import Settings
from seqwise.tensors import Units

LABELS = ("D", "N", "Off")
WORDS = [f"w{number}" for number in range(30)]
LENGTHS = (5, 1, 12, 17, 30, 5)
# Texts of many lengths, the longest beyond prepare.max_length, one of which no token is left.
TEXTS = [" ".join(np.random.default_rng(n).choice(WORDS, size=n)) for n in (3, 100, 1, 17, 8, 3, 0, 25)]
SIZES = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40}
SIZES |= {"max_position_embeddings": 50, "initializer_range": 0.2}
DISTILBERT = {"dim": 24, "n_layers": 2, "n_heads": 3, "hidden_dim": 40}
KINDS = ("bert", "roberta", "electra", "distilbert")
PACKAGES = {"onnx": ("onnxruntime", "onnx", "onnxscript"), "openvino": ("openvino", "onnx", "onnxscript")}


def network(kind="bert", *, pooling="first", n_words=40, **head):
    config = {
        "model_type": kind,
        "vocab_size": n_words,
        "max_position_embeddings": 50,
        "initializer_range": 0.2,
        **SIZES,
    }
    settings = Settings.model_validate(
        {
            "task": "classify",
            "data": {"train": "train.csv"},
            "prepare": {"min_freq": 1, "max_length": 40},
            "encoder": {"name": "bert", "checkpoint": "folder", "pooling": pooling},
            "head": {"name": "label", **head},
            "runtime": {"threads": 1, "device": "cpu"},
        }
    )
    assert isinstance(settings.encoder, BertSettings)
    torch.manual_seed(0)
    encoder = build_bert({**config, **DISTILBERT} if kind == "distilbert" else config, settings.encoder)
    made = Network(encoder, LabelHead(settings.head, 24, shape=HeadShape(len(LABELS)))).eval()
    return made, settings


def tagger():
    """A network whose head wants units."""
    made, _ = network()
    settings = TagsSettings(pooling="ends", recurrent="gru", hidden=4, crf=True)
    return Network(made.encoder, TagsHead(settings, 24, shape=HeadShape(len(LABELS)))).eval()


def write(folder):
    """A model folder as a run leaves it, with new weights."""
    preparation = fit_preparation([" ".join(WORDS)], network()[1].prepare)
    made, settings = network(n_words=preparation.vocabulary_size)
    artefact = Artefact(
        task="classify",
        settings=settings,
        labels=LABELS,
        network=made,
        preparation=preparation,
        temperature=1.5,
        baseline=None,
    )
    write_artefact(folder, artefact)
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write(tmp_path_factory.mktemp("run") / "model")


@pytest.fixture(params=PACKAGES)
def backend(request):
    """The name of an engine that is installed."""
    missing = [package for package in PACKAGES[request.param] if find_spec(package) is None]
    if missing:
        pytest.skip(f"the extra {request.param} is not installed: no {', '.join(missing)}")
    # An export traces with symbolic sizes, which are no int to a checker of annotations.
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield request.param
    jaxtyping.config.update("jaxtyping_disable", before)


def ragged(lengths=LENGTHS):
    offsets = np.cumsum([0, *lengths])
    ids = np.random.default_rng(1).integers(40, size=offsets[-1], dtype=np.int32)
    priors = np.random.default_rng(2).normal(size=(len(lengths), len(LABELS))).astype(np.float32)
    return collate(Examples(tokens=FlatTokens(ids=ids, offsets=offsets), priors=priors), np.arange(len(lengths)))


def engine_of(made, *, mask=None):
    """An engine without a package: torch over the padded rectangle."""
    body = PaddedBody(made.encoder)

    def engine(tokens, attention_mask):
        with torch.no_grad():
            return body(torch.from_numpy(tokens), torch.from_numpy(attention_mask if mask is None else mask)).numpy()

    return engine


@pytest.mark.parametrize("name", BACKENDS)
def test_a_spec_says_what_the_table_says(name):
    spec = load("seqwise.backends", name, constant="BACKEND", table=BACKENDS)
    assert isinstance(spec, BackendSpec)
    assert spec.name == name
    assert spec.source.startswith("https://")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("pooling", "head"),
    [("first", {}), ("mean", {}), ("final", {"hidden": [8]}), ("max", {"stand_on": "prior"}), ("attention", {})],
)
@torch.inference_mode()
def test_the_padded_body_gives_the_logits_of_the_flat_network(kind, pooling, head):
    made, _ = network(kind, pooling=pooling, **head)
    logits = logits_of(made, engine_of(made), backend="onnx")
    torch.testing.assert_close(logits(ragged()), made(ragged()), atol=1e-5, rtol=0)


@torch.inference_mode()
def test_the_padded_body_gives_the_logits_of_units():
    made, flat = tagger(), ragged()
    starts = torch.arange(flat.n_tokens)
    tagged = replace(flat, units=Units(starts, starts + 1, flat.lengths))
    logits = logits_of(made, engine_of(made), backend="onnx")
    torch.testing.assert_close(logits(tagged), made(tagged), atol=1e-5, rtol=0)


def test_an_engine_with_other_logits_is_refused():
    made, _ = network()
    engine = engine_of(made)
    message = (
        r'runtime.backend = "onnx": its logits differ from torch\'s by 0\.\d+ on a sample; at most 0\.0001 is allowed'
    )
    with pytest.raises(UsageError, match=message):
        logits_of(made, lambda tokens, mask: engine(tokens, np.ones_like(mask)), backend="onnx")
    with pytest.raises(UsageError, match="differ from torch's by nan"):
        logits_of(made, lambda tokens, mask: engine(tokens, mask) * np.float32("nan"), backend="onnx")


def test_a_sequence_beyond_the_positions_is_refused():
    made, _ = network()
    with pytest.raises(UsageError, match="has 51 tokens, and the encoder has learnt positions for 50"):
        logits_of(made, engine_of(made), backend="onnx")(ragged((51,)))


def test_another_encoder_than_bert_is_refused():
    settings = Settings.model_validate({"task": "classify", "data": {"train": "t"}, "encoder": {"name": "bag"}})
    made = build_network(settings.encoder, settings.head, vocabulary=Vocabulary(9), shape=HeadShape(2), seed=0)
    with pytest.raises(UsageError, match=r'runtime.backend = "openvino": computes the BERT family only, .* "torch"\.'):
        logits_of(made, lambda tokens, mask: tokens.astype(np.float32), backend="openvino")


@pytest.mark.parametrize(("name", "package"), [("onnx", "onnxruntime"), ("openvino", "openvino")])
def test_a_missing_package_is_told_with_its_extra(name, package, model, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError) as caught:
        load_predictor(model, backend=name)
    assert str(caught.value) == (
        f'runtime.backend = "{name}": needs the package {package}, which is not installed. '
        f'Run: pip install "seqwise[{name}]"'
    )
    assert caught.value.exit_code == 64


def test_a_misspelt_backend_is_told_with_the_nearest(model):
    with pytest.raises(UsageError, match=r'backend: found "onx"; known: .*\. Did you mean "onnx"'):
        load_predictor(model, backend="onx")


def test_an_engine_gives_torchs_probabilities_in_the_order_of_the_texts(model, backend):
    ours, theirs = load_predictor(model, backend=backend), load_predictor(model)
    expected = theirs.probabilities(TEXTS)
    assert np.ptp(expected, axis=0).max() > 0.01  # the rows differ, so that their order can be seen
    np.testing.assert_allclose(ours.probabilities(TEXTS), expected, atol=1e-5)
    np.testing.assert_allclose(ours.probabilities(TEXTS[:1]), expected[:1], atol=1e-5)
    assert ours.probabilities([]).shape == (0, len(LABELS))


def test_the_body_is_exported_once_and_the_model_folder_stays_as_it_is(tmp_path, backend, monkeypatch):
    folder = write(tmp_path / "model")
    before = sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir())
    load_predictor(folder, backend=backend)
    monkeypatch.setattr(torch.onnx, "export", None)
    load_predictor(folder, backend=backend)
    assert sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir()) == before
    assert [path.suffix for path in (tmp_path / padded.EXPORTED).iterdir()] == [".onnx"]


def test_another_model_in_the_folder_is_exported_anew(tmp_path, backend):
    folder = write(tmp_path / "model")
    load_predictor(folder, backend=backend)
    artefact = read_artefact(folder)
    with torch.no_grad():
        artefact.network.encoder.embeddings.words.weight.neg_()
    write_artefact(folder, artefact)
    ours, theirs = load_predictor(folder, backend=backend), load_predictor(folder)
    np.testing.assert_allclose(ours.probabilities(TEXTS), theirs.probabilities(TEXTS), atol=1e-5)
