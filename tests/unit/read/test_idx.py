"""Files of images against bytes written by hand, the sample of MNIST against its own facts, and every fault told."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from seqwise.errors import DataError
from seqwise.read.idx import read_images
from seqwise.read.splits import read_image_splits
from seqwise.settings.stations import DataSettings

SAMPLE = Path(__file__).resolve().parents[4] / "shared" / "data" / "mnist" / "sample-images-idx3-ubyte.gz"


def idx(numbers: np.ndarray, *, kind: int = 8) -> bytes:
    return bytes([0, 0, kind, numbers.ndim]) + struct.pack(f">{numbers.ndim}I", *numbers.shape) + numbers.tobytes()


def labels_of(n: int) -> np.ndarray:
    return np.random.default_rng(9).permutation(np.arange(n, dtype=np.uint8) % 4)


def pair(folder: Path, *, n: int = 40, seed: int = 0, stem: str = "train") -> Path:
    """Images of 3 x 2 pixels and their labels, by MNIST's names."""
    pixels = np.random.default_rng(seed).integers(256, size=(n, 3, 2), dtype=np.uint8)
    path = folder / f"{stem}-images-idx3-ubyte"
    path.write_bytes(idx(pixels))
    (folder / f"{stem}-labels-idx1-ubyte").write_bytes(idx(labels_of(n)))
    return path


@pytest.mark.parametrize("packed", [False, True])
def test_bytes_written_by_hand_are_read(tmp_path: Path, packed: bool) -> None:
    content = b"\0\0\x08\x03" + b"\0\0\0\x02" + b"\0\0\0\x01" + b"\0\0\0\x03" + bytes([1, 2, 3, 250, 251, 252])
    name = "a-images-idx3-ubyte" + (".gz" if packed else "")
    (tmp_path / name).write_bytes(gzip.compress(content, mtime=0) if packed else content)
    (tmp_path / "a-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01\0\0\0\x02\x07\x09")
    images, facts = read_images(str(tmp_path / name))
    assert images.pixels.tolist() == [[[1, 2, 3]], [[250, 251, 252]]]
    assert (images.labels, images.ids) == (("7", "9"), (f"{name}:1", f"{name}:2"))
    assert [(fact.n_rows, fact.n_bytes) for fact in facts] == [(2, 22), (2, 10)]


def test_labels_of_another_name_are_named(tmp_path: Path) -> None:
    path = pair(tmp_path).rename(tmp_path / "digits.idx")
    images, _ = read_images(str(path), "train-labels-idx1-ubyte")
    assert images.labels == tuple(map(str, labels_of(40)))
    assert read_images(str(path), is_labelled=False)[0].labels is None


def test_the_sample_of_mnist_is_what_its_page_says() -> None:
    if not SAMPLE.exists():
        pytest.skip(f"no {SAMPLE}")
    images, _ = read_images(str(SAMPLE))
    assert images.pixels.shape[1:] == (28, 28)
    assert set(images.labels) == set("0123456789")
    assert 0.11 < images.pixels.mean() / 255 < 0.15  # of all MNIST 0.1307


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", r"begins with the bytes \(none\)"),
        (b"PK\x03\x04abc", "is no idx file: it begins with the bytes 50 4b 03 04"),
        (idx(np.zeros((2, 3, 2), np.uint8), kind=13), r"holds 32-bit floats \(0x0d\); unsigned bytes"),
        (idx(np.zeros((2, 3, 2), np.uint8), kind=1), "numbers of an unknown kind"),
        (idx(np.zeros(2, np.uint8)), "has 1 axes, as labels have; images have 3. Name the file of the images"),
        (idx(np.zeros((2, 3), np.uint8)), "has 2 axes; images have 3"),
        (b"\0\0\x08\x03\0\0\0\x02\0\0", "ends inside its head, after 10 bytes"),
        (idx(np.zeros((2, 3, 2), np.uint8))[:-5], "has 7 numbers; its head says 2 x 3 x 2 = 12. It is cut off"),
        (idx(np.zeros((2, 3, 2), np.uint8)) + b"\0", "has 13 numbers"),
        (idx(np.zeros((0, 28, 28), np.uint8)), "is empty: 0 x 28 x 28"),
        (gzip.compress(idx(np.zeros((2, 3, 2), np.uint8)), mtime=0)[:-9], "broken or cut-off gzip"),
    ],
)
def test_a_bad_file_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "x-images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(DataError, match=told) as caught:
        read_images(str(path))
    assert caught.value.problems[0].where == str(path)
    assert caught.value.exit_code == 65


def test_labels_that_are_missing_or_too_few_are_told(tmp_path: Path) -> None:
    path, labels = pair(tmp_path), tmp_path / "train-labels-idx1-ubyte"
    labels.write_bytes(idx(np.zeros(39, np.uint8)))
    with pytest.raises(DataError, match=r"holds 39 labels; .*train-images-idx3-ubyte holds 40 images"):
        read_images(str(path))
    labels.unlink()
    with pytest.raises(DataError, match=r"no labels beside it: looked for train-labels-idx1-ubyte and .*\.gz"):
        read_images(str(path))
    with pytest.raises(DataError, match="other: no such file"):
        read_images(str(path), "other")


def test_shares_are_divided_by_label_and_every_image_keeps_its_label(tmp_path: Path) -> None:
    data = DataSettings(train=str(pair(tmp_path)), label="", validation=0.25, test=0.25)
    splits = read_image_splits(data, seed=3).images()
    numbers = np.concatenate([images.numbers for images in splits.values()])
    assert sorted(numbers.tolist()) == list(range(1, 41))
    whole, _ = read_images(data.train)
    for images in splits.values():
        np.testing.assert_array_equal(images.pixels, whole.pixels[images.numbers - 1])
        assert images.labels == tuple(whole.labels[number - 1] for number in images.numbers)
        counts = [images.labels.count(label) for label in "0123"]
        assert max(counts) - min(counts) <= 1
    again = read_image_splits(data, seed=3).images()
    assert [images.ids for images in again.values()] == [images.ids for images in splits.values()]


def test_images_of_test_that_stand_in_training_are_noted(tmp_path: Path) -> None:
    test, train = pair(tmp_path, stem="t10k", n=4), pair(tmp_path)
    data = DataSettings(train=str(train), label="", validation=0.1, test=str(test))
    facts = read_image_splits(data, seed=0).files
    trained = set(read_image_splits(data, seed=0).train.numbers.tolist())
    n = len(trained & {1, 2, 3, 4})
    assert [note for each in facts for note in each.notes] == [
        f"{n} of 4 images stand in {train} too, so their scores are flattered"
    ]


def test_one_label_only_is_told_without_a_column(tmp_path: Path) -> None:
    path = pair(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(np.zeros(40, np.uint8)))
    with pytest.raises(DataError, match=r'train-images-idx3-ubyte: all 40 rows for training carry the label "0"'):
        read_image_splits(DataSettings(train=str(path), label=""), seed=0)
