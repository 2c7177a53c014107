"""What every baseline of tags must keep: probabilities of each unit, a state without pickle, poor rows survived."""

import json

import numpy as np
import pytest
from safetensors.numpy import load, save

from seqwise import catalog
from seqwise.baselines import BASELINES
from seqwise.baselines.contract import BaselineState, TextUnits, ask
from seqwise.baselines.members import build_baseline
from seqwise.baselines.numbers import NumberBaselineSpec
from seqwise.baselines.run import LabelledRows, run_baselines
from seqwise.records import FlatUnits
from seqwise.settings import names
from seqwise.spans.schemes import BIO

TAGS = ("O", "B-LC", "I-LC", "B-PS")
ENGLISH = ["Ann lives in New York .", "New York is big", "Bob met Ann", "", "he saw New York and Bob .", "it is big ."]
TARGETS = [[3, 0, 0, 1, 2, 0], [1, 2, 0, 0], [3, 0, 3], [], [0, 0, 1, 2, 0, 3, 0], [0, 0, 0, 0]]
KOREAN = ["서울 에서 송재우 를", "송재우 는 서울 에"]
STRANGE = ["", " ", "\n\t", "\ud800 lone surrogate", "😀😀", "New " * 300, "서울로 가가 이은"]


def rows(texts, *, tags=TAGS, scheme=BIO) -> TextUnits:
    """A unit is what stands between blanks."""
    edges, offsets = [], [0]
    for text in texts:
        start = 0
        for word in text.split(" "):
            if word:
                edges.append((start, start + len(word)))
            start += len(word) + 1
        offsets.append(len(edges))
    return TextUnits(texts, FlatUnits(np.array(edges, dtype=np.int64).reshape(-1, 2), np.array(offsets)), tags, scheme)


def targets_of(lists) -> np.ndarray:
    return np.array([number for numbers in lists for number in numbers], dtype=np.int64)


def fitted(name, texts=ENGLISH, targets=TARGETS, *, seed=0):
    return build_baseline(name).fit(rows(texts), targets_of(targets), n_labels=len(TAGS), seed=seed)


def assert_probabilities(log_probabilities, n_units) -> None:
    assert log_probabilities.shape == (n_units, len(TAGS))
    assert log_probabilities.dtype == np.float64
    assert np.isfinite(log_probabilities).all()
    assert np.exp(log_probabilities).sum(axis=1) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("name", BASELINES)
def test_the_settings_name_a_baseline_under_the_tasks_whose_rows_it_reads(name) -> None:
    spec = catalog.load("seqwise.baselines", name, constant="BASELINE", table=BASELINES)
    if name in names.NUMBER_BASELINES:
        assert isinstance(spec, NumberBaselineSpec)
    else:
        assert spec.tasks == tuple(task for task, members in names.BASELINES.items() if name in members)


@pytest.mark.parametrize("name", names.BASELINES["tag"])
class TestEveryBaselineOfTags:
    def test_each_unit_has_probabilities_seen_or_not(self, name) -> None:
        asked = rows([*ENGLISH, *KOREAN, *STRANGE])
        assert_probabilities(fitted(name).log_probabilities(asked), len(asked))

    def test_no_units_give_no_answers(self, name) -> None:
        assert ask(fitted(name), rows([])).shape == (0, len(TAGS))
        assert ask(fitted(name), rows(["", " "])).shape == (0, len(TAGS))

    @pytest.mark.parametrize(
        ("texts", "targets"),
        [(["one"], [[1]]), (["", "x y"], [[], [0, 0]]), (["a b"] * 2, [[3, 0], [0, 3]]), (ENGLISH[:1], TARGETS[:1])],
        ids=["1 unit", "one tag", "copies that differ", "1 text"],
    )
    def test_poor_training_rows_are_enough(self, name, texts, targets) -> None:
        assert_probabilities(
            fitted(name, texts, targets).log_probabilities(rows([*ENGLISH, *texts])), 24 + len(targets_of(targets))
        )

    def test_the_same_seed_gives_the_same_baseline(self, name) -> None:
        one, other = (fitted(name, seed=3).log_probabilities(rows(ENGLISH)) for _ in range(2))
        np.testing.assert_array_equal(one, other)

    def test_comes_back_from_json_and_safetensors_unchanged(self, name) -> None:
        texts, targets = [*ENGLISH, STRANGE[3]], [*TARGETS, [3, 0, 0]]
        baseline = fitted(name, texts, targets)
        state = baseline.state()
        arrays = {key: np.ascontiguousarray(values) for key, values in state.arrays.items()}
        again = build_baseline(name)
        again.restore(BaselineState(settings=json.loads(json.dumps(dict(state.settings))), arrays=load(save(arrays))))
        asked = rows([*texts, *KOREAN])
        np.testing.assert_array_equal(again.log_probabilities(asked), baseline.log_probabilities(asked))

    def test_a_text_is_answered_alone_as_among_others(self, name) -> None:
        baseline = fitted(name)
        alone = np.concatenate([baseline.log_probabilities(rows([text])) for text in ENGLISH])
        np.testing.assert_allclose(baseline.log_probabilities(rows(ENGLISH)), alone, atol=1e-12)

    def test_the_cache_says_the_same_and_knows_other_units_apart(self, name, tmp_path) -> None:
        training = LabelledRows(rows(ENGLISH), targets_of(TARGETS), len(TAGS))
        splits = {"test": rows(KOREAN)}
        answers = [run_baselines([name], training, splits=splits, seed=0, cache=tmp_path) for _ in range(2)]
        one, other = (answer.log_probabilities[name]["test"] for answer in answers)
        np.testing.assert_array_equal(one, other)
        assert answers[0].n_rows == len(ENGLISH)
        renamed = LabelledRows(rows(ENGLISH, tags=("O", "B-X", "I-X", "B-Y")), targets_of(TARGETS), len(TAGS))
        run_baselines([name], renamed, splits=splits, seed=0, cache=tmp_path)
        assert len(list(tmp_path.glob("*.npz"))) == 2


@pytest.mark.parametrize("name", ["unit_tag", "dictionary", "surface"])
def test_a_baseline_that_reads_finds_the_names_again(name) -> None:
    answers = fitted(name, ENGLISH * 20, TARGETS * 20).log_probabilities(rows(["he met Ann in New York ."]))
    assert answers.argmax(axis=1).tolist() == [0, 0, 3, 0, 1, 2, 0]


def test_parts_hold_whole_texts_in_order() -> None:
    whole = rows([*ENGLISH, "", ""])
    for most in (1, 5, 9, 1000):
        parts = list(whole.parts(most))
        assert [text for part in parts for text in part.texts] == list(whole.texts)
        assert [word for part in parts for word in part.surfaces()] == whole.surfaces()
        assert all(len(part) <= most or len(part.texts) == 1 for part in parts)
