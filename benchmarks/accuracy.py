"""Trains the settings of examples/ on public data; prints scores with intervals, baselines, verdict and seconds.

Run: python benchmarks/accuracy.py spooky spooky-standing imdb-lstm imdb-rnn nsmc
Needs ../shared/data beside the repository; what each name trains stands in RECIPES.
"""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from seqwise import workflow
from seqwise.evaluate.metrics import wilson
from seqwise.read.splits import read_splits
from seqwise.settings.reading import LoadedSettings, read_settings

ROOT = Path(__file__).resolve().parents[1]
RUNS = ROOT / "runs" / "benchmarks"
SHOWN = ("log_loss", "accuracy")


@dataclass(frozen=True)
class Recipe:
    """A settings file of examples/ and what is changed in it."""

    settings: str
    changes: tuple[str, ...] = ()


RECIPES = {
    "spooky": Recipe("spooky.toml"),
    "spooky-standing": Recipe("spooky_standing.toml"),
    "imdb-lstm": Recipe("imdb.toml"),
    "imdb-rnn": Recipe("imdb_rnn.toml"),
    "nsmc": Recipe("nsmc.toml"),
}


def run(name: str, changes: list[str]) -> None:
    recipe = RECIPES[name]
    loaded = read_settings(ROOT / "examples" / recipe.settings, overrides=(*recipe.changes, *changes))
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
        print(f"\n{split}, {scores.n:,} rows\n\n| | " + " | ".join(SHOWN) + " |\n| --- |" + " --- |" * len(SHOWN))
        table = {"**model**": scores.metrics, **scores.baselines}
        for row, metrics in table.items():
            cells = [f"{metrics[m].value:.4f} [{metrics[m].low:.4f}, {metrics[m].high:.4f}]" for m in SHOWN]
            print(f"| {row} | " + " | ".join(cells) + " |")
        print(f"\n{scores.verdict.sentence}")
    print(unseen(loaded, result.folder))
    loud = [finding for finding in result.findings if finding.level in {"error", "warning"}]
    print(
        "\nfindings: " + ("; ".join(f"{finding.level} {finding.ids[0]}: {finding.title}" for finding in loud) or "none")
    )


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
