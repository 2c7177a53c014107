"""Files kept by the content that made them: a key for that content, and a file that is whole or made anew."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

import numpy as np

_BLOCK = 8192  # texts hashed at once: enough to amortise the call, small in memory


def text_digest(texts: Sequence[str]) -> bytes:
    r"""SHA-256 of texts and of where each ends, so that moving a character to the next text is another content.

    Example:
        >>> text_digest(["a", "b"]) == text_digest(["ab", ""])
        False
    """
    digest = hashlib.sha256()
    for start in range(0, len(texts), _BLOCK):
        block = [text.encode("utf-8", "surrogatepass") for text in texts[start : start + _BLOCK]]
        digest.update(np.fromiter(map(len, block), dtype="<i8", count=len(block)).tobytes())
        digest.update(b"".join(block))
    return digest.digest()


def content_key(*parts: str | bytes, code: Path) -> str:
    """A name for a content: the parts in their order, and the sources of the room that makes the result of them.

    Args:
        parts: data or their digests, settings, versions of packages.
        code: folder whose Python files are hashed too, because another way to make it is another content.
    """
    digest = hashlib.sha256()
    for part in (*parts, *(source.read_bytes() for source in sorted(code.glob("*.py")))):
        content = part.encode("utf-8") if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "little") + content)
    return digest.hexdigest()[:32]


def kept_file(folder: Path, name: str, *, make: Callable[[Path], None]) -> Path:
    """The file that is kept under a name, made if it is not there whole.

    Its full name ends in the hash of its bytes, and it is written beside its place and renamed. So a file that is
    damaged is passed over and made anew, and processes that make one at once do not disturb one another.

    Args:
        folder: of the cache, made if need be; it can be removed at any time between runs.
        name: what the content is and its key, with the ending: ``tokens-KEY.arrow``.
        make: writes the file to the path that it is given.

    Raises:
        OSError: if the file cannot be written.
    """
    place = folder / name
    for path in sorted(folder.glob(f"{place.stem}-*{place.suffix}")):
        if path.stem == f"{place.stem}-{_digest(path)}":
            return path
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f"{place.stem}.{uuid4().hex}.unfinished{place.suffix}"
    try:
        make(beside)
        return beside.replace(folder / f"{place.stem}-{_digest(beside)}{place.suffix}")
    finally:
        beside.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
