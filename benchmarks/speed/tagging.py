"""Entities of raw texts from one fine-tuned folder: our predictor beside the token-classification pipeline."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
import transformers
from conll import read_conll, words_of
from meters import watch
from results import Figure, Line, Report
from tagger import fit, settings_of, tagged_files
from task import DATA, SCRATCH
from turns import Options, Turn, rates, ratios, take_turns

from seqwise.predict import load_predictor
from seqwise.prepare.tokens import TextPreparation
from seqwise.read.lines import rows_from_lines
from seqwise.read.tables import Columns, read_rows

NAME = "tagging"
N_LONG = 256  # reviews
OURS, OURS_INT8 = "ours", "ours, backend int8"
SIMPLE, FIRST = "pipeline, aggregation simple", "pipeline, aggregation first"
Found = list[set[tuple[int, int, str]]]  # start, end and label of the entities of each text
Texts = Sequence[str]


@dataclass(frozen=True)
class Contestant:
    """What answers texts, and what entities its answer holds; the answer alone is timed."""

    answer: Callable[[Texts], Any]
    found: Callable[[Any], Found]


def run(options: Options) -> Report:
    """Fine-tune as ``tags`` does; then answer short raw texts and long ones in turns."""
    files = tagged_files(NAME, options.rows)
    model = fit(settings_of(files, seed=0), SCRATCH / NAME / "run").folder / "model"
    sets = {
        "sentences": [" ".join(words) for words in words_of(read_conll(files.dev))],
        "reviews": _reviews(TextPreparation.load(model), options.rows or N_LONG),
    }
    contestants = _contestants(model)
    lines: list[Line] = []
    figures: dict[str, dict[str, Figure]] = {}
    for kind, texts in sets.items():
        steps = {name: partial(_step, contestant, texts) for name, contestant in contestants.items()}
        turns = take_turns(steps, turns=options.turns, seconds=options.seconds, watch=watch(torch.device("cpu")))
        found = {name: contestant.found(contestant.answer(texts)) for name, contestant in contestants.items()}
        lines += _lines(f"{len(texts):,} {kind}", turns, found)
        figures |= {f"{kind}: {name}": _columns(turns[name], found[name], found[OURS]) for name in contestants}
    return Report(lines=lines, figures=figures, spreads=options.spreads())


def agreement(ours: Found, theirs: Found) -> float:
    """The share of the entities of either side that both have; 1 where there are none."""
    n_both = sum(len(a & b) for a, b in zip(ours, theirs, strict=True))
    n_either = sum(len(a | b) for a, b in zip(ours, theirs, strict=True))
    return n_both / n_either if n_either else 1.0


def _contestants(model: Path) -> dict[str, Contestant]:
    return {
        OURS: _ours(model, "torch"),
        SIMPLE: _pipeline(model, "simple"),
        FIRST: _pipeline(model, "first"),
        OURS_INT8: _ours(model, "int8"),
    }


def _ours(model: Path, backend: str) -> Contestant:
    """Texts to the table of their entities, as ``seqwise predict`` writes it."""
    predictor = load_predictor(model, backend=backend)
    table = predictor.task.files(predictor.artefact, ()).tables[".jsonl"]

    def answer(texts: Texts) -> Any:
        rows = rows_from_lines(texts, name="texts")
        return table(rows, predictor.predict(rows))

    return Contestant(answer, lambda answered: _found(answered["entities"].to_list(), "label"))


def _pipeline(model: Path, aggregation: Literal["simple", "first"]) -> Contestant:
    pipeline = transformers.pipeline(
        "token-classification",
        model=transformers.AutoModelForTokenClassification.from_pretrained(model),
        tokenizer=transformers.PreTrainedTokenizerFast.from_pretrained(model),
        aggregation_strategy=aggregation,
        device="cpu",
    )
    return Contestant(
        answer=lambda texts: pipeline(list(texts), batch_size=32),
        found=lambda answered: _found(answered, "entity_group"),
    )


def _found(answered: Sequence[Sequence[Mapping[str, Any]]], label: str) -> Found:
    return [{(each["start"], each["end"], each[label]) for each in entities} for entities in answered]


def _reviews(preparation: TextPreparation, most: int) -> list[str]:
    """Reviews of IMDB that are neither cut by the pipeline nor divided by us."""
    columns = Columns(text="text", label="label", id="split_id")
    rows, _ = read_rows(DATA / "imdb" / "test.tsv.gz", columns, format="tsv", encoding="utf-8", labels=())
    texts = list(rows.texts[: 4 * most])
    tokens, _ = preparation.apply(texts)
    is_whole = tokens.lengths < preparation.facts.max_length
    return [texts[row] for row in np.flatnonzero(is_whole)[:most]]


def _step(contestant: Contestant, texts: Texts) -> float:
    contestant.answer(texts)
    return float(len(texts))


def _lines(texts: str, turns: Mapping[str, Sequence[Turn]], found: Mapping[str, Found]) -> list[Line]:
    return [
        *(
            Line(f"{texts}: ours against {name}, texts/s", ratios(turns[OURS], turns[name]), goal)
            for name, goal in ((SIMPLE, ">= 4"), (FIRST, ""))
        ),
        Line(f"{texts}: backend int8 against ours, texts/s", ratios(turns[OURS_INT8], turns[OURS])),
        *(
            Line(f"{texts}: entities of ours and of {name} that are the same", agreement(found[OURS], each), unit="")
            for name, each in found.items()
            if name != OURS
        ),
    ]


def _columns(turns: Sequence[Turn], found: Found, ours: Found) -> dict[str, Figure]:
    return {
        "texts/s": rates(turns),
        "entities": float(len(list(chain.from_iterable(found)))),
        "the same as ours": agreement(ours, found),
    }
