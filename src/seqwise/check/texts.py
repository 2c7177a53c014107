"""Rows in; which rows of one split say the same as rows of another, byte for byte or after folding case and spaces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unicodedata import is_normalized, normalize

import numpy as np
from numpy.typing import NDArray

from seqwise.records import Indices, Rows
from seqwise.repeats import first_rows, text_numbers

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
    """The rows of all splits, training rows first, and which of them say the same after folding.

    Attributes:
        rows: split to its rows.
        firsts: split to the first of all rows, counted over the splits, with the same folded text, shape (row,).
    """

    rows: Mapping[str, Rows]
    firsts: Mapping[str, Indices]

    def overlaps(self) -> list[Overlap]:
        """Each held-out split with rows against the training rows."""
        if "train" not in self.rows:
            return []
        n_train = len(self.rows["train"])
        return [
            Overlap(
                split=split,
                n=len(rows),
                n_identical=_n_identical(self.rows["train"].texts, rows.texts),
                is_seen=self.firsts[split] < n_train,
            )
            for split, rows in self.rows.items()
            if split != "train" and len(rows) > 0
        ]

    def new_rows(self, split: str) -> Indices:
        """Rows of a split whose folded text stands nowhere before."""
        names = list(self.rows)
        begin = sum(len(self.rows[name]) for name in names[: names.index(split)])
        return np.flatnonzero(self.firsts[split] == np.arange(begin, begin + len(self.rows[split])))


def fold_splits(rows: Mapping[str, Rows]) -> FoldedSplits:
    """Fold the texts of every split and find those that say the same."""
    in_order = dict(sorted(rows.items(), key=lambda item: item[0] != "train"))
    folded = (fold_text(text) for one in in_order.values() for text in one.texts)
    firsts = first_rows(folded, sum(map(len, in_order.values())))
    ends = np.cumsum([len(one) for one in in_order.values()])[:-1]
    return FoldedSplits(in_order, dict(zip(in_order, np.split(firsts, ends), strict=True)))


def _n_identical(train: Sequence[str], held_out: Sequence[str]) -> int:
    """Held-out texts that stand in the training rows, found in one pass over those."""
    wanted = set(held_out)
    found = {text for text in train if text in wanted}
    return sum(text in found for text in held_out)


def repeated(texts: Sequence[str] | Indices) -> int:
    """Rows that say what an earlier row has said; texts, or anything that is the same for the same text."""
    return len(texts) - len(np.unique(texts))


def contradictions(texts: Sequence[str] | Indices, labels: Sequence[str]) -> tuple[int, int]:
    """Texts (as in `repeated`) that carry more than one label, and the rows on which they stand."""
    _, first_row, text = np.unique(texts, return_index=True, return_inverse=True)
    label = text_numbers(labels, len(labels))
    is_torn = np.zeros(len(first_row), dtype=np.bool_)
    is_torn[text[label != label[first_row[text]]]] = True
    return int(is_torn.sum()), int(is_torn[text].sum())


def same_places(train: Rows, held_out: Rows, *, contents: Mapping[str, str]) -> Indices:
    """Held-out rows that are training rows: same content of the file, same line, same text.

    Args:
        train: training rows.
        held_out: rows of another split.
        contents: path to the hash of the file's content. Rows of other paths have no file behind them and are passed
            over: lines of lists in memory all count from 1.
    """
    numbers = {content: number for number, content in enumerate(dict.fromkeys(contents.values()))}
    n_lines = 1 + max(one.lines.max(initial=0) for one in (train, held_out))

    def places(rows: Rows) -> Indices:
        of_file = [numbers[contents[path]] if path in contents else -1 for path in rows.files]
        return np.asarray(of_file, dtype=np.int64)[rows.file_of] * n_lines + rows.lines

    there, here = places(train), places(held_out)
    shared = np.flatnonzero((there >= 0) & np.isin(there, here))
    seen = set(zip(there[shared].tolist(), train.take(shared).texts, strict=True))
    met = np.flatnonzero(np.isin(here, there[shared]))
    is_same = [place in seen for place in zip(here[met].tolist(), held_out.take(met).texts, strict=True)]
    return met[np.asarray(is_same, dtype=np.bool_)]
