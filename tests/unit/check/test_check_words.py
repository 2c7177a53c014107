import pytest

from seqwise.check.words import Text, Voice, Wording, called, number, quoted, share, split_name


@pytest.mark.parametrize(
    ("value", "told"),
    [(1571, "1,571"), (0.31326, "0.3133"), (2e-05, "2e-05"), (0.0, "0"), (-3.0, "-3"), (float("inf"), "inf")],
)
def test_numbers_are_told_with_four_digits_and_thousands_separators(value, told):
    assert number(value) == told


def test_a_share_is_a_percentage_with_one_decimal():
    assert share(9, 21) == "42.9 %"
    assert share(0, 0) == "0.0 %"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("오프", '"오프"라고'),
        ("긍정", '"긍정"이라고'),
        ("1", '"1"이라고'),
        ("2", '"2"라고'),
        ("Off", '"Off"(이)라고'),
        ("", '""(이)라고'),
    ],
)
def test_the_korean_particle_follows_the_last_sound(name, told):
    assert called(name) == told


def test_long_lists_of_names_are_cut_and_counted():
    assert quoted(("a", "b")) == '"a", "b"'
    assert quoted(tuple("abcdefghij"), limit=2) == '"a", "b" (+8)'


def test_an_unknown_split_keeps_its_name():
    assert split_name("dev") == Text("dev", "dev")


def test_a_voice_speaks_one_language_in_every_part():
    wording = Wording(Text("t", "ㅌ"), Text("m", "ㅁ"), Text("f", "ㅍ"), (Text("c", "ㅊ"),))
    finding = Voice("collapse", "GR-COLLAPSE", "ko").say("info", wording, numbers={"n": 1})
    assert (finding.title, finding.message, finding.fix, finding.causes) == ("ㅌ", "ㅁ", "ㅍ", ("ㅊ",))
    assert finding.ids == ("GR-COLLAPSE",)
    assert finding.evidence == {"n": 1}
