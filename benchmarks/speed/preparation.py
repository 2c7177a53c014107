"""NSMC's 150,000 training rows from raw text to flat ids: our station, cold and warm, beside the bare tokenizer."""

import tempfile
from functools import partial
from pathlib import Path

import torch
from meters import watch
from results import Figure, Line, Report
from task import DATA
from tokenizers import Tokenizer
from turns import Options, Turn, ratios, spread, take_turns

from seqwise.prepare.checkpoint_tokenizers import checkpoint_tokenizer
from seqwise.read.checkpoints import find_checkpoint
from seqwise.read.tables import Columns, read_rows
from seqwise.records import Rows, Splits
from seqwise.settings.root import Settings
from seqwise.tasks.classify import TASK

FILE = DATA / "nsmc" / "ratings_train.txt.gz"
COLD, WARM, BARE = "ours, cold", "ours, warm", "tokenizers encode_batch"


def run(options: Options) -> Report:
    """A step is all rows once; cold begins with an empty cache each time, warm has one that holds the rows."""
    checkpoint = find_checkpoint("all-MiniLM-L6-v2")
    columns = Columns(text="document", label="label")
    rows, _ = read_rows(FILE, columns, format="tsv", encoding="utf-8", labels=())
    rows = rows.take(range(options.rows or len(rows)))
    tokenizer, _ = checkpoint_tokenizer(checkpoint)
    splits = Splits(train=rows, validation=rows.take([0]), test=None, files=())
    with tempfile.TemporaryDirectory() as folder:
        turns = take_turns(
            {
                COLD: partial(_cold, splits, checkpoint),
                BARE: partial(_bare, tokenizer, rows),
                WARM: partial(_prepare, splits, checkpoint, Path(folder)),
            },
            turns=options.turns,
            seconds=0,
            watch=watch(torch.device("cpu")),
        )
    seconds = {name: spread([turn.seconds for turn in taken]) for name, taken in turns.items()}
    lines = [
        Line(
            f"{len(rows):,} rows of NSMC, cold, time over bare encode_batch", ratios(turns[BARE], turns[COLD]), "<= 1.2"
        ),
        Line(f"{len(rows):,} rows of NSMC, warm", seconds[WARM], "<= 2", unit="s"),
    ]
    return Report(
        lines=lines, figures={name: _columns(taken) for name, taken in turns.items()}, spreads=options.passes()
    )


def _columns(turns: list[Turn]) -> dict[str, Figure]:
    return {
        "seconds": spread([turn.seconds for turn in turns]),
        "rows/s": spread([turn.rate for turn in turns]),
    }


def _cold(splits: Splits, checkpoint: Path) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return _prepare(splits, checkpoint, Path(folder))


def _prepare(splits: Splits, checkpoint: Path, cache: Path) -> float:
    work = TASK.prepare(splits, SETTINGS, checkpoint, cache)
    return float(len(work.examples["train"]))


def _bare(tokenizer: Tokenizer, rows: Rows) -> float:
    return float(len(tokenizer.encode_batch(list(rows.texts))))


SETTINGS = Settings.model_validate(
    {
        "task": "classify",
        "data": {"train": str(FILE)},
        "prepare": {"tokens": "checkpoint"},
        "encoder": {"name": "bert", "checkpoint": "all-MiniLM-L6-v2"},
        "evaluate": {"baselines": ["prior"]},
    }
)
