"""Examples and their fields together, and their division into splits."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any

import torch

from seqwise.errors import Problem, UsageError, did_you_mean
from seqwise.legacy.torchtext.data.example import Column, Example, NamedField
from seqwise.legacy.torchtext.data.shuffle import Shuffler

SortKey = Callable[[Any], Any]


class Dataset(torch.utils.data.Dataset[Example]):
    """Examples with the fields that made them; ``dataset.text`` gives the values of the field ``text`` one by one.

    Attributes:
        examples: the rows.
        fields: name to field; two names with one field share its vocabulary.
        sort_key: of an example, by which iterators put like lengths together, unless they are given another.
    """

    sort_key: SortKey | None = None

    def __init__(
        self,
        examples: Iterable[Example],
        fields: Mapping[str, Column | None] | Iterable[NamedField],
        *,
        filter_pred: Callable[[Example], bool] | None = None,
    ) -> None:
        """Keep the examples, those that ``filter_pred`` lets pass if it is given."""
        self.examples = list(filter(filter_pred, examples)) if filter_pred else list(examples)
        self.fields: dict[str, Column | None] = dict(fields)

    def __getitem__(self, index: int) -> Example:
        """The example at a place."""
        return self.examples[index]

    def __len__(self) -> int:
        """Number of examples."""
        return len(self.examples)

    def __iter__(self) -> Iterator[Example]:
        """The examples in their order."""
        return iter(self.examples)

    def __getattr__(self, name: str) -> Generator[Any]:
        """The values of a field, one an example."""
        fields = vars(self).get("fields", {})
        if name not in fields:
            told = f"the dataset has no field {name!r}; it has {', '.join(map(str, fields))}."
            raise AttributeError(f"{told} {did_you_mean(name, map(str, fields))}".rstrip())
        return (vars(example)[name] for example in self.examples)

    def split(
        self,
        split_ratio: float | Sequence[float] = 0.7,
        *,
        stratified: bool = False,
        strata_field: str = "label",
        random_state: tuple[Any, ...] | None = None,
    ) -> tuple["Dataset", ...]:
        """Divide the examples by chance, as torchtext does from the same state of ``random``.

        Args:
            split_ratio: the share of training, or the relative sizes of training and test, or of training, test and
                validation.
            stratified: whether each value of ``strata_field`` is divided alike.
            strata_field: name of the field to stratify by.
            random_state: what ``random.getstate()`` returned; None: the present state.

        Returns:
            Training and test; or training, validation and test, in this order. Empty ones are left out.

        Raises:
            UsageError: if the shares, the field or the state is wrong.
        """
        if stratified and strata_field not in self.fields:
            what = f'found "{strata_field}"; known: {", ".join(self.fields)}.'
            raise UsageError(Problem("strata_field", what, did_you_mean(strata_field, self.fields)))
        shares, shuffle = _shares(split_ratio), Shuffler(random_state)
        parts: tuple[list[Example], ...] = ([], [], [])
        for group in self._strata(strata_field) if stratified else [self.examples]:
            for part, drawn in zip(parts, _divided(shuffle(group), shares), strict=True):
                part.extend(drawn)
        train, test, validation = parts
        return tuple(self._of(part) for part in (train, validation, test) if part)

    def _strata(self, name: str) -> list[list[Example]]:
        groups: dict[Any, list[Example]] = {}
        for example in self.examples:
            groups.setdefault(vars(example)[name], []).append(example)
        return [groups[value] for value in sorted(groups)]

    def _of(self, examples: Sequence[Example]) -> "Dataset":
        part = Dataset(examples, self.fields)
        part.sort_key = self.sort_key
        return part


def _shares(split_ratio: float | Sequence[float]) -> tuple[float, float, float]:
    """Shares of training, test and validation, that sum to 1."""
    sizes = [split_ratio, 1.0 - split_ratio] if isinstance(split_ratio, float) else list(_sizes(split_ratio))
    if len(sizes) not in (2, 3) or min(sizes) < 0.0 or sizes[0] <= 0.0 or sizes[1] <= 0.0:
        what = f"found {split_ratio!r}; allowed: a share above 0 and below 1, or 2 or 3 relative sizes."
        fix = "Write 0.8 for four fifths of training, or [0.7, 0.2, 0.1] for training, test and validation."
        raise UsageError(Problem("split_ratio", what, fix))
    train, test, *rest = (size / sum(sizes) for size in sizes)
    return train, test, sum(rest)


def _sizes(split_ratio: Any) -> Sequence[float]:
    return split_ratio if isinstance(split_ratio, Sequence) else ()


def _divided(examples: list[Example], shares: tuple[float, float, float]) -> tuple[list[Example], ...]:
    n_train = round(shares[0] * len(examples))
    behind = n_train + round(shares[1] * len(examples)) if shares[2] else len(examples)
    return examples[:n_train], examples[n_train:behind], examples[behind:]
