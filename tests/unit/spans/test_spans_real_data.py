"""The real corpora: their counts are those of the data's own README, and every scheme gives every entity back."""

from collections import Counter

import numpy as np
import pytest
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2, Entities

from seqwise.records import Span
from seqwise.spans.detection import detect
from seqwise.spans.schemes import BILOU, BIO, BIOES, IOB1, chunks, spans_of, tags_of
from seqwise.spans.span_faults import span_faults
from seqwise.spans.tag_faults import tag_faults
from seqwise.spans.units import character_spans, unit_spans
from tagged_corpora import ABSENT, COMPARED, CORPORA, sentences_in, tags_in

pytestmark = pytest.mark.skipif(bool(ABSENT), reason=ABSENT)


@pytest.mark.parametrize("corpus", CORPORA)
def test_the_scheme_is_detected_and_every_entity_counted(corpus):
    _, n_sentences, n_entities = CORPORA[corpus]
    sequences = tags_in(corpus)
    assert detect(sequences).scheme == BIO
    assert (len(sequences), sum(len(spans_of(tags, BIO)) for tags in sequences)) == (n_sentences, n_entities)


@pytest.mark.parametrize("corpus", COMPARED)
def test_entities_are_those_of_seqeval_in_both_modes(corpus):
    sequences = tags_in(corpus)
    for tags, entities in zip(sequences, Entities(sequences, IOB2).entities, strict=True):
        ours = spans_of(tags, BIO)
        assert ours == [Span(entity.start, entity.end, entity.tag) for entity in entities]
        assert ours == chunks(tags, BIO) == [Span(start, end + 1, label) for label, start, end in get_entities(tags)]


@pytest.mark.parametrize("corpus", COMPARED)
@pytest.mark.parametrize("scheme", [IOB1, BIOES, BILOU], ids=str)
def test_every_scheme_gives_every_entity_back(corpus, scheme):
    for tags in tags_in(corpus):
        spans = spans_of(tags, BIO)
        written = tags_of(spans, len(tags), scheme=scheme)
        assert spans_of(written, scheme) == spans
        assert tag_faults(written, scheme) == []


def test_klue_spans_are_sound_over_the_raw_text_but_for_two_blanks():
    kinds: Counter[str] = Counter()
    for rows in sentences_in("klue-ner"):
        text = "".join(row[0] for row in rows)
        assert len(text) == len(rows)  # a row a character
        spans = spans_of([row[1] for row in rows], BIO)
        edges = np.array([[i, i + 1] for i in range(len(text))])
        faults = span_faults(text, spans)
        kinds.update(fault.kind for fault in faults)
        assert unit_spans(spans, edges) == spans
        faulty = {fault.index for fault in faults}
        sound = [span for i, span in enumerate(spans) if i not in faulty]
        assert character_spans(sound, edges, text=text) == sound
    assert kinds == {"whitespace_edge": 2}  # a tagged blank at the edge: twice in 14,257
