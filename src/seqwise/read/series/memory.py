"""Series in memory in, what opens them out, so that they are read as a file is: a frame, columns, or an array."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seqwise.errors import DataError, Problem
from seqwise.read.blocks import Opened, Reader, in_blocks
from seqwise.read.columns import Request, find_columns
from seqwise.read.faults import Ledger
from seqwise.records import FileFacts

NAME = "X"  # what stands in messages where a file would be named; its rows count from 1
UNIT = "unit"  # the column of the numbers of an array's rows
Columns = dict[str, list[object]]


def columns_in_memory(table: object) -> Columns:
    """The columns of a table: name to values.

    Args:
        table: a frame of polars or pandas, a mapping of names to columns, or an array of shape (unit, time), which
            becomes a wide table: a row a unit, numbered from 0 in the column ``unit``, and a column a time, from 0.

    Raises:
        DataError: if it is none of these.
    """
    if isinstance(table, np.ndarray):
        return _of_array(table)
    try:
        frame = table if isinstance(table, pl.DataFrame) else pl.DataFrame(table, strict=False)  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        what = f"is no table: {error}"
        fix = "Give a frame, a dict of columns, or an array of shape (units, times)."
        raise DataError(Problem(NAME, what, fix)) from error
    return {column.name: column.to_list() for column in frame}


def reader_of(columns: Mapping[str, Sequence[object]]) -> Reader:
    """What opens these columns as if they were a file."""

    def open_columns(request: Request, _: Ledger) -> Opened:
        places = find_columns(list(columns), request, line=0)
        texts = [[text_of(value) for value in column] for column in columns.values()]
        records = ((row, list(cells)) for row, cells in enumerate(zip(*texts, strict=True), 1))
        facts = FileFacts(path=request.path, sha256="", n_bytes=0, n_rows=0, encoding="")
        return Opened(facts, in_blocks(records, places, size=request.block))

    return open_columns


def text_of(value: object) -> str:
    """A value as the cell of a file would say it; nothing for None and NaN.

    Example:
        >>> text_of(0.1), text_of(float("nan")), text_of("D"), text_of(3)
        ('0.1', '', 'D', '3')
    """
    is_missing = value is None or (isinstance(value, float) and value != value)
    return "" if is_missing else str(value)


def _of_array(array: NDArray[np.generic]) -> Columns:
    if array.ndim != 2:
        what = f"found an array of shape {array.shape}."
        raise DataError(Problem(NAME, what, "Give one of shape (units, times)."))
    times: Iterable[list[object]] = array.T.tolist()
    return {UNIT: list(range(len(array))), **{str(time): values for time, values in enumerate(times)}}
