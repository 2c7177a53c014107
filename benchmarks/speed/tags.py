"""Entities of WNUT 2017: our run and the Trainer's, from the same checkpoint with the same plan, F1 and seconds."""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import get_args

from conll import (
    F1,
    Mode,
    Sentence,
    Tags,
    by_seqeval,
    f1,
    f1_difference,
    pooled,
    read_conll,
    tags_of,
    words_of,
    write_conll,
)
from results import Figure, Line, Report
from tagger import TaggedFiles, fit, settings_of, tagged_files
from task import SCRATCH
from token_trainer import train_tagger
from turns import Options, spread

from seqwise.evaluate.tallies import Tally
from seqwise.predicting import predict
from seqwise.read.checkpoints import find_checkpoint
from seqwise.runtime import set_up
from seqwise.settings.encoders import BertSettings

OURS, TRAINER, LAYERED = "ours", "Trainer as documented", "Trainer with our rates by layer"
NAME = "tags"


@dataclass(frozen=True)
class Answered:
    """The tags of the dev sentences from the file that a side wrote, its seconds, and the F1 that our run says."""

    tags: list[list[str]]
    training_s: float
    whole_s: float
    own_f1: float | None = None


Side = Callable[[TaggedFiles, int], Answered]


def run(options: Options) -> Report:
    """A turn is a seed, with which each side goes the whole way from the files to the file of its answers."""
    files = tagged_files(NAME, options.rows)
    gold = read_conll(files.dev)
    set_up(device="cpu", precision="float32", threads=0)  # before the first turn, so that it is the same for all
    sides: dict[str, Side] = {
        OURS: _ours,
        TRAINER: partial(_theirs, has_rates_by_layer=False),
        LAYERED: partial(_theirs, has_rates_by_layer=True),
    }
    answers: dict[str, list[Answered]] = {name: [] for name in sides}
    for seed in range(options.turns):
        for name, side in sides.items():
            answered = side(files, seed)
            answers[name].append(answered)
            value = by_seqeval(tags_of(gold), answered.tags, "strict")
            print(f"{name}, seed {seed}: F1 {value:.4f}, {answered.whole_s:.0f} s", file=sys.stderr, flush=True)
    return Report(
        lines=_lines(tags_of(gold), answers),
        figures={name: _columns(tags_of(gold), each) for name, each in answers.items()},
        spreads=f"F1 over {options.turns} seeds together with the interval of 95 % by sentence; medians and ranges of"
        " seconds over seeds.",
    )


def _ours(files: TaggedFiles, seed: int) -> Answered:
    run, began = SCRATCH / NAME / f"ours-{seed}", time.perf_counter()
    result = fit(settings_of(files, seed=seed), run)
    written = run / "answers.conll"
    predict(run, str(files.dev), out=written)
    whole_s = time.perf_counter() - began
    environment = json.loads((run / "environment.json").read_text(encoding="utf-8"))
    assert result.scores is not None
    return Answered(
        tags=_read_answers(written, read_conll(files.dev)),
        training_s=environment["stations"]["train"]["seconds"],
        whole_s=whole_s,
        own_f1=result.scores.splits["test"].metrics[F1].value,
    )


def _theirs(files: TaggedFiles, seed: int, *, has_rates_by_layer: bool) -> Answered:
    settings, began = settings_of(files, seed=seed).settings, time.perf_counter()
    assert isinstance(settings.encoder, BertSettings)
    tagger = train_tagger(
        read_conll(files.train),
        settings,
        checkpoint=find_checkpoint(settings.encoder.checkpoint),
        has_rates_by_layer=has_rates_by_layer,
    )
    asked, written = words_of(read_conll(files.dev)), SCRATCH / NAME / f"trainer-{seed}.conll"
    answers = [list(zip(words, tags, strict=True)) for words, tags in zip(asked, tagger.tag(asked), strict=True)]
    write_conll(answers, written)
    whole_s = time.perf_counter() - began
    return Answered(_read_answers(written, read_conll(files.dev)), training_s=tagger.seconds, whole_s=whole_s)


def _read_answers(written: Path, asked: Sequence[Sentence]) -> list[list[str]]:
    answers = read_conll(written)
    if words_of(answers) != words_of(asked):
        raise RuntimeError(f"{written}: the words are not those of the file that was asked")
    return tags_of(answers)


def _lines(gold: Tags, answers: Mapping[str, Sequence[Answered]]) -> list[Line]:
    ours, n = answers[OURS], f"{len(gold):,} dev sentences"
    lines = [
        Line(f"entity F1 of ours, seqeval's strict mode, {n}", f1(_pooled(gold, ours, "strict")), ">= 0.4", unit="")
    ]
    for name in (TRAINER, LAYERED):
        lines += [
            Line(
                f"entity F1 of ours less that of {name}, {mode} mode",
                f1_difference(_pooled(gold, ours, mode), _pooled(gold, answers[name], mode)),
                ">= 0",
                unit="",
            )
            for mode in get_args(Mode)
        ]
        lines += [
            Line(f"seconds of {name} over ours, {what}", spread([b / a for a, b in zip(*times, strict=True)]))
            for what, times in (
                ("training", [[each.training_s for each in answers[side]] for side in (OURS, name)]),
                ("the whole", [[each.whole_s for each in answers[side]] for side in (OURS, name)]),
            )
        ]
    return [*lines, Line("largest difference of our scorer from seqeval", _disagreement(gold, answers), "<= 1e-9", "")]


def _columns(gold: Tags, answers: Sequence[Answered]) -> dict[str, Figure]:
    values = [by_seqeval(gold, each.tags, "strict") for each in answers]
    return {
        **{f"entity F1, {mode}": f1(_pooled(gold, answers, mode)) for mode in get_args(Mode)},
        "strict, by seed": ", ".join(f"{value:.4f}" for value in values),
        "seconds of training": spread([each.training_s for each in answers]),
        "seconds of the whole": spread([each.whole_s for each in answers]),
    }


def _pooled(gold: Tags, answers: Sequence[Answered], mode: Mode) -> Tally:
    return pooled(gold, [each.tags for each in answers], mode)


def _disagreement(gold: Tags, answers: Mapping[str, Sequence[Answered]]) -> float:
    """Of every answer in both modes, and of the F1 that our run itself says of the dev sentences."""
    every = [each for side in answers.values() for each in side]
    differences = [
        by_seqeval(gold, each.tags, mode) - pooled(gold, [each.tags], mode).values[F1]
        for each in every
        for mode in get_args(Mode)
    ]
    told = [each.own_f1 - by_seqeval(gold, each.tags, "strict") for each in every if each.own_f1 is not None]
    return max(abs(difference) for difference in differences + told)
