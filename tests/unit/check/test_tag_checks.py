"""The checks on tagging: what they count, what they say, and what they leave alone."""

from dataclasses import replace
from itertools import islice
from unicodedata import normalize

import numpy as np
import polars as pl
import pytest
from check_evidence import alarms, rows

from seqwise.check.engine import run_checks
from seqwise.check.tag_predictions import evidence_from_tags
from seqwise.checking import check_predictions
from seqwise.errors import DataError
from seqwise.records import Annotation, Evidence, Predictions, SettingUse
from seqwise.tag_evidence import Misalignment, Span
from tagged_corpora import ABSENT, CORPORA, sentences_in

WORDS = ("김민수", "는", "어제", "서울", "에서", "책", "을", "읽었다")
TAGS = ("B-PS", "O", "O", "B-LC", "O", "O", "O", "O")


def many(n=20, *, units=WORDS, truth=TAGS, predicted=TAGS, **rest):
    return evidence_from_tags([list(units)] * n, [list(truth)] * n, predicted=[list(predicted)] * n, **rest)


def findings(evidence, guardrail):
    return run_checks(evidence, silence={}, only=[guardrail])


def one(evidence, guardrail):
    (found,) = findings(evidence, guardrail)
    return found


def facts_of(evidence):
    return evidence.tagged["predictions"]


def test_entities_of_pieces_are_read_where_a_tag_is_given():
    evidence = evidence_from_tags(
        [["[CLS]", "송재", "##우", "##는", "갔다", "[SEP]", "[PAD]"]],
        [[None, "B-PS", "-100", "-100", "O", None, None]],
        predicted=[["O", "B-PS", "I-PS", "I-PS", "O", "B-PS", "B-PS"]],
    )
    facts = facts_of(evidence)
    assert list(facts.texts) == ["송재우는 갔다"]
    assert facts.gold == facts.found == [(Span(0, 2, "PS"),)]
    assert facts.truth.tolist() == [-1, facts.names.index("B-PS"), -1, -1, facts.names.index("O"), -1, -1]
    assert alarms(run_checks(evidence, silence={})) == []


def test_a_sentencepiece_text_is_joined_by_its_own_blanks():
    evidence = evidence_from_tags([["▁서울", "시", "▁가다"]], [["B-LC", "I-LC", "O"]])
    assert list(facts_of(evidence).texts) == [" 서울시 가다"]
    assert facts_of(evidence).gold == [(Span(1, 4, "LC"),)]


def test_parts_of_speech_have_no_entities_and_x_is_one_of_them():
    evidence = evidence_from_tags([["a", "b"]] * 30, [["NOUN", "X"]] * 30, predicted=[["NOUN", "VERB"]] * 30)
    assert not facts_of(evidence).has_entities
    assert findings(evidence, "GR-SCHEME") == ()
    assert one(evidence, "GR-SPECIALLABEL").level == "pass"
    assert one(evidence, "GR-METRICMISMATCH").evidence["predictions"] == {"token accuracy": 0.5}


def test_more_tags_than_units_are_told():
    with pytest.raises(DataError, match=r"truth, sentence 1: found 2 tags for 1 units\. Give one tag a unit\."):
        evidence_from_tags([["a"], ["b"]], [["O"], ["O", "O"]])
    with pytest.raises(DataError, match="predicted: found tags of 1 sentences for 2 sentences"):
        evidence_from_tags([["a"], ["b"]], predicted=[["O"]])


def test_a_healthy_file_raises_no_alarm():
    assert alarms(run_checks(many(), silence={})) == []


def test_cut_tags_are_counted_with_the_entity_units_among_them():
    found = one(many(predicted=TAGS[:2]), "GR-TRUNC")
    assert (found.level, found.evidence["n_units_cut"], found.evidence["n_entity_units_cut"]) == ("error", 120, 20)
    assert one(many(truth=TAGS[:6]), "GR-TRUNC").level == "warning"


def test_texts_of_one_length_are_no_wall_and_many_at_the_longest_are():
    def of_lengths(lengths):
        return evidence_from_tags([["w"] * n for n in lengths], [["O"] * n for n in lengths])

    assert one(of_lengths([14] * 40), "GR-TRUNC").level == "pass"
    assert one(of_lengths([*range(1, 33), 32, 32]), "GR-TRUNC").level == "pass"
    found = one(of_lengths([*range(1, 33), *[32] * 6]), "GR-TRUNC")
    assert (found.level, found.evidence["n_at_limit"], found.evidence["limit"]) == ("warning", 7, 32)


def test_units_that_do_not_hold_an_entity_are_listed_by_reason_and_place():
    lost = [Misalignment("a.txt:3", "송재우", "송재우는", "inside_unit"), Misalignment("a.txt:9", "일", "", "no_unit")]
    evidence = many()
    facts = replace(facts_of(evidence), misaligned=tuple(lost * 3))
    evidence = replace(evidence, tagged={"train": facts})
    found = one(evidence, "GR-ALIGN")
    assert (found.level, found.evidence["n_lost"], found.evidence["n"]) == ("warning", 6, 40)
    assert found.evidence["reasons"] == {"inside_unit": 3, "no_unit": 3}
    assert 'in a.txt:3: "송재우" becomes "송재우는"' in found.message
    particles = one(evidence, "GR-JOSA")
    assert (particles.level, particles.evidence["n_at_particles"]) == ("info", 3)


def test_token_accuracy_beside_entity_f1_is_a_footnote_and_alone_a_warning():
    weak = ["B-PS", *["O"] * 7]
    long = evidence_from_tags(
        [[*WORDS, *["말"] * 30]] * 20,
        [[*TAGS, *["O"] * 30]] * 20,
        predicted=[[*(weak if row < 8 else ["O"] * 8), *["O"] * 30] for row in range(20)],
    )
    found = one(long, "GR-TOKENACC")
    assert (found.level, found.evidence["n_right"], found.evidence["n_found"]) == ("warning", 8, 8)
    assert found.evidence["entity_f1"] == pytest.approx(2 * 8 / (8 + 40))
    assert one(many(predicted=["O"] * 8), "GR-TOKENACC").level == "error"


def test_an_invalid_tag_is_told_with_its_place_and_the_nearest_valid_one():
    found = one(many(predicted=["I-PS", *TAGS[1:]]), "GR-SCHEME")
    assert (found.level, found.evidence["n_faulty"]) == ("warning", 20)
    assert 'the first is text 1, unit 1: "I-PS" ("B-PS"?)' in found.message


def test_one_mixed_sentence_in_a_hundred_is_a_warning_and_half_of_them_an_error():
    def mixed(n):
        other = ["S-PS", *TAGS[1:]]
        return evidence_from_tags([list(WORDS)] * 100, [other if row < n else list(TAGS) for row in range(100)])

    assert [one(mixed(n), "GR-SCHEME").level for n in (0, 1, 50)] == ["pass", "warning", "error"]


def test_a_claim_is_counted_again_and_the_score_that_it_is_is_named():
    predicted = ["B-PS", *["O"] * 7]
    found = one(many(predicted=predicted, claims={"f1": 87.5}), "GR-METRICMISMATCH")
    assert (found.level, found.evidence["is"]) == ("error", "token accuracy")
    assert one(many(predicted=predicted, claims={"f1": 0.667, "accuracy": 0.875}), "GR-METRICMISMATCH").level == "pass"
    found = one(many(predicted=predicted, claims={"f1": 0.99}), "GR-METRICMISMATCH")
    assert "does not come from these tags" in found.message


def test_choosing_by_units_where_entities_are_asked_for_is_a_warning():
    use = SettingUse("training.stop_on", '"accuracy"', is_read=True)
    found = one(replace(many(), settings=(use,)), "GR-METRICMISMATCH")
    assert (found.level, found.fix) == ("warning", 'Set training.stop_on = "entity_f1".')
    right = SettingUse("training.stop_on", '"entity_f1"', is_read=True)
    assert one(replace(many(), settings=(right,)), "GR-METRICMISMATCH").level == "pass"


def test_names_that_look_like_a_name_with_a_particle_are_left_alone():
    names = ["이은", "정은", "박나로", "한가은"]
    evidence = evidence_from_tags([[name, "갔다"] for name in names] * 20, [["B-PS", "O"]] * 80)
    assert one(evidence, "GR-JOSA").level == "pass"


def test_the_same_sentence_with_other_entities_is_a_contradiction():
    texts = ["서울 은 넓다"] * 4
    marked = [Annotation(entities=(Span(0, 2, label),)) for label in ("LC", "LC", "OG", "OG")]
    tagged = replace(rows(texts), annotations=marked)
    (torn,) = (f for f in findings(Evidence(task="tag", rows={"train": tagged}), "GR-DUP") if "contradict" in f.title)
    assert (torn.level, torn.evidence["n_rows"]) == ("warning", 4)


def test_the_size_of_a_test_is_its_number_of_entities():
    evidence = many()
    evidence = replace(evidence, predictions={}, tagged={"test": facts_of(evidence)})
    assert findings(evidence, "GR-TINYTEST") == ()  # nothing is claimed of it
    scored = many(3, units=["말"] * 400, truth=["B-PS", *["O"] * 399], predicted=["B-PS", *["O"] * 399])
    facts = facts_of(scored)
    table = np.eye(2)[facts.predicted] * 0.9 + 0.05
    from_run = replace(scored, predictions={"test": _predictions(facts, table)}, tagged={"test": facts})
    found = one(from_run, "GR-TINYTEST")
    assert (found.level, found.evidence["n"]) == ("warning", 3)
    assert "3 test entities are right" in found.message


def _predictions(facts, table):
    return Predictions(tuple(map(str, range(len(table)))), facts.names, table, facts.truth, decoded=facts.predicted)


def test_a_file_with_a_row_a_unit_is_read_as_sentences(tmp_path):
    table = pl.DataFrame(
        {
            "id": [f"s{row}" for row in range(12) for _ in WORDS],
            "unit": list(WORDS) * 12,
            "truth": list(TAGS) * 12,
            "prediction": [*TAGS[:2], *[None] * 6] * 12,
        }
    )
    table.write_parquet(tmp_path / "tags.parquet")
    (found,) = (f for f in check_predictions(tmp_path / "tags.parquet") if "GR-TRUNC" in f.ids)
    assert (found.level, found.evidence["n"], found.evidence["n_texts_cut"]) == ("error", 12, 12)


def test_a_file_of_units_without_rows_or_ids_is_told(tmp_path):
    (tmp_path / "tags.csv").write_text("id,unit,truth,prediction\n")
    with pytest.raises(DataError, match=r"tags\.csv: has no rows\. Give it a row a text, or a row a unit\."):
        check_predictions(tmp_path / "tags.csv")
    (tmp_path / "tags.csv").write_text("unit,truth,prediction\na,O,O\n")
    with pytest.raises(DataError, match='A file of tagged units has "id" and "unit"'):
        check_predictions(tmp_path / "tags.csv")


def test_decomposed_texts_in_all_splits_alike_are_no_alarm():
    old = normalize("NFD", "한국")
    decomposed = Evidence(task="tag", rows={"train": rows([old] * 10), "test": rows([old] * 10)})
    assert one(decomposed, "GR-NFD").level == "info"
    assert one(Evidence(task="tag", rows={"train": rows(["한국"] * 10)}), "GR-NFD").level == "pass"


@pytest.mark.parametrize("corpus", CORPORA)
def test_a_real_corpus_is_silent_and_its_shifted_twin_is_named(corpus):
    if ABSENT:
        pytest.skip(ABSENT)
    sentences = list(islice(sentences_in(corpus), 3000))
    column = 1 if corpus == "korean-ner-kmou" else 0  # there the morpheme as written stands second
    units = [[row[column] for row in own] for own in sentences]
    tags = [[row[-1] for row in own] for own in sentences]
    assert alarms(run_checks(evidence_from_tags(units, tags), silence={})) == []
    for moved in ([["O", *own[:-1]] for own in tags], [[*own[1:], "O"] for own in tags]):
        assert one(evidence_from_tags(units, moved), "GR-ALIGN").level == "error"
