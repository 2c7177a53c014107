"""Rows in; which rows of one split say the same as rows of another, byte for byte or after folding case and spaces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unicodedata import is_normalized, normalize

import numpy as np
from numpy.typing import NDArray

from seqwise.records import Indices, Rows

Flags = NDArray[np.bool_]


def fold_text(text: str) -> str:
    """NFC, lower case for comparison, runs of white space as one blank.

    Example:
        >>> fold_text("  Good   MOVIE ")
        'good movie'
    """
    composed = text if is_normalized("NFC", text) else normalize("NFC", text)
    return " ".join(composed.casefold().split())


@dataclass(frozen=True)
class Overlap:
    """Rows of a split whose text also stands in the training rows."""

    split: str
    n: int
    n_identical: int
    is_seen: Flags

    @property
    def n_seen(self) -> int:
        """Rows whose folded text is a training text too."""
        return int(self.is_seen.sum())


@dataclass(frozen=True)
class FoldedSplits:
    """The rows of all splits beside their folded texts, folded once."""

    rows: Mapping[str, Rows]
    texts: Mapping[str, list[str]]

    def overlaps(self) -> list[Overlap]:
        """Each held-out split with rows against the training rows."""
        if "train" not in self.rows:
            return []
        seen, exact = set(self.texts["train"]), set(self.rows["train"].texts)
        return [
            Overlap(
                split=split,
                n=len(rows),
                n_identical=sum(text in exact for text in rows.texts),
                is_seen=np.fromiter((text in seen for text in self.texts[split]), dtype=np.bool_, count=len(rows)),
            )
            for split, rows in self.rows.items()
            if split != "train" and len(rows) > 0
        ]


def fold_splits(rows: Mapping[str, Rows]) -> FoldedSplits:
    """Fold the texts of every split."""
    return FoldedSplits(rows, {split: [fold_text(text) for text in one.texts] for split, one in rows.items()})


def repeated(texts: Sequence[str]) -> int:
    """Rows that say what an earlier row has said."""
    return len(texts) - len(set(texts))


def contradictions(texts: Sequence[str], labels: Sequence[str]) -> tuple[int, int]:
    """Texts that carry more than one label, and the rows on which they stand."""
    labels_of: dict[str, set[str]] = {}
    for text, label in zip(texts, labels, strict=True):
        labels_of.setdefault(text, set()).add(label)
    torn = {text for text, found in labels_of.items() if len(found) > 1}
    return len(torn), sum(text in torn for text in texts)


def same_places(train: Rows, held_out: Rows, *, contents: Mapping[str, str]) -> Indices:
    """Held-out rows that are training rows: same content of the file, same line, same text.

    Args:
        train: training rows.
        held_out: rows of another split.
        contents: path to the hash of the file's content. Rows of other paths have no file behind them and are passed
            over: lines of lists in memory all count from 1.
    """
    seen = {place for place in _places(train, contents) if place is not None}
    return np.asarray([i for i, place in enumerate(_places(held_out, contents)) if place in seen], dtype=np.int64)


def _places(rows: Rows, contents: Mapping[str, str]) -> list[tuple[str, int, str] | None]:
    hashes = [contents.get(path) for path in rows.files]
    return [
        None if (content := hashes[file]) is None else (content, line, text)
        for file, line, text in zip(rows.file_of.tolist(), rows.lines.tolist(), rows.texts, strict=True)
    ]
