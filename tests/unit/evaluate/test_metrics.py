"""Metrics against scikit-learn, and against sums by hand."""

import numpy as np
import pytest
from sklearn import metrics as theirs

from seqwise.evaluate import metrics
from seqwise.evaluate.tallies import tally_of
from seqwise.records import Array, Indices, Predictions


def example(n: int, n_labels: int, seed: int = 0) -> tuple[Indices, Array]:
    rng = np.random.default_rng(seed)
    return rng.integers(n_labels, size=n), rng.dirichlet(np.ones(n_labels), size=n)


def values_of(truth: Indices, probabilities: Array) -> dict[str, float]:
    labels = tuple(map(str, range(probabilities.shape[1])))
    return tally_of(Predictions(tuple(map(str, truth)), labels, probabilities, truth)).values


@pytest.mark.parametrize(("n", "n_labels"), [(7, 2), (100, 3), (500, 26)])
def test_metrics_equal_scikit_learn(n: int, n_labels: int) -> None:
    truth, probabilities = example(n, n_labels)
    predicted = probabilities.argmax(axis=1)
    values = values_of(truth, probabilities)
    assert values["accuracy"] == pytest.approx(theirs.accuracy_score(truth, predicted), abs=1e-12)
    assert values["macro_f1"] == pytest.approx(
        theirs.f1_score(truth, predicted, average="macro", zero_division=0), abs=1e-12
    )
    assert values["log_loss"] == pytest.approx(metrics.log_loss(truth, probabilities), abs=1e-12)
    assert values["log_loss"] == pytest.approx(theirs.log_loss(truth, probabilities, labels=range(n_labels)), abs=1e-12)
    one_hot = np.eye(n_labels)[truth]
    assert values["brier"] == pytest.approx(((probabilities - one_hot) ** 2).sum(1).mean(), abs=1e-12)
    assert (
        metrics.confusion(truth, predicted, n_labels=n_labels)
        == theirs.confusion_matrix(truth, predicted, labels=range(n_labels))
    ).all()


def test_log_loss_clips_as_the_platform_does() -> None:
    certain = np.array([[1.0, 0.0]])
    assert metrics.log_loss(np.array([1]), certain) == pytest.approx(-np.log(1e-15))
    assert metrics.log_loss(np.array([0]), certain) == pytest.approx(1e-15, rel=1e-2)
    unscaled = np.array([[2.0, 2.0]])
    assert metrics.log_loss(np.array([0]), unscaled) == pytest.approx(np.log(2))


def test_ece_by_hand() -> None:
    # two rows sure by 0.9, one right: |1.8 - 1| ; two rows sure by 0.6, both right: |1.2 - 2|; over four rows
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.4, 0.6]])
    assert values_of(np.array([0, 1, 0, 1]), probabilities)["ece"] == pytest.approx((0.8 + 0.8) / 4)


def test_per_class_equals_scikit_learn_and_is_zero_where_nothing_is() -> None:
    truth, probabilities = example(60, 3)
    predicted = np.minimum(probabilities.argmax(axis=1), 1)  # label 2 is never predicted
    wanted = theirs.precision_recall_fscore_support(truth, predicted, labels=range(3), zero_division=0)
    ours = metrics.per_class(truth, predicted, n_labels=3)
    assert [score.precision for score in ours] == pytest.approx(wanted[0])
    assert [score.recall for score in ours] == pytest.approx(wanted[1])
    assert [score.f1 for score in ours] == pytest.approx(wanted[2])
    assert [score.n for score in ours] == wanted[3].tolist()


def test_wilson_of_the_roster_story() -> None:
    # CAPABILITIES: the 95 % interval of 9 of 21 is about 24 to 63 %
    assert metrics.wilson(9, 21) == pytest.approx((0.245, 0.634), abs=1e-3)


@pytest.mark.parametrize("hits", [0, 20])
def test_wilson_has_a_width_at_the_ends(hits: int) -> None:
    low, high = metrics.wilson(hits, 20)
    assert 0.0 <= low < high <= 1.0
    assert high - low > 0.1
