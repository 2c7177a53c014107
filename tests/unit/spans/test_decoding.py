"""Decoding of tags against all paths tried one by one."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqwise.errors import DataError
from seqwise.spans import decoding
from seqwise.spans.decoding import Transitions, allowed_transitions, best_paths, decode, entity_probabilities
from seqwise.spans.schemes import BILOU, BIO, BIOES, IOB1, Scheme, chunks, tags_of

SCHEMES = [BIO, IOB1, BIOES, BILOU, Scheme("BIO", "PS_B")]
LENGTHS = st.lists(st.integers(0, 5), max_size=6)


def names(scheme, labels=("LC", "PS")):
    """Every tag of a scheme, O in the middle."""
    roles = "BIES" if scheme.marks_ends else "BI"
    tags = [scheme.write(role, label) for label in labels for role in roles]
    return [*tags[:3], "O", *tags[3:]]


def path_score(path, scores, transitions):
    return (
        transitions.start[path[0]]
        + sum(row[tag] for row, tag in zip(scores, path, strict=True))
        + sum(transitions.between[pair] for pair in pairwise(path))
        + transitions.end[path[-1]]
    )


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
def test_a_sequence_is_valid_exactly_if_its_transitions_are_allowed(scheme):
    tags = names(scheme)
    allowed = allowed_transitions(tags, scheme)
    for length in (1, 2, 3, 4 if scheme.name in {"BIO", "IOB1"} else 3):
        for path in product(range(len(tags)), repeat=length):
            sequence = [tags[tag] for tag in path]
            is_valid = tags_of(chunks(sequence, scheme), length, scheme=scheme) == sequence
            assert (path_score(path, np.zeros((length, len(tags))), allowed) == 0) == is_valid


@settings(max_examples=40, deadline=None)
@given(lengths=LENGTHS, seed=st.integers(0, 99))
def test_the_best_path_is_the_best_of_all_paths(lengths, seed):
    n_tags, rng = 3, np.random.default_rng(seed)
    transitions = Transitions(rng.normal(size=3), rng.normal(size=(3, 3)), rng.normal(size=3))
    transitions.between[rng.random((3, 3)) < 0.2] = -np.inf
    transitions.between[:, 0] = transitions.between[:, 2]  # equal columns share their work
    offsets = np.cumsum([0, *lengths])
    scores = rng.normal(size=(offsets[-1], n_tags))
    found = best_paths(scores, offsets, transitions=transitions)
    for start, end in pairwise(offsets):
        part = scores[start:end]
        totals = [path_score(path, part, transitions) for path in product(range(n_tags), repeat=end - start) if path]
        if totals and max(totals) > -np.inf:
            assert path_score(tuple(found[start:end]), part, transitions) == pytest.approx(max(totals), abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(lengths=LENGTHS, seed=st.integers(0, 99), scheme=st.sampled_from(SCHEMES))
def test_what_is_decoded_is_valid_and_does_not_depend_on_other_texts(lengths, seed, scheme):
    tags, offsets = names(scheme), np.cumsum([0, *lengths])
    scores = np.random.default_rng(seed).normal(size=(offsets[-1], len(tags))) * 5
    found = decode(scores, offsets, tags=tags, scheme=scheme)
    for start, end in pairwise(offsets):
        sequence = [tags[tag] for tag in found[start:end]]
        assert tags_of(chunks(sequence, scheme), len(sequence), scheme=scheme) == sequence
        alone = decode(scores[start:end], np.array([0, end - start]), tags=tags, scheme=scheme)
        assert alone.tolist() == found[start:end].tolist()


def test_blocks_of_texts_change_nothing(monkeypatch):
    offsets = np.cumsum([0, 3, 0, 5, 1, 2])
    scores = np.random.default_rng(0).normal(size=(offsets[-1], 5))
    whole = decode(scores, offsets, tags=names(BIO), scheme=BIO)
    monkeypatch.setattr(decoding, "BLOCK", 2)
    assert decode(scores, offsets, tags=names(BIO), scheme=BIO).tolist() == whole.tolist()


def test_plain_tags_are_each_the_most_probable():
    scores = np.random.default_rng(0).normal(size=(7, 4))
    assert decode(scores, np.array([0, 7]), tags=["a", "b", "c", "d"]).tolist() == scores.argmax(axis=1).tolist()


def test_no_text_and_no_unit_decode_to_nothing():
    nothing = np.zeros((0, 3))
    for offsets in ([0], [0, 0, 0]):
        assert decode(nothing, np.array(offsets), tags=["O", "B-PS", "I-PS"], scheme=BIO).tolist() == []


def test_a_tag_that_the_scheme_does_not_have_is_told():
    with pytest.raises(DataError, match='unit 1: tag "E-PS" is not a tag of BIO spelt B-PS'):
        allowed_transitions(["O", "E-PS"], BIO)


def test_an_entity_is_as_sure_as_the_geometric_mean_of_its_units():
    p = np.random.default_rng(0).dirichlet(np.ones(3), size=6)
    tags = np.array([1, 2, 0, 1, 2, 2])
    found = entity_probabilities(np.log(p), tags, edges=np.array([[3, 6], [0, 2]]))
    expected = [(p[3, 1] * p[4, 2] * p[5, 2]) ** (1 / 3), (p[0, 1] * p[1, 2]) ** 0.5]
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    assert len(entity_probabilities(np.log(p), tags, edges=np.zeros((0, 2), dtype=np.int64))) == 0
