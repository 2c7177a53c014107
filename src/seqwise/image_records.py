"""Images as sequences: each of their rows of pixels is a step, its pixels are what is known of the step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqwise.records import FileFacts, Indices, Rows


@dataclass(frozen=True)
class Images:
    """Some images of a file.

    Attributes:
        path: of the file.
        numbers: of the images in the file, from 1, shape (row,).
        pixels: shape (row, step, feature).
        labels: one an image, or None.
    """

    path: str
    numbers: Indices
    pixels: NDArray[np.uint8]
    labels: Sequence[str] | None = None

    def __len__(self) -> int:
        """Number of images."""
        return len(self.numbers)

    @property
    def ids(self) -> Sequence[str]:
        """``FILE:NUMBER`` of each image."""
        name = Path(self.path).name
        return tuple(f"{name}:{number}" for number in self.numbers.tolist())

    def take(self, rows: Indices) -> "Images":
        """The images of these places, in this order."""
        labels = self.labels and tuple(self.labels[row] for row in rows.tolist())
        return replace(self, numbers=self.numbers[rows], pixels=self.pixels[rows], labels=labels)


@dataclass(frozen=True)
class ImageSplits:
    """The images of a task by split, and the facts of their files."""

    train: Images
    validation: Images
    test: Images | None
    files: tuple[FileFacts, ...]

    def images(self) -> dict[str, Images]:
        """Split name to images, in the order train, validation, test; an absent test set is left out."""
        splits = {"train": self.train, "validation": self.validation}
        return splits if self.test is None else {**splits, "test": self.test}

    def named(self) -> dict[str, Rows]:
        """The rows of text by split: there are none."""
        return {}
