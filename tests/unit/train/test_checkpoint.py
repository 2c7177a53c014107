"""Checkpoints are whole or absent, and a damaged one is never read."""

from pathlib import Path

import pytest
import torch

from seqwise.train.checkpoint import newest_checkpoint, read_checkpoint, remove_steps, write_checkpoint, write_step

TENSORS = {"optimizer": {"weight": torch.arange(1000, dtype=torch.float32)}}


def test_reads_back_what_was_written(tmp_path: Path) -> None:
    folder = write_step(tmp_path, 7, tensors=TENSORS, counters={"step": 7})
    checkpoint = read_checkpoint(folder)
    assert checkpoint is not None
    assert torch.equal(checkpoint.tensors["optimizer"]["weight"], TENSORS["optimizer"]["weight"])
    assert checkpoint.counters == {"step": 7}


def test_keeps_the_newest_two(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        write_step(tmp_path, step, tensors=TENSORS, counters={"step": step})
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["step-000000002", "step-000000003"]


@pytest.mark.parametrize("name", ["optimizer.safetensors", "counters.json", "manifest.json"])
@pytest.mark.parametrize("damage", ["flip", "truncate", "missing"])
def test_a_damaged_newest_one_falls_back_to_the_one_before(tmp_path: Path, name: str, damage: str) -> None:
    write_step(tmp_path, 1, tensors=TENSORS, counters={"step": 1})
    path = write_step(tmp_path, 2, tensors=TENSORS, counters={"step": 2}) / name
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif damage == "truncate":
        path.write_bytes(content[: len(content) // 2])
    else:
        path.unlink()
    found = newest_checkpoint(tmp_path)
    assert found is not None
    assert found.counters == {"step": 1}


def test_an_unfinished_folder_is_not_a_checkpoint_and_does_not_hinder(tmp_path: Path) -> None:
    (tmp_path / "step-000000005.unfinished").mkdir(parents=True)
    assert newest_checkpoint(tmp_path) is None
    write_step(tmp_path, 5, tensors=TENSORS, counters={"step": 5})
    found = newest_checkpoint(tmp_path)
    assert found is not None
    assert found.counters == {"step": 5}


def test_writing_a_name_again_replaces_it(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, "best", tensors=TENSORS, counters={"step": 1})
    write_checkpoint(tmp_path, "best", tensors=TENSORS, counters={"step": 2})
    best = read_checkpoint(tmp_path / "best")
    assert best is not None
    assert best.counters == {"step": 2}
    assert [folder.name for folder in tmp_path.iterdir()] == ["best"]


def test_removing_steps_leaves_the_best(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, "best", tensors=TENSORS, counters={})
    write_step(tmp_path, 5, tensors=TENSORS, counters={})
    remove_steps(tmp_path)
    assert [folder.name for folder in tmp_path.iterdir()] == ["best"]
