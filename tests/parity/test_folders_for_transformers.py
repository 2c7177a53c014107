"""Folders that we write, opened by transformers."""

import json

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from test_bert_parity import CONFIGS, batch_for

from seqwise.model.contracts import HeadShape, Vocabulary
from seqwise.model.encoders.bert import ENCODER, build_bert
from seqwise.model.hugging_face import from_hugging_face, to_hugging_face
from seqwise.model.network import build_network
from seqwise.settings.encoders import BertSettings
from seqwise.settings.heads import LabelSettings

LABELS = ("D", "N", "Off")
SHAPE = HeadShape(n_outputs=len(LABELS))
VOCABULARY = Vocabulary(60)
# Every way to be more than a sequence classifier of transformers.
OTHERS = {
    "mean pooling": ({"pooling": "mean"}, {}),
    "attention pooling": ({"pooling": "attention"}, {}),
    "layers stepping down": ({"pooling": "first"}, {"hidden": (8,)}),
    "standing on a baseline": ({"pooling": "first"}, {"stand_on": "naive_bayes"}),
}


def randomised(module):
    torch.manual_seed(0)
    for name, parameter in module.named_parameters():
        torch.nn.init.normal_(parameter, mean=float("norm.weight" in name.lower()), std=0.2)
    return module.eval()


@pytest.fixture(params=["bert", "roberta", "xlm-roberta", "electra", "distilbert"])
def start(request, tmp_path):
    """A folder to begin from, with classes and code that are not ours."""
    folder = tmp_path / "start"
    model = transformers.AutoModel.from_config(CONFIGS[request.param]())
    randomised(model).save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    strange = {
        "auto_map": {"AutoModel": "evil.Model"},
        "id2label": {"0": "x"},
        "label2id": {"x": 0},
        "dtype": "float16",
    }
    (folder / "config.json").write_text(json.dumps({**config, **strange}))
    return folder


def network_from(folder, *, encoder=None, head=None):
    settings = BertSettings(checkpoint=str(folder), **(encoder or {"pooling": "first"}))
    return build_network(settings, LabelSettings(**(head or {})), vocabulary=VOCABULARY, shape=SHAPE, seed=0).eval()


def write(folder, network):
    folder.mkdir()
    tensors, config = to_hugging_face(network, network.state_dict(), labels=LABELS)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def assert_same_state(one, other):
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        assert torch.equal(tensor, other[name]), name


def test_a_sequence_classifier_opens_in_transformers_with_the_same_logits(start, tmp_path):
    network = randomised(network_from(start))
    folder = write(tmp_path / "written", network)
    theirs, loading = transformers.AutoModelForSequenceClassification.from_pretrained(folder, output_loading_info=True)
    assert not loading["missing_keys"]
    assert not loading["unexpected_keys"]
    assert theirs.dtype == torch.float32
    assert load_file(folder / "model.safetensors").keys() == theirs.state_dict().keys()
    batch, ids, mask = batch_for(theirs)
    with torch.no_grad():
        expected = theirs.eval()(input_ids=ids, attention_mask=mask).logits
        torch.testing.assert_close(network(batch), expected, atol=1e-5, rtol=0)


def test_the_labels_are_ours_and_foreign_code_is_gone(start, tmp_path):
    folder = write(tmp_path / "written", network_from(start))
    config = transformers.AutoConfig.from_pretrained(folder)
    assert config.id2label == {0: "D", 1: "N", 2: "Off"}
    assert config.label2id == {"D": 0, "N": 1, "Off": 2}
    assert "auto_map" not in json.loads((folder / "config.json").read_text())


@pytest.mark.parametrize("how", OTHERS)
def test_another_network_opens_in_transformers_as_its_body(start, tmp_path, how):
    encoder, head = OTHERS[how]
    network = randomised(network_from(start, encoder=encoder, head=head))
    folder = write(tmp_path / "written", network)
    theirs, loading = transformers.AutoModel.from_pretrained(folder, output_loading_info=True)
    assert all(name.startswith("pooler.") for name in loading["missing_keys"])
    assert all(name.startswith("seqwise.") for name in loading["unexpected_keys"])
    batch, ids, mask = batch_for(theirs)
    with torch.no_grad():
        expected = theirs.eval()(input_ids=ids, attention_mask=mask).last_hidden_state[mask.bool()]
        torch.testing.assert_close(network.encoder(batch).hidden, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("how", ["sequence classifier", *OTHERS])
def test_every_tensor_comes_back(start, tmp_path, how):
    encoder, head = OTHERS.get(how, ({"pooling": "first"}, {}))
    network = randomised(network_from(start, encoder=encoder, head=head))
    folder = write(tmp_path / "written", network)
    again = network_from(folder, encoder=encoder, head=head)
    state = from_hugging_face(again, load_file(folder / "model.safetensors"))
    assert_same_state(state, network.state_dict())
    again.load_state_dict(state)


def test_a_written_folder_is_a_checkpoint_to_begin_from(start, tmp_path):
    network = randomised(network_from(start))
    folder = write(tmp_path / "written", network)
    again = ENCODER.build(BertSettings(checkpoint=str(folder)), VOCABULARY)
    assert_same_state(again.state_dict(), network.encoder.state_dict())
    assert again.report.missing == ()


def test_the_config_is_enough_to_build_without_weights(start):
    network = network_from(start)
    _, config = to_hugging_face(network, network.state_dict(), labels=LABELS)
    made = build_bert(config, BertSettings(checkpoint="folder"))
    assert made.state_dict().keys() == network.encoder.state_dict().keys()
