from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from check_evidence import alarms, levels, predictions, rows

from seqwise.check import duplicates, near_text
from seqwise.check.duplicates import CHECK
from seqwise.check.near_text import SIMILARITY, near_pairs, resemblance
from seqwise.check.texts import contradictions, fold_text, repeated
from seqwise.records import Evidence

WORDS = (
    *("영화", "정말", "재미있게", "봤습니다", "배우", "연기", "최고", "다시", "보고"),
    *("싶은", "감동", "지루한", "시간", "아까운", "음악", "좋은", "결말", "아쉬운"),
)


def sentences(n, *, seed=0, n_words=9):
    """Different sentences; drawn words make shared shingles likely and shared sentences next to impossible."""
    rng = np.random.default_rng(seed)
    drawn = [" ".join(rng.choice(WORDS, n_words)) + f" {rng.integers(1e6)}" for _ in range(n)]
    return list(dict.fromkeys(drawn))


def evidence(train, test, *, labels=None):
    return Evidence(task="classify", rows={"train": rows(train, labels), "test": rows(test, file="test.csv")})


def test_texts_of_test_that_stand_in_train_are_counted_and_warned_of():
    # As in NSMC: about 3 in 100 test documents also stand in train.
    train, test = sentences(2000), sentences(500, seed=1)
    test[:16] = train[100:116]
    (finding,) = CHECK.run(evidence(train, test))
    assert (finding.level, finding.ids) == ("warning", ("GR-DUP",))
    assert (finding.evidence["n_identical"], finding.evidence["n_seen"]) == (16, 16)
    assert (
        "16 of 500 test texts (3.2 %) also stand in the training rows, 16 of them letter for letter" in finding.message
    )


def test_the_healthy_twin_passes():
    assert levels(CHECK.run(evidence(sentences(2000), sentences(500, seed=1)))) == ["pass"]


def test_a_few_shared_texts_are_information():
    train, test = sentences(2000), sentences(500, seed=1)
    test[:4] = train[:4]
    assert levels(CHECK.run(evidence(train, test))) == ["info"]


def judged(train, test, is_right):
    given = evidence(train, test)
    truth = np.arange(len(test)) % 2
    answers = np.where(is_right, truth, 1 - truth)
    one = predictions(given.rows["test"].ids, ["a", "b"], np.where(answers[:, None] == [0, 1], 0.9, 0.1), truth)
    return replace(given, predictions={"test": one})


def test_shared_texts_that_do_not_move_the_score_are_information():
    train, test = sentences(2000), sentences(500, seed=1)
    test[:16] = train[100:116]
    is_right = np.arange(500) % 5 != 0
    (finding,) = CHECK.run(judged(train, test, is_right))
    assert finding.level == "info"
    assert finding.evidence["accuracy"] == pytest.approx(is_right.mean())
    assert finding.evidence["accuracy_unseen"] == pytest.approx(is_right[16:].mean())
    assert "Accuracy is 80.0 % with them and 80.2 % without." in finding.message


def test_shared_texts_that_carry_the_score_are_warned_of():
    train, test = sentences(2000), sentences(500, seed=1)
    test[:150] = train[:150]
    is_right = (np.arange(500) < 150) | (np.arange(500) % 2 == 0)
    (finding,) = CHECK.run(judged(train, test, is_right))
    assert finding.level == "warning"
    assert finding.evidence["accuracy_unseen"] == pytest.approx(0.5)


def test_repeats_inside_a_split_are_counted():
    train = sentences(100)
    (finding,) = CHECK.run(Evidence(task="classify", rows={"train": rows(train + train[:7])}))
    assert (finding.level, finding.evidence["n_repeated"], finding.evidence["n"]) == ("info", 7, 107)


def test_fifty_three_sequences_copied_a_hundred_times_are_little_data():
    train = sentences(53) * 100
    (finding,) = CHECK.run(Evidence(task="classify", rows={"train": rows(train)}))
    assert (finding.level, finding.evidence["n_repeated"]) == ("warning", 5300 - 53)
    assert finding.message.startswith("There is far less data than there are rows.")


@pytest.mark.parametrize(("n_torn", "level"), [(1, "info"), (5, "warning")])
def test_contradicting_labels_are_counted(n_torn, level):
    train = sentences(100)
    texts, labels = train + train[:n_torn], ["a"] * 100 + ["b"] * n_torn
    found = CHECK.run(Evidence(task="classify", rows={"train": rows(texts, labels)}))
    (finding,) = (one for one in found if one.title == "Labels contradict each other")
    assert (finding.level, finding.evidence["n_texts"], finding.evidence["n_rows"]) == (level, n_torn, 2 * n_torn)


def test_nearly_the_same_text_across_splits_is_counted():
    train, test = sentences(500), sentences(200, seed=1)
    test[:30] = [text + "!!" for text in train[:30]]
    (finding,) = CHECK.run(evidence(train, test))
    assert (finding.level, finding.evidence["n_seen"], finding.evidence["n_near"]) == ("warning", 0, 30)


def test_near_texts_inside_a_split_are_information():
    train = sentences(200)
    (finding,) = CHECK.run(Evidence(task="classify", rows={"train": rows([*train, train[0] + "!", train[1] + "?"])}))
    assert (finding.level, finding.evidence["n_repeated"], finding.evidence["n_near"]) == ("info", 0, 2)


def test_near_texts_looked_for_in_a_part_are_said_to_be(monkeypatch):
    monkeypatch.setattr(duplicates, "MOST_COMPARED", 50)
    train = sentences(200)
    found = CHECK.run(evidence([*train, train[0]], [train[199] + "!", *sentences(20, seed=1)]))
    (part,) = (one for one in found if "n_compared" in one.evidence)
    assert (part.level, part.evidence) == ("info", {"n_compared": 71, "n_different": 221})
    assert "among 71 of 221 different texts (32.1 %)" in part.message
    # Exact copies are counted in all rows; the last training text is in the part, which is spread evenly.
    assert [one.evidence["n_near"] for one in found if one.evidence.get("split") == "test"] == [1]
    assert [one.evidence["n_repeated"] for one in found if one.evidence.get("split") == "train"] == [1]


def test_folding_forgets_case_spaces_and_unicode_form():
    assert fold_text(" Caf\u00e9\u3000IS \n good") == fold_text("cafe\u0301 is  GOOD") == "caf\u00e9 is good"


def test_repeats_and_contradictions_are_those_of_a_hand_count():
    assert repeated(["a", "b", "a", "a"]) == 2
    assert contradictions(["a", "b", "a", "c", "c"], ["x", "x", "y", "z", "z"]) == (1, 2)


def brute_force(texts):
    return {(i, j) for i, j in combinations(range(len(texts)), 2) if resemblance(texts[i], texts[j]) >= SIMILARITY}


def test_near_pairs_are_all_true_and_hardly_any_is_missed():
    rng = np.random.default_rng(3)
    texts = sentences(200, n_words=14)
    for i in range(60):
        place = int(rng.integers(0, len(texts[i])))
        texts.append(texts[i][:place] + "힣" + texts[i][place + 1 :])
    truth = brute_force(texts)
    found = {(a, b) for a, b in near_pairs(texts).tolist()}
    assert len(truth) > 30
    assert found <= truth
    assert len(found) >= 0.9 * len(truth)


def test_short_texts_keep_their_pairs_under_a_bound_on_candidates(monkeypatch):
    # Bins outnumber the shingles of short texts; were empty bins to count as equal, chance would eat the bound.
    monkeypatch.setattr(near_text, "MOST_PAIRS", 5_000)
    codes = np.random.default_rng(0).integers(0xAC00, 0xAC00 + 200, (3000, 14))
    texts = ["".join(map(chr, row)) for row in codes]
    texts += [text + "!" for text in texts[1500:1800]]
    found = {(a, b) for a, b in near_pairs(texts).tolist()}
    assert sum((1500 + i, 3000 + i) in found for i in range(300)) >= 270


def test_resemblance_is_that_of_a_hand_count():
    # abcdefg has the shingles abcde bcdef cdefg; abcdefh has abcde bcdef cdefh: 2 of 4.
    assert resemblance("abcdefg", "abcdefh") == 0.5


def test_short_and_strange_texts_have_no_near_pairs():
    assert len(near_pairs(["", "a", "ab cd", "\ud800 lonely surrogate", "another text"])) == 0
    assert len(near_pairs([])) == 0


def test_the_same_texts_give_the_same_pairs_twice():
    texts = [text + mark for text in sentences(50) for mark in ("", "!")]
    assert np.array_equal(near_pairs(texts), near_pairs(texts))


def test_no_rows_are_silence():
    assert CHECK.run(Evidence(task="classify", rows={"train": rows([])})) == []
    assert alarms(CHECK.run(evidence([], ["alone in the world"]))) == []
