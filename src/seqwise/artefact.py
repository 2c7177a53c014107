"""A trained model on disk: written whole or not at all, hashed, opened without running anything that stands in it."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file as load_arrays
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import load_file, save_file
from torch import Tensor

from seqwise.baselines.contract import Baseline, BaselineState
from seqwise.baselines.run import AnyBaseline, restored
from seqwise.errors import DataError, Problem
from seqwise.model.contracts import HeadShape, Vocabulary
from seqwise.model.hugging_face import from_hugging_face, to_hugging_face
from seqwise.model.network import Network, build_network
from seqwise.prepare.images import FILE as IMAGES
from seqwise.prepare.images import ImagePreparation
from seqwise.prepare.pairs import FOLDER as TARGET
from seqwise.prepare.pairs import PairPreparation
from seqwise.prepare.series_preparation import FILE as SERIES
from seqwise.prepare.series_preparation import SeriesPreparation
from seqwise.prepare.tokens import TextPreparation
from seqwise.prepare.unit_words import UnitWords
from seqwise.settings.encoders import BertSettings
from seqwise.settings.root import Settings
from seqwise.version import __version__

FORMAT = 1
MANIFEST = "manifest.json"
WORDS = "words.json"


@dataclass(frozen=True)
class Artefact:
    """All that is needed to predict.

    Attributes:
        baseline: the one that the head stands on, or None.
        has_words: whether the units that were tagged are words of the training files.
        words: those that the head has vectors for, or None.
        shifts: of quantiles, as validation has taught.
    """

    task: str
    settings: Settings
    labels: tuple[str, ...]
    network: Network
    preparation: TextPreparation | SeriesPreparation | PairPreparation | ImagePreparation
    temperature: float
    baseline: AnyBaseline | None
    has_words: bool = False
    words: UnitWords | None = None
    shifts: tuple[float, ...] = ()

    @property
    def label_baseline(self) -> Baseline[Any] | None:
        """The baseline under the head, where it is one of labels."""
        return self.baseline if isinstance(self.baseline, Baseline) else None


def write_artefact(folder: Path, artefact: Artefact) -> None:
    """Write the folder beside its place and rename it, with a manifest of hashes.

    The weights of a BERT-family encoder carry the names that ``transformers`` knows, in float32.
    """
    beside = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    tensors, config = _tensors_and_config(artefact)
    save_file(tensors, beside / "model.safetensors", metadata={"format": "pt"})
    own = {
        "format": FORMAT,
        "version": __version__,
        "task": artefact.task,
        "labels": list(artefact.labels),
        "temperature": artefact.temperature,
        "shifts": list(artefact.shifts),
        "has_words": artefact.has_words,
        "settings": artefact.settings.model_dump(mode="json"),
    }
    _write_json(beside / "config.json", {**config, "seqwise": own})
    artefact.preparation.save(beside)
    if artefact.words is not None:
        (beside / WORDS).write_text(artefact.words.to_json(), encoding="utf-8")
    if artefact.baseline is not None:
        _write_baseline(beside, "baseline", artefact.baseline)
    written = sorted(path for path in beside.rglob("*") if path.is_file())
    _write_json(beside / MANIFEST, {path.relative_to(beside).as_posix(): _hash(path) for path in written})
    shutil.rmtree(folder, ignore_errors=True)
    beside.rename(folder)


def read_artefact(folder: Path) -> Artefact:
    """Open a folder written by :func:`write_artefact`.

    Raises:
        DataError: if the folder is not a model of ours, or a file is missing or differs from its hash.
    """
    own = _verified_config(folder)
    if own.get("format") != FORMAT:
        raise DataError(
            Problem(
                where=str(folder),
                what=f"has format {own.get('format')} of seqwise {own.get('version')}; this one reads {FORMAT}.",
                fix="Open it with that version, or train again.",
            )
        )
    settings = Settings.model_validate(own["settings"])
    labels = tuple(cast("list[str]", own["labels"]))
    preparation = _preparation(folder)
    words = UnitWords.from_json((folder / WORDS).read_text(encoding="utf-8")) if (folder / WORDS).exists() else None
    has_own = isinstance(preparation, SeriesPreparation | PairPreparation)
    n_outputs = preparation.n_outputs if has_own else len(labels)
    shape = HeadShape(n_outputs=n_outputs, n_words=len(words or ()))
    vocabulary = Vocabulary(preparation.vocabulary_size, n_features=preparation.n_features)
    network = _network(folder, settings, shape=shape, vocabulary=vocabulary)
    return Artefact(
        task=str(own["task"]),
        settings=settings,
        labels=labels,
        network=network,
        preparation=preparation,
        temperature=float(str(own["temperature"])),
        has_words=bool(own.get("has_words")),
        words=words,
        shifts=tuple(cast("list[float]", own.get("shifts", []))),
        baseline=_read_baseline(folder, "baseline", name=settings.head.stand_on) if settings.head.stand_on else None,
    )


def _preparation(folder: Path) -> TextPreparation | SeriesPreparation | PairPreparation | ImagePreparation:
    if (folder / SERIES).exists():
        return SeriesPreparation.load(folder)
    if (folder / IMAGES).exists():
        return ImagePreparation.load(folder)
    return PairPreparation.load(folder) if (folder / TARGET).exists() else TextPreparation.load(folder)


def _tensors_and_config(artefact: Artefact) -> tuple[dict[str, Tensor], dict[str, object]]:
    state = {name: value.detach().float().contiguous().cpu() for name, value in artefact.network.state_dict().items()}
    if isinstance(artefact.settings.encoder, BertSettings):
        return to_hugging_face(artefact.network, state, labels=artefact.labels)
    return state, {"model_type": "seqwise", "architectures": ["SeqwiseNetwork"]}


def _network(folder: Path, settings: Settings, *, shape: HeadShape, vocabulary: Vocabulary) -> Network:
    encoder = settings.encoder
    if isinstance(encoder, BertSettings):
        encoder = encoder.model_copy(update={"checkpoint": str(folder)})
    network = build_network(encoder, settings.head, vocabulary=vocabulary, shape=shape, seed=0)
    tensors = load_file(folder / "model.safetensors")
    if isinstance(encoder, BertSettings):
        tensors = from_hugging_face(network, tensors)
    network.load_state_dict(tensors)
    return network.eval()


def write_baselines(folder: Path, baselines: Mapping[str, AnyBaseline]) -> None:
    """Every fitted baseline beside the model, so that later scores have them too."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, baseline in baselines.items():
        _write_baseline(folder, name, baseline)


def read_baselines(folder: Path) -> dict[str, AnyBaseline]:
    """The baselines of :func:`write_baselines` by name; none where the folder is missing."""
    return {path.stem: _read_baseline(folder, path.stem, name=path.stem) for path in sorted(folder.glob("*.json"))}


def _write_baseline(folder: Path, stem: str, baseline: AnyBaseline) -> None:
    state = baseline.state()
    _write_json(folder / f"{stem}.json", state.settings)
    save_arrays(
        {key: np.ascontiguousarray(value) for key, value in state.arrays.items()}, folder / f"{stem}.safetensors"
    )


def _read_baseline(folder: Path, stem: str, *, name: str) -> AnyBaseline:
    arrays: dict[str, NDArray[np.generic]] = dict(load_arrays(folder / f"{stem}.safetensors"))
    state = BaselineState(settings=json.loads((folder / f"{stem}.json").read_text(encoding="utf-8")), arrays=arrays)
    return restored(name, state)


def _verified_config(folder: Path) -> dict[str, object]:
    """Our own part of ``config.json``, after every file has been compared with its hash."""
    try:
        manifest: dict[str, str] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            Problem(
                where=str(folder),
                what=f"is not a model folder of seqwise ({error}).",
                fix="Name a run that is complete.",
            )
        ) from error
    for name, digest in manifest.items():
        path = folder / name
        if not path.is_file() or _hash(path) != digest:
            raise DataError(
                Problem(
                    where=str(path),
                    what="is missing or differs from its hash.",
                    fix="Copy the folder again, or train again.",
                )
            )
    return config["seqwise"]


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
