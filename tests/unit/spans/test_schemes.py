"""Schemes against seqeval, against an enumeration of all small cases, and on what cannot be read or held."""

from itertools import combinations, product

import pytest
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import BILOU as SEQEVAL_BILOU
from seqeval.scheme import IOB1 as SEQEVAL_IOB1
from seqeval.scheme import IOB2, IOBES, Entities

from seqwise.errors import DataError
from seqwise.records import Span
from seqwise.spans.schemes import BILOU, BIO, BIOES, IOB1, Scheme, chunks, spans_of, tags_of
from tagged_corpora import random_tags

STRICT = {BIO: (IOB2, "BI"), BIOES: (IOBES, "BIES"), BILOU: (SEQEVAL_BILOU, "BILU")}
ALL = (BIO, IOB1, BIOES, BILOU)
SPELLINGS = ("B-PS", "B_PS", "PS-B", "PS_B")


def strict(tags, theirs):
    return [Span(entity.start, entity.end, entity.tag) for entity in Entities([list(tags)], theirs).entities[0]]


def lenient(tags):
    return [Span(start, end + 1, label) for label, start, end in get_entities(list(tags))]


def every_set_of_spans(n: int, labels: str) -> list[list[Span]]:
    """All sets of spans over n units that do not overlap, in order."""
    single = [Span(start, end, label) for start, end in combinations(range(n + 1), 2) for label in labels]
    sets: list[list[Span]] = [[]]
    for span in sorted(single, key=lambda span: span.start):
        sets += [[*spans, span] for spans in sets if not spans or spans[-1].end <= span.start]
    return sets


@pytest.mark.parametrize("scheme", STRICT, ids=str)
def test_well_formed_entities_are_those_of_seqeval_strict(scheme):
    theirs, letters = STRICT[scheme]
    sequences = random_tags(2000, letters=letters)
    assert [spans_of(tags, scheme) for tags in sequences] == [strict(tags, theirs) for tags in sequences]


@pytest.mark.parametrize(("scheme", "letters"), [(BIO, "BI"), (IOB1, "BI"), (BIOES, "BIES")], ids=str)
def test_chunks_are_those_of_seqeval_default(scheme, letters):
    sequences = random_tags(2000, letters=letters)
    assert [chunks(tags, scheme) for tags in sequences] == [lenient(tags) for tags in sequences]


def test_chunks_of_bilou_are_those_of_seqeval_default_once_l_is_e_and_u_is_s():
    sequences = random_tags(2000, letters="BILU")
    renamed = [[tag.replace("L-", "E-", 1).replace("U-", "S-", 1) for tag in tags] for tags in sequences]
    assert [chunks(tags, BILOU) for tags in sequences] == [lenient(tags) for tags in renamed]


@pytest.mark.filterwarnings("ignore:U-PS seems not to be NE tag")
def test_seqeval_default_joins_units_of_bilou():
    tags = ["U-PS", "U-PS"]
    assert chunks(tags, BILOU) == [Span(0, 1, "PS"), Span(1, 2, "PS")]
    assert lenient(tags) == [Span(0, 2, "PS")]


def test_seqeval_strict_reads_invalid_iob1_in_another_way():
    tags = ["O", "B-PS", "I-PS"]
    assert (spans_of(tags, IOB1), strict(tags, SEQEVAL_IOB1)) == ([], [Span(2, 3, "PS")])
    tags = ["I-PS", "B-PS", "B-LC"]
    assert spans_of(tags, IOB1) == [Span(0, 1, "PS"), Span(1, 2, "PS")]
    assert strict(tags, SEQEVAL_IOB1) == [Span(0, 1, "PS")]


def test_seqeval_strict_reads_valid_iob1_as_we_do():
    for spans in every_set_of_spans(5, "xy"):
        tags = tags_of(spans, 5, scheme=IOB1)
        assert strict(tags, SEQEVAL_IOB1) == spans


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", [scheme.name for scheme in ALL])
def test_every_set_of_spans_comes_back_from_its_tags(name, spelling):
    scheme = Scheme(name, spelling)
    sets = every_set_of_spans(4, "xy")
    written = [tags_of(reversed(spans), 4, scheme=scheme) for spans in sets]
    assert [spans_of(tags, scheme) for tags in written] == sets
    assert [chunks(tags, scheme) for tags in written] == sets
    assert len(set(map(tuple, written))) == len(sets)


def test_entities_in_every_scheme_by_hand():
    spans = [Span(0, 1, "PS"), Span(1, 4, "PS"), Span(5, 6, "LC")]
    assert tags_of(spans, 6, scheme=BIO) == ["B-PS", "B-PS", "I-PS", "I-PS", "O", "B-LC"]
    assert tags_of(spans, 6, scheme=IOB1) == ["I-PS", "B-PS", "I-PS", "I-PS", "O", "I-LC"]
    assert tags_of(spans, 6, scheme=BIOES) == ["S-PS", "B-PS", "I-PS", "E-PS", "O", "S-LC"]
    assert tags_of(spans, 6, scheme=BILOU) == ["U-PS", "B-PS", "I-PS", "L-PS", "O", "U-LC"]


def test_spellings_by_hand():
    span = [Span(0, 1, "PS")]
    assert [tags_of(span, 1, scheme=Scheme("BILOU", spelling)) for spelling in SPELLINGS] == [
        ["U-PS"],
        ["U_PS"],
        ["PS-U"],
        ["PS_U"],
    ]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("label", ["a-b", "a_b", "-", "B", "B-I", "인물"])
def test_a_label_may_hold_separators_and_letters_of_the_scheme(spelling, label):
    scheme = Scheme("BIOES", spelling)
    assert [scheme.read(scheme.write(role, label)) for role in "BIES"] == [(role, label) for role in "BIES"]


def test_a_tag_without_a_label_is_its_letter():
    spans = [Span(0, 1, ""), Span(1, 3, "")]
    assert tags_of(spans, 4, scheme=BIO) == ["B", "B", "I", "O"]
    assert spans_of(["B", "B", "I", "O"], BIO) == spans
    # seqeval names the empty label "_".
    assert strict(["B", "B", "I", "O"], IOB2) == [Span(0, 1, "_"), Span(1, 3, "_")]
    assert Scheme("BIO", "B_PS").read("B") is None
    assert tags_of([Span(0, 2, "")], 2, scheme=IOB1) == ["I", "I"]


@pytest.mark.parametrize(
    ("tag", "scheme"),
    [
        ("", BIO),
        ("o", BIO),
        ("B-", BIO),
        ("b-PS", BIO),
        ("E-PS", BIO),
        ("L-PS", BIOES),
        ("S-PS", BILOU),
        ("B_PS", BIO),
        ("PS-B", BIO),
        ("PS", BIO),
        ("-B", Scheme("BIO", "PS-B")),
        ("B-PS", Scheme("BIO", "PS-B")),
        ("B", Scheme("BIO", "PS-B")),
    ],
)
def test_a_tag_that_the_scheme_does_not_have_is_an_error(tag, scheme):
    assert scheme.read(tag) is None
    for function in (spans_of, chunks):
        with pytest.raises(DataError) as told:
            function(["O", tag], scheme)
        assert str(told.value) == f'unit 1: tag "{tag}" is not a tag of {scheme}.'


def test_spans_that_tags_cannot_hold_are_told_together():
    spans = [Span(0, 3, "PS"), Span(2, 4, "LC"), Span(4, 4, "PS"), Span(5, 9, "PS"), Span(-2, -1, "OG")]
    with pytest.raises(DataError) as told:
        tags_of(spans, 6, scheme=BIO)
    assert str(told.value).split("\n") == [
        "span -2 to -1 (OG): lies outside of the 6 units. Mend or drop it.",
        "span 2 to 4 (LC): overlaps 0 to 3 (PS); tags hold one entity a unit. Drop one.",
        "span 4 to 4 (PS): holds no unit. Mend or drop it.",
        "span 5 to 9 (PS): lies outside of the 6 units. Mend or drop it.",
    ]


def test_no_tags_hold_no_entities():
    assert [tags_of([], 0, scheme=scheme) for scheme in ALL] == [[]] * 4
    assert [spans_of([], scheme) for scheme in ALL] == [[]] * 4


@pytest.mark.parametrize("scheme", ALL, ids=str)
def test_lenient_reading_finds_every_well_formed_entity(scheme):
    letters = STRICT.get(scheme, (None, "BI"))[1]
    for tags in product(["O", *(f"{letter}-{label}" for letter in letters for label in "xy")], repeat=3):
        assert set(spans_of(tags, scheme)) <= set(chunks(tags, scheme))
