"""The bytes of a file, plain or unpacked from gzip; each fault of opening or unpacking is a sentence with its mend."""

import gzip
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from seqwise.errors import DataError, Problem, did_you_mean

CHUNK = 1 << 20  # bytes read at a time: large enough for hashing at full speed, small enough for any machine
GZIP_MAGIC = b"\x1f\x8b"


def open_bytes(path: str) -> BinaryIO:
    """Open a file at its first byte of content; a gzip file is known by its first two bytes, not by its name.

    Raises:
        DataError: if the file is missing, a folder, no regular file, not readable, or named .gz without being gzip.
    """
    _require_regular(path)
    try:
        with Path(path).open("rb") as raw:
            is_packed = raw.read(2) == GZIP_MAGIC
        if is_packed:
            return cast("BinaryIO", gzip.open(path, "rb"))
        if path.casefold().endswith(".gz"):
            raise _fault(path, "is named .gz but is not a gzip file.", "Rename it, or pack it with gzip.")
        return Path(path).open("rb")
    except OSError as error:
        raise _unreadable(path, error) from error


def chunks(path: str) -> Iterator[bytes]:
    """The whole content in pieces of at most ``CHUNK`` bytes.

    Raises:
        DataError: if the file cannot be read to its end, or its gzip data are broken or cut off.
    """
    with open_bytes(path) as stream:
        while chunk := _read(stream, path):
            yield chunk


def head(path: str, n_bytes: int) -> bytes:
    """The first bytes of the content."""
    with open_bytes(path) as stream:
        return _read(stream, path, n_bytes)


def _read(stream: BinaryIO, path: str, n_bytes: int = CHUNK) -> bytes:
    try:
        return stream.read(n_bytes)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _fault(path, f"is a broken or cut-off gzip file ({error}).", "Get the file again.") from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _require_regular(path: str) -> None:
    try:
        mode = Path(path).stat().st_mode
    except FileNotFoundError as error:
        raise _fault(path, "no such file.", _neighbour(path)) from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if stat.S_ISDIR(mode):
        raise _fault(path, "is a folder, not a file.", "Name one csv, tsv, jsonl or parquet file in it.")
    if not stat.S_ISREG(mode):
        raise _fault(path, "is not a regular file, and it must be read twice.", "Write it to a file first.")


def _neighbour(path: str) -> str:
    folder = Path(path).parent
    if not folder.is_dir():
        return f"The folder {folder} is not there either; check the path."
    return did_you_mean(Path(path).name, (entry.name for entry in folder.iterdir())) or "Check the path."


def _unreadable(path: str, error: OSError | ValueError) -> DataError:
    if isinstance(error, PermissionError):
        return _fault(path, "permission denied.", "Give this user the right to read it (chmod +r).")
    return _fault(path, f"cannot be read ({error}).", "Check the path and the disk.")


def _fault(path: str, what: str, fix: str) -> DataError:
    return DataError(Problem(where=path, what=what, fix=fix))
