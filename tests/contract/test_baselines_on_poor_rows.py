"""What every baseline of labelled texts must survive: few rows, one label, one text, no text, strange text."""

import json
import math

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from seqwise.baselines import BASELINES
from seqwise.baselines.contract import BaselineSpec, BaselineState
from seqwise.baselines.members import build_baseline
from seqwise.catalog import load
from seqwise.settings import names

ENGLISH = [
    "the raven sat upon the door",
    "a raven, black as night!",
    "the creature lived; I fled",
    "my creature walked in the snow",
    "nameless horror from the stars",
    "the stars were wrong that night",
    "a dream of the raven",
    "the snow fell on the creature",
    "horror, nameless and old",
    "the door stood open",
]
KOREAN = [
    "정말 재미있는 영화예요",
    "시간이 아깝다",
    "배우들 연기가 좋았다",
    "지루하고 재미없다",
    "또 보고 싶은 영화",
    "돈이 아까워요ㅠㅠ",
]
THREE = np.array([0, 0, 1, 1, 2, 2, 0, 1, 2, 0])
TWO = np.array([1, 0, 1, 0, 1, 0])
STRANGE = ["", " ", "\n\t", "zzz", "\ud800 lone surrogate", "😀😀", "the raven " * 500]


def assert_probabilities(log_probabilities, shape) -> None:
    assert log_probabilities.shape == shape
    assert log_probabilities.dtype == np.float64
    assert np.isfinite(log_probabilities).all()
    assert np.exp(log_probabilities).sum(axis=1) == pytest.approx(1.0, abs=1e-9)


def fitted(name, texts=ENGLISH, targets=THREE, *, n_labels=3, seed=0):
    return build_baseline(name).fit(texts, targets, n_labels=n_labels, seed=seed)


@pytest.fixture(params=names.BASELINES["classify"])
def name(request) -> str:
    return request.param


def test_the_constant_carries_the_name_of_the_file(name) -> None:
    spec = load("seqwise.baselines", name, constant="BASELINE", table=BASELINES)
    assert isinstance(spec, BaselineSpec)
    assert spec.name == name


def test_korean_is_enough(name) -> None:
    assert_probabilities(fitted(name, KOREAN, TWO, n_labels=2).log_probabilities(KOREAN), (6, 2))


def test_strange_texts_get_an_answer(name) -> None:
    assert_probabilities(fitted(name).log_probabilities(STRANGE), (len(STRANGE), 3))


def test_no_rows_give_no_answers(name) -> None:
    assert fitted(name).log_probabilities([]).shape == (0, 3)


@pytest.mark.parametrize(
    ("texts", "targets"),
    [
        (ENGLISH, np.array([0, 0, 1, 1, 1, 0, 0, 1, 2, 0])),
        (ENGLISH, np.array([0, 0, 2, 2, 2, 0, 0, 2, 2, 0])),
        (ENGLISH, np.zeros(10, dtype=np.int64)),
        (["same"] * 10, THREE),
        ([""] * 10, THREE),
        (STRANGE, np.array([0, 1, 2, 0, 1, 2, 0])),
        (["one row"], np.array([1])),
        (["two", "rows"], np.array([1, 2])),
    ],
    ids=[
        "a label with one row",
        "a label without rows",
        "one label",
        "one text",
        "no text",
        "strange",
        "1 row",
        "2 rows",
    ],
)
def test_poor_training_rows_are_enough(name, texts, targets) -> None:
    assert_probabilities(fitted(name, texts, targets).log_probabilities([*ENGLISH, *texts]), (10 + len(texts), 3))


def test_the_answer_to_a_row_does_not_depend_on_the_others(name) -> None:
    baseline = fitted(name)
    together = baseline.log_probabilities(ENGLISH)
    alone = np.concatenate([baseline.log_probabilities([text]) for text in ENGLISH])
    np.testing.assert_allclose(together, alone, atol=1e-12)


@pytest.mark.parametrize(
    ("texts", "targets", "n_labels"), [(ENGLISH, THREE, 3), (KOREAN, TWO, 2), ([""] * 10, THREE, 3)]
)
def test_a_baseline_from_json_and_safetensors_gives_identical_answers(name, texts, targets, n_labels, tmp_path) -> None:
    baseline = fitted(name, texts, targets, n_labels=n_labels)
    state = baseline.state()
    save_file({key: np.ascontiguousarray(value) for key, value in state.arrays.items()}, tmp_path / "a.safetensors")
    settings = json.loads(json.dumps(dict(state.settings)))
    restored = build_baseline(name)
    restored.restore(BaselineState(settings, load_file(tmp_path / "a.safetensors")))
    asked = [*texts, *STRANGE]
    np.testing.assert_array_equal(restored.log_probabilities(asked), baseline.log_probabilities(asked))


def test_a_baseline_that_reads_learns_what_is_plain(name) -> None:
    texts = [f"alpha {word}" for word in "abcdefghijklmnopqrst"] + [f"omega {word}" for word in "abcdefghijklmnopqrst"]
    targets = np.repeat([0, 1], 20)
    answers = fitted(name, texts, targets, n_labels=2).log_probabilities(["alpha z", "omega z"])
    if name in ("majority", "prior"):
        np.testing.assert_array_equal(answers[0], answers[1])
    else:
        assert answers.argmax(axis=1).tolist() == [0, 1]
        assert math.exp(answers[0, 0]) > 0.8
