"""Images in, flat examples out: a token a row of pixels, whose scaled pixels are its features; fitted on training."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from seqwise.errors import DataError, Problem
from seqwise.image_records import Images
from seqwise.records import Examples, FlatTokens

FILE = "images.json"
# Images that are all of one colour are not blown up by their deviation.
LEAST_DEVIATION = 1e-8


@dataclass(frozen=True)
class ImagePreparation:
    """All that was learned of the training images.

    Attributes:
        steps: rows of an image.
        n_features: pixels of a row.
        mean: of the pixels, 0 to 255.
        deviation: of the pixels.
    """

    steps: int
    n_features: int
    mean: float
    deviation: float

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """What a token says: that it is a step, all else are features."""
        return ("[STEP]",)

    @property
    def vocabulary_size(self) -> int:
        """Number of token ids."""
        return 1

    def apply(self, images: Images) -> Examples:
        """The images as sequences of one length, without targets.

        Raises:
            DataError: if they have another size than those of training.
        """
        n, *size = images.pixels.shape
        if size != [self.steps, self.n_features]:
            what = f"holds images of {size[0]} x {size[1]} pixels; the model was trained on {self.steps} x "
            raise DataError(Problem(images.path, f"{what}{self.n_features}.", "Scale them to that size."))
        features = images.pixels.reshape(-1, self.n_features).astype(np.float32)
        features -= np.float32(self.mean)
        features /= np.float32(self.deviation)
        offsets = np.arange(n + 1, dtype=np.int64) * self.steps
        return Examples(FlatTokens(np.zeros(n * self.steps, dtype=np.int32), offsets), features=features)

    def save(self, folder: Path) -> None:
        """Write one file of JSON into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "ImagePreparation":
        """Read what :meth:`save` wrote."""
        return cls(**json.loads((folder / FILE).read_text(encoding="utf-8")))


def fit_images(images: Images) -> ImagePreparation:
    """Learn size, mean and deviation of training images, by counts of each brightness, which are exact."""
    _, steps, n_features = images.pixels.shape
    counts = np.bincount(images.pixels.ravel(), minlength=256)
    values = np.arange(256)
    mean = float(counts @ values / counts.sum())
    deviation = float(np.sqrt(counts @ (values - mean) ** 2 / counts.sum()))
    return ImagePreparation(steps, n_features, mean, max(deviation, LEAST_DEVIATION))
