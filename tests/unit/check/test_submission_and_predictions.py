import numpy as np
import pytest
from check_evidence import calibrated, levels, softmax

from seqwise.check.predictions import SPLIT, evidence_from_predictions
from seqwise.check.submission import check_submission
from seqwise.errors import DataError

HEADER = ("id", "EAP", "HPL", "MWS")
IDS = tuple(f"id{i:03}" for i in range(50))


def submit(*, ids=IDS, columns=HEADER[1:], table=None, language="en"):
    given = calibrated(len(ids), 3)[0] if table is None else table
    return check_submission(HEADER, IDS, ids=ids, columns=columns, probabilities=given, language=language)


def only(found):
    (finding,) = found
    assert (finding.ids, finding.check) == (("GR-SUBMIT",), "submission")
    return finding.level, finding.title


def test_a_file_that_fits_its_sample_passes():
    assert only(submit()) == ("pass", "Submission fits")


def test_missing_ids_are_an_error():
    assert only(submit(ids=IDS[:-2])) == ("error", "Ids are missing")
    assert 'not in it: "id048", "id049"' in submit(ids=IDS[:-2])[0].message


def test_ids_that_nobody_asked_for_are_an_error():
    assert only(submit(ids=(*IDS, "more"))) == ("error", "Ids that are not in the sample")


def test_ids_that_stand_twice_are_an_error():
    assert only(submit(ids=(*IDS, IDS[0]))) == ("error", "Ids stand twice")


def test_another_order_of_rows_is_a_warning():
    assert only(submit(ids=(IDS[1], IDS[0], *IDS[2:]))) == ("warning", "Another order of rows")


@pytest.mark.parametrize("columns", [("HPL", "EAP", "MWS"), ("EAP", "HPL", "mws"), ("EAP", "HPL", "SHELLEY")])
def test_other_columns_are_an_error(columns):
    assert only(submit(columns=columns)) == ("error", "Wrong columns")


def test_logits_are_an_error():
    found = submit(table=np.random.default_rng(0).normal(size=(50, 3)) * 3)
    assert only(found) == ("error", "No probabilities")
    assert found[0].evidence["looks_like"] == "logits"
    assert "50 of 50 rows are wrong" in found[0].message


def test_a_row_that_is_not_a_number_is_an_error():
    table = calibrated(50, 3)[0]
    table[7, 1] = np.nan
    found = submit(table=table)
    assert only(found) == ("error", "No probabilities")
    assert (found[0].evidence["looks_like"], found[0].evidence["n_rows"]) == ("not finite", 1)


def test_rows_that_do_not_sum_to_one_are_an_error():
    table = calibrated(50, 3)[0]
    table[3] *= 0.9
    assert submit(table=table)[0].evidence["n_rows"] == 1


def test_numbers_of_another_shape_are_an_error():
    assert only(submit(table=np.full((50, 2), 0.5))) == ("error", "Wrong shape")


def test_all_faults_are_told_at_once():
    found = submit(ids=(*IDS[:-1], IDS[0]), columns=("a", "b", "c"), table=np.full((50, 3), np.nan), language="ko")
    assert levels(found) == ["error"] * 4


def test_truth_may_be_names_or_numbers():
    table, truth = calibrated(20, 2)
    ids = [str(i) for i in range(20)]
    by_name = evidence_from_predictions(ids, ["a", "b"], probabilities=table, truth=["ab"[i] for i in truth])
    by_number = evidence_from_predictions(ids, ["a", "b"], probabilities=table, truth=truth)
    assert np.array_equal(by_name.predictions[SPLIT].truth, by_number.predictions[SPLIT].truth)
    assert by_name.labels == ("a", "b")


def test_truth_may_be_unknown():
    evidence = evidence_from_predictions(["1"], ["a", "b"], probabilities=softmax(np.ones((1, 2))))
    assert evidence.predictions[SPLIT].truth is None


@pytest.mark.parametrize(
    ("table", "truth", "message"),
    [
        (np.ones(3), None, r"predictions: found an array with 1 axes\. Give a table"),
        (np.ones((2, 2)), None, r"predictions: found 2 rows of numbers for 3 ids\. Give one row an id\."),
        (np.ones((3, 4)), None, r"predictions: found 4 columns of numbers for 2 labels\. Give one column a label"),
        (np.ones((3, 2)), ["pos"], r"predictions: found 1 true labels for 3 rows\. Give one label a row\."),
        (
            np.ones((3, 2)),
            ["pos", "neg", "posi"],
            r'predictions: found the true label "posi" \(1 rows\); known labels: neg, pos\. Did you mean "pos"\?',
        ),
        (np.ones((3, 2)), np.array([0, 1, 2]), r"predictions: found the label number 2 \(1 rows\).* Use 0 to 1\."),
    ],
)
def test_what_does_not_fit_is_told(table, truth, message):
    with pytest.raises(DataError, match=message):
        evidence_from_predictions(["1", "2", "3"], ["neg", "pos"], probabilities=table, truth=truth)


def test_all_shapes_that_do_not_fit_are_told_at_once():
    with pytest.raises(DataError) as caught:
        evidence_from_predictions(["1"], ["a"], probabilities=np.ones((2, 2)), truth=["a", "a"])
    assert len(caught.value.problems) == 3
