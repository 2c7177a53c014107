"""Detection: the scheme of a corpus where it can be told, and what is said where it cannot."""

import pytest
from test_schemes import ALL, SPELLINGS, every_set_of_spans

from seqwise.spans.detection import EVERY_SCHEME, detect
from seqwise.spans.schemes import BIO, BIOES, IOB1, Scheme, tags_of


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", [scheme.name for scheme in ALL])
def test_a_corpus_of_valid_sequences_has_one_scheme(name, spelling):
    scheme = Scheme(name, spelling)
    found = detect([tags_of(spans, 4, scheme=scheme) for spans in every_set_of_spans(4, ["PS", "LC"])])
    assert (found.scheme, found.fitting) == (scheme, (scheme,))
    assert (
        found.reason
        == f"All {found.n_sequences} sequences are valid in {name} spelt {spelling} and in no other scheme."
    )


def test_a_corpus_without_entities_fits_every_scheme():
    for sequences in ([], [[]], [["O", "O"], ["O"]]):
        found = detect(sequences)
        assert (found.scheme, found.fitting) == (None, EVERY_SCHEME)
        assert found.reason == "No sequence holds an entity, so every scheme fits."


def test_labels_that_are_letters_make_it_ambiguous():
    # S of the label I in BIOES, or I of the label S in IOB1.
    found = detect([["S-I", "O"]])
    assert found.scheme is None
    assert set(found.fitting) == {BIOES, Scheme("IOB1", "PS-B")}
    assert found.reason == "Ambiguous: every sequence is valid in BIOES spelt B-PS and in IOB1 spelt PS-B."


def test_one_further_sentence_ends_the_ambiguity():
    assert detect([["S-I", "O"], ["B-PS", "E-PS"]]).scheme == BIOES


def test_two_schemes_in_one_file_are_mixed():
    found = detect([["B-PS", "I-PS"], ["I-PS", "O"], ["O"], ["I-LC"]])
    assert (found.scheme, found.fitting) == (None, ())
    assert [(misfit.scheme, misfit.n_faulty, misfit.first) for misfit in found.misfits[:2]] == [
        (IOB1, 1, 0),
        (BIO, 2, 1),
    ]
    assert found.reason == (
        "Mixed or faulty: no scheme fits all sequences; 1 of 4 are not valid in IOB1 spelt B-PS (first: 0), "
        "2 of 4 are not valid in BIO spelt B-PS (first: 1) and 3 of 4 are not valid in BIOES spelt B-PS (first: 0)."
    )


def test_two_spellings_in_one_file_are_mixed():
    found = detect([["B-PS"], ["B_PS"], ["B-PS"]])
    assert (found.scheme, found.misfits[0].scheme, found.misfits[0].n_faulty) == (None, BIO, 1)


def test_one_faulty_sequence_in_many_is_not_passed_over():
    found = detect([*[["B-PS", "I-PS", "O"]] * 999, ["O", "I-PS"]])
    assert found.scheme is None
    assert "1 of 1,000 are not valid in BIO spelt B-PS (first: 999)" in found.reason
