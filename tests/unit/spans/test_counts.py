"""Counts: numbers in figures, Sino-Korean and native words; what is not said exactly is no number."""

import unicodedata

import pytest

from seqwise.spans.counts import Count, count_of, number_of

DIGITS, PLACES = "영일이삼사오육칠팔구", ("", "십", "백", "천")
ONES = ("", "하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉")
TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")


def written(number: int) -> str:
    """A number below ten thousand in Sino-Korean words, written by the rule that children learn."""
    digits = [int(digit) for digit in reversed(str(number))]
    words = ["" if d == 0 else ("" if d == 1 and i else DIGITS[d]) + PLACES[i] for i, d in enumerate(digits)]
    return "".join(reversed(words))


def test_every_number_below_ten_thousand_is_read_back() -> None:
    assert [number_of(written(n)) for n in range(1, 10_000)] == list(range(1, 10_000))


@pytest.mark.parametrize(("myriads", "rest"), [(1, 1), (12, 0), (3456, 7890), (9999, 9999), (20, 21)])
def test_myriads_are_read_back_with_and_without_a_blank(myriads, rest) -> None:
    number = myriads * 10_000 + rest
    for blank in ("", " "):
        assert number_of(f"{written(myriads)}만{blank}{written(rest) if rest else ''}") == number
        assert number_of(f"{myriads}만{blank}{rest or ''}") == number


def test_native_numbers_below_a_hundred_are_read_back() -> None:
    assert [number_of(TENS[n // 10] + ONES[n % 10]) for n in range(1, 100)] == list(range(1, 100))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3천5백", 3500), ("1,200만", 12_000_000), ("1억 2천만", 120_000_000), ("1조 5백억", 1_050_000_000_000),
        ("만", 10_000),
        ("백스물두", 122), ("영", 0), ("0", 0), ("３천", 3000), (" 5 ", 5), ("일억 이천만 삼백", 120_000_300),
        # No exact number, or none at all.
        ("", None), ("서너", None), ("수십", None), ("공일공", None), ("삼일", None), ("3.5", None), ("12,34", None),
        ("열 세", None), ("3 000", None), ("십스물", None), ("명", None), ("만억", None),
        ("9223372조", 9_223_372 * 10**12), ("9223373조", None), ("12345678901234567890", None), ("9" * 5000, None),
    ],
)  # fmt: skip
def test_a_number_or_none(text, number) -> None:
    assert number_of(text) == number
    assert number_of(unicodedata.normalize("NFD", text)) == number


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("세 명", Count(3, "명")), ("3명", Count(3, "명")), ("3천5백 원", Count(3500, "원")),
        ("스무 살", Count(20, "살")),
        ("열두 시", Count(12, "시")), ("백 세", Count(100, "세")), ("백세 살", Count(103, "살")),
        ("이십 세", Count(20, "세")),
        ("한 시간", Count(1, "시간")), ("35%", Count(35, "%")), ("15km", Count(15, "km")), ("12", Count(12, "")),
        ("3조 원", Count(3 * 10**12, "원")), ("２명", Count(2, "명")),
        ("이은", None), ("이", None), ("3.5%", None), ("5만여 명", None), ("3일 오전", None), ("서너 명", None),
        ("", None), ("12345678901234567890개", None),
    ],
)  # fmt: skip
def test_a_count_or_none(text, count) -> None:
    assert count_of(text) == count


def test_a_count_is_written_with_figures_and_a_blank() -> None:
    assert [str(count_of(text)) for text in ("세 명", "12")] == ["3 명", "12"]
