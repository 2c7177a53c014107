"""A file of text in, a stream of its characters and the facts about it out: hash, size, encoding, all of it validated.

The encoding is decided on the whole file, never on its beginning: one pass hashes and decodes it in bounded memory.
"""

import codecs
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from seqwise.errors import DataError, Problem, UsageError, did_you_mean
from seqwise.read.files import chunks, head, open_bytes
from seqwise.records import FileFacts

AUTO = "auto"
GUESS_NOTE = "read as CP949 (guessed); pass data.encoding to fix it"
# The longer marks first: the mark of UTF-32 LE begins with the mark of UTF-16 LE.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SKIPS_MARK = {
    "utf-8": "utf-8-sig",
    "utf-32-le": "utf-32",
    "utf-32-be": "utf-32",
    "utf-16-le": "utf-16",
    "utf-16-be": "utf-16",
}
SAME_AS = {"euc_kr": "cp949", "utf-8-sig": "utf-8"}  # EUC-KR is a subset of CP949
COMMON = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp949", "euc-kr", "latin-1", "cp1252", "shift_jis")
NOT_TEXT = {
    b"PAR1": "a Parquet file: rename it to .parquet, or pass data.format parquet",
    b"PK\x03\x04": "a zip archive or an Excel workbook: save it as csv",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file: save it as csv",
    b"%PDF-": "a PDF: save its text as csv",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"SQLite format 3\x00": "an SQLite database: export the table as csv",
    b"\xfd7zXZ\x00": "an xz archive: unpack it, or pack it with gzip",
    b"\x28\xb5\x2f\xfd": "a zstd archive: unpack it, or pack it with gzip",
    b"BZh91AY&SY": "a bzip2 archive: unpack it, or pack it with gzip",
}


def open_text(path: str | Path, encoding: str = AUTO) -> tuple[TextIO, FileFacts]:
    """Open a file of text at its first character, after the byte-order mark.

    Iterating the stream gives lines that end at line feeds only: U+0085, U+2028 and a lone carriage return stay inside.

    Args:
        path: a plain or gzip file, which may be larger than memory.
        encoding: a name that Python knows, or ``auto``: byte-order mark, strict UTF-8, then CP949 as a guess.

    Returns:
        The stream and the facts; ``sha256`` and ``n_bytes`` are of the unpacked content, ``n_rows`` is still 0.

    Raises:
        DataError: if the file cannot be read, is empty, is not text, or does not decode; with the first bad line.
        UsageError: if no such encoding is known.
    """
    facts = scan(str(path), encoding)
    return reopen(facts), facts


def reopen(facts: FileFacts) -> TextIO:
    """Open a scanned file again at its first character."""
    codec = _codec(facts.encoding, head(facts.path, 4))
    return io.TextIOWrapper(open_bytes(facts.path), encoding=codec, errors="strict", newline="\n")


def scan(path: str, encoding: str = AUTO) -> FileFacts:
    """Hash a file, count its bytes and decide its encoding on the whole of it; see `open_text`."""
    start = head(path, 32)
    require_text(path, start)
    failures: list[_BadByte] = []
    candidates = _candidates(encoding, start)
    for candidate in candidates:
        digest = _Digest()
        bad = _first_bad_byte(digest.watch(chunks(path)), codec=_codec(candidate, start), encoding=candidate)
        if bad is None:
            _require_few_nuls(path, digest, candidate)
            return _facts(path, digest, encoding=candidate, is_guess=bool(failures))
        failures.append(bad)
    raise _undecodable(path, candidates, failures)


@dataclass(frozen=True)
class _BadByte:
    line: int
    value: int


class _Digest:
    """Hash, size and number of NUL bytes of the chunks that pass by."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()
        self.n_bytes = 0
        self.n_nul = 0

    def watch(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.sha256.update(piece)
            self.n_bytes += len(piece)
            self.n_nul += piece.count(0)
            yield piece


def _facts(path: str, digest: _Digest, *, encoding: str, is_guess: bool) -> FileFacts:
    return FileFacts(
        path=path,
        sha256=digest.sha256.hexdigest(),
        n_bytes=digest.n_bytes,
        n_rows=0,
        encoding=encoding,
        encoding_guessed=is_guess,
        notes=(GUESS_NOTE,) if is_guess else (),
    )


def _candidates(encoding: str, start: bytes) -> tuple[str, ...]:
    marked = next((name for mark, name in BYTE_ORDER_MARKS if start.startswith(mark)), None)
    if encoding == AUTO:
        return (marked,) if marked is not None else ("utf-8", "cp949")
    name = _known(encoding)
    if name not in ("utf-16", "utf-32"):
        return (name,)
    # Without a mark: little-endian on every platform, as Windows writes; Python alone would take the machine's order.
    return (marked if marked is not None and marked.startswith(name) else f"{name}-le",)


def _known(encoding: str) -> str:
    try:
        "a".encode(encoding)
        name = codecs.lookup(encoding).name
    except (LookupError, UnicodeError, ValueError) as error:
        raise UsageError(
            Problem(
                where="data.encoding",
                what=f'found "{encoding}"; allowed: auto, or the name of a text encoding, such as {", ".join(COMMON)}.',
                fix=did_you_mean(encoding, COMMON),
            )
        ) from error
    return SAME_AS.get(name, name)


def _codec(encoding: str, start: bytes) -> str:
    """The codec that decodes this encoding and steps over its byte-order mark, where the file begins with one."""
    has_mark = any(start.startswith(mark) for mark, name in BYTE_ORDER_MARKS if name == encoding)
    return SKIPS_MARK[encoding] if has_mark else encoding


def _first_bad_byte(pieces: Iterator[bytes], *, codec: str, encoding: str) -> _BadByte | None:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    n_lines = 1
    try:
        for piece in pieces:
            n_lines += decoder.decode(piece).count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(encoding, errors="ignore")
        return _BadByte(line=n_lines + before.count("\n"), value=error.object[error.start])
    return None


def require_text(path: str, start: bytes) -> None:
    """Tell an empty file, and one whose first bytes are those of a known kind that is not text.

    Raises:
        DataError: with what the file is, and what to do.
    """
    if not start:
        raise DataError(Problem(where=path, what="is empty (0 bytes).", fix="Name a file with a header and rows."))
    kind = next((kind for magic, kind in NOT_TEXT.items() if start.startswith(magic)), None)
    if kind is not None:
        raise DataError(Problem(where=path, what="is not a text file.", fix=f"It is {kind}."))


def _require_few_nuls(path: str, digest: _Digest, encoding: str) -> None:
    """UTF-16 without a mark often decodes as UTF-8, with a NUL at every second place: a fifth is far from any text."""
    if encoding.startswith(("utf-16", "utf-32")) or digest.n_nul * 5 < digest.n_bytes:
        return
    raise DataError(
        Problem(
            where=path,
            what=f"is not a text file in {encoding}: {digest.n_nul:,} of its {digest.n_bytes:,} bytes are NUL.",
            fix="If it is UTF-16 without a byte-order mark, pass data.encoding utf-16-le.",
        )
    )


def _undecodable(path: str, candidates: tuple[str, ...], failures: list[_BadByte]) -> DataError:
    """The encoding that got farthest is the likeliest one; its first bad line leads."""
    told = sorted(zip(failures, candidates, strict=True), key=lambda pair: -pair[0].line)
    parts = [f"byte 0x{bad.value:02x} in line {bad.line} is not {name.upper()}" for bad, name in told]
    return DataError(
        Problem(
            where=f"{path}:{told[0][0].line}",
            what=f"is not text in a known encoding: {', and '.join(parts)}.",
            fix="Mend the line, or pass the right data.encoding.",
        )
    )
