"""Trains the settings of examples/ on public data; prints scores with intervals, baselines, verdict and seconds.

Run: python benchmarks/accuracy.py spooky spooky-standing imdb-lstm imdb-rnn nsmc
     python benchmarks/accuracy.py kmou-ner klue-ner ewt-pos ewt-pos-bert wnut17-bert
Needs ../shared/data beside the repository; what each name trains stands in RECIPES.
"""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from seqwise import workflow
from seqwise.evaluate.metrics import wilson
from seqwise.read.splits import read_splits, read_tagged_rows
from seqwise.read.tagged.writing import Target, write_tagged
from seqwise.repeats import text_numbers
from seqwise.settings.reading import LoadedSettings, read_settings

ROOT = Path(__file__).resolve().parents[1]
RUNS = ROOT / "runs" / "benchmarks"
SHOWN = ("log_loss", "accuracy", "entity_f1", "entity_precision", "entity_recall")


@dataclass(frozen=True)
class Recipe:
    """A settings file of examples/ and what is changed in it.

    Every ``tested``-th document of the training file is the test set, every so-manieth text where it has no documents;
    0: as the settings say.
    """

    settings: str
    changes: tuple[str, ...] = ()
    tested: int = 0


RECIPES = {
    "spooky": Recipe("spooky.toml"),
    "spooky-standing": Recipe("spooky_standing.toml"),
    "imdb-lstm": Recipe("imdb.toml"),
    "imdb-rnn": Recipe(
        "imdb_rnn.toml",
        (
            "prepare.max_length=256",
            "encoder.initialisation=orthogonal",
            "encoder.pooling=mean",
            "training.batch_size=64",
            "training.learning_rate=1e-3",
        ),
    ),
    "nsmc": Recipe("nsmc.toml"),
    "kmou-ner": Recipe("kmou_ner.toml", tested=10),
    "klue-ner": Recipe("klue_ner.toml", tested=5),
    "ewt-pos": Recipe("ewt_pos.toml"),
    "ewt-pos-bert": Recipe("ewt_pos_bert.toml"),
    "wnut17-bert": Recipe("wnut17_bert.toml"),
}


def run(name: str, changes: list[str]) -> None:
    recipe = RECIPES[name]
    file, changes = ROOT / "examples" / recipe.settings, [*recipe.changes, *changes]
    loaded = read_settings(file, overrides=changes)
    if recipe.tested:
        loaded = read_settings(file, overrides=[*divided(loaded, name, every=recipe.tested), *changes])
    began = time.monotonic()
    result = workflow.fit(loaded, RUNS / name, options=workflow.FitOptions(is_fresh=True))
    seconds = time.monotonic() - began
    environment = json.loads((result.folder / "environment.json").read_text())
    assert result.scores is not None
    print(
        f"\n## {name}: {seconds:.0f} s in all; "
        f"{environment['machine']['processor']}, {environment['machine']['precision']}"
    )
    print({station: cost["seconds"] for station, cost in environment["stations"].items()})
    for split, scores in result.scores.splits.items():
        shown = [metric for metric in SHOWN if metric in scores.metrics]
        print(f"\n{split}, {scores.n:,} rows\n\n| | " + " | ".join(shown) + " |\n| --- |" + " --- |" * len(shown))
        table = {"**model**": scores.metrics, **scores.baselines}
        for row, metrics in table.items():
            cells = [f"{metrics[m].value:.4f} [{metrics[m].low:.4f}, {metrics[m].high:.4f}]" for m in shown]
            print(f"| {row} | " + " | ".join(cells) + " |")
        print(f"\n{scores.verdict.sentence}")
    if loaded.settings.task == "classify":
        print(unseen(loaded, result.folder))
    else:
        print(in_detail(result.folder))
    loud = [finding for finding in result.findings if finding.level in {"error", "warning"}]
    print(
        "\nfindings: " + ("; ".join(f"{finding.level} {finding.ids[0]}: {finding.title}" for finding in loud) or "none")
    )


def divided(loaded: LoadedSettings, name: str, *, every: int) -> list[str]:
    """The changes that train on one part of the texts and test on the other; both parts are written beside the runs."""
    rows, _ = read_tagged_rows(loaded.settings.data.train, loaded.settings.data)
    numbers = np.arange(len(rows)) if rows.groups is None else text_numbers(rows.groups, len(rows))
    is_tested = numbers % every == every - 1
    changes: list[str] = []
    for part, is_taken in {"train": ~is_tested, "test": is_tested}.items():
        path = RUNS / "data" / f"{name}-{part}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        lost = write_tagged(rows.take(np.flatnonzero(is_taken)), path, target=Target("spans"))
        assert not lost, lost
        changes.append(f"data.{part}={path}")
    return changes


def in_detail(folder: Path) -> str:
    """Of each split of a tagger: entity F1 at each level, errors by kind, or accuracy on known and unknown words."""
    lines: list[str] = []
    for split, scores in json.loads((folder / "details.json").read_text())["tags"]["scores"].items():
        for level in scores["levels"]:
            lines.append(f"{split}, edges of {level['level']}: F1 {_interval(level['scores']['entity_f1'])}")
        if scores["kinds"]:
            lines.append(f"{split}: {scores['kinds']}; wrong edges at particles: {scores['n_at_particles']}")
        if scores["known_words"]:
            lines.append(f"{split}: {scores['known_words']}")
    return "\n" + "\n".join(lines)


def _interval(one: dict[str, float]) -> str:
    return f"{one['value']:.4f} [{one['low']:.4f}, {one['high']:.4f}]"


def unseen(loaded: LoadedSettings, folder: Path) -> str:
    """Accuracy on the test rows whose text stands, letter for letter, in no training or validation row."""
    splits = read_splits(loaded.settings.data, seed=loaded.settings.runtime.seed).named()
    known = {text for name in ("train", "validation") for text in splits[name].texts}
    is_fresh = [text not in known for text in splits["test"].texts]
    rows = pl.read_parquet(folder / "predictions" / "test.parquet").filter(is_fresh)
    n_right = int((rows["truth"] == rows["prediction"]).sum())
    low, high = wilson(n_right, len(rows))
    return f"\naccuracy on the {len(rows):,} test rows not in train: {n_right / len(rows):.4f} [{low:.4f}, {high:.4f}]"


if __name__ == "__main__":
    names = [word for word in sys.argv[1:] if "=" not in word]
    for chosen in names or list(RECIPES):
        run(chosen, [word for word in sys.argv[1:] if "=" in word])
