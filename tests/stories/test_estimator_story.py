"""SequenceClassifier under scikit-learn's own tools."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from seqwise import SequenceClassifier
from seqwise.errors import DataError, UsageError

SMALL = {
    "prepare": {"min_freq": 1},
    "encoder": {"embedding": 8, "hidden": [8]},
    "evaluate": {"baselines": ["majority", "prior"], "samples": 100},
}


def rows(n: int) -> tuple[list[str], list[int]]:
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=n).tolist()
    words = (("dull", "cold", "awful"), ("bright", "warm", "lovely"))
    return [f"{rng.choice(words[label])} film w{rng.integers(9)} here" for label in labels], labels


def small(**changes: object) -> SequenceClassifier:
    settings = {"epochs": 8, "batch_size": 8, "learning_rate": 0.02, "validation": 0.25, "settings": SMALL}
    return SequenceClassifier(**{**settings, **changes})


@pytest.fixture(scope="module")
def fitted() -> SequenceClassifier:
    return small().fit(*rows(120))


def test_learns_and_gives_probabilities_in_the_order_of_its_classes(fitted: SequenceClassifier) -> None:
    probabilities = fitted.predict_proba(["an awful film", "a lovely film"])
    assert probabilities.sum(axis=1).tolist() == pytest.approx([1.0, 1.0])
    assert fitted.predict(["an awful film", "a lovely film"]).tolist() == [0, 1]
    assert fitted.classes_.tolist() == [0, 1]
    assert fitted.score(*rows(60)) > 0.9


def test_has_scores_with_baselines_and_a_verdict(fitted: SequenceClassifier) -> None:
    assert fitted.scores_ is not None
    validation = fitted.scores_.splits["validation"]
    assert set(validation.baselines) == {"majority", "prior"}
    assert validation.verdict.better


def test_answers_no_text_with_no_row(fitted: SequenceClassifier) -> None:
    assert fitted.predict_proba([]).shape == (0, 2)


def test_takes_columns_of_arrays_and_frames(fitted: SequenceClassifier) -> None:
    column = np.array([["a lovely film"], ["an awful film"]], dtype=object)
    assert fitted.predict(column).tolist() == [1, 0]


def test_clones_with_its_parameters() -> None:
    original = small(epochs=5)
    assert clone(original).get_params() == original.get_params()


def test_works_in_a_pipeline_under_cross_validation() -> None:
    texts, labels = rows(90)
    pipeline = Pipeline(
        [("lower", FunctionTransformer(lambda values: [v.lower() for v in values])), ("model", small(epochs=40))]
    )
    assert cross_val_score(pipeline, texts, labels, cv=2).mean() > 0.9


def test_works_under_grid_search() -> None:
    texts, labels = rows(60)
    search = GridSearchCV(small(), {"epochs": [1, 8]}, cv=2).fit(texts, labels)
    assert search.best_params_["epochs"] == 8


def test_a_text_that_is_none_is_told_with_its_place() -> None:
    with pytest.raises(DataError, match=r"X\[1\]: found NoneType, not a text"):
        small().fit(["a", None], [0, 1])


def test_labels_of_another_number_are_told() -> None:
    with pytest.raises(DataError, match="has 1 labels for 2 texts"):
        small().fit(["a", "b"], [0])


def test_a_misspelt_encoder_is_told_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="recurrent"):
        small(encoder="recurent").fit(*rows(20))


def test_one_text_is_not_taken_for_a_list_of_letters(fitted: SequenceClassifier) -> None:
    with pytest.raises(DataError, match=r"found one text, not a list"):
        fitted.predict("a lovely film")


def test_takes_a_generator(fitted: SequenceClassifier) -> None:
    texts, _ = rows(5)
    np.testing.assert_array_equal(fitted.predict(text for text in texts), fitted.predict(texts))


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_a_missing_label_is_told_with_its_place(missing: object) -> None:
    with pytest.raises(DataError, match=r"y\[1\]: found (None|nan), not a label"):
        small().fit(["a", "b"], np.array(["x", missing], dtype=object))
