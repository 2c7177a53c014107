"""Lists in memory in, rows with annotations out: words with a tag each, or texts with spans; faults by their place."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from seqwise.errors import DataError, Problem, UsageError
from seqwise.read.encodings import AUTO
from seqwise.read.faults import MOST_TOLD
from seqwise.read.memory import rows_in_memory
from seqwise.read.tagged.reading import NO_SCHEME, SCHEMES
from seqwise.read.tagged.sentences import joined
from seqwise.records import Annotation, Rows, Span
from seqwise.spans.detection import detect
from seqwise.spans.schemes import Scheme, chunks
from seqwise.spans.span_faults import span_faults
from seqwise.spans.tag_faults import tag_faults

Listed = list[object]


def sentences_in_memory(sentences: Iterable[object]) -> Rows:
    """Rows of texts, or of lists of words, which have annotations with the words; a text is its words and blanks.

    Raises:
        DataError: with the places of what is neither, of both in one list, and of words that are empty.
    """
    if isinstance(sentences, str):
        raise DataError(Problem("X", "found one text, not a list of sentences.", "Write [text]."))
    given = list(sentences)
    if all(isinstance(sentence, str) for sentence in given):
        return rows_in_memory(cast("list[str]", given))
    words = [_listed(sentence) for sentence in given]
    problems: list[Problem] = []
    for number, (sentence, own) in enumerate(zip(given, words, strict=True)):
        if own is None:
            what = "found one text among lists of words." if isinstance(sentence, str) else _found(sentence, "sentence")
            problems.append(Problem(f"X[{number}]", what, "Give lists of words alone, or texts alone."))
        for place, word in enumerate(own or ()):
            if not isinstance(word, str) or not word:
                what = "found an empty word." if word == "" else _found(word, "word")
                problems.append(Problem(f"X[{number}][{place}]", what, "Give every word as a string."))
    _refuse(problems)
    placed = [joined(cast("list[str]", own)) for own in words]
    rows = rows_in_memory([text for text, _ in placed])
    return replace(rows, annotations=tuple(Annotation(words=edges) for _, edges in placed))


def annotate(rows: Rows, y: object, *, scheme: str) -> tuple[Rows, str]:
    """Rows of :func:`sentences_in_memory` with what is known of them, and the name of the scheme of its tags.

    Args:
        rows: of words or of texts.
        y: for words a list of tags for each sentence; for texts a list of ``(start, end, label)`` for each.
        scheme: of the tags, as ``Layout.scheme``.

    Returns:
        The rows, and a name of `SCHEMES` or ``none``; ``scheme`` itself for texts.

    Raises:
        DataError: with every fault and its place in ``y``.
        UsageError: if texts are to have words with tags of their own.
    """
    given = list(y) if isinstance(y, Iterable) and not isinstance(y, str) else []
    if len(given) != len(rows):
        what = f"has {len(given):,} lists for {len(rows):,} sentences."
        raise DataError(Problem("y", what, "Give one list a sentence."))
    if rows.annotations is not None:
        return _with_tags(rows, rows.annotations, given, scheme=scheme)
    if scheme == NO_SCHEME:
        fix = "Give lists of words, with a tag for each word."
        raise UsageError(Problem("scheme", f'found "{NO_SCHEME}"; texts have no words with tags of their own.', fix))
    return _with_spans(rows, given), scheme


def _with_tags(rows: Rows, annotations: Sequence[Annotation], given: Listed, *, scheme: str) -> tuple[Rows, str]:
    tags = _tags(given, annotations)
    if scheme == NO_SCHEME:
        own = [replace(words, tags=each) for words, each in zip(annotations, tags, strict=True)]
        return replace(rows, annotations=tuple(own)), scheme
    found = _detected(tags) if scheme == AUTO else SCHEMES[scheme]
    _refuse(_tag_problems(tags, found))
    marked = tuple(
        replace(each, entities=tuple(_entity(chunk, each) for chunk in chunks(own, found)))
        for each, own in zip(annotations, tags, strict=True)
    )
    return replace(rows, annotations=marked), str(found)


def _tags(given: Listed, annotations: Sequence[Annotation]) -> list[tuple[str, ...]]:
    problems: list[Problem] = []
    tags = [_listed(each) for each in given]
    for number, (each, own, annotation) in enumerate(zip(given, tags, annotations, strict=True)):
        if own is None:
            fix = "Give a list of tags, one a word."
            problems.append(Problem(f"y[{number}]", _found(each, "list of tags"), fix))
        elif len(own) != len(annotation.words):
            what = f"has {len(own):,} tags for {len(annotation.words):,} words."
            problems.append(Problem(f"y[{number}]", what, "Give one tag a word."))
        problems += [
            Problem(f"y[{number}][{place}]", _found(tag, "tag"), "Give every tag as a string.")
            for place, tag in enumerate(own or ())
            if not isinstance(tag, str) or not tag
        ]
    _refuse(problems)
    return [tuple(cast("list[str]", own)) for own in tags]


def _detected(tags: Sequence[Sequence[str]]) -> Scheme:
    detection = detect(tags)
    if detection.scheme is not None or not detection.has_entities:
        return detection.fitting[0]
    faults = [] if detection.fitting else _tag_problems(tags, detection.misfits[0].scheme)
    fix = 'Pass scheme, for example "BIO"; "none" where every word has a tag of its own.'
    raise DataError([Problem("y", detection.reason, fix), *_told(faults)])


def _tag_problems(tags: Sequence[Sequence[str]], scheme: Scheme) -> list[Problem]:
    known = {tag for own in tags for tag in own}
    return [
        Problem(f"y[{number}][{fault.position}]", fault.what, fault.fix)
        for number, own in enumerate(tags)
        for fault in tag_faults(own, scheme, known=known)
    ]


def _entity(chunk: Span, annotation: Annotation) -> Span:
    return Span(annotation.words[chunk.start][0], annotation.words[chunk.end - 1][1], chunk.label)


def _with_spans(rows: Rows, given: Listed) -> Rows:
    problems: list[Problem] = []
    annotations: list[Annotation] = []
    for number, (text, each) in enumerate(zip(rows.texts, given, strict=True)):
        items = _listed(each)
        if items is None:
            problems.append(Problem(f"y[{number}]", _found(each, "list of spans"), "Give (start, end, label) of each."))
        spans = [_span(item) for item in items or ()]
        sound = [span for span in spans if span is not None]
        problems += [
            Problem(f"y[{number}][{place}]", f"found {items[place]!r}, not a span.", "Give (start, end, label).")
            for place, span in enumerate(spans)
            if span is None and items
        ]
        if len(sound) == len(spans):
            problems += [
                Problem(f"y[{number}][{fault.index}]", fault.what, fault.fix) for fault in span_faults(text, sound)
            ]
        annotations.append(Annotation(entities=tuple(sorted(sound, key=lambda span: span.start))))
    _refuse(problems)
    return replace(rows, annotations=tuple(annotations))


def _span(item: object) -> Span | None:
    match _listed(item):
        case [int() | np.integer() as start, int() | np.integer() as end, str() as label] if label:
            return Span(int(start), int(end), label)
        case _:
            return None


def _listed(value: object) -> Listed | None:
    """The members of a list, a tuple or an array; None for anything else."""
    if isinstance(value, np.ndarray):
        return cast("Listed", value.tolist())
    return list(cast("Sequence[object]", value)) if isinstance(value, list | tuple) else None


def _found(value: object, wanted: str) -> str:
    return f"found {type(value).__name__}, not a {wanted}."


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise DataError(_told(problems))


def _told(problems: Sequence[Problem]) -> list[Problem]:
    n_more = len(problems) - MOST_TOLD
    return [*problems[:MOST_TOLD], *([Problem("", f"and {n_more:,} more.")] if n_more > 0 else [])]
