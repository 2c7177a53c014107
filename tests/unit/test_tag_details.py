"""What a tag run tells beyond its scores: levels, words known and unknown, alignment, the worst texts."""

import numpy as np
import pytest

from seqwise.evaluate.known_words import known_word_tally
from seqwise.prepare.tagged import TaggedExamples
from seqwise.prepare.tags import Alignment, Misaligned
from seqwise.records import Annotation, Examples, FlatTokens, FlatUnits, Indices, Predictions, Rows, Span, TaggedTexts
from seqwise.report.tag_facts import Mark
from seqwise.settings.root import Settings
from seqwise.tag_details import LONGEST_TEXT, _aligned, _entity_scores, _worst, entity_counts

LABELS = ("O", "B-LC", "I-LC", "B-PS", "I-PS")


@pytest.fixture
def settings() -> Settings:
    tables = {"task": "tag", "data": {"train": "x"}, "encoder": {"name": "bag"}, "evaluate": {"samples": 100}}
    return Settings.model_validate(tables)


def _characters(texts: list[str]) -> FlatUnits:
    edges = [(i, i + 1) for text in texts for i in range(len(text))]
    return FlatUnits(np.array(edges), np.cumsum([0, *map(len, texts)]))


def _rows(texts: list[str], gold: list[tuple[Span, ...]] | None = None) -> Rows:
    numbers = np.arange(len(texts))
    annotations = gold and [Annotation(entities=entities) for entities in gold]
    ids = [f"text {number}" for number in numbers]
    return Rows(ids, texts, ("a.txt",), np.zeros_like(numbers), numbers + 1, annotations=annotations)


def _tags(spans: list[tuple[Span, ...]], texts: list[str]) -> Indices:
    found: list[str] = []
    for text, own in zip(texts, spans, strict=True):
        tags = ["O"] * len(text)
        for span in own:
            tags[span.start : span.end] = [f"B-{span.label}", *[f"I-{span.label}"] * (span.end - span.start - 1)]
        found += tags
    return np.array([LABELS.index(tag) for tag in found])


def _predictions(
    texts: list[str], gold: list[tuple[Span, ...]], found: list[tuple[Span, ...]], *, sure: float = 0.6
) -> Predictions:
    """The decoded tags have a probability of 0.6, all others one of 0.1."""
    decoded = _tags(found, texts)
    probabilities = np.full((len(decoded), len(LABELS)), 0.1)
    probabilities[np.arange(len(decoded)), decoded] = 0.6
    return Predictions(
        ids=("",) * len(decoded),
        labels=LABELS,
        probabilities=probabilities,
        truth=_tags(gold, texts),
        decoded=decoded,
        tagged=TaggedTexts(_characters(texts), found=found, gold=gold),
    )


TEXTS = ["송재우는 갔다", "서울에서 산다"]
GOLD = [(Span(0, 3, "PS"),), (Span(0, 2, "LC"),)]
FOUND = [(Span(0, 4, "PS"),), (Span(0, 2, "LC"),)]


def test_an_edge_at_a_particle_is_wrong_for_characters_and_right_for_eojeols(settings: Settings) -> None:
    found = _entity_scores(_predictions(TEXTS, GOLD, FOUND), TEXTS, settings=settings)
    f1 = {one.level: one.scores["entity_f1"].value for one in found.levels}
    assert f1 == {"character": 0.5, "unit": 0.5, "eojeol": 1.0}
    assert (found.kinds["boundary"], found.kinds["correct"], found.n_at_particles) == (1, 1, 1)
    assert [(one.label, one.n_right, one.n_predicted, one.n_gold) for one in found.labels] == [
        ("LC", 1, 1, 1),
        ("PS", 0, 1, 1),
    ]
    for one in found.levels:
        interval = one.scores["entity_f1"]
        assert interval.low <= interval.value <= interval.high


def test_texts_without_hangul_have_no_particles(settings: Settings) -> None:
    texts = ["Anna left"]
    predictions = _predictions(texts, [(Span(0, 4, "PS"),)], [()])
    assert _entity_scores(predictions, texts, settings=settings).n_at_particles is None


def test_the_worst_texts_have_an_error_and_come_by_the_probability_of_their_tags() -> None:
    texts = [*TEXTS, "부산이 좋다"]
    predictions = _predictions(texts, [*GOLD, (Span(0, 2, "LC"),)], [*FOUND, ()])
    worst = _worst("test", {"test": predictions}, {"test": _rows(texts)})
    assert [one.text for one in worst] == ["부산이 좋다", "송재우는 갔다"]  # two wrong tags, one wrong tag
    wrong, right = np.log(0.1), np.log(0.6)
    assert worst[0].loss == pytest.approx(-(2 * wrong + 4 * right))
    assert [pair.kind for pair in worst[1].pairs] == ["boundary"]
    assert worst[1].pairs[0].predicted is not None
    assert worst[1].pairs[0].predicted.probability == pytest.approx(0.6)
    assert (worst[1].id, worst[1].place) == ("text 0", "a.txt:1")


def test_a_long_text_is_shown_around_its_first_error() -> None:
    texts = ["가" * 1000 + "서울" + "가" * 1000 + "부산"]
    gold = [(Span(1000, 1002, "LC"), Span(2002, 2004, "LC"))]
    (worst,) = _worst("test", {"test": _predictions(texts, gold, [()])}, {"test": _rows(texts)})
    mark = worst.pairs[0].gold
    assert mark is not None
    assert worst.text[mark.start : mark.end] == "서울"
    assert (len(worst.text), worst.start, worst.is_cut) == (LONGEST_TEXT, 900, True)
    assert (len(worst.pairs), worst.n_elsewhere) == (1, 1)


def test_wrong_words_stand_with_both_tags() -> None:
    units = FlatUnits(np.array([[0, 1], [2, 5]]), np.array([0, 2]))
    predictions = Predictions(
        ids=("", ""),
        labels=("DET", "NOUN"),
        probabilities=np.array([[0.9, 0.1], [0.7, 0.3]]),
        truth=np.array([0, 1]),
        tagged=TaggedTexts(units),
    )
    (worst,) = _worst("test", {"test": predictions}, {"test": _rows(["a dog"])})
    (pair,) = worst.pairs
    assert (pair.kind, pair.gold, pair.predicted) == ("type", Mark(2, 5, "NOUN"), Mark(2, 5, "DET", 0.7))


def test_words_known_and_unknown_have_accuracies_that_add_up_to_the_whole() -> None:
    rng = np.random.default_rng(2)
    truth, probabilities = rng.integers(0, 3, size=60), rng.dirichlet([1, 1, 1], size=60)
    units = FlatUnits(np.zeros((60, 2), dtype=np.int64), np.array([0, 20, 20, 45, 60]))
    system = Predictions(("",) * 60, ("a", "b", "c"), probabilities, truth=truth, tagged=TaggedTexts(units))
    is_known = rng.random(60) < 0.7
    tally = known_word_tally(system, is_known)
    is_right = probabilities.argmax(axis=1) == truth
    assert tally.values == pytest.approx({"known": is_right[is_known].mean(), "unknown": is_right[~is_known].mean()})
    assert tally.sizes == {"known": is_known.sum(), "unknown": (~is_known).sum()}
    assert len(tally.table) == 4  # a row a text: they are what is drawn


def test_no_unknown_word_is_an_accuracy_of_nothing() -> None:
    units = FlatUnits(np.zeros((2, 2), dtype=np.int64), np.array([0, 2]))
    system = Predictions(("", ""), ("a", "b"), np.eye(2), truth=np.array([0, 1]), tagged=TaggedTexts(units))
    assert known_word_tally(system, np.array([True, True])).values == {"known": 1.0, "unknown": 0.0}


def test_alignment_tells_windows_and_what_tags_cannot_hold() -> None:
    entity = Span(0, 2, "LC")
    tokens = FlatTokens(np.zeros(9, dtype=np.int32), np.array([0, 3, 6, 9]))
    lost = Misaligned(1, entity, Span(0, 4, "LC"), "inside_unit")
    tagged = TaggedExamples(Examples(tokens), _characters(TEXTS), np.array([0, 0, 1]), 4, 9, 1, Alignment(2, (lost,)))
    found = _aligned(tagged, _rows(TEXTS))
    assert (found.n_texts, found.n_units, found.n_windows, found.n_long, found.n_units_cut) == (2, 14, 3, 1, 4)
    assert (found.n_entities, found.reasons["inside_unit"], sum(found.reasons.values())) == (2, 1, 1)
    (example,) = found.examples
    assert (example.place, example.before, example.entity, example.after) == ("a.txt:2", "", "서울", "에서 산다")
    assert (example.reason, example.label, example.found) == ("inside_unit", "LC", "서울에서")


def test_entities_are_counted_by_label_in_order() -> None:
    assert list(entity_counts(_rows(TEXTS, GOLD)).items()) == [("LC", 1), ("PS", 1)]
