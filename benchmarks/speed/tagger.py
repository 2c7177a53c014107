"""The work that taggers share: WNUT 2017 as files that both sides read, and our run by the settings of examples/."""

from dataclasses import dataclass
from pathlib import Path

from conll import read_conll, write_conll
from results import ROOT
from task import DATA, SCRATCH

from seqwise import workflow
from seqwise.settings.reading import LoadedSettings, read_settings

SOURCE = DATA / "wnut17"
HELD_OUT = 10  # every tenth sentence of the training file is for validation, which ours looks at while it trains


@dataclass(frozen=True)
class TaggedFiles:
    """Sentences to train on, to choose the weights by, and to be scored on."""

    train: Path
    validation: Path
    dev: Path


def tagged_files(name: str, n_sentences: int) -> TaggedFiles:
    """WNUT 2017 in a folder of this name; with ``n_sentences`` above 0 no more than that of each of its files."""
    most = n_sentences or None
    learned, dev = (read_conll(SOURCE / file)[:most] for file in ("wnut17train.conll", "emerging.dev.conll"))
    parts = {
        "train": [sentence for number, sentence in enumerate(learned) if number % HELD_OUT],
        "validation": learned[::HELD_OUT],
        "dev": dev,
    }
    folder = SCRATCH / name
    folder.mkdir(parents=True, exist_ok=True)
    for part, sentences in parts.items():
        write_conll(sentences, folder / f"{part}.conll")
    return TaggedFiles(**{part: folder / f"{part}.conll" for part in parts})


def settings_of(files: TaggedFiles, *, seed: int) -> LoadedSettings:
    """Those of ``examples/wnut17_bert.toml`` on these files, in float32."""
    changes = {
        "data.train": files.train,
        "data.validation": files.validation,
        "data.test": files.dev,
        "training.precision": "float32",
        "runtime.seed": seed,
        "runtime.device": "cpu",
    }
    overrides = [f"{key}={value}" for key, value in changes.items()]
    return read_settings(ROOT / "examples" / "wnut17_bert.toml", overrides=overrides)


def fit(loaded: LoadedSettings, run: Path) -> workflow.RunResult:
    """The whole of ``seqwise fit``, anew."""
    return workflow.fit(loaded, run, options=workflow.FitOptions(is_fresh=True, is_quiet=True))
