"""Tagged rows to examples: targets on the units' axis, windows, faults, and every entity of the real corpora."""

import numpy as np
import pytest

from preparations import PREPARATIONS
from seqwise.batch.flat import collate
from seqwise.errors import DataError
from seqwise.prepare.labels import LabelSet
from seqwise.prepare.tagged import prepare_tagged
from seqwise.prepare.tags import fit_tags
from seqwise.prepare.tokens import TextPreparation
from seqwise.records import Annotation, Rows, Span
from seqwise.spans.schemes import BIO, BIOES, spans_of
from seqwise.spans.units import character_spans
from tagged_corpora import ABSENT, CORPORA, sentences_in

WORDS = PREPARATIONS["word"]


def rows_of(texts, annotations=None):
    n = len(texts)
    lines = np.arange(2, n + 2)
    ids = tuple(map(str, lines))
    return Rows(ids, tuple(texts), ("a.tsv",), np.zeros(n, dtype=np.int64), lines, annotations=annotations)


def at_limit(preparation, limit):
    return TextPreparation(preparation.tokenizer, preparation.facts.model_copy(update={"max_length": limit}))


def test_a_target_for_each_unit_in_windows_of_each_text():
    texts = ["the cat sat on the mat", "", "a cat"]
    annotations = (Annotation(entities=(Span(15, 22, "X"),)), Annotation(), Annotation(entities=(Span(2, 5, "X"),)))
    labels = fit_tags(annotations, BIO)
    given = prepare_tagged(rows_of(texts, annotations), at_limit(WORDS, 4), labels=labels, scheme=BIO)
    assert [labels.names[i] for i in given.examples.targets] == ["O"] * 4 + ["B-X", "I-X", "O", "B-X"]
    assert given.texts.tolist() == [0, 0, 2]
    assert given.units.offsets.tolist() == [0, 6, 6, 8]
    assert given.alignment.n_exact == 2
    assert given.n_units_cut == 0
    batch = collate(given.examples, np.array([2, 0]))
    assert batch.rows == (6, 7, 0, 1, 2)
    assert batch.targets.tolist() == given.examples.targets[list(batch.rows)].tolist()
    words = WORDS.tokens(batch.tokens[batch.units.starts].tolist())
    assert words == ["[UNK]", "cat", "the", "cat", "sat"]


def test_rows_without_annotations_have_units_and_no_targets():
    given = prepare_tagged(rows_of(["the cat"]), WORDS, labels=LabelSet(("O",)), scheme=BIO)
    assert given.examples.targets is None
    assert given.alignment is None
    assert given.units.edges.tolist() == [[0, 3], [4, 7]]


def test_words_with_tags_of_their_own():
    annotations = (Annotation(words=((0, 2), (2, 5)), tags=("V", "R")), Annotation(words=((0, 1),), tags=("N",)))
    labels = fit_tags(annotations, None)
    given = prepare_tagged(rows_of(["don't", "a"], annotations), WORDS, labels=labels, scheme=None)
    assert [labels.names[i] for i in given.examples.targets] == ["V", "R", "N"]
    assert given.alignment is None


def test_unknown_tags_are_told_all_with_their_first_rows():
    entities = [Span(4, 7, "XX"), Span(0, 3, "LOC"), Span(0, 3, "LOK"), Span(0, 3, "LOK")]
    rows = rows_of(["the cat"] * 4, tuple(Annotation(entities=(entity,)) for entity in entities))
    with pytest.raises(DataError) as caught:
        prepare_tagged(rows, WORDS, labels=LabelSet(("O", "B-LOC", "I-LOC")), scheme=BIO)
    assert [str(problem) for problem in caught.value.problems] == [
        'a.tsv:4: tag "B-LOK" is not one of the training rows (2 such). Did you mean "B-LOC"? Mend it, or add '
        "training rows with it.",
        'a.tsv:2: tag "B-XX" is not one of the training rows (1 such). Mend it, or add training rows with it.',
    ]


def klue():
    """Plain texts, a character a row."""
    for rows in sentences_in("klue-ner"):
        yield "".join(row[0] for row in rows), Annotation(entities=tuple(spans_of([row[-1] for row in rows], BIO)))


def words_of(corpus):
    """Texts with a blank between their words."""
    for rows in sentences_in(corpus):
        ends = np.cumsum([len(row[0]) + 1 for row in rows])
        places = np.stack([ends - [len(row[0]) + 1 for row in rows], ends - 1], axis=1)
        spans = spans_of([row[-1] for row in rows], BIO)
        text = " ".join(row[0] for row in rows)
        entities = tuple(character_spans(spans, places, text=text))
        yield text, Annotation(words=tuple(map(tuple, places.tolist())), entities=entities)


@pytest.mark.skipif(ABSENT != "", reason=ABSENT)
@pytest.mark.parametrize(
    ("corpus", "kind"),
    [
        ("wnut17", "minilm"),
        ("wnut17", "subword"),
        ("wnut17", "byte-level"),
        ("klue-ner", "minilm"),
        pytest.param("korean-ner-kmou", "minilm", marks=pytest.mark.slow),
    ],
)
def test_every_entity_of_untruncated_text_is_accounted_for_at_any_limit(corpus, kind):
    if kind not in PREPARATIONS:
        pytest.skip("the extra minilm is not installed")
    texts, annotations = zip(*(klue() if corpus == "klue-ner" else words_of(corpus)), strict=True)
    rows, labels = rows_of(texts, annotations), fit_tags(annotations, BIOES)
    n_entities = CORPORA[corpus][2]
    for limit in (16, 4096):
        given = prepare_tagged(rows, at_limit(PREPARATIONS[kind], limit), labels=labels, scheme=BIOES)
        assert len(given.examples.targets) == len(given.units.edges) == len(given.examples.units.tokens)
        assert given.alignment.n_entities == n_entities
        exact = n_entities - sum(given.alignment.reasons.values())
        pairs = zip(annotations, decoded(given, labels, texts), strict=True)
        assert sum(len(set(annotation.entities) & spans) for annotation, spans in pairs) == exact
        if corpus != "klue-ner":
            assert exact == n_entities


def decoded(given, labels, texts):
    """The entities that the targets tell, by text."""
    tags = [labels.names[i] for i in given.examples.targets]
    for text, a, b in zip(texts, given.units.offsets, given.units.offsets[1:], strict=False):
        yield set(character_spans(spans_of(tags[a:b], BIOES), given.units.edges[a:b], text=text))


@pytest.mark.skipif(ABSENT != "", reason=ABSENT)
def test_characters_make_every_entity_exact_that_has_no_blank_at_its_edges():
    texts, annotations = zip(*klue(), strict=True)
    labels = fit_tags(annotations, BIO)
    given = prepare_tagged(
        rows_of(texts, annotations), PREPARATIONS["character"], labels=labels, scheme=BIO, split="characters"
    )
    edged = [
        text[entity.start : entity.end]
        for text, annotation in zip(texts, annotations, strict=True)
        for entity in annotation.entities
        if text[entity.start : entity.end] != text[entity.start : entity.end].strip()
    ]
    assert len(given.alignment.misaligned) == len(edged)
    assert given.alignment.reasons["edge_outside"] == len(edged)
