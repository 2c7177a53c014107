"""Files in the format of MNIST (idx): images or labels in, arrays and facts of the file out.

The format: two zero bytes, a byte that says the kind of the numbers, a byte that says how many axes there are, the
length of each axis as four bytes, highest first, and then the numbers, the last axis running fastest.
LeCun, Cortes and Burges (1998), The MNIST database of handwritten digits.
"""

import hashlib
import math
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqwise.errors import DataError, Problem
from seqwise.image_records import Images
from seqwise.read.files import chunks
from seqwise.records import FileFacts

UNSIGNED_BYTE = 0x08
KINDS = {0x09: "signed bytes", 0x0B: "16-bit integers", 0x0C: "32-bit integers", 0x0D: "32-bit floats", 0x0E: "doubles"}
AGAIN = "Get the file again."
IMAGES, LABELS = "images-idx3", "labels-idx1"


def read_images(path: str, label: str = "", *, is_labelled: bool = True) -> tuple[Images, tuple[FileFacts, ...]]:
    """The images of a file and their labels.

    Args:
        path: of the images, plain or gzip.
        label: of their labels, beside the images; empty: found by MNIST's names.
        is_labelled: whether labels are wanted.

    Raises:
        DataError: if a file is missing, cut off or of another kind, or images and labels differ in number.
    """
    pixels, facts = _read(path, axes=3)
    images = Images(path, np.arange(1, len(pixels) + 1, dtype=np.int64), pixels)
    if not is_labelled:
        return images, (facts,)
    beside = str(Path(path).with_name(label)) if label else _labels_beside(path)
    numbers, told = _read(beside, axes=1)
    if len(numbers) != len(pixels):
        what = f"holds {len(numbers):,} labels; {path} holds {len(pixels):,} images."
        raise DataError(Problem(beside, what, "Name the labels of these images in data.label."))
    labels = tuple(map(str, numbers.tolist()))
    return Images(path, images.numbers, pixels, labels), (facts, told)


def _labels_beside(path: str) -> str:
    name = Path(path).name.replace(IMAGES, LABELS)
    names = [name, name.removesuffix(".gz") if name.endswith(".gz") else f"{name}.gz"]
    found = [each for each in (Path(path).with_name(name) for name in names) if each.exists()]
    if not found or IMAGES not in Path(path).name:
        what = f"has no labels beside it: looked for {' and '.join(names)}."
        raise DataError(Problem(path, what, "Put them there, or name their file in data.label."))
    return str(found[0])


def _read(path: str, *, axes: int) -> tuple[NDArray[np.uint8], FileFacts]:
    content = b"".join(chunks(path))
    shape = _shape(path, content, axes=axes)
    begin = 4 + 4 * axes
    found, wanted = len(content) - begin, math.prod(shape)
    if found != wanted:
        what = f"has {found:,} numbers; its head says {' x '.join(map(str, shape))} = {wanted:,}."
        raise DataError(Problem(path, what, f"It is cut off or damaged. {AGAIN}"))
    if not wanted:
        raise DataError(Problem(path, f"is empty: {' x '.join(map(str, shape))}.", AGAIN))
    facts = FileFacts(
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        n_bytes=len(content),
        n_rows=shape[0],
        encoding="idx",
    )
    return np.frombuffer(content, dtype=np.uint8, offset=begin).reshape(shape), facts


def _shape(path: str, content: bytes, *, axes: int) -> tuple[int, ...]:
    if len(content) < 4 or content[:2] != b"\0\0":
        what = f"is no idx file: it begins with the bytes {content[:4].hex(' ') or '(none)'}, not with 00 00."
        raise DataError(Problem(path, what, 'Name a file such as "train-images-idx3-ubyte.gz".'))
    kind, found = content[2], content[3]
    if kind != UNSIGNED_BYTE:
        what = f"holds {KINDS.get(kind, 'numbers of an unknown kind')} (0x{kind:02x}); unsigned bytes (0x08) are read."
        raise DataError(Problem(path, what, "Write the pixels as bytes, 0 to 255."))
    if found != axes:
        of = {1: "labels", 3: "images"}
        what = f"has {found} axes{f', as {of[found]} have' if found in of else ''}; {of[axes]} have {axes}."
        raise DataError(Problem(path, what, f"Name the file of the {of[axes]}."))
    if len(content) < 4 + 4 * axes:
        raise DataError(Problem(path, f"ends inside its head, after {len(content)} bytes.", AGAIN))
    return struct.unpack_from(f">{axes}I", content, 4)
