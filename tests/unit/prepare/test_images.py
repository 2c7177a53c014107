"""Images as flat sequences: the numbers against numpy's, and what does not fit."""

from pathlib import Path

import numpy as np
import pytest

from seqwise.errors import DataError
from seqwise.image_records import Images
from seqwise.prepare.images import ImagePreparation, fit_images


def images(shape: tuple[int, int, int], seed: int = 0) -> Images:
    pixels = np.random.default_rng(seed).integers(256, size=shape, dtype=np.uint8)
    return Images("some-images-idx3-ubyte", np.arange(1, shape[0] + 1), pixels)


def test_pixels_are_scaled_by_mean_and_deviation_of_the_training_images() -> None:
    train, other = images((50, 4, 3)), images((7, 4, 3), seed=1)
    preparation = fit_images(train)
    found = preparation.apply(other)
    expected = (other.pixels.reshape(-1, 3) - train.pixels.mean()) / train.pixels.std()
    np.testing.assert_allclose(found.features, expected, rtol=1e-5, atol=1e-6)
    assert found.features.dtype == np.float32
    assert found.tokens.lengths.tolist() == [4] * 7
    assert (preparation.vocabulary_size, preparation.n_features, len(found)) == (1, 3, 7)


def test_a_preparation_comes_back_from_its_folder(tmp_path: Path) -> None:
    preparation = fit_images(images((5, 4, 3)))
    preparation.save(tmp_path)
    assert ImagePreparation.load(tmp_path) == preparation


def test_images_of_one_colour_have_finite_features() -> None:
    plain = Images("a", np.arange(2), np.full((2, 4, 3), 9, dtype=np.uint8))
    assert (fit_images(plain).apply(plain).features == 0).all()


def test_images_of_another_size_are_told() -> None:
    with pytest.raises(DataError, match="images of 3 x 4 pixels; the model was trained on 4 x 3"):
        fit_images(images((5, 4, 3))).apply(images((5, 3, 4)))
