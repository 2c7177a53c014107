"""Tables as datasets: a csv, tsv or json file and its fields in, examples out."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from seqwise.errors import DataError, Problem, UsageError, did_you_mean
from seqwise.legacy.torchtext.data.dataset import Dataset
from seqwise.legacy.torchtext.data.example import Example, Fields, NamedField, named
from seqwise.read.files import chunks

Format = Literal["csv", "tsv", "json"]
_DELIMITERS = {"csv": ",", "tsv": "\t"}
_LONGEST_CELL = 2**31 - 1  # characters; the csv module stops at 131,072 unless told


class TabularDataset(Dataset):
    """The rows of a table; the file may be packed with gzip."""

    def __init__(
        self,
        path: str | Path,
        format: Format,  # noqa: A002 (torchtext's name)
        *,
        fields: Fields,
        skip_header: bool = False,
        csv_reader_params: Mapping[str, Any] | None = None,
    ) -> None:
        """Read a file whole.

        Args:
            path: the file, in UTF-8.
            format: ``"csv"``, ``"tsv"``, or ``"json"`` with one object a line.
            fields: (name, field) of each column in the order of the file, (name, None) for those that are not wanted;
                or, for json and for files with a header line, column to (name, field).
            skip_header: whether the first line is left out, where fields are given in the order of the file.
            csv_reader_params: for ``csv.reader``, such as ``{"quoting": csv.QUOTE_NONE}``.

        Raises:
            UsageError: if the arguments do not go together.
            DataError: if the file cannot be read, or with the first row that cannot.
        """
        kind = _kind(format, fields, skip_header)
        rows = _rows(_text(str(path)), kind, dict(csv_reader_params or {}))
        if isinstance(fields, Mapping) and kind != "json":
            rows = _by_header(rows)
        if skip_header:
            next(rows, None)
        try:
            examples = [_example(row, fields, f"{path}:{line}") for line, row in rows]
        except csv.Error as error:
            what = f"cannot be read as a table ({error})."
            raise DataError(Problem(str(path), what, "Check csv_reader_params.")) from error
        super().__init__(examples, _columns(fields))

    @classmethod
    def splits(  # noqa: PLR0913 (torchtext's signature)
        cls,
        path: str | Path = "",
        train: str | None = None,
        *,
        validation: str | None = None,
        test: str | None = None,
        format: Format,  # noqa: A002
        fields: Fields,
        skip_header: bool = False,
        csv_reader_params: Mapping[str, Any] | None = None,
    ) -> tuple["TabularDataset", ...]:
        """Datasets of the files for training, validation and test below ``path``, in this order, absent ones left out.

        The other arguments are those of one file.
        """
        return tuple(
            cls(
                Path(path) / name,
                format,
                fields=fields,
                skip_header=skip_header,
                csv_reader_params=csv_reader_params,
            )
            for name in (train, validation, test)
            if name is not None
        )


def _kind(format: str, fields: Fields, skip_header: bool) -> str:  # noqa: A002
    kind = format.lower()
    if kind not in (*_DELIMITERS, "json"):
        raise UsageError(Problem("format", f'found "{format}"; known: csv, tsv, json.', did_you_mean(kind, ["csv"])))
    by_name = isinstance(fields, Mapping)
    if kind == "json" and not by_name:
        fix = 'Write fields={"key": ("name", FIELD)}.'
        raise UsageError(Problem("fields", "found a list; json needs keys.", fix))
    if kind != "json" and by_name and skip_header:
        what = "found True with fields by the names of columns, which stand in the header."
        raise UsageError(Problem("skip_header", what, "Leave skip_header out."))
    return kind


def _text(path: str) -> str:
    try:
        return b"".join(chunks(path)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(Problem(path, f"is not UTF-8 ({error}).", "Write it as UTF-8.")) from error


def _rows(text: str, kind: str, options: dict[str, Any]) -> Iterator[tuple[int, Any]]:
    """The line at which each row ends, and its cells or its line of JSON; empty lines are left out."""
    lines = io.StringIO(text, newline="")
    if kind == "json":
        return ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    csv.field_size_limit(_LONGEST_CELL)
    try:
        settings: dict[str, Any] = {"delimiter": _DELIMITERS[kind], **options}
        reader = csv.reader(lines, **settings)
    except TypeError as error:
        raise UsageError(Problem("csv_reader_params", f"{error}.", "See the arguments of csv.reader.")) from error
    return ((reader.line_num, cells) for cells in reader if cells)


def _by_header(rows: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    _, header = next(rows, (1, ()))
    return ((line, dict(zip(header, cells, strict=False))) for line, cells in rows)


def _example(row: Any, fields: Fields, place: str) -> Example:
    try:
        if isinstance(row, str):
            return Example.fromJSON(row, fields)
        if isinstance(fields, Mapping):
            return Example.fromdict(row, fields)
        return Example.fromlist(row, fields)
    except DataError as error:
        raise DataError([replace(problem, where=place) for problem in error.problems]) from error


def _columns(fields: Fields) -> list[NamedField]:
    if isinstance(fields, Mapping):
        return [pair for wanted in fields.values() for pair in named(wanted)]
    return list(fields)
