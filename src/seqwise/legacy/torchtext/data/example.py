"""One row of a dataset: raw values and fields in, an object with an attribute a field out."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch

from seqwise.errors import DataError, Problem, did_you_mean


class Column(Protocol):
    """What a dataset and a batch ask of a field."""

    is_target: bool

    def preprocess(self, value: Any) -> Any:
        """A raw value as an example holds it."""
        ...

    def process(self, values: Sequence[Any], device: torch.device | None = None) -> Any:
        """The values of a batch as a tensor."""
        ...


# The columns of a row in their order, those with None left out; or the keys that a row is asked for.
NamedField = tuple[str, Column | None]
Fields = Sequence[NamedField] | Mapping[str, NamedField | Sequence[NamedField] | None]


class Example:
    """One row; each field's value is an attribute of the field's name, which code may change in place."""

    def __getattr__(self, name: str) -> Any:
        """Tell which attributes there are; those that are there never come here."""
        there = ", ".join(vars(self)) or "none"
        raise AttributeError(f"an example has no {name!r}; it has {there}. {did_you_mean(name, vars(self))}".rstrip())

    @classmethod
    def fromlist(cls, data: Sequence[Any], fields: Sequence[NamedField]) -> "Example":
        """An example of a row's values, in the order of the fields; values behind the last field are left out.

        Raises:
            DataError: if there are fewer values than fields.
        """
        if len(data) < len(fields):
            names = ", ".join(name for name, _ in fields)
            what = f"found {len(data)} columns for {len(fields)} fields ({names})."
            raise DataError(Problem("", what, "Mend the row, or give (name, None) for columns that are not wanted."))
        example = cls()
        for (name, field), value in zip(fields, data, strict=False):
            if field is not None:
                vars(example)[name] = field.preprocess(value)
        return example

    @classmethod
    def fromdict(cls, data: Mapping[str, Any], fields: Fields) -> "Example":
        """An example of a row's values by key; a key of fields such as ``a.b`` looks into objects.

        Raises:
            DataError: if the row lacks a key.
        """
        assert isinstance(fields, Mapping)
        example = cls()
        for key, wanted in fields.items():
            value = _looked_up(data, key)
            for name, field in named(wanted):
                if field is not None:
                    vars(example)[name] = field.preprocess(value)
        return example

    @classmethod
    def fromJSON(cls, data: str, fields: Fields) -> "Example":  # noqa: N802 (torchtext's name)
        """An example of one line of JSON; see :meth:`fromdict`."""
        try:
            row: Any = json.loads(data)
        except ValueError as error:
            raise DataError(Problem("", f"is not JSON: {error}.", "Give one JSON object a line.")) from error
        return cls.fromdict(row, fields)


def named(wanted: NamedField | Sequence[NamedField] | None) -> tuple[NamedField, ...]:
    """What one key of ``fields`` names: nothing, one field or several."""
    if wanted is None:
        return ()
    if isinstance(wanted, tuple) and len(wanted) == 2 and isinstance(wanted[0], str):
        return ((wanted[0], wanted[1]),)  # type: ignore[return-value]
    return tuple(wanted)  # type: ignore[arg-type]


def _looked_up(data: Any, key: str) -> Any:
    value = data
    for part in key.split(".") if not (isinstance(data, Mapping) and key in data) else [key]:
        if not isinstance(value, Mapping) or part not in value:
            known = tuple(map(str, value)) if isinstance(value, Mapping) else ()
            what = f'has no key "{key}"; known: {", ".join(known) or "none"}.'
            raise DataError(Problem("", what, did_you_mean(part, known)))
        value = value[part]
    return value
