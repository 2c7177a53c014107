"""Texts on a disk: strings come in block by block, a sequence that makes each string when it is asked for goes out."""

import os
from collections.abc import Iterable, Iterator, Sequence
from operator import eq
from tempfile import TemporaryFile
from typing import IO, Self, TypeVar, final, overload

import numpy as np
from numpy.typing import NDArray

_BLOCK = 8192  # strings made at once while texts are read in order: little memory, and no call a text
_DISK = "/var/tmp"  # for files without a name; /tmp lies in memory on many systems

_Number = TypeVar("_Number", bound=np.generic)


@final
class MappedTexts(Sequence[str]):
    """A sequence of texts that lie on a disk as UTF-8, end to end, and are mapped into memory.

    Whoever holds it holds no text: an element, a slice (a list) or an iteration makes new strings each time.
    """

    def __init__(
        self, content: NDArray[np.uint8], offsets: NDArray[np.int64], rows: NDArray[np.int64] | None = None
    ) -> None:
        """Take the parts of texts that are mapped already.

        Args:
            content: the texts in UTF-8, shape (byte,).
            offsets: text ``i`` is ``content[offsets[i]:offsets[i + 1]]``, shape (text + 1,).
            rows: numbers of the texts in the order of this sequence; None: all of them.
        """
        self._content = content
        self._offsets = offsets
        self._rows = rows

    def __len__(self) -> int:
        """Number of texts."""
        return len(self._offsets) - 1 if self._rows is None else len(self._rows)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        """The text at a place, or a list of those in a slice.

        Raises:
            IndexError: if there is no such place.
        """
        if isinstance(place, slice):
            return self._strings(place)
        row = range(len(self))[place]
        return self._strings(slice(row, row + 1))[0]

    def __iter__(self) -> Iterator[str]:
        """The texts in order, some thousand in memory at a time."""
        for start in range(0, len(self), _BLOCK):
            yield from self._strings(slice(start, start + _BLOCK))

    def __eq__(self, other: object) -> bool:
        """Whether a sequence holds the same texts in the same order."""
        if not isinstance(other, Sequence):
            return NotImplemented
        return self is other or (len(self) == len(other) and all(map(eq, self, other)))

    __hash__ = None  # pyright: ignore[reportAssignmentType] # as a list: equal texts may lie in different files

    def take(self, rows: NDArray[np.int64]) -> "MappedTexts":
        """The texts at these places, in this order; the numbers are kept and no text is copied."""
        return MappedTexts(self._content, self._offsets, rows if self._rows is None else self._rows[rows])

    def _strings(self, places: slice) -> list[str]:
        if self._rows is None:
            begins, ends = self._offsets[:-1][places], self._offsets[1:][places]
        else:
            rows = self._rows[places]
            begins, ends = self._offsets[rows], self._offsets[rows + 1]
        content = self._content.data
        return [str(content[begin:end], "utf-8") for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]


@final
class TextWriter:
    """Writes texts to files without a name, which are gone as soon as nobody writes or maps them.

    They lie in ``TMPDIR`` when it is set, else where temporary files are kept on a disk.
    """

    def __init__(self) -> None:
        """No text yet."""
        self._content = _open()
        self._offsets = _open()
        self._end = 0
        self._offsets.write(bytes(np.dtype(np.int64).itemsize))

    def write(self, texts: Iterable[str]) -> None:
        """Append texts, which must be encodable in UTF-8."""
        encoded = [text.encode("utf-8") for text in texts]
        ends = self._end + np.cumsum(np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded)))
        self._content.write(b"".join(encoded))
        self._offsets.write(ends.tobytes())
        self._end = int(ends[-1]) if encoded else self._end

    def texts(self) -> MappedTexts:
        """All texts that were written; nothing is to be appended any more."""
        self._content.write(b"" if self._end else b"\0")  # nothing cannot be mapped
        content = _mapped(self._content, np.uint8)
        return MappedTexts(content, _mapped(self._offsets, np.int64))

    def __enter__(self) -> Self:
        """The open writer."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the files; what is mapped stays."""
        self._content.close()
        self._offsets.close()


def _open() -> IO[bytes]:
    is_chosen = "TMPDIR" in os.environ or not os.access(_DISK, os.W_OK)
    return TemporaryFile(dir=None if is_chosen else _DISK)


def _mapped(file: IO[bytes], kind: type[_Number]) -> NDArray[_Number]:
    file.flush()
    return np.asarray(np.memmap(file, dtype=kind, mode="r"))
