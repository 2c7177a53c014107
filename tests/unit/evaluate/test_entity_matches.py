"""Matches by hand and by what must hold for any spans; lenient counts against nervaluate."""

from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nervaluate import Evaluator

from seqwise.evaluate.entities import count_entities
from seqwise.evaluate.entity_matches import LenientCounts, count_kinds, lenient_counts, match
from seqwise.records import Span
from seqwise.spans.schemes import BIO, BIOES, chunks
from tagged_corpora import ABSENT, COMPARED, disturbed, random_tags, tags_in

SCHEMAS = ("strict", "exact", "partial", "ent_type")
FIELDS = ("correct", "incorrect", "partial", "missed", "spurious")


def total(gold, predicted, schema):
    counts = (lenient_counts(true, found, schema=schema) for true, found in zip(gold, predicted, strict=True))
    return sum(counts, LenientCounts())


def only(label, sentences):
    return [[span for span in spans if span.label == label] for spans in sentences]


def as_entities(sentences):
    """For nervaluate; its ends are the last units."""
    return [[{"label": s.label, "start": s.start, "end": s.end - 1} for s in spans] for spans in sentences]


def assert_equal(ours: LenientCounts, theirs) -> None:
    assert [getattr(ours, field) for field in FIELDS] == [getattr(theirs, field) for field in FIELDS]
    assert (ours.precision, ours.recall, ours.f1) == pytest.approx((theirs.precision, theirs.recall, theirs.f1))


def assert_equal_to_nervaluate(gold, predicted, results) -> None:
    labels = sorted({span.label for spans in [*gold, *predicted] for span in spans})
    for schema in SCHEMAS:
        assert_equal(total(gold, predicted, schema), results["overall"][schema])
        for label in labels:
            ours = total(only(label, gold), only(label, predicted), schema)
            assert_equal(ours, results["entities"][label][schema])


@cache
def random_pair(letters):
    gold = random_tags(2000, letters=letters, seed=2)
    return gold, disturbed(disturbed(gold, letters=letters), letters=letters, seed=1)


def test_counts_are_those_of_nervaluate_on_random_tags():
    tags = random_pair("BI")
    results = Evaluator(*tags, tags=["PS", "LC", "a-b"], loader="list").evaluate()
    assert_equal_to_nervaluate(*([chunks(one, BIO) for one in side] for side in tags), results)


def test_counts_of_each_random_sentence_are_those_of_nervaluate():
    for gold, predicted in zip(*random_pair("BI"), strict=True):
        results = Evaluator([gold], [predicted], tags=["PS", "LC", "a-b"], loader="list").evaluate()
        for schema in SCHEMAS:
            ours = lenient_counts(chunks(gold, BIO), chunks(predicted, BIO), schema=schema)
            assert_equal(ours, results["overall"][schema])


def test_counts_of_spans_are_those_of_nervaluate():
    # Its reader of tags has no E and no S, so it is given the spans.
    gold, predicted = ([chunks(tags, BIOES) for tags in side] for side in random_pair("BIES"))
    results = Evaluator(as_entities(gold), as_entities(predicted), tags=["PS", "LC", "a-b"], loader="dict").evaluate()
    assert_equal_to_nervaluate(gold, predicted, results)


@pytest.mark.skipif(bool(ABSENT), reason=ABSENT)
@pytest.mark.parametrize("corpus", COMPARED)
def test_counts_are_those_of_nervaluate_on_real_tags(corpus):
    tags = tags_in(corpus), disturbed(tags_in(corpus), letters="BI")
    gold, predicted = ([chunks(one, BIO) for one in side] for side in tags)
    labels = sorted({span.label for spans in gold for span in spans})
    results = Evaluator(*tags, tags=labels, loader="list").evaluate()
    assert_equal_to_nervaluate(gold, predicted, results)


def test_nervaluate_overlooks_less_than_one_per_cent_of_a_long_entity():
    gold, predicted = [Span(0, 150, "PS")], [Span(149, 160, "PS")]
    theirs = Evaluator(as_entities([gold]), as_entities([predicted]), tags=["PS"], loader="dict").evaluate()["overall"]
    assert (theirs["partial"].missed, theirs["partial"].spurious) == (1, 1)
    assert lenient_counts(gold, predicted, schema="partial") == LenientCounts(partial=1)


def test_nervaluate_depends_on_the_order_of_its_input_and_we_do_not():
    gold, predicted = [Span(0, 12, "A"), Span(14, 17, "B")], [Span(0, 2, "B"), Span(10, 17, "A")]
    theirs = [
        Evaluator(as_entities([gold]), as_entities([order]), tags=["A", "B"], loader="dict").evaluate()["overall"]
        for order in (predicted, predicted[::-1])
    ]
    assert [result["ent_type"].correct for result in theirs] == [0, 1]
    ours = {lenient_counts(gold[::step], predicted[::step], schema="ent_type") for step in (1, -1)}
    assert ours == {LenientCounts(incorrect=2)}


def test_the_order_of_gold_entities_changes_nothing():
    gold, predicted = [Span(0, 2, "PS"), Span(3, 6, "PS")], [Span(0, 4, "LC"), Span(5, 6, "LC")]
    for schema, counts in (("strict", LenientCounts(incorrect=2)), ("partial", LenientCounts(partial=2))):
        assert lenient_counts(gold, predicted, schema=schema) == counts
        assert lenient_counts(gold[::-1], predicted, schema=schema) == counts


def test_of_several_entities_with_the_right_label_the_nearest_is_taken():
    gold, predicted = [Span(0, 2, "PS"), Span(2, 9, "PS")], [Span(1, 8, "PS"), Span(8, 9, "PS")]
    theirs = Evaluator(as_entities([gold]), as_entities([predicted]), tags=["PS"], loader="dict").evaluate()["overall"]
    ours = lenient_counts(gold, predicted, schema="ent_type")
    assert ours == LenientCounts(correct=1, missed=1, spurious=1)  # the second span is taken by the first prediction
    assert_equal(ours, theirs["ent_type"])


def test_a_wrong_label_is_one_error_of_the_whole_and_two_of_the_labels():
    gold, predicted = [[Span(0, 2, "PS")]], [[Span(0, 2, "LC")]]
    assert total(gold, predicted, "strict") == LenientCounts(incorrect=1)
    assert total(only("PS", gold), only("PS", predicted), "strict") == LenientCounts(missed=1)
    assert total(only("LC", gold), only("LC", predicted), "strict") == LenientCounts(spurious=1)


def test_a_prediction_over_two_entities_is_in_one_pair():
    gold, predicted = [Span(0, 2, "PS"), Span(3, 5, "LC")], [Span(0, 5, "PS")]
    assert lenient_counts(gold, predicted, schema="strict") == LenientCounts(incorrect=1, missed=1)
    assert [found.kind for found in match(gold, predicted)] == ["boundary", "missed"]


def test_each_kind_by_hand():
    gold = [Span(0, 2, "PS"), Span(3, 5, "LC"), Span(6, 9, "OG"), Span(10, 12, "QT"), Span(20, 22, "PS")]
    predicted = [Span(0, 2, "PS"), Span(3, 5, "OG"), Span(6, 8, "OG"), Span(11, 13, "DT"), Span(15, 17, "PS")]
    matches = match(gold, predicted)
    assert [(found.kind, found.gold, found.predicted) for found in matches] == [
        ("correct", gold[0], predicted[0]),
        ("type", gold[1], predicted[1]),
        ("boundary", gold[2], predicted[2]),
        ("both", gold[3], predicted[3]),
        ("spurious", None, predicted[4]),
        ("missed", gold[4], None),
    ]
    assert count_kinds([matches, matches[:1]]) == {
        "correct": 2,
        "type": 1,
        "boundary": 1,
        "both": 1,
        "missed": 1,
        "spurious": 1,
    }
    assert set(count_kinds([]).values()) == {0}


def test_a_pair_is_taken_for_the_mildest_error_and_the_longest_overlap():
    gold = [Span(0, 4, "LC"), Span(4, 6, "PS")]
    assert [found.kind for found in match(gold, [Span(1, 5, "PS")])] == ["missed", "boundary"]
    gold = [Span(0, 3, "PS"), Span(3, 9, "PS")]
    assert [found.kind for found in match(gold, [Span(2, 8, "PS")])] == ["missed", "boundary"]


def test_touching_entities_do_not_overlap():
    assert [found.kind for found in match([Span(0, 2, "PS")], [Span(2, 4, "PS")])] == ["missed", "spurious"]
    assert lenient_counts([Span(0, 2, "PS")], [Span(2, 4, "PS")], schema="partial") == LenientCounts(
        missed=1, spurious=1
    )


def between(edges: list[int]):
    """A span with any label between each edge and the next."""
    labels = st.sampled_from(["PS", "LC", ""])
    return st.tuples(*(st.builds(Span, st.just(a), st.just(b), labels) for a, b in pairwise(sorted(edges))))


spans_without_overlap = st.lists(st.integers(0, 20), unique=True, max_size=8).flatmap(between)


@given(spans_without_overlap, spans_without_overlap)
def test_every_entity_is_in_one_match_and_the_correct_ones_are_those_of_the_score(gold, predicted):
    matches = match(gold, predicted)
    assert [found.gold for found in matches if found.gold] == list(gold)
    assert {found.predicted for found in matches if found.predicted} == set(predicted)
    right = count_entities([gold], [predicted]).table[:, 0].sum()
    assert count_kinds([matches])["correct"] == lenient_counts(gold, predicted, schema="strict").correct == right


@given(spans_without_overlap, spans_without_overlap, st.sampled_from(SCHEMAS))
def test_lenient_counts_add_up(gold, predicted, schema):
    counts = lenient_counts(gold, predicted, schema=schema)
    paired = counts.correct + counts.incorrect + counts.partial
    assert (paired + counts.missed, paired + counts.spurious) == (len(gold), len(predicted))
