"""Scores of tagged texts: those of seqeval, drawn by text, with the scores of units behind them."""

import numpy as np
import pytest
from seqeval.metrics import accuracy_score, f1_score
from seqeval.scheme import IOB2

from seqwise.evaluate.scores import score_split
from seqwise.evaluate.tallies import tally_of
from seqwise.evaluate.uncertainty import resample
from seqwise.records import FlatUnits, Predictions, TaggedTexts
from seqwise.settings.stations import EvaluateSettings
from seqwise.spans.schemes import BIO, spans_of
from tagged_corpora import disturbed, random_tags


def pair(n: int = 60):
    gold = random_tags(n, letters="BI", seed=1)
    return gold, disturbed(gold, letters="BI")


def words(sentences) -> FlatUnits:
    """Units of one character each."""
    places = np.concatenate([np.arange(len(tags)) for tags in sentences])
    return FlatUnits(edges=np.stack([places, places + 1], axis=1), offsets=np.cumsum([0, *map(len, sentences)]))


def system(gold, predicted, *, has_entities=True) -> Predictions:
    """Predictions whose decoded tags are not the most probable ones."""
    labels = tuple(sorted({tag for tags in [*gold, *predicted] for tag in tags}))
    number = {tag: i for i, tag in enumerate(labels)}
    truth, decoded = (np.array([number[tag] for tags in side for tag in tags]) for side in (gold, predicted))
    entities = (
        {
            "found": [tuple(spans_of(tags, BIO)) for tags in predicted],
            "gold": [tuple(spans_of(tags, BIO)) for tags in gold],
        }
        if has_entities
        else {}
    )
    return Predictions(
        ids=tuple(map(str, range(len(truth)))),
        labels=labels,
        probabilities=np.random.default_rng(0).dirichlet(np.ones(len(labels)), size=len(truth)),
        truth=truth,
        decoded=decoded,
        tagged=TaggedTexts(units=words(gold), **entities),
    )


def test_entity_scores_and_token_accuracy_are_those_of_seqeval():
    gold, predicted = pair()
    values = tally_of(system(gold, predicted)).values
    assert values["entity_f1"] == pytest.approx(f1_score(gold, predicted, mode="strict", scheme=IOB2))
    assert values["token_accuracy"] == pytest.approx(accuracy_score(gold, predicted))
    assert list(values)[:3] == ["entity_precision", "entity_recall", "entity_f1"]
    assert list(values)[-3:] == ["token_accuracy", "log_loss", "ece"]


@pytest.mark.parametrize("has_entities", [True, False])
def test_every_draw_is_the_score_of_the_drawn_texts(has_entities):
    gold, predicted = pair()
    whole = tally_of(system(gold, predicted, has_entities=has_entities))
    drawn = resample([whole], n_draws=4, seed=3)[0]
    for draw, rows in enumerate(np.random.default_rng(3).integers(60, size=(4, 60))):
        again = system([gold[i] for i in rows], [predicted[i] for i in rows], has_entities=has_entities)
        wanted = tally_of(again).values
        for name in ("entity_f1", "entity_recall.PS", "token_accuracy") if has_entities else ("accuracy", "macro_f1"):
            assert drawn.values[name][draw] == pytest.approx(wanted[name], abs=1e-12), name


def test_units_with_a_tag_of_their_own_are_scored_by_the_decoded_tags_and_drawn_by_text():
    gold, predicted = pair()
    tagged = system(gold, predicted, has_entities=False)
    scores = score_split(tagged, {"itself": tagged}, settings=EvaluateSettings(samples=200), seed=0)
    assert scores.n == 60
    assert scores.metrics["accuracy"].value == pytest.approx(accuracy_score(gold, predicted))
    alone = Predictions(tagged.ids, tagged.labels, tagged.probabilities, tagged.truth, tagged.decoded)
    rows = score_split(alone, {}, settings=EvaluateSettings(samples=200), seed=0)
    assert rows.n == len(tagged.ids)
    assert rows.metrics["accuracy"].value == scores.metrics["accuracy"].value
    assert rows.metrics["accuracy"] != scores.metrics["accuracy"]  # other intervals


def test_a_tagger_that_finds_more_is_better_on_texts_and_one_is_not_better_than_itself():
    gold, predicted = pair(300)
    settings = EvaluateSettings(samples=200).model_copy(update={"verdict_on": "entity_f1"})
    good, poor = system(gold, gold), system(gold, predicted)
    verdict = score_split(good, {"poor": poor}, settings=settings, seed=0).verdict
    assert verdict.better
    assert verdict.difference == pytest.approx(1 - tally_of(poor).values["entity_f1"])
    assert not score_split(poor, {"itself": poor}, settings=settings, seed=0).verdict.better


def test_a_text_without_units_adds_nothing():
    gold, predicted = pair(5)
    filled = tally_of(system(gold, predicted))
    with_empty = tally_of(system([*gold[:2], [], *gold[2:], []], [*predicted[:2], [], *predicted[2:], []]))
    assert with_empty.values == pytest.approx(filled.values)
    assert len(with_empty.table) == 7
