"""Checkpoints to resume from: a folder written beside and renamed, with its hashes; the newest valid one is read.

Nothing is pickled: weights and optimizer state are safetensors, counters are JSON. A kill at any moment leaves the last
complete folder in place, because a folder gets its name only after all of its files are on the disk.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import load_file, save
from torch import Tensor

KEPT = 2
MANIFEST = "manifest.json"
UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class Checkpoint:
    """A read checkpoint: tensors by file name and the counters."""

    tensors: Mapping[str, Mapping[str, Tensor]]
    counters: Mapping[str, object]


def write_checkpoint(
    parent: Path, name: str, *, tensors: Mapping[str, Mapping[str, Tensor]], counters: Mapping[str, object]
) -> Path:
    """Write ``parent/name`` so that it is there whole or not at all.

    Raises:
        OSError: if the disk is full or not writable; an older folder of that name is then still whole.
    """
    parent.mkdir(parents=True, exist_ok=True)
    folder = parent / (name + UNFINISHED)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    manifest = {
        f"{part}.safetensors": _write(folder / f"{part}.safetensors", save(dict(values)))
        for part, values in tensors.items()
    }
    manifest["counters.json"] = _write(folder / "counters.json", json.dumps(counters).encode())
    _write(folder / MANIFEST, json.dumps(manifest).encode())
    _replace(folder, parent / name)
    return parent / name


def read_checkpoint(folder: Path) -> Checkpoint | None:
    """The checkpoint in this folder, or None when a file is missing or differs from its hash."""
    try:
        manifest: dict[str, str] = json.loads((folder / MANIFEST).read_text())
        if any(_hash((folder / name).read_bytes()) != digest for name, digest in manifest.items()):
            return None
        parts = [Path(name).stem for name in manifest if name.endswith(".safetensors")]
        tensors = {part: load_file(folder / f"{part}.safetensors") for part in parts}
        return Checkpoint(tensors=tensors, counters=json.loads((folder / "counters.json").read_text()))
    except (OSError, ValueError):
        return None


def newest_checkpoint(parent: Path) -> Checkpoint | None:
    """The newest valid ``step-…`` checkpoint; damaged ones are passed over for the one before."""
    for folder in reversed(_steps(parent)):
        checkpoint = read_checkpoint(folder)
        if checkpoint is not None:
            return checkpoint
    return None


def write_step(
    parent: Path, step: int, *, tensors: Mapping[str, Mapping[str, Tensor]], counters: Mapping[str, object]
) -> Path:
    """Write the checkpoint of a step, then remove all but the newest two."""
    folder = write_checkpoint(parent, f"step-{step:09d}", tensors=tensors, counters=counters)
    for old in _steps(parent)[:-KEPT]:
        shutil.rmtree(old)
    return folder


def remove_steps(parent: Path) -> None:
    """Remove what only a resumed run would need, once the run is complete."""
    for folder in _steps(parent):
        shutil.rmtree(folder)


def _steps(parent: Path) -> list[Path]:
    return sorted(folder for folder in parent.glob("step-*") if not folder.name.endswith(UNFINISHED))


def _write(path: Path, content: bytes) -> str:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return _hash(content)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _replace(folder: Path, target: Path) -> None:
    """Give the finished folder its name; a rename cannot replace a full folder, so the older one steps aside first."""
    aside = target.with_name(target.name + ".old" + UNFINISHED)
    shutil.rmtree(aside, ignore_errors=True)
    if target.exists():
        target.rename(aside)
    folder.rename(target)
    handle = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    shutil.rmtree(aside, ignore_errors=True)
