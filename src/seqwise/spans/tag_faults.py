"""Faults of tags: the tags of a sentence come in; what breaks the scheme comes out, with the nearest valid tag."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from seqwise.errors import nearest
from seqwise.spans.schemes import OUTSIDE, Scheme, chunks, tags_of


@dataclass(frozen=True)
class TagFault:
    """A tag that breaks the scheme; ``what`` and ``fix`` are those of a problem, to which a reader adds the place.

    Attributes:
        position: of the unit in its sentence, from 0.
        found: the tag.
        nearest: the valid tag to put there; empty when no known tag is like an unknown one.
        what: what is wrong with the tag.
        fix: what to do about it.
    """

    position: int
    found: str
    nearest: str
    what: str
    fix: str


def tag_faults(tags: Sequence[str], scheme: Scheme, *, known: Collection[str] = ()) -> list[TagFault]:
    """What breaks the scheme in the tags of one sentence, in order; empty when the sequence is valid.

    The nearest valid tags keep every label and every chunk that conlleval finds, so mending them changes no lenient
    score: ``O I-PS`` becomes ``O B-PS``, and in BIOES ``B-PS O`` becomes ``S-PS O``. Tags that the scheme does not have
    are told alone, since what stands beside them cannot be judged; for them the nearest is the one spelt most alike.

    Args:
        tags: of the units of one sentence.
        scheme: what the tags shall keep.
        known: tags of the whole corpus, for the nearest of a tag that the scheme does not have.

    Example:
        >>> [(fault.position, fault.found, fault.nearest) for fault in tag_faults(["O", "I-PS"], Scheme("BIO"))]
        [(1, 'I-PS', 'B-PS')]
    """
    known = sorted({OUTSIDE, *tags, *known})
    valid = [tag for tag in known if scheme.read(tag) is not None]
    unknown = set(tags) - set(valid)
    if unknown:
        return [_unknown(i, tag, scheme, valid=valid) for i, tag in enumerate(tags) if tag in unknown]
    mended = tags_of(chunks(tags, scheme), len(tags), scheme=scheme)
    return [
        TagFault(i, tag, wanted, f'tag "{tag}" {_between(tags, i)} is not valid in {scheme}.', _did_you_mean(wanted))
        for i, (tag, wanted) in enumerate(zip(tags, mended, strict=True))
        if tag != wanted
    ]


def _unknown(position: int, tag: str, scheme: Scheme, *, valid: Sequence[str]) -> TagFault:
    match = nearest(tag, valid)
    example = scheme.write("B", "PS")
    fix = f'Write "{OUTSIDE}", or a label as in "{example}".' if match is None else _did_you_mean(match)
    return TagFault(position, tag, match or "", f'tag "{tag}" is not a tag of {scheme}.', fix)


def _did_you_mean(tag: str) -> str:
    return f'Did you mean "{tag}"?'


def _between(tags: Sequence[str], i: int) -> str:
    before = f'after "{tags[i - 1]}"' if i > 0 else "at the beginning"
    after = f'before "{tags[i + 1]}"' if i + 1 < len(tags) else "at the end"
    return f"{before} and {after}"
