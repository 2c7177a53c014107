"""Hangul not written in syllables: half-width letters and lone conjoining jamo come in, what people read goes out.

Unicode has three sets of Hangul letters: those that people type (U+3131 ff.), half-width ones from old mainframe
encodings (U+FFA1 ff.), and conjoining jamo, of which NFC makes syllables (U+1100 ff.). A letter is the same in all
three by its name.
"""

import re
import unicodedata
from collections.abc import Iterator

Piece = tuple[str, int, int]
"""A piece of new text, and the start and end of what it replaces."""

LEAD, VOWEL, TAIL = "\u1100-\u115f\ua960-\ua97c", "\u1160-\u11a7\ud7b0-\ud7c6", "\u11a8-\u11ff\ud7cb-\ud7fb"
HALF_WIDTH = "\uffa1-\uffdc"

JAMO = re.compile(f"[{LEAD}{VOWEL}{TAIL}]")
# A block written in conjoining jamo is kept whole, because old Hangul has no single character for it.
# Any other modern jamo stands alone.
JAMO_ALONE = re.compile(
    f"(?P<block>[{LEAD}][{VOWEL}]+[{TAIL}]*|[가-힣](?:[{VOWEL}]+[{TAIL}]*|[{TAIL}]+))"
    "|(?P<alone>[\u1100-\u1112\u1161-\u1175\u11a8-\u11c2])"
)


def _modern(first: int, last: int, *, kind: str) -> dict[str, str]:
    """Typed letter to conjoining jamo of one kind: ㄱ to U+1100 for CHOSEONG."""
    jamo = [chr(code) for code in range(first, last + 1)]
    return {unicodedata.lookup(unicodedata.name(each).replace(kind, "LETTER")): each for each in jamo}


_LEADS = _modern(0x1100, 0x1112, kind="CHOSEONG")
_VOWELS = _modern(0x1161, 0x1175, kind="JUNGSEONG")
_TAILS = _modern(0x11A8, 0x11C2, kind="JONGSEONG")
_TYPED = {jamo: letter for table in (_LEADS, _VOWELS, _TAILS) for letter, jamo in table.items()}
_WIDE = {
    chr(code): chr(int(decomposition.split()[1], 16))
    for code in range(0xFFA1, 0xFFDD)
    if (decomposition := unicodedata.decomposition(chr(code)))  # "<narrow> 3131"
}
# A consonant ends the syllable only when no vowel follows it; else it begins the next one.
_SYLLABLE = re.compile(
    f"([{''.join(_LEADS)}])([{''.join(_VOWELS)}])(?:([{''.join(_TAILS)}])(?![{''.join(_VOWELS)}]))?|.", re.DOTALL
)


def typed_letter(jamo: str) -> str:
    """The letter that people type for a modern conjoining jamo: U+110F becomes ㅋ."""
    return _TYPED[jamo]


def wide_pieces(text: str, start: int) -> Iterator[Piece]:
    """Compose a run of half-width letters; what makes no syllable becomes the full letter (ㅋㅋ stays ㅋㅋ).

    Args:
        text: half-width letters only.
        start: where the run begins in the whole text; the pieces' places count from there.
    """
    wide = "".join(_WIDE.get(character, character) for character in text)
    for match in _SYLLABLE.finditer(wide):
        lead, vowel, tail = match.groups()
        jamo = _LEADS[lead] + _VOWELS[vowel] + _TAILS.get(tail or "", "") if lead else ""
        yield unicodedata.normalize("NFC", jamo) or match[0], start + match.start(), start + match.end()
