"""The bridge from torchtext against hand counts, against what torchtext documents, and against bad input."""

import gzip
import json
import random
import string
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from seqwise.errors import DataError, UsageError
from seqwise.legacy import torchtext
from seqwise.legacy.torchtext import data, datasets
from seqwise.legacy.torchtext.vocab import GloVe, Vectors, Vocab

IMDB_TRAIN = Path(__file__).resolve().parents[4] / "shared" / "data" / "imdb" / "train.tsv.gz"
REVIEWS = {
    "pos": ["A good film<br /><br />good cast", "good good fun", "a warm film", "so good a film"],
    "neg": ["A bad film", "bad bad cast", "no film", "a dull bad film, bad"],
}


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    """The folders of IMDB with eight reviews a split."""
    for split in ("train", "test"):
        for label, texts in REVIEWS.items():
            folder = tmp_path / "aclImdb" / split / label
            folder.mkdir(parents=True)
            for number, text in enumerate(texts):
                (folder / f"{number}_9.txt").write_text(text, encoding="utf-8")
    return tmp_path


def rows_of(lengths: list[int], **options: object) -> tuple[data.Dataset, data.Field]:
    text = data.Field(**options)
    number = data.Field(sequential=False, use_vocab=False)
    fields = [("text", text), ("number", number)]
    made = [data.Example.fromlist([" ".join("w" * length), str(i)], fields) for i, length in enumerate(lengths)]
    dataset = data.Dataset(made, fields)
    text.build_vocab(dataset)
    return dataset, text


def of_words(text: str, **options: object) -> data.Dataset:
    field = data.Field(**options)
    return data.Dataset([data.Example.fromlist([text], [("text", field)])], [("text", field)])


def length(example: data.Example) -> int:
    return len(example.text)


def test_the_code_of_the_chapter_runs_with_its_imports_changed(reviews: Path) -> None:
    TEXT = torchtext.legacy.data.Field(lower=True, fix_length=6, batch_first=False)
    LABEL = torchtext.legacy.data.Field(sequential=False)
    train_data, test_data = datasets.IMDB.splits(TEXT, LABEL, root=reviews)
    for example in train_data.examples:
        text = [x.lower() for x in vars(example)["text"]]
        text = [x.replace("<br", "") for x in text]
        text = ["".join(c for c in s if c not in string.punctuation) for s in text]
        text = [s for s in text if s]
        vars(example)["text"] = text
    train_data, valid_data = train_data.split(random_state=random.seed(0), split_ratio=0.75)
    assert (len(train_data), len(valid_data), len(test_data)) == (6, 2, 8)
    TEXT.build_vocab(train_data, max_size=10000, min_freq=1, vectors=None)
    with pytest.warns(UserWarning, match=r'"<unk>" is class 0 of 3.*GR-LABELSPACE.*LabelField'):
        LABEL.build_vocab(train_data)
    assert sorted(LABEL.vocab.stoi) == ["<unk>", "neg", "pos"]
    device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    train_iterator, valid_iterator, test_iterator = torchtext.legacy.data.BucketIterator.splits(
        (train_data, valid_data, test_data), batch_size=4, device=device
    )
    assert [len(each) for each in (train_iterator, valid_iterator, test_iterator)] == [2, 1, 2]
    for batch in train_iterator:
        assert batch.text.shape == (6, len(batch))
        assert batch.text.max() < len(TEXT.vocab)
        assert set(batch.label.tolist()) <= {1, 2}
    assert len(train_iterator.dataset) == 6


def test_the_vocabulary_is_that_of_a_count_by_hand(reviews: Path) -> None:
    text, label = data.Field(lower=True), data.LabelField()
    train, _ = datasets.IMDB.splits(text, label, root=reviews)
    text.build_vocab(train)
    # By hand: "film," and "film<br" are words of their own, for str.split keeps what stands beside a word.
    assert text.vocab.itos[:6] == ["<unk>", "<pad>", "a", "bad", "film", "good"]
    assert [text.vocab.freqs[word] for word in ("a", "bad", "film", "good", "film<br", "film,")] == [5, 5, 4, 4, 1, 1]
    once = ["/><br", "/>good", "cast", "dull", "film,", "film<br", "fun", "no", "so", "warm"]
    assert text.vocab.itos[6:] == sorted(once, key=lambda word: (-text.vocab.freqs[word], word))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["<unk>", "<pad>", "c", "a", "b", "d"]),
        ({"max_size": 2}, ["<unk>", "<pad>", "c", "a"]),
        ({"min_freq": 2}, ["<unk>", "<pad>", "c", "a", "b"]),
        ({"max_size": 3, "min_freq": 3}, ["<unk>", "<pad>", "c"]),
        ({"specials": ["<mask>", "a"]}, ["<unk>", "<pad>", "<mask>", "a", "c", "b", "d"]),
    ],
)
def test_specials_stand_first_then_the_frequent_then_the_alphabet(options: dict, expected: list[str]) -> None:
    dataset = of_words("b a c c d a b c")
    field = dataset.fields["text"]
    field.build_vocab(dataset, **options)
    assert field.vocab.itos == expected
    assert field.vocab.stoi == {token: number for number, token in enumerate(expected)}


def test_asking_for_an_unknown_token_adds_none() -> None:
    vocab = Vocab({"a": 2})
    assert (vocab["b"], vocab.stoi["b"], len(vocab.stoi)) == (0, 0, 3)


def test_labels_of_a_label_field_begin_at_zero_and_an_unknown_one_is_told() -> None:
    label = data.LabelField()
    label.build_vocab([["pos", "neg", "pos"]][0])
    assert label.vocab.itos == ["pos", "neg"]
    assert label.process(["neg", "pos"]).tolist() == [1, 0]
    with pytest.raises(DataError, match=r'found "ned", which the vocabulary lacks.*Did you mean "neg"\?'):
        label.process(["ned"])


def test_two_columns_with_one_field_share_their_vocabulary() -> None:
    text = data.Field()
    fields = [("question", text), ("answer", text)]
    dataset = data.Dataset([data.Example.fromlist(["a b", "b c"], fields)], fields)
    text.build_vocab(dataset)
    assert text.vocab.freqs == {"a": 1, "b": 2, "c": 1}


# Values of a batch, the field's options, and what torchtext 0.8 gives for them: rows are sequences.
SHORT_AND_LONG = [["a", "b"], ["a", "b", "c", "d"]]


@pytest.mark.parametrize(
    ("options", "padded", "lengths"),
    [
        ({}, ["a b <pad> <pad>", "a b c d"], [2, 4]),
        ({"fix_length": 3}, ["a b <pad>", "a b c"], [2, 3]),
        ({"fix_length": 3, "truncate_first": True}, ["a b <pad>", "b c d"], [2, 3]),
        ({"pad_first": True}, ["<pad> <pad> a b", "a b c d"], [2, 4]),
        ({"init_token": "<s>", "eos_token": "</s>"}, ["<s> a b </s> <pad> <pad>", "<s> a b c d </s>"], [4, 6]),
        ({"init_token": "<s>", "eos_token": "</s>", "fix_length": 5}, ["<s> a b </s> <pad>", "<s> a b c </s>"], [4, 5]),
        ({"init_token": "<s>", "pad_first": True, "fix_length": 4}, ["<pad> <s> a b", "<s> a b c"], [3, 4]),
        ({"fix_length": 4, "truncate_first": True, "pad_token": "_"}, ["a b _ _", "a b c d"], [2, 4]),
    ],
)
def test_sequences_are_cut_and_filled_up(options: dict, padded: list[str], lengths: list[int]) -> None:
    field = data.Field(include_lengths=True, batch_first=True, **options)
    found, n = field.pad(SHORT_AND_LONG)
    assert ([" ".join(each) for each in found], n) == (padded, lengths)
    field.build_vocab(SHORT_AND_LONG)
    tensor, told = field.process(SHORT_AND_LONG)
    assert [[field.vocab.itos[number] for number in row] for row in tensor.tolist()] == [row.split() for row in padded]
    assert told.tolist() == lengths


def test_time_stands_first_unless_the_batch_does() -> None:
    for batch_first, shape in ((False, (4, 2)), (True, (2, 4))):
        field = data.Field(batch_first=batch_first)
        field.build_vocab(SHORT_AND_LONG)
        assert field.process(SHORT_AND_LONG).shape == shape


def test_a_value_is_cut_lowered_stopped_and_preprocessed_in_this_order() -> None:
    field = data.Field(
        lower=True, tokenize=lambda text: text.split("-"), stop_words=["the"], preprocessing=lambda tokens: tokens[::-1]
    )
    assert field.preprocess("The-Cat-SAT\n") == ["sat", "cat"]


def test_numbers_need_no_vocabulary_and_postprocessing_sees_the_batch() -> None:
    price = data.Field(sequential=False, use_vocab=False, dtype=torch.float)
    assert price.process(["1.5", 2]).tolist() == [1.5, 2.0]
    doubled = data.Field(
        use_vocab=False,
        pad_token=0,
        batch_first=True,
        postprocessing=lambda rows, vocab: [[2 * x for x in r] for r in rows],
    )
    assert doubled.process([[1], [2, 3]]).tolist() == [[2, 0], [4, 6]]


@pytest.mark.parametrize("shuffle", [None, False])
def test_every_row_comes_once_an_epoch_beside_rows_of_its_length(shuffle: bool | None) -> None:
    random.seed(1)
    dataset, _ = rows_of([1 + (7 * i) % 50 for i in range(500)], include_lengths=True)
    iterator = data.BucketIterator(dataset, 10, sort_key=length, shuffle=shuffle)
    for _ in range(2):
        batches = list(iterator)
        assert sorted(number for batch in batches for number in batch.number.tolist()) == list(range(500))
        spreads = [int(batch.text[1].max() - batch.text[1].min()) for batch in batches]
        assert max(spreads) <= 1  # 500 rows hold 50 lengths ten times each, and all are sorted together


def test_epochs_differ_and_the_same_state_of_chance_gives_the_same_epochs() -> None:
    dataset, _ = rows_of([1 + i % 9 for i in range(90)])

    def epochs(seed: int) -> list[list[int]]:
        random.seed(seed)
        iterator = data.BucketIterator(dataset, 10, sort_key=length)
        return [[number for batch in iterator for number in batch.number.tolist()] for _ in range(2)]

    first, second = epochs(3)
    assert first != second
    assert epochs(3) == [first, second]
    assert epochs(4)[0] != first


def test_nobody_elses_chance_is_changed() -> None:
    dataset, _ = rows_of([1, 2, 3, 4])
    random.seed(5)
    expected = random.random()
    random.seed(5)
    dataset.split(0.5)
    list(data.BucketIterator(dataset, 2, sort_key=length))
    assert random.random() == expected


def test_validation_and_test_are_sorted_and_the_longest_of_a_batch_stands_first() -> None:
    dataset, _ = rows_of([3, 1, 4, 2], include_lengths=True)
    _, test = data.BucketIterator.splits((dataset, dataset), batch_sizes=(4, 2), sort_key=length)
    assert [batch.text[1].tolist() for batch in test] == [[2, 1], [4, 3]]
    (train,) = data.BucketIterator.splits((dataset,), batch_size=4, sort_key=length, sort_within_batch=True)
    assert [batch.text[1].tolist() for batch in train] == [[4, 3, 2, 1]]


def test_a_batch_may_be_measured_in_tokens() -> None:
    dataset, _ = rows_of([3, 3, 2, 9, 1])
    iterator = data.Iterator(
        dataset, 6, batch_size_fn=lambda new, count, before: before + len(new.text), shuffle=False, train=True
    )
    assert [batch.number.tolist() for batch in iterator] == [[0, 1], [2], [3], [4]]
    with pytest.raises(UsageError, match="not known with batch_size_fn"):
        len(iterator)


def test_inputs_and_targets_can_be_unpacked() -> None:
    fields = [("text", data.Field(batch_first=True)), ("label", data.LabelField())]
    dataset = data.Dataset([data.Example.fromlist(row, fields) for row in (["a b", "x"], ["a", "y"])], fields)
    for _, field in fields:
        field.build_vocab(dataset)
    ((text, label),) = data.Iterator(dataset, 2, shuffle=False)
    assert (text.tolist(), label.tolist()) == ([[2, 3], [2, 1]], [0, 1])
    assert list(dataset.label) == ["x", "y"]


# What random.sample of the module itself gives from the same state is the order that torchtext takes.
@pytest.mark.parametrize(
    ("split_ratio", "sizes"),
    [(0.8, [8, 2]), ([3, 1], [8, 2]), ([0.5, 0.3, 0.2], [5, 2, 3])],
)
def test_a_split_is_that_of_torchtext(split_ratio: object, sizes: list[int]) -> None:
    dataset, _ = rows_of([1] * 10)
    random.seed(0)
    state = random.getstate()
    order = random.sample(range(10), 10)
    parts = dataset.split(split_ratio, random_state=state)
    assert [len(part) for part in parts] == sizes
    drawn = [[int(example.number) for example in part] for part in parts]
    # torchtext draws training, test, validation, and hands out training, validation, test.
    assert [number for part in (drawn[0], *reversed(drawn[1:])) for number in part] == order
    random.seed(0)
    again = dataset.split(split_ratio)
    assert [[int(example.number) for example in part] for part in again] == drawn


def test_a_stratified_split_keeps_the_shares_of_the_labels() -> None:
    label = data.LabelField()
    fields = [("label", label)]
    dataset = data.Dataset([data.Example.fromlist([x], fields) for x in ["a"] * 20 + ["b"] * 10], fields)
    train, test = dataset.split(0.8, stratified=True)
    assert [sorted(part.label).count("a") for part in (train, test)] == [16, 4]
    assert [sorted(part.label).count("b") for part in (train, test)] == [8, 2]


def table(path: Path, name: str, text: str) -> Path:
    (path / name).write_text(text, encoding="utf-8")
    return path / name


def fields_in_order() -> list:
    return [("id", None), ("text", data.Field()), ("label", data.LabelField())]


def fields_by_name() -> dict:
    return {"text": ("text", data.Field()), "label": ("label", data.LabelField())}


JSON = "\n".join(json.dumps({"id": i, "text": t, "label": y}) for i, t, y in ((1, "a, b", "x"), (2, "c", "y"))) + "\n\n"


@pytest.mark.parametrize(
    ("name", "text", "options"),
    [
        ("a.csv", 'id,text,label\n1,"a, b",x\n2,c,y\n\n', {"fields": fields_in_order(), "skip_header": True}),
        ("a.csv", '\ufefflabel,id,text\nx,1,"a, b"\ny,2,c\n', {"fields": fields_by_name()}),
        ("a.tsv", "1\ta, b\tx\n2\tc\ty\n", {"fields": fields_in_order()}),
        ("a.json", JSON, {"fields": fields_by_name()}),
        ("a.CSV", "1;a, b;x\n2;c;y\n", {"fields": fields_in_order(), "csv_reader_params": {"delimiter": ";"}}),
    ],
)
def test_tables_of_three_kinds_give_the_same_rows(tmp_path: Path, name: str, text: str, options: dict) -> None:
    found = data.TabularDataset(table(tmp_path, name, text), name.split(".")[1], **options)
    assert [(example.text, example.label) for example in found] == [(["a,", "b"], "x"), (["c"], "y")]
    assert [key for key, field in found.fields.items() if field] == ["text", "label"]


def test_splits_of_tables_are_read_below_one_folder(tmp_path: Path) -> None:
    table(tmp_path, "train.tsv", "1\ta\tx\n")
    with gzip.open(tmp_path / "test.tsv.gz", "wt") as packed:
        packed.write("1\tb\tx\n")
    parts = data.TabularDataset.splits(
        path=tmp_path, train="train.tsv", test="test.tsv.gz", format="tsv", fields=fields_in_order()
    )
    assert [list(part.text) for part in parts] == [[["a"]], [["b"]]]


def test_one_column_may_fill_several_fields_and_an_object_of_json_is_looked_into(tmp_path: Path) -> None:
    words, letters = data.Field(), data.Field(tokenize=list)
    fields = {"a.text": [("words", words), ("letters", letters)], "id": None}
    found = data.TabularDataset(table(tmp_path, "a.json", '{"id": 1, "a": {"text": "x y"}}'), "json", fields=fields)
    assert (found[0].words, found[0].letters) == (["x", "y"], ["x", " ", "y"])


@pytest.mark.parametrize(
    ("act", "error", "told"),
    [
        (lambda p: data.Field(tokenize="spacy"), UsageError, 'found "spacy".*nlp = spacy.blank'),
        (lambda p: data.Field(fixlength=3), TypeError, "fixlength"),
        (lambda p: data.Field().process([["a"]]), UsageError, "no vocabulary yet. Call build_vocab"),
        (lambda p: data.Field().build_vocab(rows_of([1])[0]), UsageError, "the field of no column.*text, number"),
        (lambda p: data.TabularDataset(p / "a", "xml", fields=[]), UsageError, 'found "xml"; known: csv, tsv, json'),
        (lambda p: data.TabularDataset(p / "a", "json", fields=[]), UsageError, "json needs keys"),
        (
            lambda p: data.TabularDataset(p / "a", "csv", fields=fields_by_name(), skip_header=True),
            UsageError,
            "Leave skip_header out",
        ),
        (lambda p: data.TabularDataset(p / "none.csv", "csv", fields=[]), DataError, r"none\.csv: no such file"),
        (
            lambda p: data.TabularDataset(table(p, "a.csv", "1,a,x\n2,b\n"), "csv", fields=fields_in_order()),
            DataError,
            r"a\.csv:2: found 2 columns for 3 fields \(id, text, label\)",
        ),
        (
            lambda p: data.TabularDataset(table(p, "a.csv", "txt,label\nb,x\n"), "csv", fields=fields_by_name()),
            DataError,
            r'a\.csv:2: has no key "text"; known: txt, label\. Did you mean "txt"\?',
        ),
        (
            lambda p: data.TabularDataset(table(p, "a.json", '{"text": 1'), "json", fields=fields_by_name()),
            DataError,
            r"a\.json:1: is not JSON",
        ),
        (
            lambda p: data.TabularDataset(
                table(p, "a.csv", ""), "csv", fields=fields_in_order(), csv_reader_params={"quote": 1}
            ),
            UsageError,
            "csv_reader_params: .*quote",
        ),
        (
            lambda p: data.TabularDataset(
                table(p, "a.csv", '"a"b\n'), "csv", fields=fields_in_order(), csv_reader_params={"strict": True}
            ),
            DataError,
            r"a\.csv: cannot be read as a table",
        ),
        (lambda p: datasets.IMDB.splits(data.Field(), data.LabelField(), root=p), DataError, "nothing is downloaded"),
        (lambda p: datasets.IMDB(p, data.Field(), label_field=data.LabelField()), DataError, "has no reviews"),
        (lambda p: rows_of([1])[0].split(1.0), UsageError, "split_ratio: found 1.0"),
        (lambda p: rows_of([1])[0].split([1, 2, 3, 4]), UsageError, "2 or 3 relative sizes"),
        (lambda p: rows_of([1])[0].split(0.5, random_state=0), UsageError, "random_state: found 0;.*getstate"),
        (
            lambda p: rows_of([1])[0].split(0.5, stratified=True, strata_field="numbr"),
            UsageError,
            'Did you mean "number"',
        ),
        (lambda p: rows_of([1])[0].txt, AttributeError, 'Did you mean "text"'),
        (lambda p: rows_of([1])[0][0].txt, AttributeError, 'Did you mean "text"'),
        (
            lambda p: next(iter(data.Iterator(rows_of([1])[0], 1))).txt,
            AttributeError,
            "it has the fields text, number",
        ),
        (lambda p: data.Iterator(rows_of([1])[0], 0), UsageError, "batch_size: found 0"),
        (lambda p: data.Iterator(rows_of([1])[0], 1, train=False), UsageError, "sort_key: is None.*sort=False"),
        (lambda p: data.Iterator.splits(rows_of([1])[:1]), UsageError, "batch_sizes: found None for 1 datasets"),
        (lambda p: Vectors("glove.6B.50d", p), UsageError, r'found "glove\.6B\.50d".*Nothing is downloaded'),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, act: Callable, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        act(tmp_path)


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("가,x\n".encode("cp949"))
    with pytest.raises(DataError, match=r"a\.csv: is not UTF-8"):
        data.TabularDataset(tmp_path / "a.csv", "csv", fields=fields_by_name())


def test_vectors_stand_in_the_order_of_the_vocabulary_and_missing_ones_are_zero(tmp_path: Path) -> None:
    table(tmp_path, "glove.6B.2d.txt", "b 1 2\na 3 4\nz 5 6\n")
    for vectors in ("glove.6B.2d", tmp_path / "glove.6B.2d.txt", GloVe("6B", 2, cache=tmp_path)):
        field = data.Field()
        wanted = vectors if not isinstance(vectors, Path) else Vectors(vectors)
        field.build_vocab([["a", "a", "b", "c"]], vectors=wanted, vectors_cache=str(tmp_path))
        assert field.vocab.vectors.tolist() == [[0, 0], [0, 0], [3, 4], [1, 2], [0, 0]]
    field.build_vocab([["a", "c"]], vectors=["glove.6B.2d"] * 2, vectors_cache=str(tmp_path), unk_init=torch.ones_like)
    assert field.vocab.vectors.tolist() == [[1] * 4, [1] * 4, [3, 4, 3, 4], [1] * 4]


def test_the_reviews_of_imdb_give_the_vocabulary_of_a_plain_count() -> None:
    if not IMDB_TRAIN.exists():
        pytest.skip(f"no {IMDB_TRAIN}")
    text, label = data.Field(lower=True), data.LabelField()
    fields = {"text": ("text", text), "label": ("label", label)}
    train = data.TabularDataset(IMDB_TRAIN, "tsv", fields=fields, csv_reader_params={"quoting": 3})
    text.build_vocab(train, max_size=1000, min_freq=10)
    label.build_vocab(train)
    with gzip.open(IMDB_TRAIN, "rt", encoding="utf-8", newline="\n") as file:
        header, *lines = [line.rstrip("\n").split("\t") for line in file]
    counts: dict[str, int] = {}
    for line in lines:
        for word in line[header.index("text")].lower().split():
            counts[word] = counts.get(word, 0) + 1
    expected = sorted((word for word, n in counts.items() if n >= 10), key=lambda word: (-counts[word], word))[:1000]
    assert text.vocab.itos == ["<unk>", "<pad>", *expected]
    assert (len(train), sorted(label.vocab.freqs.values())) == (25_000, [12_500, 12_500])
