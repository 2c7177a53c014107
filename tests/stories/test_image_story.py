"""Images by the command line: fit, predict, evaluate, check and report, and what a settings file may not say."""

import json
import struct
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from seqwise.cli import main
from seqwise.read.idx import read_images

N = 240


def idx(numbers: np.ndarray) -> bytes:
    return bytes([0, 0, 8, numbers.ndim]) + struct.pack(f">{numbers.ndim}I", *numbers.shape) + numbers.tobytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawings of 6 x 5 pixels: a bright row, or a bright column; only the order of the rows tells where it moves."""
    path = tmp_path_factory.mktemp("images")
    generator = np.random.default_rng(0)
    labels = generator.integers(2, size=N).astype(np.uint8)
    pixels = generator.integers(60, size=(N, 6, 5), dtype=np.uint8)
    for image, label in zip(pixels, labels, strict=True):
        place = generator.integers(5)
        if label:
            image[place] = 255
        else:
            image[:, place] = 255
    (path / "train-images-idx3-ubyte").write_bytes(idx(pixels))
    (path / "train-labels-idx1-ubyte").write_bytes(idx(labels))
    return path


SETTINGS = """
task = "classify"
[data]
train = "train-images-idx3-ubyte"
validation = 0.2
test = 0.2
[encoder]
name = "recurrent"
embedding = 8
hidden = 24
bidirectional = false
[training]
epochs = 12
batch_size = 16
learning_rate = 0.02
precision = "float32"
[runtime]
threads = 1
"""


def settings(folder: Path, name: str, text: str = SETTINGS) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    assert main(["fit", settings(folder, "a.toml"), "--out", str(folder / "run")]) == 0
    return folder / "run"


def test_a_run_of_images_has_the_files_and_columns_of_every_run(run: Path) -> None:
    scores = json.loads((run / "scores.json").read_text())["splits"]["test"]
    assert set(scores["baselines"]) == {"majority", "prior", "pixels"}
    assert scores["metrics"]["accuracy"]["value"] > 0.9
    table = pl.read_parquet(run / "predictions" / "test.parquet")
    assert table.columns == ["id", "truth", "prediction", "p_0", "p_1"]
    assert table["id"][0].startswith("train-images-idx3-ubyte:")
    np.testing.assert_allclose(table["p_0"] + table["p_1"], 1.0)
    assert "<svg" in (run / "report.html").read_text(encoding="utf-8")


def test_pixels_are_scaled_by_the_training_images_alone(run: Path, folder: Path) -> None:
    held = pl.concat([pl.read_parquet(run / "predictions" / f"{split}.parquet") for split in ("validation", "test")])
    is_trained = np.ones(N, dtype=np.bool_)
    is_trained[[int(name.rsplit(":", 1)[1]) - 1 for name in held["id"]]] = False
    images, _ = read_images(str(folder / "train-images-idx3-ubyte"))
    fitted = json.loads((run / "model" / "images.json").read_text())
    assert fitted["mean"] == pytest.approx(images.pixels[is_trained].mean())
    assert fitted["deviation"] == pytest.approx(images.pixels[is_trained].std())


def test_a_run_answers_scores_and_checks_files_of_images(run: Path, folder: Path, capsys) -> None:
    source = str(folder / "train-images-idx3-ubyte")
    assert main(["predict", str(run), source, "--out", str(folder / "answers.csv")]) == 0
    answers = pl.read_csv(folder / "answers.csv")
    stored = pl.read_parquet(run / "predictions" / "test.parquet")
    both = stored.join(answers, on="id", suffix="_again")
    assert len(both) == len(stored)
    np.testing.assert_allclose(both["p_1"], both["p_1_again"], atol=1e-5)
    assert main(["evaluate", str(run), source]) == 0
    assert "pixels" in capsys.readouterr().out
    assert main(["check", str(run)]) == 0
    assert main(["check", settings(folder, "b.toml")]) == 0


def test_a_head_stands_on_the_pixels(folder: Path) -> None:
    text = SETTINGS.replace("[training]\nepochs = 12", '[head]\nstand_on = "pixels"\n[training]\nepochs = 1')
    out = folder / "standing"
    assert main(["fit", settings(folder, "c.toml", text), "--out", str(out)]) == 0
    source = str(folder / "train-images-idx3-ubyte")
    assert main(["predict", str(out), source, "--out", str(folder / "standing.csv")]) == 0
    stored = pl.read_parquet(out / "predictions" / "test.parquet")
    both = stored.join(pl.read_csv(folder / "standing.csv"), on="id", suffix="_again")
    np.testing.assert_allclose(both["p_1"], both["p_1_again"], atol=1e-5)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'name = "recurrent"',
            'name = "bert"\ncheckpoint = "x"',
            "which reads texts; the rows of images are read by",
        ),
        ("test = 0.2", 'test = 0.2\nsplit = "time"\ntime = "day"', "images have no groups and no times"),
        ("[training]", '[evaluate]\nbaselines = ["naive_bayes"]\n[training]', '"majority", "prior", "pixels"'),
    ],
)
def test_settings_that_images_do_not_know_are_told(folder: Path, old: str, new: str, told: str, capsys) -> None:
    text = SETTINGS.replace(old, new)
    if "bert" in new:
        text = text.replace("embedding = 8\nhidden = 24\nbidirectional = false\n", "")
    assert main(["fit", settings(folder, "bad.toml", text), "--out", str(folder / "none")]) == 64
    assert told in capsys.readouterr().err


def test_settings_of_text_are_told_as_unread(folder: Path, capsys) -> None:
    text = SETTINGS.replace("[encoder]", "[prepare]\nlower = true\n[encoder]")
    assert main(["check", settings(folder, "unread.toml", text)]) == 0
    assert 'not read in this run: "prepare.lower = true"' in capsys.readouterr().out


def test_standard_input_holds_no_images(run: Path, capsys) -> None:
    assert main(["predict", str(run), "-"]) == 64
    assert "images are read from a file" in capsys.readouterr().err
