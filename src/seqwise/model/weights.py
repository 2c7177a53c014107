"""A folder of weights in, named tensors out; and tensors into a module, with a report of what fitted.

No file is unpickled: ``pytorch_model.bin`` is read by torch's restricted reader, which knows tensors and nothing else.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from seqwise.errors import DataError, Problem, UsageError

SAFE = "model.safetensors"
SAFE_INDEX = "model.safetensors.index.json"
OLD = "pytorch_model.bin"
OLD_INDEX = "pytorch_model.bin.index.json"
# More names than this in a message hide the sentence.
N_NAMES_SHOWN = 6


@dataclass(frozen=True)
class LoadReport:
    """Which tensors of a folder were used; all names are the folder's own.

    Attributes:
        loaded: found and used.
        missing: asked for and not found; their weights are new.
        unexpected: found and not used.
    """

    loaded: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]


def read_config(folder: Path) -> dict[str, object]:
    """The mapping in the folder's ``config.json``.

    Raises:
        UsageError: if the file is missing.
        DataError: if it is not a JSON object.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise UsageError(
            Problem(str(folder), "holds no config.json.", "Name a folder in which a model was saved by transformers.")
        )
    return _read_object(path)


def read_tensors(folder: Path) -> dict[str, Tensor]:
    """All tensors of a folder, floating ones in float32.

    Reads ``model.safetensors``, its shards, ``pytorch_model.bin`` or its shards: the first that is there.

    Raises:
        UsageError: if the folder holds none of them.
        DataError: if a file is missing or broken.
    """
    tensors: dict[str, Tensor] = {}
    for path in _files(folder):
        tensors.update(_read_file(path))
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}


def _files(folder: Path) -> list[Path]:
    for whole, index in ((SAFE, SAFE_INDEX), (OLD, OLD_INDEX)):
        if (folder / whole).is_file():
            return [folder / whole]
        if (folder / index).is_file():
            return _shards(folder / index)
    raise UsageError(
        Problem(
            where=str(folder),
            what=f"holds no weights: neither {SAFE} nor {OLD}, whole or in shards.",
            fix="Name a folder in which a model was saved by transformers.",
        )
    )


def _shards(index: Path) -> list[Path]:
    names = _read_object(index).get("weight_map")
    files = sorted({str(name) for name in names.values()}) if isinstance(names, dict) else []
    # A name from a stranger's file must not lead out of the folder.
    foreign = [name for name in files if Path(name).name != name]
    if not files or foreign:
        raise DataError(Problem(str(index), f"names no shards of this folder: {foreign}.", "Copy the folder again."))
    return [index.parent / name for name in files]


def _read_object(path: Path) -> dict[str, object]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(Problem(str(path), f"cannot be read: {error}.", "Copy the folder again.")) from error
    if not isinstance(value, dict):
        raise DataError(Problem(str(path), "is not a JSON object.", "Copy the folder again."))
    return value


def _read_file(path: Path) -> dict[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        return _tensors_only(torch.load(path, map_location="cpu", weights_only=True))
    except (OSError, SafetensorError, UnpicklingError, RuntimeError, EOFError, TypeError) as error:
        sentence = str(error).partition("\n")[0]
        raise DataError(
            Problem(
                str(path),
                f"cannot be read as weights: {sentence}",
                "Copy the file again, or convert it to safetensors.",
            )
        ) from error


def _tensors_only(content: object) -> dict[str, Tensor]:
    if not isinstance(content, dict) or not all(isinstance(tensor, Tensor) for tensor in content.values()):
        raise TypeError("it holds something else than named tensors.")
    return {str(name): tensor for name, tensor in content.items()}


def check_shapes(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor], *, where: str) -> None:
    """Compare the shapes of tensors that are about to be loaded with those of the module.

    Raises:
        UsageError: naming every tensor whose shape differs, with both shapes.
    """
    wrong = [
        f"{name} is {tuple(tensor.shape)}, {tuple(expected[name].shape)} is needed"
        for name, tensor in tensors.items()
        if tensor.shape != expected[name].shape
    ]
    if wrong:
        raise UsageError(
            Problem(where, f"{shown(wrong, separator='; ')}.", "The weights and config.json are not of one model.")
        )


def shown(names: Iterable[str], *, separator: str = ", ") -> str:
    """The first names, and how many more there are."""
    listed = list(names)
    more = len(listed) - N_NAMES_SHOWN
    return separator.join(listed[:N_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
