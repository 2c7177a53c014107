import unicodedata

import pytest

from seqwise.prepare.hygiene import clean, clean_with_map, hygiene_report


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("plain text, nothing to do", "plain text, nothing to do"),
        (unicodedata.normalize("NFD", "한글 café"), "한글 café"),
        ("a\u200bb\ufeffc\xadd", "abcd"),  # zero-width space, byte-order mark, soft hyphen
        ("a\x00b\x07c\x7f", "abc"),
        ("one\r\ntwo\nthree\rfour\x85five\u2028six", "one two three four five six"),
        ("a\tb\u3000c\xa0d\u3164e", "a b c d e"),  # tab, ideographic, no-break, Hangul filler
        ("\ud83d broken", " broken"),  # half of a surrogate pair
        ("\uffbe\uffc2\uffa4 \uffa1\uffda\uffa9", "한 글"),  # half-width ㅎㅏㄴ ㄱㅡㄹ
        ("\uffa1\uffc2\uffa1\uffc2", "가가"),  # a consonant before a vowel begins the next syllable
        ("\uffbb\uffbb\uffbb", "ㅋㅋㅋ"),
        ("\u110f\u110f\u110f \u1172\u1172 \u11ab", "ㅋㅋㅋ ㅠㅠ ㄴ"),  # lone conjoining jamo, as some phones write them
        ("ㅋㅋ ㅠㅠ ㄱㅏ", "ㅋㅋ ㅠㅠ ㄱㅏ"),  # typed letters are text
        ("\u1112\u119e\u11ab", "\u1112\u119e\u11ab"),  # an old syllable that no single character spells
        ("ＡＢＣ ①", "ＡＢＣ ①"),  # full width is not disorder
    ],
)
def test_clean_mends_what_it_says(raw, expected):
    assert clean(raw) == expected


@pytest.mark.parametrize(
    "emoji",
    [
        "👨\u200d👩\u200d👧",
        "❤\ufe0f\u200d🔥",
        "👩🏽\u200d💻",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ],
)
def test_joined_emoji_stay_one_picture(emoji):
    assert clean(f"a {emoji} b") == f"a {emoji} b"


def test_a_joiner_goes_between_letters_and_stays_where_it_changes_the_word():
    assert clean("a\u200db") == "ab"
    persian = "می\u200cخواهم"
    assert clean(persian) == persian


def test_clean_text_comes_back_as_the_same_object():
    text = "".join(["한글", " and ", "café"])
    assert clean(text) is text


def test_clean_is_nfc_by_the_standard_library():
    for raw in ("e\u0301", "\u1112\u1161\u11ab", "q\u0307\u0323", "\u212b", "\u0958"):
        assert clean(raw) == unicodedata.normalize("NFC", raw)


def test_the_map_gives_the_raw_place_of_each_character():
    cleaned = clean_with_map("\u1112\u1161\u11ab\u200b글\r\ne\u0301!")
    assert cleaned.text == "한글 é!"
    assert cleaned.raw_offsets.tolist() == [[0, 3], [4, 5], [5, 7], [7, 9], [9, 10]]


def test_the_map_of_half_width_letters_goes_by_syllable():
    cleaned = clean_with_map("x\uffbe\uffc2\uffa4\uffa1\uffda\uffa9")
    assert cleaned.text == "x한글"
    assert cleaned.raw_offsets.tolist() == [[0, 1], [1, 4], [4, 7]]


def test_an_empty_text_has_an_empty_map():
    for raw in ("", "\u200b"):
        cleaned = clean_with_map(raw)
        assert cleaned.text == ""
        assert cleaned.raw_offsets.shape == (0, 2)


def test_the_report_counts_rows_by_kind():
    report = hygiene_report(
        [
            "fine",
            unicodedata.normalize("NFD", "한글"),
            "a\u200bb\u200bc",
            "a\x00b\xa0c",
            "a\nb",
            "\uffa1\uffc2",
            "\u110f\u110f",
            "👨\u200d👩",
        ]
    )
    assert (report.n_rows, report.n_changed, report.n_nfd, report.n_zero_width) == (8, 6, 1, 1)
    assert (report.n_control, report.n_odd_space, report.n_line_break) == (1, 1, 1)
    assert (report.n_half_width, report.n_lone_jamo) == (1, 1)
