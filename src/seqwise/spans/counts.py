"""Counts in Korean text: the surface of an entity comes in, 세 명 or 3천5백 원; its number and its counter come out."""

import re
import unicodedata
from dataclasses import dataclass

_DIGITS = {digit: value for value, digit in enumerate("영일이삼사오육칠팔구")} | {"공": 0, "륙": 6}
_NATIVE_ONES = {
    "하나": 1, "한": 1, "둘": 2, "두": 2, "셋": 3, "세": 3, "석": 3, "넷": 4, "네": 4, "넉": 4, "다섯": 5, "여섯": 6,
    "일곱": 7, "여덟": 8, "아홉": 9,
}  # fmt: skip
_NATIVE_TENS = {
    "열": 10, "스물": 20, "스무": 20, "서른": 30, "마흔": 40, "쉰": 50, "예순": 60, "일흔": 70, "여든": 80, "아흔": 90,
}  # fmt: skip
# What is counted. A number in words is taken for one before one of these alone: the 이 of 이은 is not two.
COUNTERS = frozenset(
    {
        "명", "분", "사람", "인", "인분", "개", "마리", "권", "장", "대", "번", "회", "차례", "살", "세", "년", "해",
        "월", "달", "개월", "주", "일", "시", "시간", "초", "원", "달러", "엔", "유로", "위", "층", "점", "골", "승",
        "패", "잔", "병", "그루", "송이", "켤레", "벌", "채", "척", "편", "곡", "호", "곳", "군데", "가지", "종",
        "배", "쪽", "페이지", "톤", "리터", "평", "킬로미터", "미터", "킬로그램", "그램", "퍼센트", "프로", "차",
        "등", "학년", "반", "팀", "경기", "세트",
    }
)  # fmt: skip

# What a column of 64 bits holds; longer runs of figures are numbers of cards and accounts, which count nothing.
_MOST = 2**63 - 1
_FIGURES = r"\d{1,3}(?:,\d{3}){1,5}|\d{1,18}"
_FACTOR = rf"{_FIGURES}|[{''.join(_DIGITS)}]"
_NATIVE = rf"(?P<tens>{'|'.join(_NATIVE_TENS)})?(?P<native>{'|'.join(_NATIVE_ONES)})?"
# Below ten thousand: each place with or without a factor, and a blank before it; then figures, a digit, or
# native words where no 십 is.
_MYRIAD = re.compile(
    rf"(?:(?P<thousands>{_FACTOR})?(?P<thousand>천))?(?: ?(?P<hundreds>{_FACTOR})?(?P<hundred>백))?"
    rf"(?: ?(?P<sino_tens>{_FACTOR})?(?P<ten>십))?(?:(?P<ones>{_FACTOR})|(?(ten)|{_NATIVE}))"
)
_PLACES = (("thousand", "thousands", 1000), ("hundred", "hundreds", 100), ("ten", "sino_tens", 10))
_LARGE = re.compile(r"(?:(?P<조>[^조억만]+)조 ?)?(?:(?P<억>[^억만]+)억 ?)?(?:(?P<만>[^만]*)만 ?)?(?P<일>[^만]*)")
_LARGE_VALUES = {"조": 10**12, "억": 10**8, "만": 10**4, "일": 1}
_UNIT_OF_FIGURES = re.compile(r"(?:[^\W\d]|%)[^\d\s]*")


@dataclass(frozen=True)
class Count:
    """How many of what; ``counter`` is empty for a bare number."""

    value: int
    counter: str

    def __str__(self) -> str:
        """``3 명``."""
        return f"{self.value} {self.counter}".strip()


def number_of(text: str) -> int | None:
    """The whole number that a text writes in figures, in Sino-Korean or native words, or in both.

    Blanks are taken before a place alone, as in 3만 5천. No number: decimals, digits read one by one (공일공),
    what is not said exactly (수십, 서너), and what 64 bits do not hold.

    Args:
        text: a number and nothing else; full-width figures and decomposed letters are understood.

    Example:
        >>> [number_of(text) for text in ("3천5백", "이만 삼천", "스물두", "1,200만", "서너")]
        [3500, 23000, 22, 12000000, None]
    """
    text = unicodedata.normalize("NFKC", text).strip()
    large = _LARGE.fullmatch(text)
    if not text or large is None:
        return None
    total = 0
    for name, value in _LARGE_VALUES.items():
        part = large[name]
        # 만 alone is ten thousand.
        n = 1 if part == "" and name == "만" else _below_myriad(part or "")
        if n is None:
            return None
        total += n * value
    return total if total <= _MOST else None


def count_of(text: str) -> Count | None:
    """The count that a text writes, as 세 명, 3명 or 3천5백 원; None for anything else.

    Meant for entities of which the tagger says that they are counts: 사회 reads as four times.

    Args:
        text: a number in words before one of :data:`COUNTERS`; one that begins with figures may stand before any word,
            before % and alone.

    Example:
        >>> count_of("세 명"), count_of("3천5백원"), count_of("이은")
        (Count(value=3, counter='명'), Count(value=3500, counter='원'), None)
    """
    text = unicodedata.normalize("NFKC", text).strip()
    has_figures = text[:1].isdigit()
    for end in range(len(text), 0, -1):
        counter = text[end:].strip()
        is_counter = counter in COUNTERS or (has_figures and (not counter or _UNIT_OF_FIGURES.fullmatch(counter)))
        value = number_of(text[:end]) if is_counter else None
        if value is not None:
            return Count(value, counter)
    return None


def _below_myriad(text: str) -> int | None:
    found = _MYRIAD.fullmatch(text.strip())
    if found is None:
        return None
    total = _NATIVE_TENS.get(found["tens"], 0) + _NATIVE_ONES.get(found["native"], 0) + _factor(found["ones"] or "0")
    for place, factor, value in _PLACES:
        if found[place]:
            total += value * _factor(found[factor] or "1")
    return total


def _factor(text: str) -> int:
    return _DIGITS[text] if text in _DIGITS else int(text.replace(",", ""))
