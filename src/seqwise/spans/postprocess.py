"""Optional steps behind a tagger: spans and pieces come in; spans without particles and plain text go out.

None of them is part of a score: gold entities are compared with what the tagger says.
"""

import unicodedata
from collections.abc import Container, Iterable
from dataclasses import replace
from typing import Literal

from seqwise.records import Span
from seqwise.spans.particles import is_particles

# Particles of two syllables or more in which hardly a name ends: of 14,257 gold entities of KLUE's development set 2,
# of 60,991 of KMOU's corpus 30 end in one behind two characters or more, most of those 30 in titles and spans of time.
SURE = ("에서", "에게", "께서", "한테", "까지", "부터", "으로", "처럼")
_FEWEST = 2  # characters that must be left where only the particle itself speaks for the cut


def join_pieces(pieces: Iterable[str], *, marker: Literal["##", "▁"]) -> str:
    """The text of word pieces where their offsets are lost; with offsets take the raw text itself.

    Args:
        pieces: in order, without special tokens such as ``[CLS]``.
        marker: ``##`` before a piece that continues a word (WordPiece), or ``▁`` for a blank (SentencePiece).

    Example:
        >>> join_pieces(["서울", "##시", "에서"], marker="##"), join_pieces(["▁서울", "시", "▁는"], marker="▁")
        ('서울시 에서', '서울시 는')
    """
    if marker == "▁":
        return "".join(pieces).replace(marker, " ").strip()
    return "".join(piece.removeprefix(marker) if piece.startswith(marker) else f" {piece}" for piece in pieces).strip()


def without_particles(span: Span, text: str, *, known: Container[str] = frozenset()) -> Span:
    """The span without particles at its end, where there is proof that they are none of the name's own syllables.

    A known name is kept whole, so 서울로 stays where it is known. Else the longest known name is kept that only
    particles follow. Else the span is cut before a particle of :data:`SURE`, if two characters or more are left; one
    syllable such as 가, 은 or 로 is never cut for itself.

    Args:
        span: of characters.
        text: raw.
        known: names, for example the entities of the training rows.

    Example:
        >>> without_particles(Span(0, 5, "PS"), "송재우에게 갔다"), without_particles(Span(0, 2, "PS"), "이은")
        (Span(start=0, end=3, label='PS'), Span(start=0, end=2, label='PS'))
    """
    surface = text[span.start : span.end]
    if surface in known:
        return span
    cuts = [end for end in range(len(surface) - 1, 0, -1) if is_particles(surface[end:], behind=surface[:end])]
    kept = next((end for end in cuts if surface[:end] in known), None)
    if kept is None:
        kept = min((end for end in cuts if _is_sure(surface[:end], surface[end:])), default=len(surface))
    return replace(span, end=span.start + kept)


def _is_sure(name: str, particles: str) -> bool:
    name, particles = (unicodedata.normalize("NFC", part) for part in (name, particles))
    return len(name) >= _FEWEST and particles.startswith(SURE)
