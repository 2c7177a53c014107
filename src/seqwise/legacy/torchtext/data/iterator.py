"""Batches of a dataset: examples in, padded tensors of examples of like lengths out."""

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from seqwise.errors import Problem, UsageError
from seqwise.legacy.torchtext.data.batch import Batch
from seqwise.legacy.torchtext.data.dataset import Dataset, SortKey
from seqwise.legacy.torchtext.data.example import Example
from seqwise.legacy.torchtext.data.shuffle import Shuffler

# A new example, the examples of the batch with it, and their size before it, to their size with it.
BatchSize = Callable[[Any, int, int], int]
_POOL = 100  # batches whose examples are sorted together, as in torchtext


@dataclass(eq=False)
class Iterator:
    """Batches of a dataset, epoch after epoch; the arguments are those of torchtext, in their order.

    Attributes:
        dataset: that the batches are of.
        batch_size: examples of a batch, or what ``batch_size_fn`` measures.
        sort_key: of an example, such as its length; None: that of the dataset.
        device: of the tensors; None: the processor.
        batch_size_fn: measures a batch while it grows; None: its examples are counted.
        train: whether the batches are for training; ``shuffle`` and ``sort`` follow from it where they are None.
        repeat: whether epochs follow one another without an end.
        shuffle: whether each epoch has an order of its own.
        sort: whether the whole dataset is in the order of ``sort_key``.
        sort_within_batch: whether a batch has its longest example first; None: as ``sort``.
    """

    dataset: Dataset
    batch_size: int
    sort_key: SortKey | None = None
    device: torch.device | str | None = None
    batch_size_fn: BatchSize | None = None
    train: bool = True
    repeat: bool = False
    shuffle: bool | None = None
    sort: bool | None = None
    sort_within_batch: bool | None = None

    def __post_init__(self) -> None:
        """Settle what follows from the arguments; the order of epochs begins at the present state of ``random``.

        Raises:
            UsageError: if there is nothing to sort by, or a batch is smaller than one example.
        """
        self.shuffle = self.train if self.shuffle is None else self.shuffle
        self.sort = not self.train if self.sort is None else self.sort
        self.sort_within_batch = self.sort if self.sort_within_batch is None else self.sort_within_batch
        self.sort_key = self.sort_key or self.dataset.sort_key
        self._device = torch.device(self.device or "cpu")
        self._shuffler = Shuffler()
        if self.batch_size < 1:
            raise UsageError(Problem("batch_size", f"found {self.batch_size}; allowed: 1 or more."))
        if self.sort_key is None and (self.sort or self.sort_within_batch):
            what = "is None, and the examples are to be sorted, as they are for validation and test."
            fix = "Pass sort_key=lambda example: len(example.text), or sort=False."
            raise UsageError(Problem("sort_key", what, fix))

    @classmethod
    def splits(  # noqa: PLR0913 (torchtext's signature)
        cls,
        datasets: Sequence[Dataset],
        batch_sizes: Sequence[int] | None = None,
        *,
        batch_size: int | None = None,
        sort_key: SortKey | None = None,
        device: torch.device | str | None = None,
        batch_size_fn: BatchSize | None = None,
        repeat: bool = False,
        shuffle: bool | None = None,
        sort: bool | None = None,
        sort_within_batch: bool | None = None,
    ) -> tuple["Iterator", ...]:
        """An iterator for each dataset; the first one is for training.

        ``batch_sizes`` holds one size for each dataset; without it ``batch_size`` is that of all. The other arguments
        are those of one iterator.

        Raises:
            UsageError: if there is no batch size, or not one for each dataset.
        """
        sizes = [batch_size or 0] * len(datasets) if batch_sizes is None else list(batch_sizes)
        if len(sizes) != len(datasets) or not all(sizes):
            what = f"found {batch_sizes or batch_size} for {len(datasets)} datasets."
            raise UsageError(Problem("batch_sizes", what, "Pass batch_size=64, or one size for each dataset."))
        return tuple(
            cls(
                dataset,
                size,
                sort_key,
                device,
                batch_size_fn,
                train=place == 0,
                repeat=repeat,
                shuffle=shuffle,
                sort=sort,
                sort_within_batch=sort_within_batch,
            )
            for place, (dataset, size) in enumerate(zip(datasets, sizes, strict=True))
        )

    def __len__(self) -> int:
        """Batches of an epoch.

        Raises:
            UsageError: if ``batch_size_fn`` measures them, so that nobody knows before.
        """
        if self.batch_size_fn is not None:
            raise UsageError(Problem("len", "is not known with batch_size_fn.", "Count the batches of an epoch."))
        return math.ceil(len(self.dataset) / self.batch_size)

    def __iter__(self) -> Generator[Batch]:
        """The batches of an epoch."""
        while True:
            for examples in self._batches():
                if self.sort_within_batch:
                    examples.sort(key=self.sort_key, reverse=True)  # pyright: ignore[reportArgumentType, reportCallIssue]
                yield Batch(examples, self.dataset, device=self._device)
            if not self.repeat:
                return

    def _batches(self) -> Generator[list[Example]]:
        yield from _cut(self._ordered(), self.batch_size, self.batch_size_fn)

    def _ordered(self) -> list[Example]:
        if self.sort:
            return sorted(self.dataset, key=self.sort_key)  # pyright: ignore[reportArgumentType, reportCallIssue]
        return self._shuffler(self.dataset.examples) if self.shuffle else list(self.dataset)


@dataclass(eq=False)
class BucketIterator(Iterator):
    """Batches of like lengths: of every hundred batches the examples are sorted, and then the batches shuffled.

    torchtext 0.8 sorted them only with ``sort_within_batch=True``; here they are sorted whenever there is a sort key.
    """

    def _batches(self) -> Generator[list[Example]]:
        if self.sort or self.sort_key is None:
            yield from super()._batches()
            return
        for pool in _cut(self._ordered(), self.batch_size * _POOL, self.batch_size_fn):
            batches = list(_cut(sorted(pool, key=self.sort_key), self.batch_size, self.batch_size_fn))
            yield from self._shuffler(batches) if self.shuffle else batches


def _cut(examples: Sequence[Example], size: int, measure: BatchSize | None) -> Generator[list[Example]]:
    """Examples in order, cut into batches no larger than a size; one example that is larger stands alone."""
    batch: list[Example] = []
    measured = 0
    for example in examples:
        after = measure(example, len(batch) + 1, measured) if measure else len(batch) + 1
        if batch and after > size:
            yield batch
            batch, after = [], measure(example, 1, 0) if measure else 1
        batch.append(example)
        measured = after
    if batch:
        yield batch
