import pytest

from seqwise.errors import DataError
from seqwise.prepare.labels import LabelSet, fit_labels


def test_labels_one_and_two_are_zero_and_one_by_position():
    labels = fit_labels(["2", "1", "2"])
    assert labels.names == ("1", "2")
    assert labels.apply(["1", "2", "2"]).tolist() == [0, 1, 1]
    assert labels.counts == (1, 2)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["10", "9", "100"], ("9", "10", "100")),
        (["-1", "0.5", "-2"], ("-2", "-1", "0.5")),
        (["day10", "day9"], ("day9", "day10")),
        (["b", "a", "B"], ("B", "a", "b")),
        (["N", "Off", "No"], ("N", "No", "Off")),
    ],
)
def test_numbers_are_sorted_by_size(found, expected):
    assert fit_labels(found).names == expected


def test_a_given_order_is_kept_and_absent_labels_count_zero():
    labels = fit_labels(["x", "z", "x"], given=("z", "y", "x"))
    assert labels.names == ("z", "y", "x")
    assert labels.counts == (1, 0, 2)


def test_an_unknown_label_names_its_row_and_the_nearest_one():
    message = (
        r'label of row 2: found "positve" \(2 rows\); known labels: negative, positive. '
        r'Did you mean "positive"\? Mend the label, or leave the row out.'
    )
    with pytest.raises(DataError, match=message):
        LabelSet(("negative", "positive")).apply(["negative", "positve", "positve"])
    with pytest.raises(DataError, match=message):
        fit_labels(["negative", "positve", "positve"], given=("negative", "positive"))


def test_all_unknown_labels_are_told_together():
    with pytest.raises(DataError) as caught:
        LabelSet(("a", "b")).apply(["x", "a", "y", "x"])
    assert [str(problem) for problem in caught.value.problems] == [
        'label of row 1: found "x" (2 rows); known labels: a, b. Mend the label, or leave the row out.',
        'label of row 3: found "y" (1 row); known labels: a, b. Mend the label, or leave the row out.',
    ]


def test_a_long_list_of_labels_is_shortened_in_the_message():
    with pytest.raises(DataError, match=r"known labels: 0, 1, .*, 19 and 30 more\."):
        LabelSet(tuple(map(str, range(50)))).apply(["?"])


def test_one_label_is_not_a_task():
    with pytest.raises(DataError, match=r'labels: a model needs two labels or more, found only "a". Check data.label.'):
        fit_labels(["a", "a"])
    with pytest.raises(DataError, match=r"found none"):
        fit_labels([])


def test_a_label_given_twice_is_refused():
    with pytest.raises(DataError, match=r'data.labels: names "a" twice. Name it once.'):
        fit_labels(["a", "b"], given=("a", "b", "a"))


def test_json_that_is_no_label_set_is_refused():
    for text in ("{", "[]", '{"names": ["a"]}'):
        with pytest.raises(DataError, match=r"labels: cannot be read: .* Point to the model folder"):
            LabelSet.from_json(text)


def test_json_keeps_order_and_letters():
    labels = LabelSet(("부정", "긍정"), (3, 4))
    assert "부정" in labels.to_json()
    assert LabelSet.from_json(labels.to_json()) == labels
