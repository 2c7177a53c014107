"""What a tagger says, as tables and as rows: entities, or words with their tags, with probabilities and characters."""

from collections.abc import Iterable
from itertools import chain, pairwise

import numpy as np
import polars as pl

from seqwise.records import Annotation, Array, Indices, Predictions, Rows, Span, TaggedTexts
from seqwise.spans.decoding import entity_probabilities, finite_logs
from seqwise.spans.units import unit_spans
from seqwise.tasks.tag_steps import Columns, Record, Steps

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
    return _flat(rows, _entities(rows, found, steps), {**ENTITY, **steps.columns})


def word_table(rows: Rows, found: Predictions) -> pl.DataFrame:
    """A row a word: id of its text, start, end, text, tag, probability."""
    return _flat(rows, _words(rows, found), WORD)


def entity_objects(rows: Rows, found: Predictions, *, steps: Steps) -> pl.DataFrame:
    """A row a text: id, text, and its entities as a list of records with the columns of :func:`entity_table`."""
    columns = pl.List(pl.Struct({**ENTITY, **steps.columns}))
    return _nested(rows, pl.Series("entities", _entities(rows, found, steps), dtype=columns))


def word_objects(rows: Rows, found: Predictions) -> pl.DataFrame:
    """A row a text: id, text, and its words as a list of start, end, text, tag, probability."""
    return _nested(rows, pl.Series("words", _words(rows, found), dtype=pl.List(pl.Struct(WORD))))


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
        entities = [
            tuple(Span(one["start"], one["end"], one["label"]) for one in own) for own in _entities(rows, found, steps)
        ]
        return [Annotation(words=own, entities=spans) for own, spans in zip(words, entities, strict=True)]
    return [Annotation(words=own, tags=tuple(tags)) for own, tags in zip(words, tags_by_text(found), strict=True)]


def _entities(rows: Rows, found: Predictions, steps: Steps) -> list[list[Record]]:
    tagged = _tagged(found)
    placed = [
        (held.start + first, held.end + first)
        for spans, own, (first, _) in zip(tagged.found, _edges(tagged), _bounds(tagged), strict=True)
        for held in map(_held, unit_spans(spans, own))
    ]
    edges = np.array(placed, dtype=np.int64).reshape(-1, 2)
    sure = iter(entity_probabilities(finite_logs(found.probabilities), found.predicted, edges=edges).tolist())
    told = [
        [(span.start, span.end, span.label, text[span.start : span.end], next(sure)) for span in spans]
        for text, spans in zip(rows.texts, tagged.found, strict=True)
    ]
    return [[steps.apply(dict(zip(ENTITY, one, strict=True))) for one in own] for own in told]


def _words(rows: Rows, found: Predictions) -> list[list[Record]]:
    tagged = _tagged(found)
    chosen: Array = np.take_along_axis(found.probabilities, found.predicted[:, None], axis=1)[:, 0]
    sure = iter(chosen.tolist())
    return [
        [
            dict(zip(WORD, (start, end, text[start:end], tag, next(sure)), strict=True))
            for (start, end), tag in zip(own.tolist(), tags, strict=True)
        ]
        for text, own, tags in zip(rows.texts, _edges(tagged), tags_by_text(found), strict=True)
    ]


def _flat(rows: Rows, of_texts: list[list[Record]], columns: Columns) -> pl.DataFrame:
    records = [{"id": row_id, **one} for row_id, each in zip(rows.ids, of_texts, strict=True) for one in each]
    return pl.DataFrame(records, schema={"id": pl.String, **columns})


def _nested(rows: Rows, lists: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"id": list(rows.ids), "text": list(rows.texts), lists.name: lists})


def _tagged(found: Predictions) -> TaggedTexts:
    assert found.tagged is not None
    return found.tagged


def _bounds(tagged: TaggedTexts) -> list[tuple[int, int]]:
    offsets = tagged.units.offsets.tolist()
    return list(pairwise(offsets))


def _edges(tagged: TaggedTexts) -> list[Indices]:
    return [tagged.units.edges[start:end] for start, end in _bounds(tagged)]


def _held(units: Span | None) -> Span:
    assert units is not None  # an entity that was found holds units
    return units
