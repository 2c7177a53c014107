"""A run folder in, its facts out; a damaged file is told with its name and line, a missing one is only noted."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
import polars as pl
from pydantic import TypeAdapter, ValidationError

from seqwise.errors import DataError, Problem
from seqwise.records import EvaluationPoint, Finding, Indices, Predictions, Scores
from seqwise.report.facts import Details, RunFacts, StepPoint

SETTINGS, SCORES, FINDINGS, EVENTS = "settings.toml", "scores.json", "findings.json", "events.jsonl"
DETAILS, ENVIRONMENT, PREDICTIONS = "details.json", "environment.json", "predictions"
# The order in which a run writes them, which is the order in which a reader misses them.
PARTS = (SETTINGS, ENVIRONMENT, EVENTS, PREDICTIONS, FINDINGS, DETAILS, SCORES)
PROBABILITY = "p_"

_T = TypeVar("_T")
_SCORES: TypeAdapter[Scores | None] = TypeAdapter(Scores | None)
_FINDINGS = TypeAdapter(tuple[Finding, ...])
_DETAILS = TypeAdapter(Details)
_STEP = TypeAdapter(StepPoint)
_EVALUATION = TypeAdapter(EvaluationPoint)


def read_run(folder: Path) -> RunFacts:
    """Read a run folder.

    Args:
        folder: the folder that ``fit`` wrote, finished or interrupted.

    Returns:
        Its facts; files that are not there are named in ``missing``.

    Raises:
        DataError: if the folder is not a run, or if one of its files is damaged.
    """
    _refuse_strangers(folder)
    settings_text = _read_text(folder / SETTINGS)
    steps, evaluations = _events(folder / EVENTS)
    return RunFacts(
        folder=folder,
        settings=_toml(folder / SETTINGS, settings_text),
        settings_text=settings_text,
        scores=_parsed(folder / SCORES, _SCORES, None),
        findings=_parsed(folder / FINDINGS, _FINDINGS, ()),
        steps=steps,
        evaluations=evaluations,
        predictions=_predictions(folder / PREDICTIONS),
        details=_parsed(folder / DETAILS, _DETAILS, Details()),
        environment=_parsed(folder / ENVIRONMENT, TypeAdapter(dict[str, object]), {}),
        missing=tuple(part for part in PARTS if not (folder / part).exists()),
    )


def _refuse_strangers(folder: Path) -> None:
    if not folder.is_dir():
        what = "is a file, not a run folder." if folder.exists() else "does not exist."
    elif not any((folder / part).exists() for part in (SETTINGS, SCORES, EVENTS)):
        what = f"is not a run folder: none of {SETTINGS}, {EVENTS}, {SCORES} is in it."
    else:
        return
    raise DataError(Problem(where=str(folder), what=what, fix="Name the folder that seqwise fit --out wrote."))


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, ValueError) as error:
        raise _damaged(str(path), f"cannot be read ({error}).") from error


def _toml(path: Path, text: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _damaged(str(path), f"is not TOML ({error}).") from error


def _parsed(path: Path, adapter: TypeAdapter[_T], default: _T) -> _T:
    """The content of a JSON file, or the default when the file is not there."""
    if not path.exists():
        return default
    text = _read_text(path)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise _damaged(f"{path}:{error.lineno}", f"is not JSON ({error.msg} at column {error.colno}).") from error
    return _validated(value, adapter, where=str(path))


def _validated(value: object, adapter: TypeAdapter[_T], *, where: str) -> _T:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise _damaged(where, f'does not hold what a run writes: "{key}": {first["msg"]}.') from error


def _events(path: Path) -> tuple[tuple[StepPoint, ...], tuple[EvaluationPoint, ...]]:
    steps: list[StepPoint] = []
    evaluations: list[EvaluationPoint] = []
    for number, line in enumerate(_whole_lines(path), start=1):
        where = f"{path}:{number}"
        try:
            event = json.loads(line)
        except json.JSONDecodeError as error:
            raise _damaged(where, f"is not JSON ({error.msg} at column {error.colno}).") from error
        kind = event.pop("event", "step") if isinstance(event, dict) else "step"
        if kind == "step":
            steps.append(_validated(event, _STEP, where=where))
        elif kind == "evaluation":
            evaluations.append(_validated(event, _EVALUATION, where=where))
    return tuple(steps), tuple(evaluations)


def _whole_lines(path: Path) -> Iterator[str]:
    """The lines that end; what stands behind the last newline was torn by a stop and is left out."""
    if not path.exists():
        return
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            yield from (line for line in file if line.endswith("\n"))
    except (OSError, ValueError) as error:
        raise _damaged(str(path), f"cannot be read ({error}).") from error


def _predictions(folder: Path) -> Mapping[str, Predictions]:
    paths = sorted(folder.glob("*.parquet"))
    found = {path.stem: _read_predictions(path) for path in paths}
    return {name: predictions for name, predictions in found.items() if predictions is not None}


def _read_predictions(path: Path) -> Predictions | None:
    """The table of one split, or None when it holds no probabilities of labels."""
    try:
        table = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _damaged(str(path), f"is not a Parquet file ({error}).") from error
    columns = [name for name in table.columns if name.startswith(PROBABILITY)]
    if not columns or "id" not in table.columns:
        return None
    labels = tuple(name.removeprefix(PROBABILITY) for name in columns)
    return Predictions(
        ids=tuple(map(str, table["id"].to_list())),
        labels=labels,
        probabilities=table.select(columns).to_numpy().astype(np.float64),
        truth=_codes(path, table, "truth", labels=labels),
        decoded=_codes(path, table, "prediction", labels=labels),
    )


def _codes(path: Path, table: pl.DataFrame, column: str, *, labels: tuple[str, ...]) -> Indices | None:
    """The numbers of the labels in a column; None where it is not there."""
    if column not in table.columns:
        return None
    numbers: dict[str | None, int] = {label: number for number, label in enumerate(labels)}
    names = cast("list[str | None]", table[column].cast(pl.String).to_list())
    strange = [name for name in names if name not in numbers]
    if strange:
        raise _damaged(f'{path} column "{column}"', f'found "{strange[0]}"; the columns are for {", ".join(labels)}.')
    return np.array([numbers[name] for name in names], dtype=np.int64)


def _damaged(where: str, what: str) -> DataError:
    return DataError(Problem(where=where, what=what, fix="Restore the file, or run seqwise fit again with --fresh."))
