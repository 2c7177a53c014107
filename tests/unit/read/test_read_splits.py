import numpy as np
import pytest

from seqwise.errors import DataError, UsageError
from seqwise.read.hold_out import Draw, _apportion, hold_out
from seqwise.read.splits import read_splits
from seqwise.settings.stations import DataSettings
from seqwise.times import parse_time

HEADER = "id,who,when,text,label\n"


def written(tmp_path, rows, name="train.csv"):
    path = tmp_path / name
    path.write_text(HEADER + "".join(",".join(row) + "\n" for row in rows))
    return str(path)


def some_rows(n=100, n_groups=13):
    labels = ["a"] * 6 + ["b"] * 3 + ["c"]
    return [(str(i), f"g{i * 7 % n_groups}", str(1000 - i), f"text {i}", labels[i % 10]) for i in range(n)]


def settings(tmp_path, rows=None, **options):
    train = written(tmp_path, some_rows() if rows is None else rows)
    return DataSettings(train=train, **{"id": "id", "validation": 0.2, **options})


def ids(splits):
    return {name: rows.ids for name, rows in splits.named().items()}


@pytest.mark.parametrize(
    "options", [{"split": "random"}, {}, {"split": "grouped", "group": "who"}, {"split": "time", "time": "when"}]
)
def test_splits_are_disjoint_complete_deterministic_and_in_file_order(tmp_path, options):
    data = settings(tmp_path, test=0.3, **options)
    splits = read_splits(data, seed=5)
    together = [name for rows in ids(splits).values() for name in rows]
    assert sorted(together, key=int) == [str(i) for i in range(100)]
    assert all(list(names) == sorted(names, key=int) for names in ids(splits).values())
    assert ids(read_splits(data, seed=5)) == ids(splits)
    if "time" not in options:
        assert ids(read_splits(data, seed=6)) != ids(splits)


def test_test_share_is_taken_first_and_validation_from_the_rest(tmp_path):
    splits = read_splits(settings(tmp_path, test=0.3, split="random"), seed=0)
    assert {name: len(rows) for name, rows in splits.named().items()} == {"train": 56, "validation": 14, "test": 30}


def test_share_may_come_as_text(tmp_path):
    data = settings(tmp_path, validation="0.2")
    assert ids(read_splits(data, seed=1)) == ids(read_splits(settings(tmp_path), seed=1))


def test_random_rows_are_those_of_the_published_generator(tmp_path):
    # The key is (seed, stream); numpy counts blocks of four numbers from 1.
    numbers = [word for block in range(1, 26) for word in philox(key=(1, 2), counter=block)]
    draw = Draw(name="validation", share=0.2, seed=1, stream=2)
    assert draw.order(100).tolist() == sorted(range(100), key=numbers.__getitem__)


def philox(key, counter):
    """Philox4x64-10 by hand: Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3, section 4.3."""
    mask = 2**64 - 1
    (k0, k1), c = key, [counter, 0, 0, 0]
    for _ in range(10):
        left, right = 0xD2E7470EE14C6C93 * c[0], 0xCA5A826395121157 * c[2]
        c = [(right >> 64) ^ c[1] ^ k0, right & mask, (left >> 64) ^ c[3] ^ k1, left & mask]
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) & mask, (k1 + 0xBB67AE8584CAA73B) & mask
    return c


def test_test_rows_do_not_move_when_validation_does(tmp_path):
    one = read_splits(settings(tmp_path, test=0.3), seed=0)
    other = read_splits(settings(tmp_path, test=0.3, validation=0.4), seed=0)
    assert one.test.ids == other.test.ids


def test_stratified_split_keeps_the_shares_of_the_labels(tmp_path):
    splits = read_splits(settings(tmp_path, test=0.3), seed=3)
    counts = {name: [rows.labels.count(label) for label in "abc"] for name, rows in splits.named().items()}
    assert counts["test"] == [18, 9, 3]
    assert counts["validation"] in ([9, 4, 1], [8, 4, 2], [8, 5, 1])  # 14 of 42, 21, 7


@pytest.mark.parametrize(
    ("counts", "total", "seats"),
    [
        ([60, 30, 10], 10, [6, 3, 1]),
        ([5, 5], 1, [1, 0]),
        ([1, 9], 5, [0, 5]),
        ([1, 1, 1], 2, [0, 0, 0]),
        ([2, 2], 3, [1, 1]),
    ],
)
def test_seats_go_by_largest_remainder_and_leave_a_row_each(counts, total, seats):
    assert _apportion(np.array(counts), total).tolist() == seats


def test_label_too_rare_to_hold_out_stays_in_training_and_is_told(tmp_path):
    rows = [*some_rows(50), ("x", "g", "1", "t", "rare")]
    splits = read_splits(settings(tmp_path, rows, test=0.2), seed=0)
    assert "rare" in splits.train.labels
    assert splits.files[0].notes == (
        'test has no row of these labels, too rare for its share of 0.2: "rare" (1 row)',
        'validation has no row of these labels, too rare for its share of 0.2: "rare" (1 row)',
    )


def test_long_lists_of_rare_labels_are_cut(tmp_path):
    rows = [*some_rows(50), *((f"x{i}", "g", "1", "t", f"rare number {i}") for i in range(15))]
    assert read_splits(settings(tmp_path, rows), seed=0).files[0].notes[0].endswith("(1 row) and 5 more")


def test_labels_on_one_row_each_cannot_be_stratified(tmp_path):
    rows = [(str(i), "g", "1", "t", f"label {i}") for i in range(9)]
    with pytest.raises(
        DataError, match=r"data\.validation = 0\.2: every label stands on one row only\. Give more rows"
    ):
        read_splits(settings(tmp_path, rows), seed=0)


def test_label_that_is_held_out_whole_is_told(tmp_path):
    rows = [(str(i), "g", str(i), "t", "new" if i > 90 else "ab"[i % 2]) for i in range(100)]
    data = settings(tmp_path, rows, split="time", time="when")
    with pytest.raises(
        DataError, match='every row of the label "new" is held out for validation, so it cannot be learned'
    ):
        read_splits(data, seed=0)
    listed = data.model_copy(update={"labels": ("a", "b", "new")})
    assert "new" in read_splits(listed, seed=0).validation.labels


def test_training_rows_of_one_label_are_told_even_when_labels_are_listed(tmp_path):
    rows = [(str(i), "g", str(i), "t", "a") for i in range(10)]
    with pytest.raises(DataError, match='column "label": all 10 rows for training carry the label "a"'):
        read_splits(settings(tmp_path, rows, labels=("a", "b")), seed=0)


@pytest.mark.parametrize("seed", range(5))
def test_groups_stand_on_one_side(tmp_path, seed):
    splits = read_splits(settings(tmp_path, test=0.3, split="grouped", group="who"), seed=seed)
    sides = [set(rows.groups) for rows in splits.named().values()]
    assert all(sides)
    assert sum(map(len, sides)) == len(set.union(*sides))
    assert 22 <= len(splits.test) <= 38


def test_group_column_goes_before_the_kind_of_split(tmp_path):
    splits = read_splits(settings(tmp_path, group="who"), seed=0)
    assert not set(splits.train.groups) & set(splits.validation.groups)
    assert splits.files[0].notes[0] == 'shares are held out by whole groups of column "who", not stratified'


def test_groups_far_larger_than_the_share_are_told(tmp_path):
    splits = read_splits(settings(tmp_path, some_rows(99, n_groups=3), split="grouped", group="who"), seed=0)
    assert len(splits.validation) == 33
    assert splits.files[0].notes == ("validation holds 1 of 3 groups: a share of 0.333, not 0.2",)


def test_last_group_is_never_held_out(tmp_path):
    data = settings(tmp_path, some_rows(100, n_groups=2), group="who", validation=0.99, labels=("a", "b", "c"))
    splits = read_splits(data, seed=0)
    assert len(set(splits.train.groups)) == len(set(splits.validation.groups)) == 1


def test_single_group_cannot_be_divided(tmp_path):
    data = settings(tmp_path, some_rows(20, n_groups=1), split="grouped", group="who")
    with pytest.raises(DataError, match=r'train\.csv data\.validation = 0\.2: all rows stand in one group, "g0"\. Set'):
        read_splits(data, seed=0)


def test_newest_rows_are_held_out(tmp_path):
    splits = read_splits(settings(tmp_path, test=0.1, split="time", time="when"), seed=0)
    assert splits.test.ids == tuple(str(i) for i in range(10))  # times fall along the file
    assert max(map(int, splits.train.times)) < min(map(int, splits.validation.times))
    assert max(map(int, splits.validation.times)) < min(map(int, splits.test.times))


def test_time_on_both_sides_of_the_cut_is_told(tmp_path):
    rows = [(str(i), "g", f"20{20 + i // 10}-01-01", "t", "ab"[i % 2]) for i in range(20)]
    splits = read_splits(settings(tmp_path, rows, split="time", time="when"), seed=0)
    assert splits.validation.ids == ("16", "17", "18", "19")
    assert splits.files[0].notes == (
        'validation begins inside the time "2021-01-01", whose 10 rows stand on both sides',
    )


@pytest.mark.parametrize(
    ("cell", "parsed"),
    [
        ("17", ("a number", 17)),
        (" -1.5e3 ", ("a number", -1500.0)),
        ("20200101", ("a number", 20200101)),
        ("1609459200000000001", ("a number", 1609459200000000001)),
        ("2020-01-01", ("a date", 1577836800000000)),
        ("2020-01", ("a date", 1577836800000000)),
        ("2020/1/1", ("a date", 1577836800000000)),
        ("2020.01.01", ("a date", 1577836800000000)),
        ("2020-01-01T00:00:01", ("a date", 1577836801000000)),
        ("2020-01-01 00:00:00.000001", ("a date", 1577836800000001)),
        ("2020-01-01T00:00:00Z", ("a date with an offset", 1577836800000000)),
        ("2020-01-01T09:00:00+09:00", ("a date with an offset", 1577836800000000)),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1_000", None),
        ("2020-13-01", None),
        ("2020-01 12:00", None),
        ("2020-01-01 soon", None),
        ("", None),
    ],
)
def test_times_are_numbers_or_iso_dates(cell, parsed):
    assert parse_time(cell) == parsed  # 1577836800 seconds: date -d 2020-01-01T00:00:00Z +%s


def test_given_files_are_taken_as_they_are(tmp_path):
    rows = some_rows()
    data = settings(
        tmp_path,
        validation=written(tmp_path, rows[:7], "v.csv"),
        test=written(tmp_path, rows[7:20], "t.csv"),
        group="who",
    )
    splits = read_splits(data, seed=0)
    assert [len(part) for part in splits.named().values()] == [100, 7, 13]
    assert [facts.path for facts in splits.files] == [data.train, data.validation, data.test]
    assert [note.split(", for")[0] for note in splits.files[0].notes] == [
        '13 groups of column "who" stand in training and test rows',
        '7 groups of column "who" stand in training and validation rows',
    ]


def test_file_and_share_together(tmp_path):
    data = settings(tmp_path, test=written(tmp_path, some_rows()[:10], "t.csv"))
    assert {name: len(part) for name, part in read_splits(data, seed=0).named().items()} == {
        "train": 80,
        "validation": 20,
        "test": 10,
    }


def test_without_test_there_is_none(tmp_path):
    splits = read_splits(settings(tmp_path), seed=0)
    assert splits.test is None
    assert len(splits.files) == 1


def test_same_content_for_train_and_test_is_left_to_a_check(tmp_path):
    data = settings(tmp_path, test=written(tmp_path, some_rows(), "t.csv"))
    first, second = read_splits(data, seed=0).files
    assert first.sha256 == second.sha256


def test_labels_of_given_files_must_be_trained_and_all_files_are_told_together(tmp_path):
    rows = [("1", "g", "1", "t", "aa"), ("2", "g", "2", "t", "b")]
    data = settings(tmp_path, validation=written(tmp_path, rows, "v.csv"), test=written(tmp_path, rows, "t.csv"))
    with pytest.raises(DataError) as caught:
        read_splits(data, seed=0)
    assert [str(problem).replace(f"{tmp_path}/", "") for problem in caught.value.problems] == [
        f'{name}:2 column "label": found "aa" (1 row); known labels: a, b, c. Did you mean "a"? '
        "Fix the cell, or pass --on-bad-row skip."
        for name in ("t.csv", "v.csv")
    ]


def test_bad_rows_of_training_stop_or_are_left_out(tmp_path):
    rows = [*some_rows(20), ("x", "g", "1", "t")]
    with pytest.raises(DataError, match=r"train\.csv:22: found 4 cells"):
        read_splits(settings(tmp_path, rows), seed=0)
    splits = read_splits(settings(tmp_path, rows, on_bad_row="skip"), seed=0)
    assert splits.files[0].n_skipped == 1


@pytest.mark.parametrize("share", [0.0, 1.0, 1.5, "2", float("nan")])
def test_share_outside_its_range_is_wrong_usage(tmp_path, share):
    with pytest.raises(
        UsageError, match=r"data\.validation: found .*; allowed: a share above 0 and below 1, or a file\."
    ):
        read_splits(settings(tmp_path, validation=share), seed=0)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"split": "grouped"}, r"data\.split = grouped: data\.group is empty\. Name the column of the group\."),
        ({"split": "time"}, r"data\.split = time: data\.time is empty\. Name the column of the time\."),
        (
            {"split": "time", "time": "when", "group": "who"},
            r"data\.split = time: the newest rows cannot be held out by",
        ),
    ],
)
def test_split_without_its_column_is_wrong_usage(tmp_path, options, told):
    with pytest.raises(UsageError, match=told):
        read_splits(settings(tmp_path, **options), seed=0)


def test_usage_faults_are_told_together(tmp_path):
    with pytest.raises(UsageError) as caught:
        read_splits(settings(tmp_path, validation=2.0, test=0.0, split="time"), seed=0)
    assert len(caught.value.problems) == 3


def test_one_row_cannot_be_divided(tmp_path):
    train = read_splits(settings(tmp_path), seed=0).train
    with pytest.raises(DataError, match=r"data\.test = 0\.5: 1 row cannot be divided\. Give more rows, or a file"):
        hold_out(train.take([0]), "random", draw=Draw(name="test", share=0.5, seed=0, stream=1))


@pytest.mark.parametrize(
    ("share", "n", "held"), [(0.1, 5, 1), (0.1, 25, 3), (0.99, 5, 4), (0.3, 10, 3), (0.15, 100, 15)]
)
def test_share_is_rounded_half_up_with_a_row_on_each_side(share, n, held):
    assert Draw(name="test", share=share, seed=0, stream=1).n_held(n) == held
