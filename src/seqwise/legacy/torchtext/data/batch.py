"""What an iterator gives: examples and their dataset in, an object with a tensor a field out."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from seqwise.legacy.torchtext.data.dataset import Dataset
from seqwise.legacy.torchtext.data.example import Example


class Batch:
    """Some examples as tensors; the tensor of each field is an attribute of the field's name."""

    def __init__(self, data: Sequence[Example], dataset: Dataset, *, device: torch.device | None = None) -> None:
        """Pad and number the values of every field.

        Args:
            data: the examples.
            dataset: that they are of; it knows the fields.
            device: of the tensors; None: the processor.
        """
        self.batch_size = len(data)
        self.dataset = dataset
        self.fields = tuple(name for name, field in dataset.fields.items() if field is not None)
        self.input_fields: list[str] = []
        self.target_fields: list[str] = []
        for name, field in dataset.fields.items():
            if field is not None:
                (self.target_fields if field.is_target else self.input_fields).append(name)
                vars(self)[name] = field.process([vars(example)[name] for example in data], device=device)

    def __getattr__(self, name: str) -> Any:
        """Tell which fields there are; those that are there never come here."""
        raise AttributeError(f"a batch has no {name!r}; it has the fields {', '.join(vars(self).get('fields', ()))}")

    def __len__(self) -> int:
        """Number of examples."""
        return self.batch_size

    def __iter__(self) -> Iterator[Any]:
        """The inputs, then the targets: one tensor, a tuple of several, or None, for ``for x, y in iterator``."""
        yield self._values(self.input_fields)
        yield self._values(self.target_fields)

    def _values(self, names: Sequence[str]) -> Any:
        values = tuple(vars(self)[name] for name in names)
        if len(values) > 1:
            return values
        return values[0] if values else None
