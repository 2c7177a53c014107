from dataclasses import replace

import numpy as np
import pytest
from check_evidence import bare, calibrated, levels, rows

from seqwise.check.label_space import CHECK
from seqwise.records import Evidence


def evidence(train, *, test=(), labels=(), n_outputs=None):
    split = {"train": rows([f"t{i}" for i in range(len(train))], train)}
    if test:
        split["test"] = rows([f"s{i}" for i in range(len(test))], test, file="test.csv")
    return Evidence(task="classify", rows=split, labels=tuple(labels), n_outputs=n_outputs)


def only(found, title):
    (finding,) = (one for one in found if one.title == title)
    assert finding.ids == ("GR-LABELSPACE",)
    return finding


def test_the_textbooks_three_outputs_for_two_classes_are_an_error():
    finding = only(
        CHECK.run(evidence(["neg", "pos"] * 5, labels=["neg", "pos"], n_outputs=3)),
        "Outputs and labels differ in number",
    )
    assert finding.level == "error"
    assert "head has 3 outputs, and there are 2 labels" in finding.message


def test_columns_of_predictions_are_counted_too():
    three, truth = calibrated(30, 3)
    wrong = replace(bare(three, truth), labels=("a", "b"))
    assert only(CHECK.run(wrong), "Outputs and labels differ in number").evidence["n_outputs"] == {"predictions": 3}


def test_a_label_that_training_never_shows_is_a_warning():
    finding = only(CHECK.run(evidence(["a", "b"] * 5, labels=["a", "b", "c"])), "Labels without training rows")
    assert (finding.level, finding.evidence["never_in_train"]) == ("warning", ["c"])


def test_a_label_of_a_single_row_is_a_warning():
    finding = only(CHECK.run(evidence(["a"] * 5 + ["b"] * 5 + ["c"])), "Labels with a single row")
    assert (finding.level, finding.evidence["labels"]) == ("warning", ["c"])


def test_one_label_alone_is_an_error():
    assert only(CHECK.run(evidence(["a"] * 5)), "Only one label in training").level == "error"


@pytest.mark.parametrize(
    ("label", "level"),
    [
        ("<unk>", "warning"),
        ("[PAD]", "warning"),
        ("NaN", "warning"),
        (" ", "warning"),
        ("none", "info"),
        ("N/A", "info"),
    ],
)
def test_labels_that_are_no_labels_are_named(label, level):
    finding = only(CHECK.run(evidence(["a", "b", label] * 5)), "A label that is no label")
    assert (finding.level, finding.evidence["labels"]) == (level, [label])


@pytest.mark.parametrize("label", ["no", "Off", "N", "O", "neutral", "0", "nano"])
def test_true_labels_that_look_odd_are_healthy(label):
    assert levels(CHECK.run(evidence(["a", "b", label] * 5))) == ["pass"]


def test_one_label_in_two_spellings_is_a_warning():
    finding = only(CHECK.run(evidence(["Positive", "positive ", "negative"] * 5)), "The same label twice")
    assert (finding.level, finding.evidence["labels"]) == ("warning", ["Positive", "positive "])


@pytest.mark.parametrize(("times", "level"), [(1, "warning"), (10, "error")])
def test_labels_of_test_that_training_has_not_seen(times, level):
    found = CHECK.run(evidence(["a", "b"] * 50, test=["a"] * 90 + ["c"] * times))
    finding = only(found, "Labels unseen in training")
    assert (finding.level, finding.evidence["n_rows"]) == (level, times)


def test_labels_that_fit_pass():
    (finding,) = CHECK.run(evidence(["a", "b"] * 5, test=["a", "b"], labels=["a", "b"], n_outputs=2))
    assert (finding.level, finding.evidence["labels"]) == ("pass", ["a", "b"])


def test_without_labels_there_is_silence():
    assert CHECK.run(Evidence(task="classify", rows={"test": rows(["a"])})) == []


def test_empty_predictions_have_no_columns_to_count():
    empty = replace(bare(np.empty((0, 3))), labels=("a", "b"))
    assert levels(CHECK.run(empty)) == ["pass"]
