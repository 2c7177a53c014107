"""Text hygiene: raw text comes in; NFC text without invisible characters goes out, with a map to the raw offsets.

What changes: decomposed letters are composed (NFC), zero-width and control characters go, line breaks, tabs and odd
spaces become a blank, half-width Hangul is composed to syllables, and a conjoining jamo that stands alone becomes the
letter that people type. What stays: case, punctuation, runs of blanks, full-width letters, emoji with their joiners,
and the joiners of scripts in which they change the word.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from seqwise.prepare.hangul import HALF_WIDTH, JAMO, JAMO_ALONE, LEAD, TAIL, VOWEL, Piece, typed_letter, wide_pieces
from seqwise.records import Indices

_TAB = "\t"
_ODD_SPACE = "\xa0\u1680\u2000-\u200a\u202f\u205f\u3000\u3164\uffa0"  # the last two: Hangul fillers, drawn as a blank
_BREAK = "\n\r\x0b\x0c\x85\u2028\u2029"
_ZERO_WIDTH = (
    "\xad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\U000e0000-\U000e007f"
)
_CONTROL = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff"  # surrogates: no tokenizer takes them
_EMOJI = "\u00a9\u00ae\u203c-\u3299\ufe0f\U0001f000-\U0001faff"
_JOINING = (
    "\u0600-\u0dff\u1000-\u109f\u1780-\u18af"  # Arabic, Indic, Burmese, Khmer, Mongolian: a joiner changes the word
)

_SUSPECT = re.compile(f"[{_TAB}{_ODD_SPACE}{_BREAK}{_ZERO_WIDTH}{_CONTROL}{HALF_WIDTH}{LEAD}{VOWEL}{TAIL}]")
_CHANGE = re.compile(
    "(?P<keep>"
    f"(?<=[{_EMOJI}])\u200d(?=[{_EMOJI}])|(?<=[{_JOINING}])[\u200c\u200d]"
    "|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f)"  # flags of regions are spelt in invisible letters
    f"|(?P<blank>\r\n|[{_BREAK}]|[{_TAB}{_ODD_SPACE}])"
    f"|(?P<gone>[{_ZERO_WIDTH}{_CONTROL}])"
    f"|(?P<half>[{HALF_WIDTH}]+)"
)
_JOINS_SYLLABLE = re.compile(f"[{VOWEL}{TAIL}]")
_KINDS = {
    "zero_width": re.compile(f"[{_ZERO_WIDTH}]"),
    "control": re.compile(f"[{_CONTROL}]"),
    "odd_space": re.compile(f"[{_ODD_SPACE}]"),
    "line_break": re.compile(f"[{_BREAK}]"),
    "half_width": re.compile(f"[{HALF_WIDTH}]"),
}


@dataclass(frozen=True)
class Cleaned:
    """Clean text and where each of its characters came from.

    Attributes:
        text: what ``clean`` returns for the raw text.
        raw_offsets: start and end in the raw text of each character of ``text``, shape (character, 2). Characters that
            were composed or re-ordered together share one span.
    """

    text: str
    raw_offsets: Indices


@dataclass(frozen=True)
class HygieneReport:
    """How many of ``n_rows`` texts hold each kind of disorder before cleaning; a text may count in several."""

    n_rows: int
    n_changed: int
    n_nfd: int
    n_zero_width: int
    n_control: int
    n_odd_space: int
    n_line_break: int
    n_half_width: int
    n_lone_jamo: int


def clean(text: str) -> str:
    r"""The text in NFC, without invisible characters, each break and odd space a blank.

    Cleaning again changes nothing. A text that needs nothing comes back as the same object, after one search and one
    look at its normal form.

    Example:
        >>> clean("a\u200bb\r\nc")
        'ab c'
    """
    while _is_suspect(text):
        changed = _changed_once(text)
        if changed == text:
            break
        # Taking a character away can bring two others together, so look again; almost always once.
        text = changed
    return text


def clean_with_map(text: str) -> Cleaned:
    r"""The clean text together with the place of each of its characters in the raw text.

    Example:
        >>> clean_with_map("e\u0301t").raw_offsets.tolist()
        [[0, 2], [2, 3]]
    """
    ends = np.arange(1, len(text) + 1, dtype=np.int64)
    offsets = np.stack([ends - 1, ends], axis=1)
    while _is_suspect(text):
        before = text
        for stage in (_change_pieces, _compose_pieces, _jamo_pieces):
            text, spans = _joined(stage(text))
            offsets = np.stack([offsets[spans[:, 0], 0], offsets[spans[:, 1] - 1, 1]], axis=1)
        if text == before:
            break
    return Cleaned(text, offsets)


def hygiene_report(texts: Iterable[str]) -> HygieneReport:
    """Count the rows that cleaning mends, by kind; joiners that cleaning keeps do not count."""
    counts = dict.fromkeys((*_KINDS, "rows", "changed", "nfd", "lone_jamo"), 0)
    for text in texts:
        counts["rows"] += 1
        if not _is_suspect(text):
            continue
        composed = unicodedata.normalize("NFC", text)
        counts["nfd"] += composed != text
        counts["changed"] += clean(text) != text
        counts["lone_jamo"] += any(match["alone"] for match in JAMO_ALONE.finditer(composed))
        replaced = "".join(match[0] for match in _CHANGE.finditer(text) if not match["keep"])
        for kind, pattern in _KINDS.items():
            counts[kind] += pattern.search(replaced) is not None
    return HygieneReport(**{f"n_{kind}": count for kind, count in counts.items()})


def _is_suspect(text: str) -> bool:
    return _SUSPECT.search(text) is not None or not unicodedata.is_normalized("NFC", text)


def _changed_once(text: str) -> str:
    composed = unicodedata.normalize("NFC", _CHANGE.sub(_replacement, text))
    return JAMO_ALONE.sub(_block_or_letter, composed) if JAMO.search(composed) else composed


def _replacement(match: re.Match[str]) -> str:
    if match["half"]:
        return "".join(piece for piece, _, _ in wide_pieces(match["half"], 0))
    return " " if match["blank"] else match["keep"] or ""


def _block_or_letter(match: re.Match[str]) -> str:
    return match["block"] or typed_letter(match["alone"])


def _joined(pieces: Iterable[Piece]) -> tuple[str, Indices]:
    """The pieces' text, and the span that each character replaces, shape (character, 2)."""
    kept = list(pieces)
    spans = [(start, end) for piece, start, end in kept for _ in piece]
    return "".join(piece for piece, _, _ in kept), np.array(spans, dtype=np.int64).reshape(-1, 2)


def _untouched(text: str, start: int, end: int) -> Iterator[Piece]:
    return ((text[place], place, place + 1) for place in range(start, end))


def _replaced(
    text: str, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], Iterable[Piece]]
) -> Iterator[Piece]:
    """The pieces of a substitution: single characters where nothing matches, ``replace``'s pieces where it does."""
    place = 0
    for match in pattern.finditer(text):
        yield from _untouched(text, place, match.start())
        yield from replace(match)
        place = match.end()
    yield from _untouched(text, place, len(text))


def _change_pieces(text: str) -> Iterator[Piece]:
    def pieces(match: re.Match[str]) -> Iterable[Piece]:
        if match["half"]:
            return wide_pieces(match["half"], match.start())
        if match["keep"]:
            return _untouched(text, *match.span())
        return [(_replacement(match), *match.span())]

    return _replaced(text, _CHANGE, pieces)


def _jamo_pieces(text: str) -> Iterator[Piece]:
    def pieces(match: re.Match[str]) -> Iterable[Piece]:
        return _untouched(text, *match.span()) if match["block"] else [(_block_or_letter(match), *match.span())]

    return _replaced(text, JAMO_ALONE, pieces)


def _compose_pieces(text: str) -> Iterator[Piece]:
    """NFC stretch by stretch; a stretch that NFC leaves alone keeps a span for each of its characters."""
    begins = [place for place, character in enumerate(text) if _begins_stretch(character)]
    edges = [0, *(place for place in begins if place), len(text)]
    for start, end in pairwise(edges):
        composed = unicodedata.normalize("NFC", text[start:end])
        yield from _untouched(text, start, end) if composed == text[start:end] else [(composed, start, end)]


def _begins_stretch(character: str) -> bool:
    """Whether NFC never joins this character to the one before it: no mark, no vowel or tail of a Hangul syllable.

    Some that could begin a stretch are counted as marks; that makes a stretch longer, never wrong.
    """
    return character.isascii() or not (
        unicodedata.combining(character)
        or unicodedata.category(character).startswith("M")
        or _JOINS_SYLLABLE.match(character)
        or "\U00016d63" <= character <= "\U00016d6a"  # Kirat Rai vowels: letters by category, yet they compose
    )
