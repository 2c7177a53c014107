"""The real corpora, read, compared with other readings of them, and written."""

from collections import Counter

import pytest
from seqeval.metrics.sequence_labeling import get_entities

from seqwise.errors import UsageError
from seqwise.read.tagged.agreement import compare_forms
from seqwise.read.tagged.reading import DEFAULT, Layout, read_tagged
from seqwise.read.tagged.writing import Target, write_tagged
from tagged_corpora import ABSENT, CORPORA, DATA, sentences_in

needs_data = pytest.mark.skipif(bool(ABSENT), reason=ABSENT)
KMOU = DATA / "korean-ner-kmou"
UD = DATA / "ud-english-ewt"
LABELS = {  # of data/README.md
    "klue-ner": {"PS": 4418, "QT": 3151, "DT": 2312, "OG": 2182, "LC": 1649, "TI": 545},
    "korean-ner-kmou": dict(
        zip(
            ("PER", "ORG", "NOH", "POH", "LOC", "DAT", "PNT", "MNY", "DUR", "TIM"),
            (13779, 13089, 11051, 6686, 6313, 5383, 1672, 1440, 1207, 371),
            strict=True,
        )
    ),
}


def corpus(name, layout=DEFAULT):
    """Rows of a corpus; the few spans with a blank at an edge are repaired."""
    return read_tagged(DATA / name / CORPORA[name][0], layout, on_bad_row="repair")


@needs_data
@pytest.mark.parametrize(
    ("name", "layout", "n_repaired"),
    [
        ("klue-ner", DEFAULT, 2),
        ("wnut17", DEFAULT, 0),
        pytest.param("korean-ner-kmou", Layout(tag="rows"), 36, marks=pytest.mark.slow),
    ],
)
def test_tags_give_the_entities_that_seqeval_finds(name, layout, n_repaired):
    rows, facts = corpus(name, layout)
    _, n_sentences, n_entities = CORPORA[name]
    labels = Counter(span.label for annotation in rows.annotations for span in annotation.entities)
    assert (len(rows), labels.total()) == (n_sentences, n_entities)
    assert labels == LABELS.get(name, labels)
    blank = "_" if name == "korean-ner-kmou" else " "
    separator = " " if name == "wnut17" else ""
    n_other = 0
    for text, annotation, sentence in zip(rows.texts, rows.annotations, sentences_in(name), strict=True):
        places = [0]
        for row in sentence:
            places.append(places[-1] + len(row[0]) + len(separator))
        theirs = [
            (places[start], places[end + 1] - len(separator), label)
            for label, start, end in get_entities([row[-1] for row in sentence])
        ]
        spans = [(span.start, span.end, span.label) for span in annotation.entities]
        n_other += len(set(spans) - set(theirs))
        assert separator.join(row[0] for row in sentence).replace(blank, " ") == text.replace(blank, " ")
    repaired = [note for note in facts.notes if note.startswith("faults of spans, repaired: ")]
    assert n_other == n_repaired
    assert bool(repaired) == bool(n_repaired)
    assert all(note.startswith(f"faults of spans, repaired: {n_repaired},") for note in repaired)


@needs_data
def test_wnut_dev_has_its_sentences_and_entities():
    rows, facts = read_tagged(DATA / "wnut17" / "emerging.dev.conll")
    entities = sum(len(annotation.entities) for annotation in rows.annotations)
    assert (len(rows), entities, sum(len(a.words) for a in rows.annotations)) == (1009, 836, 15733)
    assert facts.n_skipped == 0


@pytest.mark.skipif(not UD.is_dir(), reason=f"no data in {UD}")
@pytest.mark.parametrize(
    ("name", "n_sentences", "n_words"),
    [("en_ewt-ud-dev.conllu", 2001, 25147), ("en_ewt-ud-train.conllu.gz", 12544, 204577)],
)
def test_ud_words_stand_in_the_raw_text(name, n_sentences, n_words):
    rows, facts = read_tagged(UD / name)
    tags = Counter(tag for annotation in rows.annotations for tag in annotation.tags)
    assert (len(rows), tags.total(), len(tags)) == (n_sentences, n_words, 17)
    assert not [note for note in facts.notes if "rebuilt" in note]
    forms, _ = read_tagged(UD / name, Layout(tag="lemma"))
    assert forms.texts == rows.texts
    assert all(len(a.words) == len(a.tags) for a in rows.annotations)
    gaps = (
        text[before[1] : after[0]]
        for text, annotation in zip(rows.texts, rows.annotations, strict=True)
        for before, after in zip(annotation.words, annotation.words[1:], strict=False)
    )
    assert not any(gap.strip() for gap in gaps)


@needs_data
@pytest.mark.slow
def test_marks_rows_and_ours_are_compared_for_all_sentences_of_kmou():
    """Counted apart from this code: 504 sentences whose marks and rows part, and 7 marks with a blank at an edge."""
    found = compare_forms(KMOU / "kmou_ner.conll.gz")
    assert (found.n_sentences, found.n_agreeing, len(found.disagreements)) == (19_263, 18_752, 913)
    assert found.n_entities == {"inline": 61_230, "rows": 60_991, "ours": 61_230}
    assert found.faults == ()


@needs_data
def test_disagreements_name_line_sentence_and_forms():
    found = compare_forms(KMOU / "sample.conll")
    assert (found.n_sentences, found.n_agreeing) == (51, 50)
    assert [str(one) for one in found.disagreements] == [
        'line 535 (00002_NER.txt:9): "바라" (18 to 20, PER) in rows, not in inline and ours',
        'line 523 (00002_NER.txt:9): "바라라" (18 to 21, PER) in inline and ours, not in rows',
    ]
    line = (KMOU / "sample.conll").read_text(encoding="utf-8").split("\n")[522]
    assert "<바라라:PER>" in line
    with pytest.raises(UsageError, match=r'found "conll"; allowed, since they hold entities twice: kmou, klue'):
        compare_forms(KMOU / "sample.conll", format="conll")


@needs_data
@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("wnut17", "conll"),
        pytest.param("wnut17", "conllu", marks=pytest.mark.slow),
        pytest.param("klue-ner", "klue", marks=pytest.mark.slow),
        pytest.param("klue-ner", "spans", marks=pytest.mark.slow),
        pytest.param("korean-ner-kmou", "spans", marks=pytest.mark.slow),
    ],
)
def test_a_corpus_comes_back_from_a_format_that_can_hold_it(tmp_path, name, target):
    rows, _ = corpus(name)
    assert write_tagged(rows, tmp_path / "out.gz", target=Target(target)) == ()
