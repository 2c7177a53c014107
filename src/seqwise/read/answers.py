"""Tables of answers as they stand in their file: predictions of any tool, and the sample file of a competition."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from seqwise.errors import DataError, Problem

READERS: dict[str, Callable[[Path], pl.DataFrame]] = {
    ".parquet": pl.read_parquet,
    ".csv": pl.read_csv,
    ".jsonl": pl.read_ndjson,
}


def read_answers(path: Path) -> pl.DataFrame:
    """A file of predictions: .parquet, .csv or .jsonl.

    Raises:
        DataError: if the file has another ending or cannot be read.
    """
    if path.suffix not in READERS:
        raise DataError(
            Problem(
                where=str(path),
                what="is neither a settings file (.toml), nor a run folder, nor predictions (.parquet, .csv, .jsonl).",
                fix="Name one of these.",
            )
        )
    return _told(path, READERS[path.suffix])


def read_sample(path: Path) -> pl.DataFrame:
    """The sample file of a competition, every cell as text, so that ids keep their zeros.

    Raises:
        DataError: if the file cannot be read.
    """
    return _told(path, lambda file: pl.read_csv(file, infer_schema=False))


def _told(path: Path, read: Callable[[Path], pl.DataFrame]) -> pl.DataFrame:
    try:
        return read(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError(
            Problem(where=str(path), what=f"cannot be read: {error}.", fix="Check the path and the file.")
        ) from error
