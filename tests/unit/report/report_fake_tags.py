"""The part of a run folder that tells of tags, on top of the fake run: three Korean texts, one split, two baselines."""

import json
from dataclasses import asdict
from pathlib import Path

from report_fake_run import edit, write_run

from seqwise.records import Interval
from seqwise.report.tag_facts import (
    AlignedSplit,
    EntityCount,
    KnownWords,
    LevelScores,
    Mark,
    MarkedPair,
    NotHeld,
    TagFacts,
    TagScores,
    WorstText,
)

TEXT = "송재우는 서울에서 산다."
PLACE = "ner.txt:41"


def around(value: float) -> Interval:
    return Interval(value, value - 0.05, value + 0.05)


def write_tag_run(folder: Path, *, has_entities: bool = True) -> Path:
    """A fake run whose rows are texts with entities, or with words that have tags of their own."""
    write_run(folder)
    settings = folder / "settings.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('"classify"', '"tag"'), encoding="utf-8")
    edit(folder / "details.json", {"worst": [], "tags": asdict(entity_facts() if has_entities else word_facts())})
    if has_entities:
        edit(folder / "details.json", {"class_counts": {"train": {"LC": 30, "PS": 10}, "test": {"LC": 3, "PS": 1}}})
        (folder / "scores.json").write_text(json.dumps({"task": "tag", "splits": {"test": entity_scores()}}))
    return folder


def entity_scores() -> dict[str, object]:
    names = ("entity_precision", "entity_recall", "entity_f1", "entity_macro_precision", "entity_macro_f1")
    of_labels = {f"entity_{name}.LC": asdict(around(0.71)) for name in ("precision", "recall", "f1")}
    metrics = {name: asdict(around(0.8)) for name in names} | of_labels | {"token_accuracy": asdict(around(0.97))}
    majority = {name: asdict(around(0.1)) for name in names} | {"token_accuracy": asdict(around(0.9))}
    verdict = {"metric": "entity_f1", "best_baseline": "majority", "difference": 0.7, "low": 0.6, "high": 0.8}
    baselines = {"majority": majority}
    return {"n": 3, "metrics": metrics, "baselines": baselines, "verdict": {**verdict, "better": True, "sentence": ""}}


def entity_facts() -> TagFacts:
    scores = {f"entity_{name}": around(0.8) for name in ("precision", "recall", "f1")}
    return TagFacts(
        has_entities=True,
        scores={
            "test": TagScores(
                labels=(EntityCount("LC", n_right=2, n_predicted=4, n_gold=3),),
                kinds={"correct": 2, "type": 0, "boundary": 4, "both": 0, "missed": 1, "spurious": 1},
                n_at_particles=3,
                levels=tuple(LevelScores(level, scores) for level in ("character", "unit", "eojeol")),
            )
        },
        alignment={
            "train": AlignedSplit(
                n_texts=30,
                n_units=240,
                n_windows=33,
                n_long=3,
                n_units_cut=1,
                n_entities=40,
                reasons={"inside_unit": 2, "shared_unit": 0, "no_unit": 0, "edge_outside": 0},
                examples=(NotHeld(PLACE, "inside_unit", "LC", "송재우는 ", "서울", "에서 산다.", "서울에서"),),
            )
        },
        worst=(worst_text(),),
    )


def worst_text() -> WorstText:
    """A particle inside a name, a missed place, and a spurious one that a longer mark overlaps nowhere."""
    return WorstText(
        split="test",
        id=PLACE,
        place=PLACE,
        start=0,
        text=TEXT,
        is_cut=False,
        loss=7.25,
        n_elsewhere=2,
        pairs=(
            MarkedPair("boundary", gold=Mark(0, 3, "PS"), predicted=Mark(0, 4, "PS", 0.61)),
            MarkedPair("missed", gold=Mark(5, 7, "LC"), predicted=None),
            MarkedPair("spurious", gold=None, predicted=Mark(10, 12, "LC", 0.5)),
        ),
    )


def word_facts() -> TagFacts:
    known = KnownWords(n_known=90, n_unknown=0, known=around(0.9), unknown=around(0.0))
    return TagFacts(
        has_entities=False,
        scores={"test": TagScores(known_words=known)},
        alignment={"test": AlignedSplit(n_texts=3, n_units=90, n_windows=3, n_long=0, n_units_cut=0)},
    )
