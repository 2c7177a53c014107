"""A file of tagged text in, rows with annotations out: tags become entities, and every fault is told with its place."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from seqwise.errors import DataError, Problem, UsageError, did_you_mean
from seqwise.read import TAG_FORMATS
from seqwise.read.blocks import Block
from seqwise.read.encodings import AUTO, reopen, scan
from seqwise.read.faults import SKIP, Kind, Ledger
from seqwise.read.row_checks import Rules, bad_rows, empty_rows
from seqwise.read.tagged.conll import parse_conll
from seqwise.read.tagged.conllu import MISC, parse_conllu
from seqwise.read.tagged.docbin import SPACY, docbin_facts, is_docbin, parse_docbin
from seqwise.read.tagged.inline import parse_inline
from seqwise.read.tagged.klue import parse_klue
from seqwise.read.tagged.kmou import parse_kmou
from seqwise.read.tagged.sentences import DEFAULT, Layout, Mark, Parser, Parsing, Sentence
from seqwise.read.tagged.sniffing import find_tag_format
from seqwise.read.tagged.spans import parse_spans
from seqwise.records import Annotation, FileFacts, Rows, Span
from seqwise.spans.detection import EVERY_SCHEME, detect
from seqwise.spans.schemes import Scheme, chunks
from seqwise.spans.span_faults import mended_spans, span_faults
from seqwise.spans.tag_faults import tag_faults

__all__ = ["DEFAULT", "Layout", "read_tagged"]

OnBadSentence = Literal["stop", "skip", "repair"]
MOST_CHARACTERS = 10_000  # of a sentence without a note: far above any sentence, far below a file read as one
PARSERS: dict[str, Parser] = {
    "conll": parse_conll,
    "conllu": parse_conllu,
    "klue": parse_klue,
    "kmou": parse_kmou,
    "inline": parse_inline,
    "spans": parse_spans,
}
SCHEMES: dict[str, Scheme] = {str(scheme): scheme for scheme in EVERY_SCHEME} | {
    scheme.name: scheme for scheme in EVERY_SCHEME if scheme.spelling == "B-PS"
}
NO_SCHEME = "none"
REPAIR = f"{SKIP.removesuffix('.')}, or repair."


def _is_not_nfc(text: str) -> bool:
    return not unicodedata.is_normalized("NFC", text)


ODD: dict[str, Callable[[str], object]] = {
    "sentences not in NFC": _is_not_nfc,
    "sentences with zero-width characters": re.compile("[\u200b-\u200d\u2060\ufeff]").search,
    "sentences with full-width digits": re.compile("[\uff10-\uff19]").search,
}


def read_tagged(
    path: str | Path,
    layout: Layout = DEFAULT,
    *,
    format: str = AUTO,  # noqa: A002 (the setting has this name)
    encoding: str = AUTO,
    on_bad_row: OnBadSentence = "stop",
    max_characters: int = MOST_CHARACTERS,
) -> tuple[Rows, FileFacts]:
    """Read a file of tagged sentences, plain or .gz, and tell all that is wrong with it together.

    The text of a row is raw: nothing is normalised, and all places are its characters.

    Args:
        path: the file; messages and `Rows.files` name it as it is written here.
        layout: where a format with a choice has what, and the scheme of the tags.
        format: a name of `seqwise.read.TAG_FORMATS`, or ``auto``: by the first lines; ``.spacy`` by its name.
        encoding: as in `seqwise.read.tables.read_rows`.
        on_bad_row: ``stop`` raises; ``skip`` leaves bad sentences out and counts them; ``repair`` mends spans as
            `mended_spans` does, reads tags that break their scheme as conlleval does, counts both, and raises for what
            cannot be mended.
        max_characters: longer sentences are told in the notes; they are rows all the same.

    Returns:
        The rows in file order, with ``annotations``, with ``groups`` where the file has documents; and the facts, whose
        notes count what is odd. Empty sentences are left out and counted.

    Raises:
        DataError: with every fault; or when the scheme is to be found and no scheme, or more than one, fits all tags.
        UsageError: if the format, the encoding, the layout or the scheme is not known, or spaCy is not installed.
    """
    is_binary = is_docbin(str(path), format)
    facts = docbin_facts(str(path)) if is_binary else scan(str(path), encoding)
    parsing = Parsing(facts.path, layout, encoding, Ledger(facts.path))
    name = SPACY if is_binary else _format(facts, format)
    sentences, n_empty = _filled(list(parse_docbin(parsing)) if is_binary else _parsed(facts, name, parsing), parsing)
    has_word_tags = name in ("spans", SPACY) or _is_of_words(name, layout)
    scheme = _scheme(sentences, layout, facts.path, has_word_tags=has_word_tags)
    annotated = _annotated(sentences, scheme, parsing, is_mended=on_bad_row == "repair")
    if parsing.ledger and on_bad_row != "skip":
        raise DataError(parsing.ledger.problems())
    if not annotated:
        raise DataError(parsing.ledger.problems() or [Problem(facts.path, "has no sentence.", "Give it sentences.")])
    _count_odd(annotated, parsing, max_characters)
    rows = _rows(annotated, parsing)
    notes = (*facts.notes, *_skipped(parsing.ledger), *parsing.tally.notes())
    return rows, replace(facts, n_rows=len(rows), n_empty=n_empty, n_skipped=parsing.ledger.n_rows, notes=notes)


def _format(facts: FileFacts, format_: str) -> str:
    name = find_tag_format(facts) if format_ == AUTO else format_
    if name not in PARSERS:
        what = f'found "{name}"; allowed: auto, {", ".join(TAG_FORMATS)}.'
        raise UsageError(Problem(where="data.format", what=what, fix=did_you_mean(name, TAG_FORMATS)))
    return name


def _parsed(facts: FileFacts, name: str, parsing: Parsing) -> list[Sentence]:
    with reopen(facts) as stream:
        return list(PARSERS[name](stream, parsing))


def _is_of_words(name: str, layout: Layout) -> bool:
    return name == "conllu" and not layout.tag.startswith(MISC)


def _filled(sentences: list[Sentence], parsing: Parsing) -> tuple[list[Sentence], int]:
    """The sentences without the empty ones, and without those whose text nothing can hold."""
    texts = [sentence.text for sentence in sentences]
    block = Block([sentence.line for sentence in sentences], {"text": texts})
    empty = empty_rows(block)
    parsing.tally.tell("empty sentences, left out", min((block.lines[i] for i in empty), default=0), count=len(empty))
    rules = Rules(names={"text": "text"}, labels=frozenset(), has_labels_checked=False)
    bad = bad_rows(block, rules, ledger=parsing.ledger)
    return [sentence for i, sentence in enumerate(sentences) if i not in empty | bad], len(empty)


def _scheme(sentences: Sequence[Sentence], layout: Layout, path: str, *, has_word_tags: bool) -> Scheme | None:
    """The scheme of the tags; None where words have their own tags, or there are no tags at all."""
    if layout.scheme not in (AUTO, NO_SCHEME, *SCHEMES):
        known = (AUTO, NO_SCHEME, *SCHEMES)
        what = f'found "{layout.scheme}"; allowed: {", ".join(known)}.'
        raise UsageError(Problem(where="data.scheme", what=what, fix=did_you_mean(layout.scheme, known)))
    if layout.scheme != AUTO:
        return SCHEMES.get(layout.scheme)
    tagged = [sentence for sentence in sentences if sentence.tags]
    if has_word_tags or not tagged:
        return None
    return detect_scheme(tagged, path)


def detect_scheme(sentences: Sequence[Sentence], path: str) -> Scheme:
    """The one scheme in which the tags of all sentences are valid; any, where no tag is of an entity.

    Raises:
        DataError: if no scheme fits all of them, with the faults in the nearest one, or if several do.
    """
    detection = detect([sentence.tags for sentence in sentences])
    if detection.scheme is not None or not detection.has_entities:
        return detection.fitting[0]
    fix = 'Pass data.scheme, for example "BIO"; "none" where every word has a tag of its own.'
    if detection.fitting:
        raise DataError(Problem(where=path, what=detection.reason, fix=fix))
    ledger = Ledger(path)
    known = {tag for sentence in sentences for tag in sentence.tags}
    for sentence in sentences:
        _tell_tags(sentence, detection.misfits[0].scheme, ledger, known=known)
    raise DataError([Problem(where=path, what=detection.reason, fix=fix), *ledger.problems()])


def _annotated(
    sentences: Sequence[Sentence], scheme: Scheme | None, parsing: Parsing, *, is_mended: bool
) -> list[tuple[Sentence, Annotation]]:
    """The sentences without a fault, each with its annotation; the faults of the others are told to the ledger."""
    ledger, tally = parsing.ledger, parsing.tally
    known = {tag for sentence in sentences for tag in sentence.tags} if scheme is not None else set[str]()
    found: list[tuple[Sentence, Annotation]] = []
    for sentence in sentences:
        marks = sentence.marks
        n_faults = 0
        if scheme is not None and sentence.tags:
            is_readable = is_mended and all(scheme.read(tag) is not None for tag in set(sentence.tags))
            n_faults = _tell_tags(sentence, scheme, Ledger(ledger.path) if is_readable else ledger, known=known)
            if n_faults and not is_readable:
                ledger.n_rows += 1
                continue
            marks = tuple(marks_of_tags(sentence, scheme))
        tally.tell("tags that break their scheme, read as conlleval does", sentence.line, count=n_faults)
        spans = [mark.span for mark in marks]
        n_faults = _tell_spans(sentence, marks, Ledger(ledger.path) if is_mended else ledger)
        if n_faults and not is_mended:
            ledger.n_rows += 1
            continue
        tally.tell("faults of spans, repaired", sentence.line, count=n_faults)
        tags = sentence.tags if scheme is None else ()
        found.append((sentence, Annotation(sentence.words, tags, tuple(mended_spans(sentence.text, spans)))))
    return found


def marks_of_tags(sentence: Sentence, scheme: Scheme) -> list[Mark]:
    """The entities that conlleval finds in the tags of a sentence, each in the line of its first unit."""
    return [
        Mark(
            Span(sentence.units[chunk.start][0], sentence.units[chunk.end - 1][1], chunk.label),
            sentence.tag_lines[chunk.start],
            sentence.column,
        )
        for chunk in chunks(sentence.tags, scheme)
    ]


def _tell_tags(sentence: Sentence, scheme: Scheme, ledger: Ledger, *, known: set[str]) -> int:
    faults = tag_faults(sentence.tags, scheme, known=known)
    for fault in faults:
        found = f"{_named(sentence)}{fault.what.removesuffix('.')}"
        kind = Kind(found=found, column=sentence.column, fix=f"{fault.fix} Fix the tag, {REPAIR}")
        ledger.tell(kind, sentence.tag_lines[fault.position])
    return len(faults)


def _tell_spans(sentence: Sentence, marks: Sequence[Mark], ledger: Ledger) -> int:
    faults = span_faults(sentence.text, [mark.span for mark in marks])
    for fault in faults:
        mark = marks[fault.index]
        found = f"{_named(sentence)}{fault.what.removesuffix('.')}"
        ledger.tell(Kind(found=found, column=mark.column, fix=f"{fault.fix} Fix the span, {REPAIR}"), mark.line)
    return len(faults)


def _named(sentence: Sentence) -> str:
    return f'sentence "{sentence.id}": ' if sentence.id else f"sentence of line {sentence.line}: "


def _count_odd(annotated: Sequence[tuple[Sentence, Annotation]], parsing: Parsing, max_characters: int) -> None:
    ids: set[str] = set()
    for sentence, _ in annotated:
        for what, is_odd in ODD.items():
            parsing.tally.tell(what, sentence.line, count=int(bool(is_odd(sentence.text))))
        is_long = len(sentence.text) > max_characters
        parsing.tally.tell(f"sentences of more than {max_characters:,} characters", sentence.line, count=int(is_long))
        parsing.tally.tell("ids that stand above already", sentence.line, count=int(sentence.id in ids))
        ids |= {sentence.id} - {""}


def _rows(annotated: Sequence[tuple[Sentence, Annotation]], parsing: Parsing) -> Rows:
    sentences = [sentence for sentence, _ in annotated]
    groups = tuple(sentence.group for sentence in sentences)
    return Rows(
        ids=tuple(sentence.id or f"{parsing.name}:{sentence.line}" for sentence in sentences),
        texts=tuple(sentence.text for sentence in sentences),
        files=(parsing.path,),
        file_of=np.zeros(len(sentences), dtype=np.int64),
        lines=np.array([sentence.line for sentence in sentences], dtype=np.int64),
        groups=groups if any(groups) else None,
        annotations=tuple(annotation for _, annotation in annotated),
    )


def _skipped(ledger: Ledger) -> tuple[str, ...]:
    return (f"{ledger.n_rows:,} sentences with faults left out, the first: {ledger.problems()[0]}",) if ledger else ()
