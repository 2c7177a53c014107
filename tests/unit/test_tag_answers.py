"""Tables of answers: the entities and words of each text as they are, against a loop over texts; texts without any."""

from dataclasses import replace
from functools import partial
from itertools import chain

import numpy as np
import pytest

from seqwise.read.lines import rows_from_lines
from seqwise.records import FlatUnits, Predictions, Span, TaggedTexts
from seqwise.tasks.tag_answers import entity_objects, entity_table, word_objects, word_table
from seqwise.tasks.tag_steps import Steps

TEXTS = ["Bo met Al Ko", "no", "", "Al"]
EDGES = [[(0, 2), (3, 6), (7, 9), (10, 12)], [(0, 2)], [], [(0, 2)]]
FOUND = [(Span(0, 2, "PS"), Span(7, 12, "PS")), (), (), (Span(0, 2, "LC"),)]
LABELS = ("O", "B-PS", "I-PS", "B-LC")
DECODED = [1, 0, 1, 2, 0, 3]
PROBABILITIES = np.random.default_rng(0).dirichlet(np.ones(4), 6)
PLACES = [[(0, 1), (2, 4)], [], [], [(5, 6)]]  # of each entity on the axis of all units

entity_objects, entity_table = partial(entity_objects, steps=Steps()), partial(entity_table, steps=Steps())


def answers(found=FOUND):
    rows = rows_from_lines(["x"] * len(TEXTS), name="a")
    units = FlatUnits(np.array(list(chain.from_iterable(EDGES)), dtype=np.int64), np.array([0, 4, 5, 5, 6]))
    return replace(rows, texts=tuple(TEXTS)), Predictions(
        ids=(),
        labels=LABELS,
        probabilities=PROBABILITIES,
        decoded=np.array(DECODED),
        tagged=TaggedTexts(units, found=found),
    )


def entity(text, span, place):
    of_units = [PROBABILITIES[unit, DECODED[unit]] for unit in range(*place)]
    sure = pytest.approx(np.prod(of_units) ** (1 / len(of_units)))
    return {"start": span.start, "end": span.end, "label": span.label, "text": text[span.start : span.end]} | {
        "probability": sure
    }


def expected_entities():
    return [
        [entity(text, span, place) for span, place in zip(spans, places, strict=True)]
        for text, spans, places in zip(TEXTS, FOUND, PLACES, strict=True)
    ]


def expected_words():
    numbers = iter(range(len(DECODED)))  # behind the words, so that none is taken where they end
    return [
        [
            {"start": start, "end": end, "text": text[start:end], "tag": LABELS[DECODED[unit]]}
            | {"probability": PROBABILITIES[unit, DECODED[unit]]}
            for (start, end), unit in zip(own, numbers, strict=False)
        ]
        for text, own in zip(TEXTS, EDGES, strict=True)
    ]


@pytest.mark.parametrize(
    ("objects", "table", "name", "expected"),
    [
        (entity_objects, entity_table, "entities", expected_entities()),
        (word_objects, word_table, "words", expected_words()),
    ],
)
def test_answers_stand_with_their_texts_in_order(objects, table, name, expected):
    rows, found = answers()
    nested, flat = objects(rows, found), table(rows, found)
    assert nested.columns == ["id", "text", name]
    assert nested.to_dicts() == [
        {"id": row_id, "text": text, name: own} for row_id, text, own in zip(rows.ids, TEXTS, expected, strict=True)
    ]
    assert flat.to_dicts() == [
        {"id": row_id, **one} for row_id, own in zip(rows.ids, expected, strict=True) for one in own
    ]


def test_texts_without_an_entity_have_a_table_of_the_same_types():
    rows, found = answers()
    _, none = answers([()] * len(TEXTS))
    for table in (entity_objects, entity_table):
        assert table(rows, none).schema == table(rows, found).schema
    assert entity_objects(rows, none)["entities"].to_list() == [[]] * len(TEXTS)
    assert entity_table(rows, none).is_empty()
