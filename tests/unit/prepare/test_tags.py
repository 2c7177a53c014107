"""Tags of units: what comes back of each entity, and the reason where it is not the entity itself."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqwise.prepare.tags import Alignment, Misaligned, fit_tags, tag_units
from seqwise.records import Annotation, FlatUnits, Span
from seqwise.spans.schemes import BILOU, BIO, BIOES, IOB1, spans_of
from seqwise.spans.units import character_spans


def units(*texts):
    edges = np.array([pair for pairs in texts for pair in pairs], dtype=np.int64).reshape(-1, 2)
    return FlatUnits(edges, np.cumsum([0, *map(len, texts)]))


def tagged(text, pairs, *entities):
    tags, alignment = tag_units([text], [Annotation(entities=entities)], units=units(pairs), scheme=BIO)
    return tags, alignment


def test_entities_at_the_edges_of_units_are_exact():
    tags, alignment = tagged("서울 시청은", [(0, 2), (3, 5), (5, 6)], Span(0, 5, "LC"))
    assert tags == ["B-LC", "I-LC", "O"]
    assert alignment == Alignment(1, ())
    assert alignment.n_exact == 1


def test_an_edge_inside_a_unit_takes_the_unit():
    tags, alignment = tagged("서울에 산다", [(0, 3), (4, 6)], Span(0, 2, "LC"))
    assert tags == ["B-LC", "O"]
    assert alignment.misaligned == (Misaligned(0, Span(0, 2, "LC"), Span(0, 3, "LC"), "inside_unit"),)
    (at_the_left,) = tagged("구서울", [(0, 3)], Span(1, 3, "LC"))[1].misaligned
    assert at_the_left.reason == "inside_unit"


def test_a_unit_of_two_entities_belongs_to_the_first():
    first, second = Span(0, 1, "PS"), Span(1, 4, "QT")
    tags, alignment = tagged("김3명은", [(0, 2), (2, 3), (3, 4)], first, second)
    assert tags == ["B-PS", "B-QT", "I-QT"]
    assert alignment.misaligned == (
        Misaligned(0, first, Span(0, 2, "PS"), "inside_unit"),
        Misaligned(0, second, Span(2, 4, "QT"), "shared_unit"),
    )


def test_an_entity_whose_only_unit_is_taken_is_lost_and_told():
    entities = Span(0, 1, "PS"), Span(1, 2, "QT"), Span(2, 3, "DT"), Span(4, 5, "LC")
    tags, alignment = tagged("김3월 산", [(0, 3), (4, 5)], *entities)
    assert tags == ["B-PS", "B-LC"]
    assert [(each.found, each.reason) for each in alignment.misaligned] == [
        (Span(0, 3, "PS"), "inside_unit"),
        (None, "shared_unit"),
        (None, "shared_unit"),
    ]


def test_an_entity_without_a_unit_is_told():
    tags, alignment = tagged("김 \u200b 산", [(0, 1), (3, 3), (4, 5)], Span(2, 3, "LC"))
    assert tags == ["O", "O", "O"]
    assert alignment.misaligned == (Misaligned(0, Span(2, 3, "LC"), None, "no_unit"),)
    assert tagged("김 산", [(0, 1), (1, 2), (2, 3)], Span(1, 2, "LC"))[1].reasons["no_unit"] == 1  # a blank


def test_characters_at_an_edge_that_no_unit_holds_are_told():
    (zero_width,) = tagged("\u200b김씨", [(1, 2), (2, 3)], Span(0, 2, "PS"))[1].misaligned
    assert (zero_width.found, zero_width.reason) == (Span(1, 2, "PS"), "edge_outside")


def test_texts_are_told_by_number_and_reasons_are_counted():
    texts = ["가나", "", "가나", "다"]
    annotations = [Annotation(entities=(Span(0, 1, "A"),)) if len(text) > 1 else Annotation() for text in texts]
    tags, alignment = tag_units(texts, annotations, units=units([(0, 1), (1, 2)], [], [(0, 2)], [(0, 1)]), scheme=BIOES)
    assert tags == ["S-A", "O", "S-A", "O"]
    assert [each.text for each in alignment.misaligned] == [2]
    assert alignment.reasons == {"inside_unit": 1, "shared_unit": 0, "no_unit": 0, "edge_outside": 0}
    assert (alignment.n_entities, alignment.n_exact) == (2, 1)


@st.composite
def cases(draw):
    """A text, its entities and any units of it, those of one byte too."""
    cuts = sorted(draw(st.sets(st.integers(0, 12), min_size=1, max_size=9)))
    entities = [Span(a, b, draw(st.sampled_from("AB"))) for a, b in pairwise(cuts)]
    entities = [entity for entity in entities if draw(st.booleans())]
    edges = sorted(draw(st.sets(st.integers(0, 12), max_size=9)))
    pairs = [(a, b) for a, b in pairwise(edges) if draw(st.booleans())]
    return "x" * 12, entities, [pair for pair in pairs for _ in range(draw(st.integers(1, 2)))]


@pytest.mark.parametrize("scheme", [BIO, IOB1, BIOES, BILOU], ids=str)
@given(cases())
def test_every_entity_is_exact_or_listed_and_nothing_else_is_tagged(scheme, case):
    text, entities, pairs = case
    tags, alignment = tag_units([text], [Annotation(entities=tuple(entities))], units=units(pairs), scheme=scheme)
    edges = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    back = character_spans(spans_of(tags, scheme), edges, text=text)
    listed = {each.entity: each for each in alignment.misaligned}
    exact = [entity for entity in entities if entity not in listed]
    assert len(exact) == alignment.n_exact
    expected = [*exact, *(each.found for each in listed.values() if each.found)]
    assert sorted(back, key=repr) == sorted(expected, key=repr)
    for entity in entities:
        is_on_edges = any(a == entity.start for a, _ in pairs) and any(b == entity.end for _, b in pairs)
        is_first = not any(low < entity.start < high for low, high in pairs)
        assert (entity not in listed) == (is_on_edges and is_first)


def test_tags_are_those_of_every_role_of_every_label():
    annotations = [Annotation(entities=(Span(0, 1, "PS"), Span(1, 2, "LC"))), Annotation()]
    assert fit_tags(annotations, BIO).names == ("O", "B-LC", "I-LC", "B-PS", "I-PS")
    assert fit_tags(annotations[:1], BILOU).names[:5] == ("O", "B-LC", "I-LC", "L-LC", "U-LC")
    words = [Annotation(words=((0, 1), (2, 3)), tags=("NOUN", "ADJ")), Annotation(words=((0, 1),), tags=("NOUN",))]
    assert fit_tags(words, None).names == ("ADJ", "NOUN")
