"""Labels: the label of each training row comes in; out goes a number for each label by its position, and back.

Nothing is computed from a label: "1" and "2" become 0 and 1 because of their places in the list. No number stands for
an unknown label: an unknown label is an error.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from seqwise.errors import DataError, Problem, did_you_mean
from seqwise.records import Indices

_N_SHOWN = 20  # known labels named in a message: a screenful


@dataclass(frozen=True)
class LabelSet:
    """The labels of a task in the order of their numbers.

    Attributes:
        names: the labels; the number of a label is its place.
        counts: training rows of each label, empty when the set was not fitted on rows.
    """

    names: tuple[str, ...]
    counts: tuple[int, ...] = ()

    def __len__(self) -> int:
        """Number of labels."""
        return len(self.names)

    def apply(self, labels: Sequence[str]) -> Indices:
        """The number of each label, shape (row,).

        Raises:
            DataError: if labels are unknown; all are named, with their rows counted from 1 and the nearest known label.

        Example:
            >>> LabelSet(("negative", "positive")).apply(["positive", "negative"]).tolist()
            [1, 0]
        """
        numbers = {name: number for number, name in enumerate(self.names)}
        try:
            return np.fromiter(map(numbers.__getitem__, labels), dtype=np.int64, count=len(labels))
        except KeyError as error:
            raise DataError(_unknown_labels(labels, self.names)) from error

    def to_json(self) -> str:
        """One JSON object with the names in order and the counts."""
        return json.dumps({"names": self.names, "counts": self.counts}, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> "LabelSet":
        """What ``to_json`` wrote.

        Raises:
            DataError: if the text is not such an object.
        """
        try:
            content = json.loads(text)
            return LabelSet(
                names=tuple(str(name) for name in content["names"]), counts=tuple(int(n) for n in content["counts"])
            )
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                Problem(
                    where="labels",
                    what=f"cannot be read: {error!r}.",
                    fix="Point to the model folder of a finished run.",
                )
            ) from error


def fit_labels(labels: Sequence[str], given: Sequence[str] = ()) -> LabelSet:
    """Collect the labels of the training rows.

    Args:
        labels: the label of each training row.
        given: the allowed labels in the wanted order; empty for those of the rows, sorted with numbers by their size.

    Raises:
        DataError: if a row's label is not among the given ones, if a given label stands twice, or if there are fewer
            than two labels.

    Example:
        >>> fit_labels(["10", "9", "10"])
        LabelSet(names=('9', '10'), counts=(1, 2))
    """
    counts = Counter(labels)
    names = tuple(given) or tuple(_sorted(counts))
    problems = _unknown_labels(labels, names) if counts.keys() - set(names) else []
    twice = [name for name, count in Counter(names).items() if count > 1]
    problems += [Problem(where="data.labels", what=f'names "{name}" twice.', fix="Name it once.") for name in twice]
    if len(names) < 2:
        found = f'only "{names[0]}"' if names else "none"
        problems.append(
            Problem(where="labels", what=f"a model needs two labels or more, found {found}.", fix="Check data.label.")
        )
    if problems:
        raise DataError(problems)
    return LabelSet(names, tuple(counts[name] for name in names))


def _unknown_labels(labels: Sequence[str], names: Sequence[str]) -> list[Problem]:
    """One problem for each unknown label, in order of its first row."""
    known = set(names)
    rows: dict[str, list[int]] = {}
    for row, label in enumerate(labels, start=1):
        if label not in known:
            rows.setdefault(label, []).append(row)
    shown = ", ".join(names[:_N_SHOWN]) + (f" and {len(names) - _N_SHOWN} more" if len(names) > _N_SHOWN else "")
    return [
        Problem(
            where=f"label of row {places[0]}",
            what=f'found "{label}" ({len(places)} row{"s" if len(places) > 1 else ""}); known labels: {shown}.',
            fix=f"{did_you_mean(label, names)} Mend the label, or leave the row out.".lstrip(),
        )
        for label, places in rows.items()
    ]


def _sorted(names: Iterable[str]) -> list[str]:
    """By size when all are numbers, else by text with the numbers inside it by size: 9 before 10, d2 before d10."""
    try:
        return sorted(names, key=lambda name: (float(name), name))
    except ValueError:
        return sorted(names, key=_natural)


def _natural(name: str) -> tuple[list[tuple[str, int]], str]:
    return [(text, int(digits or 0)) for text, digits in re.findall(r"([^0-9]*)([0-9]*)", name)], name
