"""Parquet: the wanted columns of a file in batches of rows, as text; types are checked on the schema, once."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from seqwise.errors import DataError, Problem
from seqwise.read.blocks import Block, Opened
from seqwise.read.columns import FLAGGED, NUMBERED, OF_SERIES, Request, find_columns, setting
from seqwise.read.faults import Ledger
from seqwise.read.files import chunks, open_bytes
from seqwise.records import FileFacts

if TYPE_CHECKING:
    import pyarrow as pa

MENDS = {
    "text": "a text must be a string. Cast the column.",
    "label": "a label must be a string, a whole number, or true or false. Cast the column, for example to int64.",
    "id": "an id must be a string or a whole number. Cast the column.",
    "group": "a group must be a string or a number. Cast the column.",
    "time": "a time must be a string, a date, a time stamp or a number. Cast the column.",
    "unit": "a unit must be a string or a number. Cast the column.",
} | dict.fromkeys(OF_SERIES, "a value must be a string, a number, or true or false. Cast the column.")


def open_parquet(request: Request, ledger: Ledger) -> Opened:
    """Read the schema of a Parquet file; its rows follow while the blocks are taken. Rows count from 1, as lines do."""
    # Only Parquet needs pyarrow, which takes longer to import than most files take to read.
    import pyarrow as pa
    import pyarrow.parquet as pq

    del ledger  # faults of types are those of a whole column here, and are raised at once
    facts = _facts(request.path)
    try:
        with open_bytes(request.path) as stream:
            schema: pa.Schema = pq.read_schema(stream)
    except (pa.ArrowException, OSError) as error:
        raise _broken(request.path, error) from error
    places = find_columns(schema.names, request, line=None)
    _require_types(schema, places, request.path)
    return Opened(facts=facts, blocks=_blocks(request, {role: schema.names[place] for role, place in places.items()}))


def _facts(path: str) -> FileFacts:
    sha256 = hashlib.sha256()
    n_bytes = 0
    for piece in chunks(path):
        sha256.update(piece)
        n_bytes += len(piece)
    if n_bytes == 0:
        raise DataError(Problem(where=path, what="is empty (0 bytes).", fix="Name a Parquet file with rows."))
    return FileFacts(path=path, sha256=sha256.hexdigest(), n_bytes=n_bytes, n_rows=0, encoding="utf-8")


def _require_types(schema: "pa.Schema", places: dict[str, int], path: str) -> None:
    problems = [
        Problem(
            where=f'{path} column "{schema.names[place]}"',
            what=f"holds {schema.types[place]};",
            fix=MENDS[setting(role)],
        )
        for role, place in places.items()
        if not _fits(role, schema.types[place])
    ]
    if problems:
        raise DataError(problems)


def _fits(role: str, kind: "pa.DataType") -> bool:
    import pyarrow as pa  # see open_parquet

    types = pa.types
    if types.is_dictionary(kind):
        return _fits(role, kind.value_type)
    if types.is_string(kind) or types.is_large_string(kind) or str(kind) == "string_view":
        return True
    if role == "text":
        return False
    if types.is_integer(kind):
        return True
    if setting(role) in FLAGGED and types.is_boolean(kind):
        return True
    if setting(role) == "time" and (types.is_date(kind) or types.is_timestamp(kind)):
        return True
    return setting(role) in NUMBERED and types.is_floating(kind)


def _blocks(request: Request, names: Mapping[str, str]) -> Iterator[Block]:
    import pyarrow as pa  # see open_parquet
    import pyarrow.parquet as pq

    line = 1
    try:
        with open_bytes(request.path) as stream:
            for batch in pq.ParquetFile(stream).iter_batches(batch_size=request.block, columns=list(names.values())):
                n_rows: int = batch.num_rows
                cells = {role: _texts(batch.column(name)) for role, name in names.items()}
                yield Block(lines=list(range(line, line + n_rows)), cells=cells)
                line += n_rows
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _broken(request.path, error) from error


def _texts(column: "pa.Array[Any]") -> list[str]:
    import pyarrow as pa  # see open_parquet

    values: list[str | None] = column.cast(pa.string()).to_pylist()
    return ["" if value is None else value for value in values]


def _broken(path: str, error: Exception) -> DataError:
    return DataError(
        Problem(
            where=path,
            what=f"is not a whole Parquet file ({str(error).splitlines()[0]}).",
            fix="Write it again; a copy that was cut off ends like this.",
        )
    )
