"""A file that holds its entities twice comes in; where its marks, its rows and our reading part comes out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from seqwise.errors import Problem, UsageError, did_you_mean
from seqwise.read.encodings import AUTO, reopen, scan
from seqwise.read.faults import Ledger, shown
from seqwise.read.tagged.klue import klue_sentences
from seqwise.read.tagged.kmou import kmou_sentences
from seqwise.read.tagged.reading import detect_scheme, marks_of_tags
from seqwise.read.tagged.sentences import Layout, Parsing, Sentence
from seqwise.records import Span
from seqwise.spans.span_faults import mended_spans

FORMS: tuple[str, ...] = ("inline", "rows", "ours")
TWICE: dict[str, tuple[Callable[[TextIO, Parsing], Iterator[Sentence]], str]] = {
    "kmou": (kmou_sentences, "inline"),
    "klue": (klue_sentences, "rows"),
}


@dataclass(frozen=True)
class Disagreement:
    """An entity that not all forms hold: its line, the id of its sentence, and what stands where."""

    line: int
    id: str
    what: str

    def __str__(self) -> str:
        """``line 521 (00004_NER.txt:2): "바라라" …``."""
        return f"line {self.line} ({self.id}): {self.what}"


@dataclass(frozen=True)
class Agreement:
    """How the forms of a file agree.

    Attributes:
        n_sentences: that were compared.
        n_agreeing: of which all three forms hold the same entities.
        n_entities: form to its number of entities.
        disagreements: in the order of the file.
        faults: of sentences that could not be compared.
    """

    n_sentences: int
    n_agreeing: int
    n_entities: dict[str, int]
    disagreements: tuple[Disagreement, ...]
    faults: tuple[Problem, ...]


def compare_forms(path: str | Path, *, format: str = "kmou", encoding: str = AUTO) -> Agreement:  # noqa: A002
    """Compare the marked text of each sentence, its tagged rows, and the entities that `read_tagged` makes of it.

    Ours are those of the file's default form after the repair of spans; so a mark with a blank at its edge is told.

    Args:
        path: a file of the format ``kmou`` or ``klue``, which have both forms.
        format: which of them.
        encoding: as in `read_tagged`.

    Raises:
        DataError: if the file cannot be read, or no scheme fits its tags.
        UsageError: if the format does not hold its entities twice.
    """
    if format not in TWICE:
        what = f'found "{format}"; allowed, since they hold entities twice: {", ".join(TWICE)}.'
        raise UsageError(Problem(where="data.format", what=what, fix=did_you_mean(format, TWICE)))
    facts = scan(str(path), encoding)
    parsing = Parsing(facts.path, Layout(), encoding, Ledger(facts.path))
    parse, default = TWICE[format]
    with reopen(facts) as stream:
        sentences = list(parse(stream, parsing))
    scheme = detect_scheme([sentence for sentence in sentences if sentence.tags], facts.path)
    told: list[Disagreement] = []
    n_agreeing, n_entities = 0, dict.fromkeys(FORMS, 0)
    for sentence in sentences:
        inline = {mark.span: mark.line for mark in sentence.marks}
        rows = {mark.span: mark.line for mark in marks_of_tags(sentence, scheme)}
        mended = mended_spans(sentence.text, list(inline if default == "inline" else rows))
        ours = dict.fromkeys(mended, sentence.line)
        held = dict(zip(FORMS, (inline, rows, ours), strict=True))
        found = _disagreements(sentence, held)
        n_agreeing += not found
        told += found
        n_entities = {
            form: n_entities[form] + len(held) for form, held in zip(FORMS, (inline, rows, ours), strict=True)
        }
    return Agreement(len(sentences), n_agreeing, n_entities, tuple(told), tuple(parsing.ledger.problems()))


def _disagreements(sentence: Sentence, held: dict[str, dict[Span, int]]) -> list[Disagreement]:
    """The entities of a sentence that not all forms hold; ``held``: form to its entities and their lines."""
    told: list[Disagreement] = []
    for span in sorted({span for spans in held.values() for span in spans}, key=lambda span: (span.start, span.end)):
        where = [form for form in FORMS if span in held[form]]
        if len(where) < len(FORMS):
            absent = " and ".join(form for form in FORMS if form not in where)
            surface = shown(sentence.text[span.start : span.end])
            what = f"{surface} ({span.start} to {span.end}, {span.label}) in {' and '.join(where)}, not in {absent}"
            told.append(Disagreement(held[where[0]][span], sentence.id, what))
    return told
