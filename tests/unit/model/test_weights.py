import json

import pytest
import torch
from safetensors.torch import save_file

from seqwise.errors import DataError, UsageError
from seqwise.model.weights import check_shapes, read_config, read_tensors, shown


class Stranger:
    """What a restricted reader must not bring to life."""


def test_half_precision_becomes_float32_and_whole_numbers_stay(tmp_path):
    save_file({"a": torch.ones(2, dtype=torch.bfloat16), "b": torch.arange(3)}, tmp_path / "model.safetensors")
    tensors = read_tensors(tmp_path)
    assert tensors["a"].dtype == torch.float32
    assert tensors["b"].dtype == torch.int64


def test_shards_are_joined_by_their_index(tmp_path):
    save_file({"a": torch.ones(2)}, tmp_path / "model-1.safetensors")
    save_file({"b": torch.zeros(3)}, tmp_path / "model-2.safetensors")
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert read_tensors(tmp_path).keys() == {"a", "b"}


def test_an_old_bin_is_read(tmp_path):
    torch.save({"a": torch.ones(2)}, tmp_path / "pytorch_model.bin")
    assert torch.equal(read_tensors(tmp_path)["a"], torch.ones(2))


def test_an_old_bin_that_would_run_code_is_refused(tmp_path):
    torch.save({"a": Stranger()}, tmp_path / "pytorch_model.bin")
    message = r"pytorch_model.bin: cannot be read as weights: Weights only load failed.* or convert it to safetensors\."
    with pytest.raises(DataError, match=message):
        read_tensors(tmp_path)


def test_an_old_bin_that_holds_something_else_is_refused(tmp_path):
    torch.save({"a": {"b": torch.ones(1)}}, tmp_path / "pytorch_model.bin")
    with pytest.raises(DataError, match=r"cannot be read as weights: it holds something else than named tensors\."):
        read_tensors(tmp_path)


def test_a_folder_without_weights_is_refused(tmp_path):
    message = r"holds no weights: neither model.safetensors nor pytorch_model.bin, whole or in shards\. Name a folder"
    with pytest.raises(UsageError, match=message):
        read_tensors(tmp_path)


def test_a_broken_file_is_refused(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"not weights at all")
    with pytest.raises(DataError, match=r"model.safetensors: cannot be read as weights: .* Copy the file again"):
        read_tensors(tmp_path)


def test_a_missing_shard_is_refused(tmp_path):
    index = {"weight_map": {"a": "model-1.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(DataError, match=r"model-1.safetensors: cannot be read as weights: "):
        read_tensors(tmp_path)


@pytest.mark.parametrize("content", [{"weight_map": {"a": "../elsewhere.safetensors"}}, {}])
def test_an_index_may_not_lead_out_of_its_folder(tmp_path, content):
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(content))
    with pytest.raises(DataError, match=r"index.json: names no shards of this folder: .* Copy the folder again\."):
        read_tensors(tmp_path)


def test_a_folder_without_a_config_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"holds no config.json\. Name a folder in which a model was saved"):
        read_config(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"), [("{", r"config.json: cannot be read: "), ("[]", r"config.json: is not a JSON object\.")]
)
def test_a_broken_config_is_refused(tmp_path, content, message):
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(DataError, match=message):
        read_config(tmp_path)


def test_other_shapes_are_refused_with_both_shapes():
    message = r"folder: a is \(2,\), \(3,\) is needed\. The weights and config.json are not of one model\."
    with pytest.raises(UsageError, match=message):
        check_shapes({"a": torch.ones(2), "b": torch.ones(1)}, {"a": torch.ones(3), "b": torch.ones(1)}, where="folder")


def test_a_long_list_of_names_is_cut():
    assert shown("abcdefgh") == "a, b, c, d, e, f and 2 more"
    assert shown("ab") == "a, b"
