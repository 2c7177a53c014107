"""Covariates in, numbers for a network out: levels as ones and zeros, numbers scaled by the training rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seqwise.errors import DataError, Problem
from seqwise.records import Array, Indices
from seqwise.series_records import Covariates

# A column whose training rows hardly differ is not blown up by its deviation.
LEAST_DEVIATION = 1e-8


@dataclass(frozen=True)
class ColumnCode:
    """How a column becomes features: one for each level of the training rows, or its number scaled.

    Attributes:
        name: of the column.
        levels: that the training rows have; () for numbers.
        mean: of the known training numbers.
        deviation: of them.
    """

    name: str
    levels: tuple[str, ...] = ()
    mean: float = 0.0
    deviation: float = 1.0

    @property
    def width(self) -> int:
        """Number of features."""
        return len(self.levels) or 1

    def _as_levels(self, values: Array) -> tuple[tuple[str, ...], Array]:
        """Numbers as places in the levels that say them; NaN for those that none says."""
        said = {number: place for place, level in enumerate(self.levels) if (number := _number(level)) is not None}
        return self.levels, np.array([said.get(value, np.nan) for value in values.tolist()])

    def apply(self, covariates: Covariates) -> Array:
        """The features of every row, shape (row, width); zeros where a cell is missing or says a new level.

        Raises:
            DataError: if the column is not there, or holds levels where training had numbers, or the reverse.
        """
        if self.name not in covariates.names:
            what = "is not in this file, and the model was trained with it."
            raise DataError(Problem(f'column "{self.name}"', what, "Add the column."))
        place = covariates.names.index(self.name)
        levels, values = covariates.levels[place], covariates.values[:, place]
        if self.levels and not levels:  # in this file all cells are numbers, which were texts among texts
            levels, values = self._as_levels(values)
        if bool(levels) != bool(self.levels) and np.isfinite(values).any():
            kinds = ("words", "numbers") if levels else ("numbers", "words")
            what = f"holds {kinds[0]}, and the training rows held {kinds[1]}."
            raise DataError(Problem(f'column "{self.name}"', what, "Give it as in training."))
        if not self.levels:
            return np.nan_to_num((values - self.mean) / self.deviation)[:, None]
        numbers = {level: number for number, level in enumerate(self.levels)}
        table = np.zeros((len(levels) + 1, len(self.levels)))  # the last row is for what is not known
        for code, level in enumerate(levels):
            if level in numbers:
                table[code, numbers[level]] = 1.0
        return table[np.where(np.isnan(values), len(levels), values).astype(np.int64)]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def fit_columns(covariates: Covariates, rows: Indices) -> tuple[ColumnCode, ...]:
    """How the columns become features, learned from the training rows alone."""
    codes: list[ColumnCode] = []
    for place, (name, levels) in enumerate(zip(covariates.names, covariates.levels, strict=True)):
        values = covariates.values[rows, place]
        known = values[~np.isnan(values)]
        if levels:
            seen = np.unique(known.astype(np.int64)).tolist()
            codes.append(ColumnCode(name, levels=tuple(levels[code] for code in seen) or levels[:1]))
        elif len(known):
            deviation = float(known.std())
            codes.append(
                ColumnCode(name, mean=float(known.mean()), deviation=deviation if deviation > LEAST_DEVIATION else 1.0)
            )
        else:
            codes.append(ColumnCode(name))
    return tuple(codes)


def apply_columns(codes: Sequence[ColumnCode], covariates: Covariates) -> Array:
    """The features of all columns side by side, shape (row, feature)."""
    parts = [code.apply(covariates) for code in codes]
    return np.concatenate([np.zeros((len(covariates.values), 0)), *parts], axis=1)


def columns_to_json(codes: Sequence[ColumnCode]) -> list[dict[str, object]]:
    """Plain values."""
    return [
        {"name": code.name, "levels": list(code.levels), "mean": code.mean, "deviation": code.deviation}
        for code in codes
    ]


def columns_from_json(values: Sequence[Mapping[str, object]]) -> tuple[ColumnCode, ...]:
    """What :func:`columns_to_json` wrote."""
    return tuple(
        ColumnCode(
            name=str(value["name"]),
            levels=tuple(map(str, value["levels"])),  # pyright: ignore[reportArgumentType]
            mean=float(str(value["mean"])),
            deviation=float(str(value["deviation"])),
        )
        for value in values
    )
