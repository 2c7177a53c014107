"""Scores over old labels before and after: those of seqeval on what is left when new labels are taken away."""

from dataclasses import replace

import numpy as np
import pytest
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from seqwise.evaluate.forgetting import retention
from seqwise.records import FlatUnits, Predictions, TaggedTexts
from seqwise.settings.reading import settings_from_tables
from seqwise.spans.schemes import BIO, spans_of
from tagged_corpora import disturbed, random_tags

SETTINGS = settings_from_tables(
    {
        "task": "tag",
        "data": {"train": "x"},
        "encoder": {"name": "bag"},
        "extend": {"run": "old", "max_drop": 0.05},
        "evaluate": {"samples": 400},
    },
    origin="test",
).settings
LABELS = ("PS", "LC", "a-b")


def valid(sentences: list[list[str]]) -> list[list[str]]:
    """The tags of the well-formed entities alone."""
    kept = [["O"] * len(tags) for tags in sentences]
    for own, tags in zip(kept, sentences, strict=True):
        for span in spans_of(tags, BIO):
            own[span.start : span.end] = tags[span.start : span.end]
    return kept


def answers(gold: list[list[str]], found: list[list[str]], *, has_entities: bool = True) -> Predictions:
    names = ("O", *(f"{role}-{label}" for label in (*LABELS, "new") for role in "BI"))
    truth, decoded = (np.array([names.index(tag) for tags in side for tag in tags]) for side in (gold, found))
    places = np.concatenate([np.arange(len(tags)) for tags in gold])
    units = FlatUnits(np.stack([places, places + 1], axis=1), np.cumsum([0, *map(len, gold)]))
    entities = [[tuple(spans_of(tags, BIO)) for tags in side] for side in (found, gold)]
    tagged = TaggedTexts(units, entities[0], entities[1]) if has_entities else TaggedTexts(units)
    uniform = np.full((len(truth), len(names)), 1 / len(names))
    return Predictions(tuple(map(str, truth)), names, uniform, truth, decoded, tagged)


def test_both_scores_are_those_of_seqeval() -> None:
    gold = valid(random_tags(80, letters="BI", seed=1))
    before, after = (valid(disturbed(gold, letters="BI", seed=seed)) for seed in (2, 3))
    kept = retention(answers(gold, before), answers(gold, after), labels=LABELS, split="test", settings=SETTINGS)
    assert (kept.before, kept.after) == tuple(
        pytest.approx(f1_score(gold, found, mode="strict", scheme=IOB2)) for found in (before, after)
    )
    assert kept.low < kept.after - kept.before < kept.high
    assert (kept.n, kept.metric, kept.split) == (80, "entity_f1", "test")
    assert kept.labels.keys() == set(LABELS)


def test_what_is_found_of_a_new_label_counts_neither_way() -> None:
    gold = valid(random_tags(80, letters="BI", seed=1))
    before = answers(gold, gold)
    found = [[tag if tag != "O" else "B-new" for tag in tags] for tags in gold]
    kept = retention(before, answers(gold, found), labels=LABELS, split="test", settings=SETTINGS)
    assert (kept.before, kept.after, kept.low, kept.high) == (1.0, 1.0, 0.0, 0.0)
    assert not kept.is_lost


def test_an_old_label_taken_for_the_new_one_is_lost() -> None:
    gold = valid(random_tags(80, letters="BI", seed=1))
    found = [[tag.replace("PS", "new") for tag in tags] for tags in gold]
    kept = retention(answers(gold, gold), answers(gold, found), labels=LABELS, split="test", settings=SETTINGS)
    assert kept.is_lost
    assert kept.high < -0.05
    assert kept.labels == {"PS": (1.0, 0.0), "LC": (1.0, 1.0), "a-b": (1.0, 1.0)}


def test_words_have_accuracy() -> None:
    gold = random_tags(40, letters="BI", seed=1)
    found = disturbed(gold, letters="BI", seed=2)
    tags = ("O", "B-PS", "I-PS")
    before, after = (answers(gold, side, has_entities=False) for side in (gold, found))
    kept = retention(before, after, labels=tags, split="validation", settings=SETTINGS)
    n_right = sum(one == two for pair in zip(gold, found, strict=True) for one, two in zip(*pair, strict=True))
    assert (kept.metric, kept.before) == ("accuracy", 1.0)
    assert kept.after == pytest.approx(n_right / sum(map(len, gold)))
    assert kept.labels["O"][0] == 1.0


def test_a_fall_as_large_as_allowed_is_allowed() -> None:
    gold = valid(random_tags(20, letters="BI", seed=1))
    kept = retention(answers(gold, gold), answers(gold, gold), labels=LABELS, split="test", settings=SETTINGS)
    assert not replace(kept, before=0.9, after=0.85).is_lost
    assert replace(kept, before=0.9, after=0.849).is_lost
