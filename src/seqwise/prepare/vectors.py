"""Word vectors from a word2vec or GloVe text file: a file and the tokens of a vocabulary come in, a matrix comes out.

The file is read line by line and never held, so it may be larger than the memory.
"""

import gzip
import hashlib
import re
import unicodedata
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from seqwise.errors import DataError, Problem

_SPREAD = 0.1  # missing words lie in [-0.1, 0.1): smaller than most published vectors, so that they do not drown them
_HEADER = re.compile(rb"[0-9]+ ([0-9]+)")
_FIX = "Give a text file with one word a line and its numbers behind it, parted by one blank."


@dataclass(frozen=True)
class Vectors:
    """One vector for each token of a vocabulary.

    Attributes:
        matrix: shape (vocab, width).
        is_found: whether a token stands in the file, shape (vocab,); the others have small random vectors.
    """

    matrix: NDArray[np.float32]
    is_found: NDArray[np.bool_]


def read_vectors(path: Path, tokens: Sequence[str], *, width: int) -> Vectors:
    """Read the vectors of these tokens, from plain or gzip text, with a header line (word2vec) or without (GloVe).

    A token that the file lacks gets a random vector that depends on the token alone, not on its place or on the others.
    Tokens in the file may hold blanks. Where a token stands twice in the file, the first counts.

    Args:
        path: the file; ``.gz`` is unpacked while reading.
        tokens: the vocabulary, in the order of its ids.
        width: numbers of a vector.

    Raises:
        DataError: if the file cannot be read, is empty, or has a line that is not a word and ``width`` numbers.
    """
    rows = {token: row for row, token in reversed(list(enumerate(tokens)))}
    is_found = np.zeros(len(tokens), dtype=np.bool_)
    matrix = np.empty((len(tokens), width), dtype=np.float32)
    with _opened(path) as file:
        for number, line in _vector_lines(file, path, width=width):
            row = rows.get(_word(line, width))
            if row is not None and not is_found[row]:
                matrix[row] = _numbers(line, width, where=f"{path} line {number}")
                is_found[row] = True
    for row, token in enumerate(tokens):
        if not is_found[row]:
            matrix[row] = _random_vector(token, width)
    return Vectors(matrix, is_found)


def vector_width(path: Path) -> int:
    """Numbers of a vector, as the header or else the first line of the file tells.

    Raises:
        DataError: if the file cannot be read or is empty.
    """
    with _opened(path) as file:
        line = next((line for line in map(bytes.rstrip, file) if line), b"")
    if b" " not in line:
        raise DataError(Problem(where=str(path), what="has no vectors in its first line.", fix=_FIX))
    header = _HEADER.fullmatch(line)
    return int(header[1]) if header else line.count(b" ")


@contextmanager
def _opened(path: Path) -> Generator[BinaryIO]:
    try:
        with cast(BinaryIO, gzip.open(path)) if path.suffix == ".gz" else path.open("rb") as file:
            yield file
    except (OSError, EOFError) as error:
        raise DataError(
            Problem(where=str(path), what=f"cannot be read: {error}.", fix="Check prepare.vectors.")
        ) from error


def _vector_lines(file: BinaryIO, path: Path, *, width: int) -> Iterator[tuple[int, bytes]]:
    """Line numbers from 1 and lines; each holds at least a word and ``width`` further fields."""
    number = 0
    for number, raw in enumerate(file, start=1):
        line = raw.rstrip(b" \r\n")
        if not line:
            continue
        header = _HEADER.fullmatch(line) if number == 1 else None
        n_numbers = int(header[1]) if header else line.count(b" ")
        # A word may hold blanks, so that more fields are no fault in themselves; the first line tells the width.
        is_wrong = n_numbers < width or (n_numbers > width and number == 1 and (header or _is_wider(line, width)))
        if is_wrong:
            raise DataError(
                Problem(
                    where=f"{path} line {number}",
                    what=f"found vectors of {n_numbers} numbers, but the embedding is {width} wide.",
                    fix=f"Set the width of the embedding to that of the file. {_FIX}",
                )
            )
        if not header:
            yield number, line
    if not number:
        raise DataError(Problem(where=str(path), what="is empty.", fix=_FIX))


def _is_wider(line: bytes, width: int) -> bool:
    """Whether a number stands where the word should end."""
    try:
        float(line.rsplit(b" ", width)[0].rsplit(b" ", 1)[-1])
    except ValueError:
        return False
    return True


def _word(line: bytes, width: int) -> str:
    word = line.rsplit(b" ", width)[0] if line.count(b" ") > width else line[: line.find(b" ")]
    return unicodedata.normalize("NFC", word.decode("utf-8", errors="replace"))


def _numbers(line: bytes, width: int, *, where: str) -> NDArray[np.float32]:
    try:
        numbers = np.array(line.decode("ascii", errors="replace").rsplit(" ", width)[1:], dtype=np.float32)
    except ValueError as error:
        raise DataError(
            Problem(where=where, what=f"holds something that is not a number: {error}.", fix=_FIX)
        ) from error
    if not np.isfinite(numbers).all():
        raise DataError(Problem(where=where, what="holds a number that is not finite.", fix=_FIX))
    return numbers


def _random_vector(token: str, width: int) -> NDArray[np.float32]:
    """Numbers in [-0.1, 0.1) from the raw bits of Philox, keyed by a hash of the token: the same with every numpy."""
    key = np.frombuffer(hashlib.blake2b(token.encode(), digest_size=16).digest(), dtype="<u8")
    bits = np.random.Philox(key=key).random_raw(width) >> np.uint64(40)  # 24 bits, as many as a float32 holds
    return ((bits / 2**23 - 1.0) * _SPREAD).astype(np.float32)
