"""Detection of the tag scheme: the tags of a corpus come in; the scheme comes out, or why it cannot be told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import get_args

from seqwise.spans.schemes import OUTSIDE, Scheme, SchemeName, Spelling, chunks, tags_of

EVERY_SCHEME = tuple(Scheme(name, spelling) for spelling, name in product(get_args(Spelling), get_args(SchemeName)))
# A reason names so many schemes; the others are further off.
MOST_TOLD = 3


@dataclass(frozen=True)
class Misfit:
    """A scheme that does not fit: how many sequences break it, and which does so first, from 0."""

    scheme: Scheme
    n_faulty: int
    first: int


@dataclass(frozen=True)
class Detection:
    """What a corpus tells about its scheme.

    Attributes:
        fitting: the schemes in which every sequence is valid.
        misfits: the others, nearest first.
        n_sequences: of the corpus.
        has_entities: False when every tag is O.
    """

    fitting: tuple[Scheme, ...]
    misfits: tuple[Misfit, ...]
    n_sequences: int
    has_entities: bool

    @property
    def scheme(self) -> Scheme | None:
        """The scheme, where exactly one fits; None where the corpus is ambiguous, mixed or faulty."""
        return self.fitting[0] if len(self.fitting) == 1 else None

    @property
    def reason(self) -> str:
        """Why this scheme, or why none, in one sentence."""
        if not self.has_entities:
            return "No sequence holds an entity, so every scheme fits."
        if self.scheme is not None:
            return f"All {self.n_sequences:,} sequences are valid in {self.scheme} and in no other scheme."
        if self.fitting:
            return f"Ambiguous: every sequence is valid in {_listed(map(str, self.fitting), 'and in')}."
        told = (
            f"{misfit.n_faulty:,} of {self.n_sequences:,} are not valid in {misfit.scheme} (first: {misfit.first})"
            for misfit in self.misfits[:MOST_TOLD]
        )
        return f"Mixed or faulty: no scheme fits all sequences; {_listed(told, 'and')}."


def detect(sequences: Sequence[Sequence[str]]) -> Detection:
    """Find the scheme in which every sequence of a corpus is valid.

    Nothing is guessed: one faulty sequence, two schemes in one file, or tags that fit two schemes leave the scheme
    open, and the reason tells how far off each scheme is. Only schemes of this package are tried.

    Args:
        sequences: tags of each sentence.

    Example:
        >>> str(detect([["B-PS", "I-PS", "O"], ["B-LC"]]).scheme)
        'BIO spelt B-PS'
    """
    misfits: list[Misfit] = []
    for scheme in EVERY_SCHEME:
        faulty = [row for row, tags in enumerate(sequences) if not _is_valid(tags, scheme)]
        if faulty:
            misfits.append(Misfit(scheme, n_faulty=len(faulty), first=faulty[0]))
    unfit = {misfit.scheme for misfit in misfits}
    return Detection(
        fitting=tuple(scheme for scheme in EVERY_SCHEME if scheme not in unfit),
        misfits=tuple(sorted(misfits, key=lambda misfit: misfit.n_faulty)),
        n_sequences=len(sequences),
        has_entities=any(tag != OUTSIDE for tags in sequences for tag in tags),
    )


def _is_valid(tags: Sequence[str], scheme: Scheme) -> bool:
    """Whether there are no tag faults; it writes no words and looks for no nearest tag."""
    if any(scheme.read(tag) is None for tag in set(tags)):
        return False
    return tags_of(chunks(tags, scheme), len(tags), scheme=scheme) == list(tags)


def _listed(parts: Iterable[str], joint: str) -> str:
    *most, last = parts
    return f"{', '.join(most)} {joint} {last}" if most else last
