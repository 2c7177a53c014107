"""What a tagger says, as tables and as rows: entities, or words with their tags, with probabilities and characters."""

from collections.abc import Iterable, Sequence
from itertools import chain, pairwise

import numpy as np
import polars as pl

from seqwise.records import Annotation, Indices, Predictions, Rows, Span, TaggedTexts
from seqwise.spans.decoding import entity_probabilities, finite_logs
from seqwise.spans.units import unit_spans
from seqwise.tasks.tag_steps import Columns, Steps

NUMBER = "number"
ENTITY: Columns = {
    "start": pl.Int64,
    "end": pl.Int64,
    "label": pl.String,
    "text": pl.String,
    "probability": pl.Float64,
}
WORD: Columns = {"start": pl.Int64, "end": pl.Int64, "text": pl.String, "tag": pl.String, "probability": pl.Float64}


def entity_table(rows: Rows, found: Predictions, *, steps: Steps) -> pl.DataFrame:
    """A row an entity: id of its text, start, end, label, text, probability, and what the steps behind add."""
    return _flat(rows, _entities(rows, found, steps))


def word_table(rows: Rows, found: Predictions) -> pl.DataFrame:
    """A row a word: id of its text, start, end, text, tag, probability."""
    return _flat(rows, _words(rows, found))


def entity_objects(rows: Rows, found: Predictions, *, steps: Steps) -> pl.DataFrame:
    """A row a text: id, text, and its entities as a list of records with the columns of :func:`entity_table`."""
    return _nested(rows, _entities(rows, found, steps), name="entities")


def word_objects(rows: Rows, found: Predictions) -> pl.DataFrame:
    """A row a text: id, text, and its words as a list of start, end, text, tag, probability."""
    return _nested(rows, _words(rows, found), name="words")


def annotated(answered: Iterable[tuple[Rows, Predictions]], *, has_words: bool, steps: Steps) -> Rows:
    """All rows of one file with what was found in them as their annotations.

    Args:
        answered: blocks of rows and what was said of them.
        has_words: whether the units that were tagged are words; else the words are the rows' own, if they have any.
        steps: behind the tagger.
    """
    blocks = [(rows, _annotations(rows, found, steps, has_words=has_words)) for rows, found in answered]
    return Rows(
        ids=tuple(chain.from_iterable(rows.ids for rows, _ in blocks)),
        texts=tuple(chain.from_iterable(rows.texts for rows, _ in blocks)),
        files=blocks[0][0].files,
        file_of=np.concatenate([rows.file_of for rows, _ in blocks]),
        lines=np.concatenate([rows.lines for rows, _ in blocks]),
        annotations=tuple(chain.from_iterable(annotations for _, annotations in blocks)),
    )


def tags_by_text(found: Predictions) -> list[list[str]]:
    """The tag of each unit of each text."""
    tags = [found.labels[number] for number in found.predicted.tolist()]
    return [tags[start:end] for start, end in _bounds(_tagged(found))]


def _annotations(rows: Rows, found: Predictions, steps: Steps, *, has_words: bool) -> list[Annotation]:
    tagged = _tagged(found)
    given = [each.words for each in rows.annotations or [Annotation()] * len(rows)]
    words = [tuple(map(tuple, own.tolist())) for own in _edges(tagged)] if has_words else given
    if tagged.found:
        entities: list[list[Span]] = [[] for _ in range(len(rows))]
        for number, start, end, label, *_ in _entities(rows, found, steps).iter_rows():
            entities[number].append(Span(start, end, label))
        return [Annotation(words=own, entities=tuple(spans)) for own, spans in zip(words, entities, strict=True)]
    return [Annotation(words=own, tags=tuple(tags)) for own, tags in zip(words, tags_by_text(found), strict=True)]


def _entities(rows: Rows, found: Predictions, steps: Steps) -> pl.DataFrame:
    """A row an entity, with the number of its text and what the steps behind add."""
    tagged = _tagged(found)
    placed = [
        np.array([_place(span) for span in unit_spans(spans, own)], dtype=np.int64) + start
        for spans, own, (start, _) in zip(tagged.found, _edges(tagged), _bounds(tagged), strict=True)
        if spans
    ]
    edges = np.concatenate([np.empty((0, 2), dtype=np.int64), *placed])
    spans = list(chain.from_iterable(tagged.found))
    columns = {
        "start": [span.start for span in spans],
        "end": [span.end for span in spans],
        "label": [span.label for span in spans],
        "text": [
            text[span.start : span.end] for text, own in zip(rows.texts, tagged.found, strict=True) for span in own
        ],
        "probability": entity_probabilities(finite_logs(found.probabilities), found.predicted, edges=edges),
    }
    table = _numbered([len(own) for own in tagged.found], columns, ENTITY)
    if not steps.names:
        return table
    return pl.DataFrame([steps.apply(one) for one in table.to_dicts()], {**table.schema, **steps.columns})


def _words(rows: Rows, found: Predictions) -> pl.DataFrame:
    """A row a word, with the number of its text."""
    tagged = _tagged(found)
    texts = zip(rows.texts, _edges(tagged), strict=True)
    columns = {
        "start": tagged.units.edges[:, 0],
        "end": tagged.units.edges[:, 1],
        "text": [text[start:end] for text, own in texts for start, end in own.tolist()],
        "tag": [found.labels[number] for number in found.predicted.tolist()],
        "probability": np.take_along_axis(found.probabilities, found.predicted[:, None], axis=1)[:, 0],
    }
    return _numbered(np.diff(tagged.units.offsets), columns, WORD)


def _numbered(counts: Sequence[int] | Indices, columns: Columns, types: Columns) -> pl.DataFrame:
    """Columns of all texts, of each as many rows as it counts, behind the number of the text."""
    return pl.DataFrame({NUMBER: np.repeat(np.arange(len(counts)), counts), **columns}, {NUMBER: pl.Int64, **types})


def _flat(rows: Rows, of_texts: pl.DataFrame) -> pl.DataFrame:
    ids = pl.Series("id", [rows.ids[number] for number in of_texts[NUMBER]], dtype=pl.String)
    return of_texts.drop(NUMBER).insert_column(0, ids)


def _nested(rows: Rows, of_texts: pl.DataFrame, *, name: str) -> pl.DataFrame:
    lists = of_texts.group_by(NUMBER, maintain_order=True).agg(pl.struct(pl.exclude(NUMBER)).alias(name))
    texts = pl.DataFrame({NUMBER: np.arange(len(rows)), "id": list(rows.ids), "text": list(rows.texts)})
    joined = texts.join(lists, on=NUMBER, how="left").sort(NUMBER).drop(NUMBER)
    return joined.with_columns(pl.col(name).fill_null([]))


def _tagged(found: Predictions) -> TaggedTexts:
    assert found.tagged is not None
    return found.tagged


def _bounds(tagged: TaggedTexts) -> list[tuple[int, int]]:
    offsets = tagged.units.offsets.tolist()
    return list(pairwise(offsets))


def _edges(tagged: TaggedTexts) -> list[Indices]:
    return [tagged.units.edges[start:end] for start, end in _bounds(tagged)]


def _place(span: Span | None) -> tuple[int, int]:
    assert span is not None  # an entity that was found holds units
    return span.start, span.end
