from dataclasses import replace

import pytest
from check_evidence import alarms, facts, levels, rows

from seqwise.check.eval_on_train import CHECK
from seqwise.records import Evidence


def texts(n, word="text"):
    return [f"{word} number {i} of the file" for i in range(n)]


def evidence(train, test, *, files=()):
    return Evidence(task="classify", rows={"train": train, "test": test}, files=files)


def test_the_same_file_in_train_and_test_is_an_error():
    file = rows(texts(30))
    (finding,) = CHECK.run(evidence(file, file, files=(facts("train.csv"),)))
    assert (finding.level, finding.ids) == ("error", ("GR-EVALONTRAIN",))
    assert finding.evidence["n_same_rows"] == 30
    assert "30 of 30 test rows (100.0 %) are rows of the training file itself" in finding.message


def test_a_copy_of_the_file_under_another_name_is_an_error():
    known = (facts("train.csv", "same"), facts("test.csv", "same"))
    (finding,) = CHECK.run(evidence(rows(texts(3)), rows(texts(3), file="test.csv"), files=known))
    assert (finding.level, finding.title) == ("error", "Scored on training rows")


def test_shares_of_one_file_are_healthy():
    all_rows = rows(texts(100))
    split = evidence(all_rows.take(range(80)), all_rows.take(range(80, 100)), files=(facts("train.csv"),))
    assert levels(CHECK.run(split)) == ["pass"]


def test_lists_in_memory_all_count_from_one_and_are_no_file():
    train, test = rows(["a b c", "d e f", "ok"], file=""), rows(["g h i", "j k l", "ok"], file="")
    assert alarms(CHECK.run(evidence(train, test))) == []


def test_another_text_on_the_same_line_is_another_row():
    train, test = rows(texts(10)), rows(texts(10, "other"))
    assert levels(CHECK.run(evidence(train, test, files=(facts("train.csv"),)))) == ["pass"]


def test_a_split_that_stands_in_train_whole_is_an_error_whatever_its_file():
    (finding,) = CHECK.run(evidence(rows(texts(50)), rows(texts(20)[::-1], file="test.csv")))
    assert finding.level == "error"
    assert finding.message.startswith("Every scored text was trained on")


@pytest.mark.parametrize(("n_seen", "expected"), [(60, ["error"]), (25, ["warning"]), (3, ["pass"])])
def test_the_share_of_seen_texts_decides_the_level(n_seen, expected):
    test = rows(texts(n_seen) + texts(100 - n_seen, "other"), file="test.csv")
    (finding,) = CHECK.run(evidence(rows(texts(200)), test))
    assert [finding.level] == expected


@pytest.mark.parametrize(("n_seen", "title"), [(0, "Splits are apart"), (3, "Few scored texts are training texts")])
def test_splits_are_called_apart_where_no_text_is_in_both(n_seen, title):
    test = rows(texts(n_seen) + texts(100 - n_seen, "other"), file="test.csv")
    (finding,) = CHECK.run(evidence(rows(texts(200)), test))
    assert (finding.level, finding.title) == ("pass", title)
    assert f"{n_seen} of 100 test texts" in finding.message


def test_case_spaces_and_unicode_form_hide_nothing():
    train = rows(["Caf\u00e9  is GOOD " + str(i) for i in range(10)])
    test = rows(["cafe\u0301 is good " + str(i) for i in range(10)], file="test.csv")
    (finding,) = CHECK.run(evidence(train, test))
    assert (finding.level, finding.evidence["n_seen"], finding.evidence["n_identical"]) == ("error", 10, 0)


def test_two_seen_texts_of_two_are_not_yet_an_error():
    assert levels(CHECK.run(evidence(rows(texts(20)), rows(texts(2), file="test.csv")))) == ["warning"]


def test_files_alone_are_compared_by_content():
    alone = Evidence(task="classify", files=(facts("a.csv", "same"), facts("b.csv", "same"), facts("c.csv")))
    (finding,) = CHECK.run(alone)
    assert (finding.level, finding.evidence["files"]) == ("error", ["a.csv", "b.csv"])
    assert CHECK.run(replace(alone, files=alone.files[1:])) == []


def test_training_rows_alone_are_silence():
    assert CHECK.run(Evidence(task="classify", rows={"train": rows(texts(5))})) == []


def test_test_rows_that_are_validation_rows_are_an_error():
    train, held = rows(texts(30)), rows(texts(20, "other"), file="dev.csv")
    splits = {"train": train, "validation": held, "test": held}
    found = CHECK.run(Evidence(task="classify", rows=splits, files=(facts("train.csv"), facts("dev.csv", "dev"))))
    assert [(one.level, one.title, one.evidence["n_same_rows"]) for one in found] == [
        ("error", "Chosen on test rows", 20)
    ]
    apart = {**splits, "test": rows(texts(20, "third"), file="test.csv")}
    files = (facts("train.csv"), facts("dev.csv", "dev"), facts("test.csv", "test"))
    assert levels(CHECK.run(Evidence(task="classify", rows=apart, files=files))) == ["pass"]
