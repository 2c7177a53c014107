import gzip
import json
import subprocess
import sys

import numpy as np
import polars
import pytest

from seqwise.errors import DataError, UsageError
from seqwise.read import READERS, tables
from seqwise.read.tables import Columns, read_rows, stream_rows

COLUMNS = Columns("text", "label")
ROWS = [
    ("good film", "pos"),
    ('a "fine", long\nstory', "pos"),
    ("나쁜 영화\x85", "neg"),
    ("NA", "neg"),
    ("null", "nan"),
]


def written(tmp_path, content: str | bytes, name="rows.csv"):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def frame(rows=ROWS):
    return polars.DataFrame({"text": [text for text, _ in rows], "label": [label for _, label in rows]})


def in_format(tmp_path, name, rows=ROWS):
    path = tmp_path / name
    if name.endswith("csv"):
        frame(rows).write_csv(path)
    elif name.endswith("tsv"):
        frame(rows).write_csv(path, separator="\t")
    elif name.endswith("jsonl"):
        frame(rows).write_ndjson(path)
    else:
        frame(rows).write_parquet(path)
    return path


@pytest.mark.parametrize("name", ["r.csv", "r.tsv", "r.jsonl", "r.parquet"])
@pytest.mark.parametrize("packed", [False, True])
def test_what_polars_writes_is_read_back(tmp_path, name, packed):
    path = in_format(tmp_path, name)
    if packed:
        path = written(tmp_path, gzip.compress(path.read_bytes()), f"{name}.gz")
    rows, facts = read_rows(path, COLUMNS)
    assert list(zip(rows.texts, rows.labels, strict=True)) == ROWS
    assert (facts.n_rows, facts.n_empty, facts.n_skipped, facts.notes) == (5, 0, 0, ())


def test_rows_know_their_file_and_line(tmp_path):
    rows, _ = read_rows(in_format(tmp_path, "r.csv"), COLUMNS)
    assert rows.lines.tolist() == [2, 3, 5, 6, 7]  # the second row has a line break in its cell
    assert rows.ids[2] == "r.csv:5"
    assert rows.place(2) == f"{tmp_path / 'r.csv'}:5"


def test_blank_lines_are_no_rows_and_are_counted_as_lines(tmp_path):
    rows, _ = read_rows(written(tmp_path, "\ntext,label\r\n\r\na,x\r\n\n\nb,y"), COLUMNS)
    assert (rows.texts, rows.lines.tolist()) == (("a", "b"), [4, 7])


def test_parquet_rows_count_from_one(tmp_path):
    rows, _ = read_rows(in_format(tmp_path, "r.parquet"), COLUMNS)
    assert rows.lines.tolist() == [1, 2, 3, 4, 5]


def test_all_roles_are_read(tmp_path):
    path = written(tmp_path, "k,who,when,text,label\n7,ann,2020-01-01,a,x\n8,bob,2020-01-02,b,y\n")
    rows, _ = read_rows(path, Columns("text", "label", id="k", group="who", time="when"))
    assert (rows.ids, rows.groups, rows.times) == (("7", "8"), ("ann", "bob"), ("2020-01-01", "2020-01-02"))


def test_rows_without_a_label_column_have_no_labels(tmp_path):
    rows, _ = read_rows(written(tmp_path, "text\na\nb\n"), Columns("text"))
    assert (rows.labels, rows.groups, rows.times) == (None, None, None)


def test_carriage_return_inside_a_cell_stays(tmp_path):
    for name, separator in (("r.csv", ","), ("r.tsv", "\t")):
        path = written(tmp_path, f'text{separator}label\r\na\rb{separator}x\r\n"c\r\nd"{separator}y\r\n', name)
        rows, _ = read_rows(path, COLUMNS)
        assert (rows.texts, rows.labels) == (("a\rb", "c\r\nd"), ("x", "y"))


def test_line_ends_of_windows_are_dropped_where_quotes_are_text(tmp_path):
    path = written(tmp_path, 'text\tlabel\r\n"a" b\tx\r\nc\rd\ty\r\n', "r.tsv")
    rows, _ = read_rows(path, COLUMNS)
    assert (rows.texts, rows.labels) == (('"a" b', "c\rd"), ("x", "y"))


def test_cells_of_a_quoted_tsv_file_lose_their_quotes(tmp_path):
    path = written(tmp_path, 'text\tlabel\n"""so"" he said"\tx\na 5" nail\ty\n', "r.tsv")
    rows, facts = read_rows(path, COLUMNS)
    assert (rows.texts, facts.notes) == (('"so" he said', 'a 5" nail'), ())


def test_tsv_file_with_one_loose_quote_is_not_quoted_at_all(tmp_path):
    path = written(tmp_path, 'text\tlabel\n"all"\tx\n"so" he said\ty\n"open\tx\n', "r.tsv")
    rows, facts = read_rows(path, COLUMNS)
    assert rows.texts == ('"all"', '"so" he said', '"open')
    note = "quotation marks are read as text: behind line 2 stands text after a closing quotation mark"
    assert facts.notes == (note,)


def test_tsv_file_is_not_quoted_when_quoting_breaks_the_cells(tmp_path):
    rows, facts = read_rows(written(tmp_path, 'text\tlabel\n"open\tx\nb\ty"\n', "r.tsv"), COLUMNS)
    assert (rows.texts, rows.labels) == (('"open', "b"), ("x", 'y"'))
    assert "with quoting 1 row would not have the header's number of cells, without it fewer" in facts.notes[0]


def test_one_ragged_row_does_not_make_a_quoted_tsv_file_unquoted(tmp_path):
    path = written(tmp_path, 'text\tlabel\n"""so"" he"\tx\nb\nc\ty\n', "r.tsv")
    rows, facts = read_rows(path, COLUMNS, on_bad_row="skip")
    assert (rows.texts, facts.n_skipped) == (('"so" he', "c"), 1)


@pytest.mark.parametrize(
    ("content", "name", "texts"),
    [
        ("text\tlabel\na, b\tx\nc\ty\n", "ratings.txt", ("a, b", "c")),
        ("text,label\na\tb,x\nc,y\n".replace("\t", " "), "rows.txt", ("a b", "c")),
        ('{"text": "a", "label": 1}\n{"text": "b", "label": 2}\n', "rows.data", ("a", "b")),
        ("\ufefftext\tlabel\na\tx\nc\ty\n".encode("utf-16-le"), "rows", ("a", "c")),
        (gzip.compress(b"text\tlabel\na\tx\nc\ty\n", mtime=0), "rows.txt.gz", ("a", "c")),
    ],
)
def test_first_line_tells_the_format_when_the_name_does_not(tmp_path, content, name, texts):
    assert read_rows(written(tmp_path, content, name), COLUMNS)[0].texts == texts


def test_parquet_is_known_by_its_first_bytes(tmp_path):
    path = in_format(tmp_path, "r.parquet").rename(tmp_path / "part-0")
    assert len(read_rows(path, COLUMNS)[0]) == 5


def test_settings_go_before_the_name(tmp_path):
    assert len(read_rows(written(tmp_path, "text\tlabel\na\tx\nb\ty\n"), COLUMNS, format="tsv")[0]) == 2


def test_unknown_format_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match=r'data\.format: found "cvs"; allowed: auto, csv, .* Did you mean "csv"\?'):
        read_rows(written(tmp_path, "text\n"), COLUMNS, format="cvs")


def test_format_that_nothing_tells_is_asked_for(tmp_path):
    with pytest.raises(
        DataError, match=r"neither its name nor its first line tells the format\. Pass data\.format: csv"
    ):
        read_rows(written(tmp_path, "text\na\n", "rows.txt"), Columns("text"))


def test_empty_file_without_a_telling_name_is_told_as_empty(tmp_path):
    with pytest.raises(DataError, match=r"rows\.txt: is empty \(0 bytes\)"):
        read_rows(written(tmp_path, "", "rows.txt"), COLUMNS)


def test_empty_texts_are_kept_out_and_counted(tmp_path):
    path = written(tmp_path, 'text,label\na,x\n,y\n" \u3000",x\nb,y\n')
    rows, facts = read_rows(path, COLUMNS)
    assert (rows.texts, facts.n_rows, facts.n_empty) == (("a", "b"), 2, 2)
    assert facts.notes == ("2 rows with an empty text kept out, the first in line 3",)
    stream = stream_rows(path, COLUMNS, block=1)
    assert len(list(stream)) == 2
    assert stream.facts() == facts


def test_missing_values_of_json_and_parquet_are_empty_texts(tmp_path):
    content = '{"text": null, "label": 1}\n{"text": "a", "label": 1}\n{"text": "b", "label": 2}\n'
    rows, facts = read_rows(written(tmp_path, content, "r.jsonl"), COLUMNS)
    assert (rows.texts, facts.n_empty) == (("a", "b"), 1)
    polars.DataFrame({"text": [None, "a", "b"], "label": [1, 1, 2]}).write_parquet(tmp_path / "r.parquet")
    rows, facts = read_rows(tmp_path / "r.parquet", COLUMNS)
    assert (rows.texts, facts.n_empty) == (("a", "b"), 1)


def test_labels_of_json_and_parquet_are_spelt_alike(tmp_path):
    content = '{"text": "a", "label": true}\n{"text": "b", "label": 3}\n{"text": "c", "label": "x"}\n'
    assert read_rows(written(tmp_path, content, "r.jsonl"), COLUMNS)[0].labels == ("true", "3", "x")
    for values, labels in (([True, False], ("true", "false")), ([3, 4], ("3", "4"))):
        polars.DataFrame({"text": ["a", "b"], "label": values}).write_parquet(tmp_path / "r.parquet")
        assert read_rows(tmp_path / "r.parquet", COLUMNS)[0].labels == labels


def test_categories_and_dates_of_parquet_are_text(tmp_path):
    days = polars.Series(["2020-01-01", "2020-01-02"]).str.to_date()
    table = polars.DataFrame({"text": ["a", "b"], "label": ["x", "y"], "day": days, "who": [1.5, 2.5]})
    table.with_columns(polars.col("label").cast(polars.Categorical)).write_parquet(tmp_path / "r.parquet")
    rows, _ = read_rows(tmp_path / "r.parquet", Columns("text", "label", time="day", group="who"))
    assert (rows.labels, rows.times, rows.groups) == (("x", "y"), ("2020-01-01", "2020-01-02"), ("1.5", "2.5"))


@pytest.mark.parametrize("name", ["r.csv", "r.tsv", "r.jsonl", "r.parquet"])
@pytest.mark.parametrize("block", [1, 2, 3, 8192])
def test_stream_gives_the_same_rows(tmp_path, name, block):
    rows, facts = read_rows(in_format(tmp_path, name, [*ROWS, ("", "pos"), ("end", "neg")]), COLUMNS)
    stream = stream_rows(tmp_path / name, COLUMNS, block=block)
    parts = list(stream)
    assert max(len(part) for part in parts) <= block
    assert tuple(text for part in parts for text in part.texts) == rows.texts
    assert tuple(label for part in parts for label in part.labels) == rows.labels
    assert tuple(name for part in parts for name in part.ids) == rows.ids
    assert np.concatenate([part.lines for part in parts]).tolist() == rows.lines.tolist()
    assert stream.facts() == facts


@pytest.mark.parametrize("name", ["r.csv", "r.tsv", "r.jsonl", "r.parquet"])
def test_stream_reads_files_without_the_label_column(tmp_path, name):
    polars_writers = {"csv": "write_csv", "jsonl": "write_ndjson", "parquet": "write_parquet"}
    table = polars.DataFrame({"text": ["a", "b"], "more": ["1", "2"]})
    if name == "r.tsv":
        table.write_csv(tmp_path / name, separator="\t")
    else:
        vars(polars.DataFrame)[polars_writers[name[2:]]](table, tmp_path / name)
    (rows,) = stream_rows(tmp_path / name, COLUMNS)
    assert (rows.texts, rows.labels) == (("a", "b"), None)


def test_stream_does_not_look_at_labels(tmp_path):
    (rows,) = stream_rows(written(tmp_path, "text,label\na,\nb,x\n"), COLUMNS)
    assert rows.labels == ("", "x")


def test_stream_tells_all_bad_rows_and_gives_nothing_behind_the_first(tmp_path):
    path = written(tmp_path, "text,more\na,1\nb\nc,1\nd,1,1\n")
    stream = stream_rows(path, Columns("text"), block=1)
    assert next(stream).texts == ("a",)
    with pytest.raises(DataError) as caught:
        next(stream)
    assert [problem.where for problem in caught.value.problems] == [f"{path}:3", f"{path}:5"]


def test_stream_leaves_bad_rows_out_when_told_to(tmp_path):
    stream = stream_rows(written(tmp_path, "text,more\na,1\nb\nc,1\n"), Columns("text"), on_bad_row="skip")
    assert [part.texts for part in stream] == [("a", "c")]
    assert stream.facts().n_skipped == 1


@pytest.mark.parametrize("content", ["text\n", 'text,more\n"",1\n'])
def test_stream_without_rows_is_told(tmp_path, content):
    with pytest.raises(DataError, match="has no row"):
        list(stream_rows(written(tmp_path, content), Columns("text")))


def test_stream_with_bad_rows_only_is_told_even_when_they_are_left_out(tmp_path):
    with pytest.raises(DataError, match=r"r\.csv:2: found 1 cell"):
        list(stream_rows(written(tmp_path, "text,more\na\n", "r.csv"), Columns("text"), on_bad_row="skip"))


def test_block_of_no_rows_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match=r"block: found 0; allowed: 1 or more\."):
        stream_rows(written(tmp_path, "text\na\n"), Columns("text"), block=0)


def test_missing_file_is_told_before_the_stream_is_taken(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        stream_rows(tmp_path / "none.csv", Columns("text"))


def test_stream_holds_a_block_not_the_file(tmp_path):
    import tracemalloc

    path = tmp_path / "big.csv"
    with path.open("w") as stream:
        stream.write("text,label\n")
        stream.writelines(f"{i} {'word ' * 40},x\n" for i in range(60_000))  # 12 MB
    tracemalloc.start()
    assert sum(len(rows) for rows in stream_rows(path, COLUMNS, block=256)) == 60_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6_000_000


def test_every_reader_of_the_list_can_be_opened():
    assert list(READERS) == list(tables.OPENERS)
    assert set(tables.ENDINGS.values()) == set(READERS)


def test_room_imports_neither_torch_nor_transformers_nor_pyarrow():
    rooms = "tables splits checkpoints lines encodings"
    code = f"import sys\nfor room in {rooms.split()!r}: __import__('seqwise.read.' + room)\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "transformers", "huggingface_hub", "pyarrow", "polars"} & set(loaded)


def test_big_whole_numbers_keep_their_digits(tmp_path):
    lines = [{"text": "a", "label": 2**70}, {"text": "b", "label": 1}]
    path = written(tmp_path, "\n".join(json.dumps(line) for line in lines), "r.jsonl")
    assert read_rows(path, COLUMNS)[0].labels == (str(2**70), "1")
