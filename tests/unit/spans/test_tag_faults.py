"""Faults of tags: judged against an enumeration of all that is valid, and told by hand."""

from itertools import product

import pytest
from test_schemes import ALL, every_set_of_spans

from seqwise.spans.schemes import BILOU, BIO, BIOES, IOB1, chunks, tags_of
from seqwise.spans.tag_faults import tag_faults

LETTERS = {BIO: "BI", IOB1: "BI", BIOES: "BIES", BILOU: "BILU"}


def mended(tags, scheme):
    nearest = {fault.position: fault.nearest for fault in tag_faults(tags, scheme)}
    return [nearest.get(i, tag) for i, tag in enumerate(tags)]


@pytest.mark.parametrize("scheme", ALL, ids=str)
def test_a_sequence_has_no_faults_exactly_when_some_entities_are_written_so(scheme):
    valid = {tuple(tags_of(spans, 4, scheme=scheme)) for spans in every_set_of_spans(4, "xy")}
    pool = ["O", *(f"{letter}-{label}" for letter in LETTERS[scheme] for label in "xy")]
    for tags in product(pool, repeat=4):
        assert (not tag_faults(tags, scheme)) == (tags in valid), tags


@pytest.mark.parametrize("scheme", ALL, ids=str)
def test_the_nearest_tags_make_the_sequence_valid_and_keep_labels_and_chunks(scheme):
    pool = ["O", *(f"{letter}-{label}" for letter in LETTERS[scheme] for label in "xy")]
    for tags in product(pool, repeat=4):
        repaired = mended(tags, scheme)
        assert tag_faults(repaired, scheme) == []
        assert chunks(repaired, scheme) == chunks(tags, scheme)
        assert [tag[2:] for tag in repaired] == [tag[2:] for tag in tags]


@pytest.mark.parametrize(
    ("tags", "scheme", "told"),
    [
        (["I-PS"], BIO, [(0, 'tag "I-PS" at the beginning and at the end is not valid in BIO spelt B-PS.', "B-PS")]),
        (
            ["B-PS", "I-LC", "O"],
            BIO,
            [(1, 'tag "I-LC" after "B-PS" and before "O" is not valid in BIO spelt B-PS.', "B-LC")],
        ),
        (
            ["B-PS", "O"],
            BIOES,
            [(0, 'tag "B-PS" at the beginning and before "O" is not valid in BIOES spelt B-PS.', "S-PS")],
        ),
        (["O", "B-PS"], IOB1, [(1, 'tag "B-PS" after "O" and at the end is not valid in IOB1 spelt B-PS.', "I-PS")]),
    ],
)
def test_faults_are_told_with_their_neighbours(tags, scheme, told):
    assert [(fault.position, fault.what, fault.nearest) for fault in tag_faults(tags, scheme)] == told
    assert tag_faults(tags, scheme)[0].fix == f'Did you mean "{told[0][2]}"?'
    assert tag_faults(tags, scheme)[0].found == tags[told[0][0]]


def test_unknown_tags_are_told_alone_with_the_most_alike():
    (fault,) = tag_faults(["b-ps", "I-LC"], BIO, known=["B-PS", "I-PS", "E-LC"])
    assert (fault.position, fault.nearest, fault.fix) == (0, "B-PS", 'Did you mean "B-PS"?')
    assert fault.what == 'tag "b-ps" is not a tag of BIO spelt B-PS.'
    assert [fault.nearest for fault in tag_faults(["E-LC", "o"], BIO, known=["I-LC"])] == ["I-LC", "O"]


def test_an_unknown_tag_that_is_like_no_other_is_told_how_tags_are_spelt():
    (fault,) = tag_faults(["O", "???"], BILOU)
    assert (fault.position, fault.nearest, fault.fix) == (1, "", 'Write "O", or a label as in "B-PS".')
