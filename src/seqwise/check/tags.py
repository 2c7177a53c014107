"""Tags of a split in; what the checks on tagging share: padding and special positions, sequences, strict scores.

The sums here are written apart from ``seqwise.evaluate`` on purpose: a check must not share a mistake with the score
that it judges.
"""

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from seqwise.records import Indices
from seqwise.tag_evidence import TagEvidence

Flags = NDArray[np.bool_]

# No tag is given for this unit; files for transformers write -100.
NO_TAG = -1
PADDING = frozenset({"<pad>", "[pad]"})
PADDING_TAGS = PADDING | {"pad"}
SPECIAL = frozenset({"[cls]", "[sep]", "[bos]", "[eos]", "<cls>", "<sep>", "<s>", "</s>", "<bos>", "<eos>"})
# X is the tag that tutorials give to continued pieces; among parts of speech it is "other".
SPECIAL_TAGS = SPECIAL | {"cls", "sep", "x"}


def padding_tags(facts: TagEvidence) -> Indices:
    """Numbers of tags that are names of padding."""
    return np.flatnonzero([name.casefold() in PADDING_TAGS for name in facts.names])


def special_tags(facts: TagEvidence) -> Indices:
    """Numbers of tags that are names of special tokens."""
    names = SPECIAL_TAGS if facts.has_entities else SPECIAL
    return np.flatnonzero([name.casefold() in names for name in facts.names])


def written_as(facts: TagEvidence, names: frozenset[str]) -> Flags:
    """Whether each unit is written as one of these names, shape (unit,)."""
    return np.fromiter((one.casefold() in names for one in facts.surfaces), dtype=np.bool_, count=len(facts.surfaces))


def begins_word(facts: TagEvidence) -> Flags:
    """Units that are no continued pieces, as WordPiece and SentencePiece mark them, shape (unit,)."""
    has_marks = any(one.startswith("▁") for one in facts.surfaces)
    begins = (one.startswith("▁") if has_marks else not one.startswith("##") for one in facts.surfaces)
    return np.fromiter(begins, dtype=np.bool_, count=len(facts.surfaces))


def given_tags(facts: TagEvidence) -> Indices | None:
    """The true tags, or the predicted ones where the truth is unknown."""
    return facts.predicted if facts.truth is None else facts.truth


def is_scored(facts: TagEvidence) -> Flags:
    """Units with a true and a predicted tag, shape (unit,)."""
    if facts.truth is None or facts.predicted is None:
        return np.zeros(len(facts.surfaces), dtype=np.bool_)
    return (facts.truth != NO_TAG) & (facts.predicted != NO_TAG)


def accuracy(facts: TagEvidence, units: Flags) -> float:
    """Share of these units whose predicted tag is the true one; 0 when there are none."""
    if facts.truth is None or facts.predicted is None or not units.any():
        return 0.0
    return float((facts.truth == facts.predicted)[units].mean())


def entity_counts(facts: TagEvidence) -> tuple[int, int, int]:
    """Right, found and gold entities; right means start, end and label (strict)."""
    pairs = [(Counter(true), Counter(found)) for true, found in zip(facts.gold or (), facts.found or (), strict=False)]
    n_right = sum((true & found).total() for true, found in pairs)
    return n_right, sum(found.total() for _, found in pairs), sum(true.total() for true, _ in pairs)


def f1(counts: tuple[int, int, int]) -> float:
    """The harmonic mean of precision and recall, from right, found and gold; 0 when there is nothing."""
    n_right, n_found, n_gold = counts
    return 2 * n_right / (n_found + n_gold) if n_found + n_gold else 0.0


def sequences(facts: TagEvidence, tags: Indices) -> Iterator[list[str]]:
    """Names of the tags of each text, without positions that carry none or one of padding or a special token."""
    outside = {NO_TAG, *padding_tags(facts).tolist(), *special_tags(facts).tolist()}
    for start, end in zip(facts.offsets[:-1].tolist(), facts.offsets[1:].tolist(), strict=True):
        yield [facts.names[tag] for tag in tags[start:end].tolist() if tag not in outside]
