"""spaCy's DocBin: what spaCy holds is what we read, and what we write; without spaCy the install line is told."""

import sys

import numpy as np
import pytest

from seqwise.errors import DataError, MissingExtraError, UsageError
from seqwise.read.tagged.reading import Layout, read_tagged
from seqwise.read.tagged.writing import Target, convert, format_of, write_tagged
from seqwise.records import Annotation, Rows, Span

CONLL = (
    "-DOCSTART-\tX\tO\n\nAnn\tNNP\tB-PS\nPark\tNNP\tI-PS\nsaw\tVBD\tO\nKim\tNNP\tB-PS\nLee\tNNP\tB-PS\n\n"
    "#\tSYM\tO\n \tSP\tO\n서울에서\tNNG\tB-LC\n\n"
)


@pytest.fixture
def conll(tmp_path):
    path = tmp_path / "in.conll"
    path.write_text(CONLL, encoding="utf-8")
    return path


def rows_of(*parts):
    return Rows(
        ids=tuple(f"s:{line}" for line in range(1, len(parts) + 1)),
        texts=tuple(text for text, _ in parts),
        files=("s",),
        file_of=np.zeros(len(parts), dtype=np.int64),
        lines=np.arange(1, len(parts) + 1),
        annotations=tuple(annotation for _, annotation in parts),
    )


def equal(rows, other):
    keys = ("ids", "texts", "groups", "annotations")
    return all(vars(rows)[key] == vars(other)[key] for key in keys)


@pytest.mark.parametrize("action", ["read", "write"])
def test_without_spacy_the_install_line_is_told(action, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "spacy.tokens", None)
    path = tmp_path / "a.spacy"
    path.write_bytes(b"x")
    with pytest.raises(
        MissingExtraError, match=r'the format "spacy": needs the package spacy.*install "seqwise\[spacy\]"'
    ):
        read_tagged(path) if action == "read" else write_tagged(
            rows_of(("a", Annotation())), path, target=Target("spacy")
        )
    assert path.read_bytes() == b"x"


def test_the_ending_stands_for_the_format():
    assert format_of("train.spacy") == "spacy"


@pytest.mark.parametrize("name", ["there.spacy", "there.SPACY.gz"])
def test_conll_comes_back_equal(conll, tmp_path, name):
    pytest.importorskip("spacy")
    report = convert(conll, tmp_path / name, target=Target("spacy"))
    assert report[-1] == "nothing is lost: read back, every sentence is equal"
    rows, facts = read_tagged(tmp_path / name)
    assert equal(rows, read_tagged(conll)[0])
    assert (rows.lines.tolist(), facts.n_rows) == ([1, 2], 2)


def test_tags_of_words_come_back_beside_their_entities(conll, tmp_path):
    pytest.importorskip("spacy")
    own = Layout(tag="2", scheme="none")
    given, entities = read_tagged(conll, own)[0], read_tagged(conll)[0].annotations
    both = [Annotation(a.words, a.tags, b.entities) for a, b in zip(given.annotations, entities, strict=True)]
    rows = rows_of(*zip(given.texts, both, strict=True))
    assert write_tagged(rows, tmp_path / "there.spacy", target=Target("spacy")) == ()
    assert [a.tags for a in read_tagged(tmp_path / "there.spacy", Layout(tag="tag"))[0].annotations] == [
        a.tags for a in both
    ]


def test_spacy_sees_what_we_wrote(conll, tmp_path):
    spacy = pytest.importorskip("spacy")
    from spacy.tokens import DocBin

    convert(conll, tmp_path / "there.spacy", target=Target("spacy"))
    first, second = DocBin().from_disk(tmp_path / "there.spacy").get_docs(spacy.blank("en").vocab)
    assert [(ent.text, ent.label_) for ent in first.ents] == [("Ann Park", "PS"), ("Kim", "PS"), ("Lee", "PS")]
    assert [token.text for token in second] == ["#", " ", "서울에서"]


def test_what_spacy_wrote_is_read_with_its_blanks(tmp_path):
    spacy = pytest.importorskip("spacy")
    from spacy.tokens import Doc, DocBin

    vocab = spacy.blank("en").vocab
    doc = Doc(
        vocab,
        words=["Ann", "'s", "  ", "home", "."],
        spaces=[False, True, False, False, False],
        pos=["PROPN", "PART", "SPACE", "NOUN", "PUNCT"],
    )
    doc.set_ents([doc.char_span(0, 3, label="PERSON")])
    DocBin(docs=[doc, Doc(vocab)]).to_disk(tmp_path / "a.spacy")
    rows, facts = read_tagged(tmp_path / "a.spacy")
    assert rows.texts == ("Ann's   home.",) == (doc.text,)
    assert rows.annotations[0].entities == (Span(0, 3, "PERSON"),)
    assert rows.annotations[0].words == ((0, 3), (3, 5), (6, 8), (8, 12), (12, 13))
    assert (rows.ids, facts.n_empty) == (("a.spacy:1",), 1)
    tagged, _ = read_tagged(tmp_path / "a.spacy", Layout(tag="pos"))
    assert tagged.annotations[0].tags == ("PROPN", "PART", "SPACE", "NOUN", "PUNCT")
    with pytest.raises(DataError, match=r'a\.spacy:1 column "tag": found a token without one'):
        read_tagged(tmp_path / "a.spacy", Layout(tag="tag"))
    with pytest.raises(UsageError, match=r'data\.label: found "ner"; allowed: entities, tag, pos'):
        read_tagged(tmp_path / "a.spacy", Layout(tag="ner"))


def test_what_tokens_cannot_hold_is_told_and_counted(tmp_path):
    pytest.importorskip("spacy")
    inside = ("서울에서 산다", Annotation((), (), (Span(0, 2, "LC"),)))
    blanks = (" a\n b", Annotation(((1, 2), (4, 5)), (), (Span(4, 5, "X"),)))
    twice, gap = ("zur", Annotation(((0, 3), (0, 3)), (), ())), ("zur!", Annotation(((0, 3),), (), ()))
    told = write_tagged(rows_of(inside, blanks, twice, gap), tmp_path / "a.spacy", target=Target("spacy"))
    assert told == (
        "sentences with other words or none: 2, the first in line 1",
        "entities lost or with other edges: 1, the first in line 1",
        "sentences that the format cannot hold, left out: 2, the first in line 3",
    )
    rows, _ = read_tagged(tmp_path / "a.spacy")
    assert rows.texts == (inside[0], blanks[0])
    assert [a.entities for a in rows.annotations] == [(), (Span(4, 5, "X"),)]


def test_a_file_that_is_none_is_told(tmp_path):
    pytest.importorskip("spacy")
    (tmp_path / "a.spacy").write_bytes(b"not zlib")
    with pytest.raises(DataError, match=r"a\.spacy: holds no documents of spaCy"):
        read_tagged(tmp_path / "a.spacy")
    with pytest.raises(DataError, match="no such file"):
        read_tagged(tmp_path / "none.spacy")
