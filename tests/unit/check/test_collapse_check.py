from dataclasses import replace

import numpy as np
import pytest
from check_evidence import ROSTER_TRUTH, alarms, bare, calibrated, levels, roster, rows

from seqwise.check.collapse import CHECK
from seqwise.check.engine import run_checks


def test_the_roster_story_is_named():
    (finding,) = CHECK.run(roster())
    assert (finding.level, finding.ids, finding.check) == ("error", ("GR-COLLAPSE",), "collapse")
    assert finding.message.startswith(
        'The model is right on 9 of 21 predicted rows (42.9 %), exactly what always answering "Off" gives.'
    )
    assert finding.evidence["n_right"] == finding.evidence["n_majority"] == 9
    assert finding.causes
    assert "training.learning_rate" in finding.fix


def test_the_roster_story_is_told_in_korean():
    (finding,) = CHECK.run(replace(roster(), language="ko"))
    assert finding.message.startswith(
        '모델이 예측 데이터 21개 중 9개(42.9 %)를 맞혔는데, 이는 항상 "Off"(이)라고 답하는 것과 같습니다.'
    )


def test_the_roster_story_is_named_by_all_that_should_and_by_no_other():
    found = alarms(run_checks(roster(), silence={}))
    assert found == [("collapse", "error"), ("tiny_test", "warning")]


def test_always_answering_a_rare_label_is_told_as_such():
    table = np.tile([0.2, 0.5, 0.3], (40, 1)) + np.random.default_rng(0).normal(0, 0.03, (40, 3))
    (finding,) = CHECK.run(bare(table / table.sum(axis=1, keepdims=True), np.array([0] * 30 + [1] * 10)))
    assert finding.level == "error"
    assert 'right on 10 of 40 predicted rows (25.0 %), which is what always answering "label1" gives' in finding.message


def test_one_and_the_same_output_is_an_error_without_any_truth():
    (finding,) = CHECK.run(bare(np.tile([0.2, 0.5, 0.3], (8, 1))))
    assert finding.level == "error"
    assert finding.title == "The output does not depend on the text"


def test_a_nearly_constant_output_is_a_warning():
    rng = np.random.default_rng(0)
    table = np.full((60, 2), 0.5) + np.outer(rng.uniform(-0.008, 0.008, 60), [1, -1])
    (finding,) = CHECK.run(bare(table, rng.integers(0, 2, 60)))
    assert finding.level == "warning"


def test_the_same_text_may_give_the_same_output():
    evidence = bare(np.tile([0.2, 0.8], (9, 1)), np.array([1] * 9))
    evidence = replace(evidence, rows={"predictions": rows(["same"] * 9)})
    assert levels(CHECK.run(evidence)) == ["pass"]


def test_nearly_one_answer_without_skill_is_a_warning():
    rng = np.random.default_rng(1)
    table = np.tile([0.9, 0.1], (400, 1)) + np.outer(rng.uniform(-0.1, 0.1, 400), [1, -1])
    table[:4] = [0.4, 0.6]
    (finding,) = CHECK.run(bare(table, rng.integers(0, 2, 400)))
    assert (finding.level, finding.evidence["n_top"]) == ("warning", 396)


def test_a_skilful_model_of_rare_labels_is_only_informed():
    probabilities, truth = calibrated(3000, 2, spread=1.0, bias=6.0)
    (finding,) = CHECK.run(bare(probabilities, truth))
    assert finding.level in ("info", "pass")


def test_few_unbalanced_rows_are_no_error():
    table = np.tile([0.95, 0.05], (20, 1)) + np.outer(np.linspace(-0.04, 0.04, 20), [1, -1])
    assert alarms(CHECK.run(bare(table, np.array([1] + [0] * 19)))) == []


@pytest.mark.parametrize(("n", "level"), [(60, "info"), (300, "warning"), (1500, "error")])
def test_unbalanced_rows_take_more_of_them_to_speak_up(n, level):
    # One row in ten carries the rare label, and the probabilities know nothing of it.
    table = np.tile([0.9, 0.1], (n, 1)) + np.outer(np.random.default_rng(0).uniform(-0.05, 0.05, n), [1, -1])
    (finding,) = CHECK.run(bare(table, (np.arange(n) % 10 == 0).astype(np.int64)))
    assert finding.level == level


@pytest.mark.parametrize(("n", "level"), [(50, ["warning"]), (49, ["pass"])])
def test_without_truth_one_answer_is_a_warning_from_fifty_rows_on(n, level):
    table = np.stack([np.linspace(0.6, 0.9, n), np.linspace(0.4, 0.1, n)], axis=1)
    assert levels(CHECK.run(bare(table))) == level


def test_rows_of_one_true_label_may_all_get_it():
    table = np.stack([np.linspace(0.6, 0.9, 30), np.linspace(0.4, 0.1, 30)], axis=1)
    assert levels(CHECK.run(bare(table, np.zeros(30, dtype=np.int64)))) == ["pass"]


def test_outputs_that_are_not_numbers_are_left_to_another_check():
    assert CHECK.run(bare(np.full((20, 2), np.nan), np.array([0, 1] * 10))) == []


def test_the_truth_of_the_story_is_the_storys():
    assert (len(ROSTER_TRUTH), ROSTER_TRUTH.count("Off")) == (21, 9)
