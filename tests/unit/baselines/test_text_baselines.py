"""Baselines that write texts: IBM Model 1 against loops over the pairs, and states that come back."""

import json
from collections import defaultdict

import numpy as np
import pytest

from seqwise.baselines.members import build_text_baseline
from seqwise.baselines.run import restored, run_text_baselines
from seqwise.baselines.word_by_word import LEAST, ROUNDS
from seqwise.settings import names

SOURCES = ["das Haus", "das Buch", "ein Buch", "das kleine Haus", "ein Mann liest das Buch"]
TARGETS = ["the house", "the book", "a book", "the small house", "a man reads the book"]


def by_loops():
    """What each target word is worth to each source word it met, by the equations of Brown et al. written out."""
    pairs = [(s.split(), t.split()) for s, t in zip(SOURCES, TARGETS, strict=True)]
    met = {(e, f) for source, target in pairs for e in source for f in target}
    t = {pair: 1 / sum(e == pair[0] for e, _ in met) for pair in met}
    counts = {}
    for _ in range(ROUNDS):
        counts = defaultdict(float)
        for source, target in pairs:
            for f in target:
                total = sum(t[e, f] for e in source)
                for e in source:
                    counts[e, f] += t[e, f] / total
        t = {(e, f): counts[e, f] / sum(n for (other, _), n in counts.items() if other == e) for e, f in met}
    back = {(e, f): counts[e, f] / sum(n for (_, other), n in counts.items() if other == f) for e, f in met}
    return {pair: t[pair] * back[pair] if t[pair] >= LEAST else 0.0 for pair in met}


def test_word_by_word_is_model_1_written_out():
    baseline = build_text_baseline("word_by_word").fit(SOURCES, TARGETS)
    worth = by_loops()
    assert baseline.translate(["Haus", "das", "kleine"]) == ["house", "the", "small"]
    for word in {source for source, _ in worth}:
        (written,) = baseline.translate([word])
        best = max(value for (source, _), value in worth.items() if source == word)
        assert worth[word, written] == pytest.approx(best, abs=1e-12)  # two words may be worth the same


def test_words_are_written_in_the_order_of_the_source_and_marks_join():
    baseline = build_text_baseline("word_by_word").fit([f"{s}." for s in SOURCES], [f"{t}." for t in TARGETS])
    assert baseline.translate(["Das unbekannte Haus.", "ein Haus."]) == ["Das unbekannte house.", "a house."]


def test_the_memory_gives_the_target_of_the_nearest_source():
    baseline = build_text_baseline("translation_memory").fit(SOURCES, TARGETS)
    assert baseline.translate(SOURCES) == TARGETS
    assert baseline.translate(["ein Mann liest"]) == ["a man reads the book"]
    assert baseline.translate(["völlig anders"]) == [TARGETS[0]]  # nothing is near: the first


def test_the_copy_is_the_source():
    assert build_text_baseline("copy_source").fit(SOURCES, TARGETS).translate(["x y"]) == ["x y"]


@pytest.mark.parametrize("name", names.BASELINES["translate"])
class TestEveryBaselineOfTexts:
    def test_comes_back_from_its_state(self, name):
        baseline = build_text_baseline(name).fit(SOURCES, TARGETS)
        state = baseline.state()
        json.dumps(dict(state.settings))
        assert all(isinstance(values, np.ndarray) for values in state.arrays.values())
        asked = [*SOURCES, "das Mann", "fremd", "1 2 3"]
        assert restored(name, state).translate(asked) == baseline.translate(asked)

    def test_has_a_text_for_each_source_whatever_stands_beside_it(self, name):
        baseline = build_text_baseline(name).fit(SOURCES, TARGETS)
        asked = [*SOURCES, "!?", "한국어"]
        together = baseline.translate(asked)
        assert together == [baseline.translate([text])[0] for text in asked]
        assert baseline.translate([]) == []


def test_a_run_asks_every_split():
    run = run_text_baselines(["copy_source"], (SOURCES, TARGETS), splits={"validation": ["a"], "test": ["b", "c"]})
    assert run.texts == {"copy_source": {"validation": ["a"], "test": ["b", "c"]}}
    assert run.n_rows == 5
