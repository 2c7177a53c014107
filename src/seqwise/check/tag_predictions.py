"""Sentences of units with true and predicted tags in, evidence out: the checks run on any tagger's output."""

from collections.abc import Mapping, Sequence
from itertools import accumulate, chain
from typing import get_args

import numpy as np

from seqwise.check.predictions import SPLIT
from seqwise.check.tags import NO_TAG, PADDING, PADDING_TAGS, SPECIAL, SPECIAL_TAGS
from seqwise.errors import DataError, Problem
from seqwise.records import Evidence, Indices, Language, Span
from seqwise.spans.schemes import OUTSIDE, Scheme, Spelling, chunks
from seqwise.spans.units import character_spans
from seqwise.tag_evidence import TagEvidence

Tags = Sequence[Sequence[str | None]]
# What stands in files where a unit has no tag; -100 is what losses of transformers leave out.
NO_TAGS = frozenset({None, "", "-100"})
# Of one scheme, or of two that are mixed: BIO and IOB1 are BIOES without ends, and BILOU has other letters.
_READINGS = (*(Scheme("BIOES", spelling) for spelling in get_args(Spelling)), Scheme("BILOU"))
_NO_TEXT, _NO_ENTITY = PADDING | SPECIAL, PADDING_TAGS | SPECIAL_TAGS


def evidence_from_tags(
    units: Sequence[Sequence[str]],
    truth: Tags | None = None,
    *,
    predicted: Tags | None = None,
    claims: Mapping[str, float] | None = None,
    language: Language = "en",
) -> Evidence:
    """Evidence of tags alone.

    Entities are read as conlleval reads them, invalid tags too, from the units that have a true tag. A text is its
    units with a blank between them; pieces that begin with ``##`` have none before them, and ``▁`` is a blank.

    Args:
        units: what is written in each word or piece of each sentence, special tokens and padding if the file has them.
        truth: tags of each sentence, fewer than units where they were cut off; None or -100 where a unit has none.
        predicted: the same of a tagger.
        claims: what is said of the predictions: name of a metric to its value.
        language: of the findings.

    Raises:
        DataError: a sentence with more tags than units, or another number of sentences.
    """
    columns = {name: tags for name, tags in (("truth", truth), ("predicted", predicted)) if tags is not None}
    problems = [problem for name, tags in columns.items() for problem in _shape_problems(name, units, tags)]
    if problems:
        raise DataError(problems)
    names = tuple(
        sorted({tag for tags in columns.values() for own in tags for tag in own if tag is not None} - NO_TAGS)
    )
    reading = _reading(names)
    joined = [_joined(sentence) for sentence in units]
    wanted = truth if truth is not None else predicted or []
    spans = {
        name: [
            _entities(own, place, reading=reading, wanted=kept)
            for own, place, kept in zip(tags, zip(units, joined, strict=True), wanted, strict=True)
        ]
        for name, tags in columns.items()
        if reading is not None
    }
    facts = TagEvidence(
        names=names,
        texts=[text for text, _ in joined],
        offsets=np.array([0, *accumulate(map(len, units))], dtype=np.int64),
        surfaces=list(chain.from_iterable(units)),
        truth=None if truth is None else _numbers(units, truth, names=names),
        predicted=None if predicted is None else _numbers(units, predicted, names=names),
        has_entities=reading is not None,
        gold=spans.get("truth"),
        found=spans.get("predicted"),
    )
    told = {} if claims is None else {SPLIT: claims}
    return Evidence(task="tag", language=language, tagged={SPLIT: facts}, claims=told)


def _shape_problems(name: str, units: Sequence[Sequence[str]], tags: Tags) -> list[Problem]:
    if len(tags) != len(units):
        what = f"found tags of {len(tags):,} sentences for {len(units):,} sentences."
        return [Problem(name, what, "Give one list of tags a sentence.")]
    return [
        Problem(
            f"{name}, sentence {i}", f"found {len(own):,} tags for {len(sentence):,} units.", "Give one tag a unit."
        )
        for i, (own, sentence) in enumerate(zip(tags, units, strict=True))
        if len(own) > len(sentence)
    ]


def _reading(names: Sequence[str]) -> Scheme | None:
    """What reads most of the tags; None where it reads less than half of them: units have tags of their own."""
    tags = [name for name in names if name != OUTSIDE and name.casefold() not in _NO_ENTITY]
    n_read = [sum(scheme.read(tag) is not None for tag in tags) for scheme in _READINGS]
    best = max(n_read)
    return _READINGS[n_read.index(best)] if 2 * best >= len(tags) else None


def _numbers(units: Sequence[Sequence[str]], tags: Tags, *, names: Sequence[str]) -> Indices:
    number = {name: i for i, name in enumerate(names)}
    padded = (
        [*(NO_TAG if tag is None else number.get(tag, NO_TAG) for tag in own), *[NO_TAG] * (len(sentence) - len(own))]
        for sentence, own in zip(units, tags, strict=True)
    )
    return np.array(list(chain.from_iterable(padded)), dtype=np.int64)


def _joined(sentence: Sequence[str]) -> tuple[str, Indices]:
    """The text of a sentence and the edges of its units; special tokens and padding have no text."""
    text = ""
    edges: list[tuple[int, int]] = []
    is_pieces = any(unit.startswith("▁") for unit in sentence)
    for unit in sentence:
        written = "" if unit.casefold() in _NO_TEXT else unit.removeprefix("##").replace("▁", " ")
        is_glued = not text or not written or unit.startswith("##") or is_pieces
        text += written if is_glued else f" {written}"
        edges.append((len(text) - len(written), len(text)))
    return text, np.array(edges, dtype=np.int64).reshape(-1, 2)


def _entities(
    tags: Sequence[str | None],
    place: tuple[Sequence[str], tuple[str, Indices]],
    *,
    reading: Scheme,
    wanted: Sequence[str | None],
) -> tuple[Span, ...]:
    """The entities of a sentence, from the units of text that have one of the wanted tags."""
    units, (text, edges) = place
    kept = [
        i
        for i, (unit, tag) in enumerate(zip(units, wanted, strict=False))
        if tag is not None and tag not in NO_TAGS and f"{tag}".casefold() not in _NO_ENTITY
        and unit.casefold() not in _NO_TEXT
    ]  # fmt: skip
    own = [tags[i] if i < len(tags) else None for i in kept]
    plain = [tag if tag is not None and reading.read(tag) else OUTSIDE for tag in own]
    spans = character_spans(chunks(plain, reading), edges[kept].reshape(-1, 2), text=text)
    return tuple(span for span in spans if span is not None)
