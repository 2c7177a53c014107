"""Entity scores against seqeval and conlleval, intervals against their definition, levels against each other."""

import unicodedata
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import precision_recall_fscore_support as seqeval_default
from seqeval.metrics.v1 import precision_recall_fscore_support as seqeval_strict
from seqeval.scheme import BILOU as SEQEVAL_BILOU
from seqeval.scheme import IOB2, IOBES

from seqwise.evaluate.entities import EntityCounts, count_entities, count_entities_in_units
from seqwise.evaluate.scores import intervals
from seqwise.evaluate.tallies import entity_tally
from seqwise.evaluate.uncertainty import resample
from seqwise.records import Interval, Span
from seqwise.spans.schemes import BILOU, BIO, BIOES, chunks, spans_of
from seqwise.spans.units import eojeol_offsets
from tagged_corpora import ABSENT, COMPARED, disturbed, random_tags, sentences_in, tags_in

SCHEMES = {BIO: (IOB2, "BI"), BIOES: (IOBES, "BIES"), BILOU: (SEQEVAL_BILOU, "BILU")}
NAMES = ("precision", "recall", "f1")
needs_corpora = pytest.mark.skipif(bool(ABSENT), reason=ABSENT)


@cache
def random_pair(letters: str) -> tuple[list[list[str]], list[list[str]]]:
    gold = random_tags(2000, letters=letters, seed=1)
    return gold, disturbed(gold, letters=letters)


@cache
def real_pair(corpus: str) -> tuple[list[list[str]], list[list[str]]]:
    return tags_in(corpus), disturbed(tags_in(corpus), letters="BI")


def counted(pair, read, scheme) -> EntityCounts:
    gold, predicted = ([read(tags, scheme) for tags in side] for side in pair)
    return count_entities(gold, predicted)


def of_seqeval(pair, labels, function, **mode) -> dict[str, float]:
    """seqeval's scores under our names."""
    values: dict[str, float] = {}
    for mean, average in (("", "micro"), ("macro_", "macro"), (None, None)):
        scores = function(*pair, average=average, zero_division=0, **mode)[:3]
        for name, score in zip(NAMES, scores, strict=True):
            keys = [f"entity_{name}.{label}" for label in labels] if mean is None else [f"entity_{mean}{name}"]
            values |= dict(zip(keys, np.atleast_1d(score), strict=True))
    return values


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
def test_strict_scores_are_those_of_seqeval_on_random_tags(scheme):
    theirs, letters = SCHEMES[scheme]
    pair = random_pair(letters)
    counts = counted(pair, spans_of, scheme)
    assert counts.metrics() == pytest.approx(of_seqeval(pair, counts.labels, seqeval_strict, scheme=theirs), abs=1e-12)


@pytest.mark.parametrize(("scheme", "letters"), [(BIO, "BI"), (BIOES, "BIES")], ids=str)
def test_scores_of_chunks_are_those_of_seqeval_default_on_random_tags(scheme, letters):
    pair = random_pair(letters)
    counts = counted(pair, chunks, scheme)
    assert counts.metrics() == pytest.approx(of_seqeval(pair, counts.labels, seqeval_default), abs=1e-12)
    # The two modes differ on these tags, so neither test can pass for the other.
    assert counts.table.sum() > 1.05 * counted(pair, spans_of, scheme).table.sum()


@needs_corpora
@pytest.mark.parametrize("corpus", COMPARED)
def test_both_scores_are_those_of_seqeval_on_real_tags(corpus):
    pair = real_pair(corpus)
    counts = counted(pair, spans_of, BIO)
    assert counts.metrics() == pytest.approx(of_seqeval(pair, counts.labels, seqeval_strict, scheme=IOB2), abs=1e-12)
    counts = counted(pair, chunks, BIO)
    assert counts.metrics() == pytest.approx(of_seqeval(pair, counts.labels, seqeval_default), abs=1e-12)


def test_scores_of_chunks_are_those_of_conlleval():
    # conlleval.pl of 2004-01-26 on lines "x GOLD PREDICTED" of this pair.
    pair = random_pair("BI")
    counts = counted(pair, chunks, BIO)
    assert counts.table.sum(axis=(0, 2)).tolist() == [6424, 6873, 6811]
    percents = {name: round(100 * value, 2) for name, value in counts.metrics().items()}
    assert [percents[f"entity_{name}"] for name in NAMES] == [93.47, 94.32, 93.89]
    assert [percents[f"entity_{name}.LC"] for name in NAMES] == [93.40, 94.13, 93.76]


def test_sentences_that_do_not_match_are_an_error():
    with pytest.raises(ValueError, match="shorter"):
        count_entities([[]], [])
    with pytest.raises(ValueError, match="shorter"):
        count_entities_in_units([[]], [[]], offsets=[])


def test_counts_of_each_sentence_by_hand():
    one, other = Span(0, 2, "PS"), Span(3, 5, "LC")
    counts = count_entities([[one, other], [], [one, one]], [[one, Span(3, 5, "PS")], [other], [one]])
    assert counts.labels == ("LC", "PS")
    assert counts.table.tolist() == [
        [[0, 1], [0, 2], [1, 1]],  # right, predicted, gold; of LC and PS
        [[0, 0], [1, 0], [0, 0]],
        [[0, 1], [0, 1], [0, 2]],
    ]
    metrics = counts.metrics()
    assert (metrics["entity_precision"], metrics["entity_recall"], metrics["entity_f1"]) == (2 / 4, 2 / 4, 2 / 4)
    assert (metrics["entity_f1.LC"], metrics["entity_f1.PS"]) == (0.0, 4 / 6)
    assert metrics["entity_macro_f1"] == pytest.approx(2 / 6)


def test_macro_means_take_the_labels_that_occur_among_gold_or_predicted_entities():
    pair = [["B-PS", "O", "B-QT"]], [["B-PS", "B-LC", "O"]]
    counts = counted(pair, spans_of, BIO)
    assert counts.metrics()["entity_macro_f1"] == pytest.approx(1 / 3)
    assert counts.metrics() == pytest.approx(of_seqeval(pair, counts.labels, seqeval_strict, scheme=IOB2))
    table = np.concatenate([counts.table, np.zeros((1, 3, 1), dtype=np.int64)], axis=2)
    assert EntityCounts((*counts.labels, "TI"), table).metrics()["entity_macro_f1"] == pytest.approx(1 / 3)


def test_no_entities_and_no_sentences_score_0():
    for counts in (count_entities([], []), count_entities([[]], [[]])):
        assert set(counts.metrics().values()) == {0.0}


def test_every_draw_is_the_score_of_the_drawn_sentences():
    gold, predicted = ([spans_of(tags, BIO) for tags in side[:40]] for side in random_pair("BI"))
    drawn = resample([entity_tally(count_entities(gold, predicted))], n_draws=5, seed=3)[0]
    for draw, rows in enumerate(np.random.default_rng(3).integers(40, size=(5, 40))):
        wanted = count_entities([gold[row] for row in rows], [predicted[row] for row in rows]).metrics()
        assert {name: drawn.values[name][draw] for name in wanted} == pytest.approx(wanted, abs=1e-12)


def test_draws_of_two_systems_are_paired():
    gold, predicted = ([spans_of(tags, BIO) for tags in side] for side in random_pair("BI"))
    system = count_entities(gold, predicted)
    other = count_entities(gold, [spans[1:] for spans in predicted])
    tallies = [entity_tally(counts) for counts in (system, other)]
    differences = [drawn.values["entity_recall"] for drawn in resample(tallies, n_draws=200, seed=0)]
    shuffled = resample(tallies, n_draws=200, seed=1)[1].values["entity_recall"]
    assert np.std(differences[0] - differences[1]) < 0.8 * np.std(differences[0] - shuffled)


def entity_intervals(counts, *, n_draws):
    tally = entity_tally(counts)
    return intervals(tally, resample([tally], n_draws=n_draws, seed=0)[0], confidence=0.95)


def test_intervals_hold_their_score_and_narrow_with_more_sentences():
    gold, predicted = ([spans_of(tags, BIO) for tags in side] for side in random_pair("BI"))
    widths = []
    for n in (100, 1600):
        found = entity_intervals(count_entities(gold[:n], predicted[:n]), n_draws=300)
        assert all(interval.low <= interval.value <= interval.high for interval in found.values())
        widths.append(found["entity_f1"].high - found["entity_f1"].low)
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.5)  # as the root of the number


def test_a_score_of_0_or_1_has_wilsons_interval():
    spans = [[Span(0, 1, "PS")]] * 10
    found = entity_intervals(count_entities(spans, spans), n_draws=100)
    # Wilson 1927 for 10 of 10: 1 / (1 + z² / 10) with z = 1.96.
    assert found["entity_f1"] == Interval(1.0, pytest.approx(1 / (1 + 1.959964**2 / 10), abs=1e-6), 1.0)
    assert found["entity_f1"] == found["entity_recall.PS"] == found["entity_macro_precision"]
    missed = entity_intervals(count_entities(spans, [[]] * 10), n_draws=100)
    assert missed["entity_recall"] == Interval(0.0, 0.0, pytest.approx(1 - found["entity_f1"].low))
    assert missed["entity_precision"] == Interval(0.0, 0.0, 1.0)  # nothing was predicted
    assert missed["entity_f1"].high == pytest.approx(1 - 1 / (1 + 1.959964**2 / 5), abs=1e-6)


TEXT = "우는 서울시에서 김철수(40)를 만났다"
GOLD = [Span(0, 1, "PS"), Span(3, 6, "LC"), Span(9, 12, "PS"), Span(13, 15, "QT")]
PIECES = np.array([[0, 0], [0, 2], [3, 5], [5, 8], [9, 12], [12, 13], [13, 15], [15, 17], [18, 21], [0, 0]])


def at_every_level(gold, predicted, text, pieces) -> list[EntityCounts]:
    """Counts by character, word piece and eojeol."""
    units = [count_entities_in_units([gold], [predicted], offsets=[edges]) for edges in (pieces, eojeol_offsets(text))]
    return [count_entities([gold], [predicted]), *units]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_particle_inside_an_entity_is_right_where_the_unit_holds_both(form):
    def place(at):
        return len(unicodedata.normalize(form, TEXT[:at]))

    text = unicodedata.normalize(form, TEXT)
    gold = [Span(place(span.start), place(span.end), span.label) for span in GOLD]
    pieces = np.array([[place(start), place(end)] for start, end in PIECES])
    predicted = [
        Span(place(0), place(2), "PS"),  # 우는: one piece, one eojeol
        Span(place(3), place(5), "LC"),  # 서울 instead of 서울시: a piece less, the same eojeol
        gold[2],
        Span(place(13), place(15), "PS"),  # a wrong label stays wrong
    ]
    levels = at_every_level(gold, predicted, text, pieces)
    assert [counts.table.sum(axis=(0, 2)).tolist() for counts in levels] == [[1, 4, 4], [2, 4, 4], [3, 4, 4]]


def test_an_entity_that_no_unit_holds_is_counted_and_never_right():
    blank = [Span(2, 3, "PS")]
    levels = at_every_level(blank, blank, TEXT, PIECES)
    assert [counts.table.sum(axis=(0, 2)).tolist() for counts in levels] == [[1, 1, 1], [0, 1, 1], [0, 1, 1]]


def test_two_entities_in_one_eojeol_are_two():
    counts = at_every_level([Span(0, 1, "PS"), Span(2, 3, "PS")], [Span(0, 1, "PS")], "갑·을은", PIECES)[2]
    assert counts.table.sum(axis=(0, 2)).tolist() == [1, 1, 2]


def spans_in(text: str):
    whole = st.integers(0, len(text) - 1).flatmap(
        lambda start: st.builds(Span, st.just(start), st.integers(start + 1, len(text)), st.sampled_from(["PS", "LC"]))
    )
    return st.lists(whole.filter(lambda span: bool(text[span.start : span.end].strip())), max_size=6)


@given(spans_in(TEXT), spans_in(TEXT))
def test_coarser_units_find_no_fewer_right_and_count_the_same_entities(gold, predicted):
    sums = [counts.table.sum(axis=(0, 2)).tolist() for counts in at_every_level(gold, predicted, TEXT, PIECES)]
    assert sums[0][0] <= sums[2][0]
    assert sums[1][0] <= sums[2][0]  # every piece lies in one eojeol
    assert {tuple(parts[1:]) for parts in sums} == {(len(predicted), len(gold))}


@needs_corpora
def test_every_entity_of_klue_is_counted_at_every_level():
    texts = ["".join(row[0] for row in rows) for rows in sentences_in("klue-ner")]
    gold, predicted = ([spans_of(tags, BIO) for tags in side] for side in real_pair("klue-ner"))
    eojeols = count_entities_in_units(gold, predicted, offsets=[eojeol_offsets(text) for text in texts])
    characters = count_entities(gold, predicted)
    assert eojeols.table[:, 2].sum() == characters.table[:, 2].sum() == 14_257
    assert eojeols.table[:, 0].sum() > characters.table[:, 0].sum()
