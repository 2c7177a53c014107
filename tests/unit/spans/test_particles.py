"""Particles: forms by the sound before them, chains, spans cut with proof alone, and boundary errors at particles."""

import unicodedata

import pytest

from seqwise.evaluate.entity_matches import is_at_particle, match
from seqwise.records import Span
from seqwise.spans.particles import has_particle_behind, is_particles, last_sound
from seqwise.spans.postprocess import join_pieces, without_particles

NFD = "NFD"


@pytest.mark.parametrize(
    ("word", "sound"),
    [
        ("부산", "consonant"),
        ("서울", "ㄹ"),
        ("제주", "vowel"),
        ("7", "ㄹ"),
        ("10", "consonant"),
        ("KBS", None),
        ("", None),
    ],
)
def test_the_last_sound_of_a_word(word, sound) -> None:
    assert last_sound(word) == sound
    assert last_sound(unicodedata.normalize(NFD, word)) == sound


@pytest.mark.parametrize(
    ("word", "ending", "expected"),
    [
        ("부산", "은", True), ("부산", "는", False), ("제주", "는", True), ("제주", "은", False),
        ("부산", "으로", True), ("부산", "로", False), ("서울", "로", True), ("서울", "으로", False),
        ("제주", "로", True),
        ("서울", "에서", True), ("서울", "에서는", True), ("서울", "에서은", False), ("서울", "까지도", True),
        ("KBS", "는", True), ("KBS", "은", True), ("서울", "시", False), ("서울", "", False), ("서울", "시는", False),
    ],
)  # fmt: skip
def test_an_ending_is_particles_in_the_form_of_the_sound_before(word, ending, expected) -> None:
    assert is_particles(ending, behind=word) is expected
    decomposed = unicodedata.normalize(NFD, ending), unicodedata.normalize(NFD, word)
    assert is_particles(decomposed[0], behind=decomposed[1]) is expected


@pytest.mark.parametrize(
    ("surface", "known", "kept"),
    [
        # Without a known name one syllable is never cut: it may be the name's own.
        ("서울로", (), "서울로"), ("이은", (), "이은"), ("가가", (), "가가"), ("송재우는", (), "송재우는"),
        ("사도", (), "사도"),
        # A known name is kept whole, and else the longest known one.
        ("서울로", ("서울", "서울로"), "서울로"), ("서울로", ("서울",), "서울"), ("이은은", ("이", "이은"), "이은"),
        ("가가", ("가",), "가"), ("송재우는", ("송재우",), "송재우"), ("서울시는", ("서울",), "서울시는"),
        ("제주은", ("제주",), "제주은"),
        # Two syllables speak for themselves where two characters are left.
        ("부산에서", (), "부산"), ("부산에서부터는", (), "부산"), ("송재우에게", (), "송재우"),
        ("강에서", (), "강에서"),
        ("우크라이나", (), "우크라이나"), ("콜로라도", (), "콜로라도"), ("에서", (), "에서"), ("KBS에서", (), "KBS"),
        ("서울으로", (), "서울으로"),
    ],
)  # fmt: skip
def test_particles_are_cut_with_proof_alone(surface, known, kept) -> None:
    text = f"어제 {surface} 갔다"
    span = without_particles(Span(3, 3 + len(surface), "PS"), text, known=known)
    assert (text[span.start : span.end], span.label) == (kept, "PS")


def test_a_decomposed_name_is_cut_between_its_letters_alike() -> None:
    text = unicodedata.normalize(NFD, "부산에서")
    span = without_particles(Span(0, len(text), "LC"), text)
    assert text[: span.end] == unicodedata.normalize(NFD, "부산")


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        (Span(0, 3, "PS"), Span(0, 4, "PS"), True),  # 는 taken in
        (Span(0, 4, "PS"), Span(0, 3, "PS"), True),  # 는 left out, where the gold has it
        (Span(0, 3, "PS"), Span(0, 2, "PS"), False),  # 우 is no particle
        (Span(0, 3, "PS"), Span(1, 4, "PS"), False),  # another beginning
        (Span(0, 3, "PS"), Span(0, 4, "LC"), False),  # both wrong
        (Span(0, 3, "PS"), Span(0, 3, "PS"), False),
        (Span(0, 3, "PS"), Span(5, 7, "PS"), False),
    ],
)
def test_a_boundary_error_at_a_particle(gold, predicted, expected) -> None:
    text = "송재우는 서울에 산다"
    assert any(is_at_particle(found, text) for found in match([gold], [predicted])) is expected


@pytest.mark.parametrize(
    ("pieces", "marker", "text"),
    [
        (["송", "##재", "##우", "는"], "##", "송재우 는"), (["##재", "우"], "##", "재 우"), ([], "##", ""),
        (["▁송재", "우", "▁는", "▁"], "▁", "송재우 는"), (["송", "▁재"], "▁", "송 재"), (["a", "##"], "##", "a"),
    ],
)  # fmt: skip
def test_pieces_are_joined_to_the_text(pieces, marker, text) -> None:
    assert join_pieces(pieces, marker=marker) == text


@pytest.mark.parametrize("behind", ["은", "에서", "에서는", "로부터의", "까지만", "이라는", "은 산다", "은, 그"])
def test_particles_behind_a_place(behind) -> None:
    assert has_particle_behind(f"서울{behind}", 2)


@pytest.mark.parametrize("behind", ["", " 은", "시청", "시청은", "인데", "x", "에서다"])
def test_no_particles_behind_a_place(behind) -> None:
    assert not has_particle_behind(f"서울{behind}", 2)
