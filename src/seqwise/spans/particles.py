"""Korean particles (조사): a word and what follows it come in; whether that is made of particles goes out.

The forms are the particles of the Sejong tag set (JKS, JKG, JKO, JKB, JKV, JKQ, JX, JC) in today's use, without the
copula 이다, whose forms are those of a verb. A form is no proof: 이은 is a name, and many a name ends in 가 or 로.
"""

import re
import unicodedata
from typing import Literal

Sound = Literal["consonant", "ㄹ", "vowel"]

_EVERY: frozenset[Sound] = frozenset({"consonant", "ㄹ", "vowel"})
# Behind a consonant, behind a vowel.
_PAIRS = (
    ("은", "는"), ("이", "가"), ("을", "를"), ("과", "와"), ("아", "야"), ("이야", "야"), ("이여", "여"),
    ("이랑", "랑"), ("이나", "나"), ("이나마", "나마"), ("이라도", "라도"), ("이라고", "라고"), ("이란", "란"),
    ("이며", "며"), ("이든", "든"), ("이든지", "든지"), ("이라는", "라는"),
)  # fmt: skip
# As these, but ㄹ counts as a vowel: 서울로.
_PAIRS_BY_RIEUL = (("으로", "로"), ("으로서", "로서"), ("으로써", "로써"))
_FORMS_FOR_ALL = (
    "의", "에", "에서", "에게", "에게서", "께", "께서", "한테", "한테서", "더러", "하고", "도", "만", "까지", "부터",
    "처럼", "보다", "마다", "마저", "조차", "밖에", "뿐", "대로", "만큼", "같이", "커녕", "치고", "엔", "에선",
    "에겐", "보단",
)  # fmt: skip
PARTICLES: dict[str, frozenset[Sound]] = {
    **dict.fromkeys(_FORMS_FOR_ALL, _EVERY),
    **{form: frozenset[Sound]({"consonant", "ㄹ"}) for form, _ in _PAIRS},
    **{form: frozenset[Sound]({"vowel"}) for _, form in _PAIRS},
    **{form: frozenset[Sound]({"consonant"}) for form, _ in _PAIRS_BY_RIEUL},
    **{form: frozenset[Sound]({"ㄹ", "vowel"}) for _, form in _PAIRS_BY_RIEUL},
}
_LONGEST = max(map(len, PARTICLES))

_HANGUL = re.compile("[가-힣]*")
_FIRST_SYLLABLE, _LAST_SYLLABLE = "가", "힣"
_FINALS, _RIEUL = 28, 8  # final consonants that a syllable can have, none included, and the number of ㄹ among them
# How the Korean names of the digits end: 영 일 이 삼 사 오 육 칠 팔 구.
_DIGITS: dict[str, Sound] = dict(
    zip("0123456789", ("consonant", "ㄹ", "vowel", "consonant", "vowel", "vowel", "consonant", "ㄹ", "ㄹ", "vowel"),
        strict=True)
)  # fmt: skip


def last_sound(word: str) -> Sound | None:
    """How a word ends for a particle behind it; None where its letters do not tell, as in ``KBS``.

    Example:
        >>> last_sound("부산"), last_sound("서울"), last_sound("제주"), last_sound("2021")
        ('consonant', 'ㄹ', 'vowel', 'ㄹ')
    """
    last = unicodedata.normalize("NFC", word)[-1:]
    if not _FIRST_SYLLABLE <= last <= _LAST_SYLLABLE:
        return _DIGITS.get(last)
    final = (ord(last) - ord(_FIRST_SYLLABLE)) % _FINALS
    return "vowel" if final == 0 else "ㄹ" if final == _RIEUL else "consonant"


def is_particles(ending: str, *, behind: str) -> bool:
    """Whether an ending is one particle or several, each in the form that the sound before it asks for.

    Args:
        ending: of a word, composed or decomposed.
        behind: the word without it; where its last sound is not told, any form will do.

    Example:
        >>> is_particles("에서는", behind="서울"), is_particles("는", behind="서울")
        (True, False)
    """
    ending = unicodedata.normalize("NFC", ending)
    # ends[i]: the first i characters are particles.
    ends = [True] + [False] * len(ending)
    for end in range(1, len(ending) + 1):
        ends[end] = any(
            ends[start] and _fits(ending[start:end], behind + ending[:start])
            for start in range(max(0, end - _LONGEST), end)
        )
    return bool(ending) and ends[-1]


def has_particle_behind(text: str, end: int) -> bool:
    """Whether the Hangul that follows a place without a blank is particles and nothing else.

    Args:
        text: raw; Hangul in syllables.
        end: of an entity.

    Example:
        >>> has_particle_behind("서울에서는 산다", 2), has_particle_behind("서울시청", 2)
        (True, False)
    """
    behind = _HANGUL.match(text, end)
    return behind is not None and is_particles(behind[0], behind=text[:end])


def _fits(form: str, word: str) -> bool:
    sound = last_sound(word)
    return form in PARTICLES and (sound is None or sound in PARTICLES[form])
