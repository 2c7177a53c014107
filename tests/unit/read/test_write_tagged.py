"""Files that are written are read back equal, or say what they lost."""

import gzip
import random
from dataclasses import replace

import numpy as np
import pytest

from seqwise.errors import DataError, UsageError
from seqwise.read.tagged.marked import Mismatch, align_marks, read_marks, write_marks
from seqwise.read.tagged.reading import Layout, read_tagged
from seqwise.read.tagged.writing import WRITERS, Target, convert, write_tagged
from seqwise.records import Annotation, Rows, Span
from seqwise.spans.detection import EVERY_SCHEME

TEXTS = ("서울시는 2:00에 비", "Mr. Bean  # a", "\u1100\u1161\u11a8\u200b에")
ENTITIES = ((Span(0, 2, "LC"), Span(5, 9, "TI")), (Span(0, 3, "PS"), Span(4, 8, "PS")), ())
WORDS = (((0, 3), (3, 4), (5, 9), (9, 10), (11, 12)), ((0, 3), (4, 8), (10, 11), (12, 13)), ((0, 5),))
TAGS = (("NNP", "JX", "SN", "JKB", "NNG"), ("NNP", "NNP", "SYM", "DT"), ("NNG",))
LEAST = {  # what a format holds of rows that have everything
    "spans": ("words", "tags", "entities", "groups", "ids"),
    "conllu": ("words", "tags", "groups", "ids"),
    "conll": ("words", "tags"),
    "klue": ("entities", "ids"),
    "inline": ("entities",),
}


def tagged_rows(texts=TEXTS, *, words=WORDS, tags=TAGS, entities=ENTITIES, groups=("d", "d", "e"), ids=("1", "2", "3")):
    none = ((),) * len(texts)
    parts = zip(words or none, tags or none, entities or none, strict=True)
    return Rows(
        ids=ids,
        texts=texts,
        files=("source.txt",),
        file_of=np.zeros(len(texts), dtype=np.int64),
        lines=np.arange(1, len(texts) + 1),
        groups=groups,
        annotations=tuple(Annotation(*part) for part in parts),
    )


def whole_words(rows):
    """The rows with entities that have edges of words."""
    first = Annotation(rows.annotations[0].words, rows.annotations[0].tags, (Span(0, 3, "LC"), Span(5, 9, "TI")))
    return tagged_rows(entities=(first.entities, *ENTITIES[1:]))


def test_our_own_json_holds_everything(tmp_path):
    rows = tagged_rows()
    assert write_tagged(rows, tmp_path / "out.jsonl", target=Target("spans")) == ()
    read, _ = read_tagged(tmp_path / "out.jsonl")
    assert (read.ids, read.texts, read.groups, read.annotations) == (
        rows.ids,
        rows.texts,
        rows.groups,
        rows.annotations,
    )


@pytest.mark.parametrize("scheme", [str(scheme) for scheme in EVERY_SCHEME])
@pytest.mark.parametrize("packed", ["", ".gz"])
def test_conllu_holds_words_tags_entities_documents_and_ids(tmp_path, scheme, packed):
    rows = whole_words(tagged_rows())
    path = tmp_path / f"out.conllu{packed}"
    assert write_tagged(rows, path, target=Target("conllu", scheme)) == ()
    read, _ = read_tagged(path)
    content = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
    assert (content.count(b"# newdoc"), [*tmp_path.iterdir()]) == (2, [path])
    assert (read.ids, read.texts, read.groups) == (rows.ids, rows.texts, rows.groups)
    assert [a.tags for a in read.annotations] == list(TAGS)
    read, _ = read_tagged(path, Layout(tag="misc:NER", scheme=scheme))
    assert [a.entities for a in read.annotations] == [a.entities for a in rows.annotations]


def test_conllu_writes_words_of_one_place_as_a_range(tmp_path):
    words, tags = ((0, 3), (0, 3), (0, 3), (3, 4)), ("P", "D", "N", "X")
    rows = tagged_rows(("zur!",), words=(words,), tags=(tags,), entities=((),), groups=None, ids=("1",))
    assert write_tagged(rows, tmp_path / "out", target=Target("conllu")) == ()
    lines = (tmp_path / "out").read_text().split("\n")
    assert [line.split("\t")[0] for line in lines[2:7]] == ["1-3", "1", "2", "3", "4"]
    assert [line.split("\t")[-1] for line in lines[2:7]] == ["SpaceAfter=No", "_", "_", "_", "_"]


def test_conll_without_blanks_to_lose_holds_words_and_entities(tmp_path):
    words, entities, ids = ((0, 1), (2, 3)), (Span(0, 3, "X"),), ("source.txt:1", "source.txt:2")
    rows = tagged_rows(("a b", "# c"), words=(words, words), tags=None, entities=(entities, ()), groups=None, ids=ids)
    assert write_tagged(rows, tmp_path / "out.conll", target=Target("conll", "BIOES")) == ()
    assert (tmp_path / "out.conll").read_text() == "a\tB-X\nb\tE-X\n\n#\tO\nc\tO\n\n"


def test_klue_holds_entities_and_ids(tmp_path):
    assert write_tagged(tagged_rows(words=None, tags=None, groups=None), tmp_path / "out", target=Target("klue")) == ()
    assert (
        (tmp_path / "out")
        .read_text()
        .startswith("## 1\t<서울:LC>시는 <2:00:TI>에 비\n서\tB-LC\n울\tI-LC\n시\tO\n는\tO\n \tO\n")
    )


def test_what_is_lost_is_told_and_counted(tmp_path):
    assert write_tagged(tagged_rows(), tmp_path / "out", target=Target("conll")) == (
        "sentences with other blanks in their text: 2, the first in line 1",
        "sentences without their id: 3, the first in line 1",
        "sentences without their document: 3, the first in line 1",
        "entities lost or with other edges: 1, the first in line 1",
        "entities that were not there: 1, the first in line 1",
    )
    assert write_tagged(tagged_rows(groups=None), tmp_path / "out", target=Target("klue")) == (
        "sentences with other words or none: 3, the first in line 1",
        "sentences without the tags of their words: 3, the first in line 1",
    )


@pytest.mark.parametrize("name", ["conll", "conllu", "klue", "inline"])
def test_a_sentence_that_cannot_be_held_is_left_out_and_the_others_stay(tmp_path, name):
    texts = ("a\nb", "c", "<d:X>")
    words, entities = (((0, 3),), ((0, 1),), ((0, 5),)), ((Span(0, 1, "X"),), (), ())
    rows = tagged_rows(texts, words=words, tags=None, entities=entities, groups=None)
    losses = write_tagged(rows, tmp_path / "out", target=Target(name))
    assert "sentences that the format cannot hold, left out: 1, the first in line 1" in losses
    assert "entities in them: 1, the first in line 1" in losses
    read, _ = read_tagged(tmp_path / "out", format=name)
    assert read.texts[0] == "c"
    assert ("sentences with another text: 1, the first in line 3" in losses) == (name == "inline")
    with pytest.raises(DataError, match=f"no sentence can be written as {name}"):
        write_tagged(rows.take([0]), tmp_path / "out", target=Target(name))


def test_of_two_entities_in_one_word_a_format_of_words_keeps_the_first(tmp_path):
    entities = (Span(0, 1, "LC"), Span(1, 2, "LC"))
    rows = tagged_rows(("남북 a",), words=None, tags=None, entities=(entities,), groups=None, ids=("1",))
    losses = write_tagged(rows, tmp_path / "out", target=Target("conllu"))
    assert losses == (
        "sentences with other words or none: 1, the first in line 1",
        "entities lost or with other edges: 2, the first in line 1",
        "entities that were not there: 1, the first in line 1",
    )


def test_random_entities_of_characters_and_of_words_come_back(tmp_path):
    rng = random.Random(0)
    texts, words, entities = [], [], []
    for _ in range(200):
        tokens = ["".join(rng.choices("가나#_a.5", k=rng.randint(1, 4))) for _ in range(rng.randint(1, 9))]
        ends = np.cumsum([len(token) + 1 for token in tokens]) - 1
        edges = [(int(end) - len(token), int(end)) for token, end in zip(tokens, ends, strict=True)]
        cuts = sorted(rng.sample(range(len(tokens) + 1), k=2 * (rng.randint(0, len(tokens) + 1) // 2)))
        pairs = zip(cuts[::2], cuts[1::2], strict=True)
        texts.append(" ".join(tokens))
        words.append(tuple(edges))
        entities.append(tuple(Span(edges[a][0], edges[b - 1][1], rng.choice("XY")) for a, b in pairs))
    ids = tuple(map(str, range(200)))
    rows = tagged_rows(tuple(texts), words=words, tags=None, entities=entities, groups=None, ids=ids)
    assert any(entities)
    told = {name: write_tagged(rows, tmp_path / name, target=Target(name)) for name in WRITERS}
    assert told["spans"] == told["conllu"] == ()
    assert told["conll"] == ("sentences without their id: 200, the first in line 1",)
    assert told["klue"] == ("sentences with other words or none: 200, the first in line 1",)
    assert all("entities" not in told["inline"][i] for i in range(len(told["inline"])))


def test_convert_reports_what_was_read_and_lost(tmp_path):
    (tmp_path / "in").write_text("Mr\tB-X\nBean\tI-X\n\n\t\n#\tO\n")
    report = convert(tmp_path / "in", tmp_path / "out", target=Target("spans"))
    assert report == (
        f"{tmp_path}/in: 2 sentences, 1 entities, 0 words with tags of their own",
        f"{tmp_path}/out: written as spans",
        "nothing is lost: read back, every sentence is equal",
    )
    report = convert(tmp_path / "out", tmp_path / "back", target=Target("conll"))
    assert (tmp_path / "back").read_text() == "Mr\tB-X\nBean\tI-X\n\n#\tO\n\n"


def test_unknown_targets_are_refused(tmp_path):
    with pytest.raises(UsageError, match=r'format: found "conl"; allowed: conll, .*Did you mean "conll"'):
        write_tagged(tagged_rows(), tmp_path / "out", target=Target("conl"))
    with pytest.raises(UsageError, match=r'scheme: found "BIOX"; allowed: .*Did you mean "BIO'):
        write_tagged(tagged_rows(), tmp_path / "out", target=Target("conll", "BIOX"))
    one = np.ones(1, dtype=np.int64)
    bare = Rows(ids=("1",), texts=("a",), files=("f",), file_of=one - 1, lines=one)
    with pytest.raises(UsageError, match=r"the rows have no annotations. Read them with read_tagged."):
        write_tagged(bare, tmp_path / "out", target=Target("spans"))


def test_marks_are_aligned_with_any_text():
    """Texts and entities full of brackets and colons: what is written is found again, or another reading of it."""
    rng = random.Random(0)
    n_equal = 0
    for _ in range(2000):
        text = "".join(rng.choices("<>:aA가", k=rng.randint(1, 12)))
        cuts = sorted(rng.sample(range(len(text) + 1), k=2 * rng.randint(0, (len(text) + 1) // 4)))
        spans = [Span(a, b, rng.choice(["A", "LC"])) for a, b in zip(cuts[::2], cuts[1::2], strict=True)]
        marked = write_marks(text, spans)
        found = align_marks(marked, text)
        assert not isinstance(found, Mismatch)
        assert write_marks(text, [span for span, _ in found]) == marked
        assert all(marked[column - 1] == "<" for _, column in found)
        n_equal += [span for span, _ in found] == spans
        assert isinstance(align_marks(marked, text + "x"), Mismatch)
    assert n_equal > 1800


def test_an_empty_mark_is_no_entity():
    assert isinstance(align_marks("<:A>a", "a"), Mismatch)


def test_marks_without_the_text_need_no_list_of_labels():
    assert read_marks("<a:X>b<c:ORG-2>") == ("abc", [(Span(0, 1, "X"), 1), (Span(2, 3, "ORG-2"), 7)])


@pytest.mark.parametrize(("format_", "label"), [("spans", ""), ("klue", "P\tS")])
def test_a_file_that_is_not_given_back_takes_no_place(tmp_path, format_, label):
    (tmp_path / "source.jsonl").write_text('{"text": "Ada sleeps", "entities": [[0, 3, "PS"]]}\n')
    rows, _ = read_tagged(tmp_path / "source.jsonl")
    rows = replace(rows, annotations=[replace(each, entities=(Span(0, 3, label),)) for each in rows.annotations])
    target = tmp_path / "target"
    target.write_text("what was here")
    with pytest.raises(DataError, match=f"target: not written: {format_} does not give these sentences back"):
        write_tagged(rows, target, target=Target(format_))
    assert target.read_text() == "what was here"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source.jsonl", "target"]
