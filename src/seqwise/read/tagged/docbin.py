"""spaCy's DocBin: documents of tokens with their entities come in or go out; spaCy is asked for when one is named.

https://spacy.io/api/docbin. The file is msgpack, packed with zlib; what stands in it is never run.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any

from seqwise.errors import DataError, MissingExtraError, Problem
from seqwise.read.encodings import AUTO
from seqwise.read.faults import SKIP, Kind
from seqwise.read.files import chunks
from seqwise.read.tagged.sentences import Mark, Parsing, Sentence, require
from seqwise.records import FileFacts, Span

SPACY = "spacy"
ENDING = ".spacy"
# What is read of a document, by `Layout.tag`.
ENTITIES, TAG, POS = "entities", "tag", "pos"
NO_TAG = "_"  # of tokens of blanks, which spaCy has and our words have not
ATTRIBUTES = ("TAG", "ENT_IOB", "ENT_TYPE")


def is_docbin(path: str, format_: str) -> bool:
    """Whether a file is to be read as a DocBin: by the format, or by its name."""
    return format_ == SPACY or (format_ == AUTO and path.casefold().removesuffix(".gz").endswith(ENDING))


def docbin_facts(path: str) -> FileFacts:
    """Hash and size of a file of documents.

    Raises:
        DataError: if it cannot be read.
    """
    content = b"".join(chunks(path))
    return FileFacts(path, hashlib.sha256(content).hexdigest(), len(content), n_rows=0, encoding="utf-8")


def parse_docbin(parsing: Parsing) -> Iterator[Sentence]:
    """A sentence for each document, its tokens as words: its entities, or the ``tag`` or ``pos`` of each token.

    The line of a document is its number, from 1. Its id and its group are those of its user data, as we write them.

    Raises:
        DataError: if the file holds no documents of spaCy.
        MissingExtraError: if spaCy is not installed.
    """
    wanted = require(parsing.layout.tag, (ENTITIES, TAG, POS), where="data.label")
    for number, doc in enumerate(_documents(parsing.path), 1):
        words = tuple((token.idx, token.idx + len(token)) for token in doc)
        tags = tuple({ENTITIES: "", TAG: token.tag_, POS: token.pos_}[wanted] for token in doc)
        if wanted != ENTITIES and not all(tags):
            fix = f'Leave data.label out for "{ENTITIES}", {SKIP}'
            parsing.ledger.leave_out(Kind(found="found a token without one", column=wanted, fix=fix), number)
            continue
        spans = [Span(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]
        yield Sentence(
            line=number,
            text=doc.text,
            id=str(doc.user_data.get("id", "")),
            group=str(doc.user_data.get("group", "")),
            words=words,
            units=words,
            tags=tags if wanted != ENTITIES else (),
            tag_lines=(number,) * len(words),
            column=wanted,
            marks=tuple(Mark(span, number, "ents") for span in spans) if wanted == ENTITIES else (),
        )


def encode_docbin(sentences: Iterable[Sentence]) -> tuple[bytes, list[int]]:
    """A DocBin of sentences, and the lines of those that it holds: words must hold all of a text but blanks.

    Entities whose edges are not those of tokens have no place in a document.

    Raises:
        MissingExtraError: if spaCy is not installed.
    """
    tokens, vocabulary = _spacy()
    held = tokens.DocBin(attrs=ATTRIBUTES, store_user_data=True)
    lines: list[int] = []
    for sentence in sentences:
        placed = _tokens(sentence)
        if placed is None:
            continue
        words, spaces, tags = placed
        doc = tokens.Doc(vocabulary, words=words, spaces=spaces, tags=tags if sentence.tags else None)
        given = [mark.span for mark in sentence.marks]
        spans = [doc.char_span(span.start, span.end, label=span.label) for span in given]
        doc.set_ents([span for span in spans if span is not None])
        doc.user_data = {"id": sentence.id, "group": sentence.group}
        held.add(doc)
        lines.append(sentence.line)
    return held.to_bytes(), lines


def _tokens(sentence: Sentence) -> tuple[list[str], list[bool], list[str]] | None:
    """Words, whether a space follows each, and tags; what other blanks there are become tokens of their own."""
    words: list[str] = []
    spaces: list[bool] = []
    tags: list[str] = []
    place = 0
    end_of_text = (len(sentence.text), len(sentence.text))
    own: Sequence[str] = sentence.tags or (NO_TAG,) * len(sentence.words)
    for (start, end), tag in zip((*sentence.words, end_of_text), (*own, NO_TAG), strict=True):
        between = sentence.text[place:start]
        if start < place or between.strip():
            return None
        if between.startswith(" ") and words:
            spaces[-1], between = True, between[1:]
        for token, token_tag in ((between, NO_TAG), (sentence.text[start:end], tag)):
            words += [token] if token else []
            spaces += [False] if token else []
            tags += [token_tag] if token else []
        place = end
    return words, spaces, tags


def _documents(path: str) -> list[Any]:
    tokens, vocabulary = _spacy()
    try:
        return list(tokens.DocBin().from_bytes(b"".join(chunks(path))).get_docs(vocabulary))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        what = f"holds no documents of spaCy ({str(error).splitlines()[0] if str(error) else type(error).__name__})."
        raise DataError(Problem(path, what, "Write it again with spaCy's DocBin.to_disk.")) from error


def _spacy() -> tuple[Any, Any]:
    """The part of spaCy that holds documents, and a vocabulary of their own."""
    try:
        return import_module("spacy.tokens"), import_module("spacy.vocab").Vocab()
    except ImportError as error:
        raise MissingExtraError(package="spacy", extra=SPACY, purpose=f'the format "{SPACY}"') from error
