import json

import polars
import pytest

from seqwise.errors import DataError, UsageError
from seqwise.read.faults import MOST_KEPT, MOST_TOLD, Kind, Ledger, shown
from seqwise.read.file_checks import _n_edits
from seqwise.read.tables import Columns, read_rows

COLUMNS = Columns("text", "label")
KNOWN = ("negative", "positive")


def written(tmp_path, content: str | bytes, name="train.csv"):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def faults(path, columns=COLUMNS, **options) -> list[str]:
    """The message, a line a fault, without the folder."""
    with pytest.raises(DataError) as caught:
        read_rows(path, columns, **options)
    assert caught.value.exit_code == 65
    return str(caught.value).replace(f"{path.parent}/", "").split("\n")


def test_unknown_label_is_told_to_the_letter(tmp_path):
    content = "text,label\n" + "a,positive\nb,negative\n" * 19 + "a,positive\na,positve\n"
    assert faults(written(tmp_path, content), labels=KNOWN) == [
        'train.csv:41 column "label": found "positve" (1 row); known labels: negative, positive. '
        'Did you mean "positive"? Fix the cell, or pass --on-bad-row skip.'
    ]


def test_message_names_the_file_as_it_was_given(tmp_path, monkeypatch):
    written(tmp_path, "text,label\na,positve\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r'^train\.csv:2 column "label": found "positve"'):
        read_rows("train.csv", COLUMNS, labels=KNOWN)


def test_same_wrong_value_is_told_once_with_its_rows_and_first_line(tmp_path):
    content = "text,label\na,positve\nb,unsure\nc,positve\nd,negative\n"
    first, second = faults(written(tmp_path, content), labels=KNOWN)
    assert first.startswith('train.csv:2 column "label": found "positve" (2 rows); known')
    assert second == (
        'train.csv:3 column "label": found "unsure" (1 row); known labels: negative, positive. '
        "Fix the cell, or pass --on-bad-row skip."
    )


def test_at_most_twenty_kinds_are_told(tmp_path):
    content = "text,label\n" + "".join(f"a,wrong {i}\n" for i in range(57))
    told = faults(written(tmp_path, content), labels=KNOWN)
    assert len(told) == MOST_TOLD + 1
    assert told[-1] == "and 37 more."


def test_kinds_past_the_memory_of_the_ledger_are_counted():
    ledger = Ledger("f.csv")
    for line in range(MOST_KEPT + 5):
        ledger.leave_out(Kind(found=f"found {line}"), line)
    assert str(ledger.problems()[-1]) == f"and {MOST_KEPT + 5 - MOST_TOLD:,} more."


def test_all_faults_of_a_pass_are_told_together_in_the_order_of_lines(tmp_path):
    content = 'text,label\na,positve\nb\nc,\nd,x,y\ne\0,positive\nf,negative\n"g,positive\n'
    assert faults(written(tmp_path, content), labels=KNOWN) == [
        'train.csv:2 column "label": found "positve" (1 row); known labels: negative, positive. '
        'Did you mean "positive"? Fix the cell, or pass --on-bad-row skip.',
        "train.csv:3: found 1 cell (1 row); the header has 2. "
        "Quote a cell that holds the separator, or pass --on-bad-row skip.",
        'train.csv:4 column "label": found an empty cell (1 row); every row needs a label. '
        "Fix the cell, or pass --on-bad-row skip.",
        "train.csv:5: found 3 cells (1 row); the header has 2. "
        "Quote a cell that holds the separator, or pass --on-bad-row skip.",
        'train.csv:6 column "text": found a NUL character (1 row). Fix the cell, or pass --on-bad-row skip.',
        "train.csv:8: found a quoted cell that is never closed (1 row). "
        'Quote the cell and write " inside it as "", or pass --on-bad-row skip.',
    ]


def test_blank_label_is_an_empty_one(tmp_path):
    for labels in ((), ("x", "y")):
        (told,) = faults(written(tmp_path, "text,label\na,x\nb, \nc,y\nd,\n"), labels=labels)
        assert told.startswith('train.csv:3 column "label": found an empty cell (2 rows); every row needs a label.')


def test_skip_leaves_bad_rows_out_and_says_so(tmp_path):
    content = "text,label\na,positve\nb\nc,\nd,x,y\ne\0,posi\0tive\nf,negative\ng,positive\n,wrong\n"
    rows, facts = read_rows(written(tmp_path, content), COLUMNS, labels=KNOWN, on_bad_row="skip")
    assert (rows.texts, rows.lines.tolist()) == (("f", "g"), [7, 8])
    assert (facts.n_rows, facts.n_skipped, facts.n_empty) == (2, 5, 1)
    assert facts.notes[0] == "1 row with an empty text kept out, the first in line 9"
    assert facts.notes[1].startswith("5 rows with faults left out, the first: ")
    assert 'train.csv:2 column "label": found "positve" (1 row)' in facts.notes[1]


def test_unclosed_quote_says_how_far_it_reaches(tmp_path):
    content = 'text,label\n"a,positive\nb,negative\nc,positive\n'
    (told,) = faults(written(tmp_path, content))
    assert told.startswith(
        "train.csv:2: found a quoted cell that is never closed, which takes in all lines up to 4 (1 row)"
    )


def test_text_behind_a_closing_quote_is_told_and_the_next_row_read(tmp_path):
    content = 'text,label\n"a" b,positive\nc,unsure\nd,negative\ne,positive\n'
    told = faults(written(tmp_path, content), labels=KNOWN)
    assert told[0].startswith("train.csv:2: found text after a closing quotation mark (1 row). Quote the cell")
    assert told[1].startswith('train.csv:3 column "label": found "unsure"')


def test_cell_longer_than_the_limit_is_told(tmp_path, monkeypatch):
    from seqwise.read import delimited

    monkeypatch.setattr(delimited, "LONGEST_CELL", 0)
    before = delimited.csv.field_size_limit(10)
    try:
        (told, *_) = faults(written(tmp_path, "text,label\naaaaaaaaaaaaaaaa,x\nb,y\n"))
    finally:
        delimited.csv.field_size_limit(before)
    assert told.startswith(
        "train.csv:2: found a cell of more than 67,108,864 characters, so a quotation mark is not closed"
    )


def test_broken_header_is_told(tmp_path):
    (told,) = faults(written(tmp_path, '"text" x,label\na,b\n'))
    assert told.startswith("train.csv:1: found text after a closing quotation mark")


def test_missing_column_names_those_there_and_the_nearest(tmp_path):
    path = written(tmp_path, "id,text,author\n1,a,b\n")
    assert faults(path, Columns("txt", "autor", id="id")) == [
        'train.csv:1: no column "txt"; the columns are: id, text, author. Did you mean "text"? Set data.text.',
        'train.csv:1: no column "autor"; the columns are: id, text, author. Did you mean "author"? Set data.label.',
    ]


def test_long_headers_are_cut_in_messages(tmp_path):
    (told,) = faults(written(tmp_path, ",".join(f"c{i}" for i in range(50)) + "\n"), Columns("text"))
    assert told.endswith("c28, c29 and 20 more. Set data.text.")


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("text\tlabel\na\tb\n", "The line holds tabs: pass data.format tsv."),
        ("text;label\na;b\n", "The line holds semicolons: write commas."),
        ("text,label\ra,b\rc,d\r", "The lines end in carriage returns alone: write line feeds."),
    ],
)
def test_wrong_separator_is_hinted_at(tmp_path, content, hint):
    assert faults(written(tmp_path, content))[-1].endswith(hint)


def test_commas_in_a_tsv_file_are_hinted_at(tmp_path):
    assert faults(written(tmp_path, "text,label\na,b\n", "t.tsv"))[0].endswith(
        "The line holds commas: pass data.format csv."
    )


def test_double_header_names_are_told(tmp_path):
    path = written(tmp_path, "text,label,text,\n1,2,3,4\n")
    assert faults(path) == ['train.csv:1: the header names the column "text" 2 times. Rename all but one.']


@pytest.mark.parametrize(
    ("columns", "key"), [(Columns(""), "data.text: is empty"), (Columns("a", "a"), "data.label: names")]
)
def test_columns_that_cannot_be_meant_are_wrong_usage(tmp_path, columns, key):
    with pytest.raises(UsageError, match=key):
        read_rows(written(tmp_path, "a,b\n1,2\n"), columns)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("text,label\n", "train.csv: has no rows. Give it rows, or set data.text to the right column."),
        ("\n\r\n", "train.csv: holds blank lines only. Give it a header and rows."),
        ("text,label\n,x\n ,y\n", "train.csv: has no row with a text; 2 rows with an empty one. Give it rows, or"),
        ("", "train.csv: is empty (0 bytes). Name a file with a header and rows."),
    ],
)
def test_file_without_rows_is_told(tmp_path, content, told):
    for on_bad_row in ("stop", "skip"):
        (found,) = faults(written(tmp_path, content), on_bad_row=on_bad_row)
        assert found.startswith(told)


def test_file_of_bad_rows_only_tells_them_even_when_they_are_skipped(tmp_path):
    (told,) = faults(written(tmp_path, "text,label\na\nb\n"), on_bad_row="skip")
    assert told.startswith("train.csv:2: found 1 cell (2 rows); the header has 2.")


def test_single_class_is_told(tmp_path):
    for on_bad_row in ("stop", "skip"):
        assert faults(written(tmp_path, "text,label\na,x\nb,x\n"), on_bad_row=on_bad_row) == [
            'train.csv column "label": all 2 rows carry the label "x". '
            "Give rows of at least two labels, or set data.label to the right column."
        ]


def test_single_class_is_told_with_the_bad_rows_unless_they_may_hold_the_other(tmp_path):
    assert len(faults(written(tmp_path, "text,label\na,x\nb,x\nc\n"))) == 2
    assert len(faults(written(tmp_path, "text,label\na,x\nb,x\nc,\n"))) == 1


def test_single_class_is_no_fault_where_the_labels_are_known(tmp_path):
    assert len(read_rows(written(tmp_path, "text,label\na,x\nb,x\n"), COLUMNS, labels=("x", "y"))[0]) == 2


def test_id_with_two_labels_names_both_lines(tmp_path):
    content = "id,text,label\n7,a,x\n8,b,y\n7,a,y\n9,c,x\n9,c,x\n"
    path = written(tmp_path, content)
    columns = Columns("text", "label", id="id")
    assert faults(path, columns) == [
        'train.csv:4 column "id": found "7" again with the label "y" (1 row); line 2 has it with the label "x". '
        "Keep one of them, or pass --on-bad-row skip."
    ]
    rows, facts = read_rows(path, columns, on_bad_row="skip")
    assert (rows.ids, facts.n_skipped, facts.n_rows) == (("8", "9", "9"), 2, 3)


def test_id_with_one_label_is_a_note_only(tmp_path):
    content = "id,text,label\n7,a,x\n8,b,y\n7,a,x\n"
    _, facts = read_rows(written(tmp_path, content), Columns("text", "label", id="id"))
    assert facts.notes == ('1 row with an id of column "id" that stands above already',)


def test_empty_id_group_and_time_are_told(tmp_path):
    content = "id,who,when,text,label\n,ann,1,a,x\n8,,2,b,y\n9,bob,,c,x\n"
    told = faults(written(tmp_path, content), Columns("text", "label", id="id", group="who", time="when"))
    rules = ["every row needs an id", "every row needs a group", "every row needs a time"]
    assert all(rule in line for rule, line in zip(rules, told, strict=True))


def test_cell_that_is_no_time_is_told(tmp_path):
    content = "when,text,label\n2020-01-01,a,x\nsoon,b,y\n2020-13-01,c,x\n2020-02-01,c,y\n"
    path = written(tmp_path, content)
    told = faults(path, Columns("text", "label", time="when"))
    assert told[0] == (
        'train.csv:3 column "when": found "soon" (1 row); this is no time. '
        "Write numbers, or dates as 2024-01-31 or 2024-01-31T12:00:00, or pass --on-bad-row skip."
    )
    assert len(told) == 2
    assert read_rows(path, Columns("text", "label", time="when"), on_bad_row="skip")[1].n_skipped == 2


def test_mixed_times_are_a_fault_of_the_file(tmp_path):
    content = "when,text,label\n2020-01-01,a,x\n17,b,y\n2020-02-01,c,x\n"
    for on_bad_row in ("stop", "skip"):
        assert faults(written(tmp_path, content), Columns("text", "label", time="when"), on_bad_row=on_bad_row) == [
            'train.csv column "when": holds a date in line 2 ("2020-01-01") and a number in line 3 ("17"). '
            "Write all times in one way."
        ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            '{"text": "a", "label": }',
            "train.jsonl:2: found broken JSON at column 24: Expecting value (1 row). Fix the line,",
        ),
        ('{"text": "a"', "train.jsonl:2: found broken JSON at column 13: Expecting ',' delimiter (1 row)."),
        ('["a", "x"]', 'train.jsonl:2: found an array ["a", "x"] (1 row); each line must be one JSON object.'),
        (
            '{"text": "a"}',
            'train.jsonl:2 column "label": found no such key (1 row); the keys there are: text. Set data.label',
        ),
        ("{}", 'train.jsonl:2 column "text": found no such key (1 row); the object is empty.'),
        (
            '{"text": 5, "label": 1}',
            'train.jsonl:2 column "text": found the whole number 5 (1 row); a text must be a string.',
        ),
        ('{"text": ["a"], "label": 1}', 'train.jsonl:2 column "text": found an array ["a"] (1 row); a text must'),
        (
            '{"text": "a", "label": 1.0}',
            'train.jsonl:2 column "label": found the number with a decimal point 1.0 (1 row); '
            "a label must be a string, a whole number, or true or false. Fix the value, or pass --on-bad-row skip.",
        ),
        ('{"text": "a", "label": {"b": 1}}', 'train.jsonl:2 column "label": found an object {"b": 1} (1 row); a label'),
        (
            '{"text": "a", "label": null}',
            'train.jsonl:2 column "label": found an empty cell (1 row); every row needs a label',
        ),
        (
            '{"text": "a\\ud83d", "label": 1}',
            'train.jsonl:2 column "text": found a lone surrogate (1 row); half of a character that UTF-16 writes in '
            "two parts cannot be written as UTF-8. Fix the cell",
        ),
        ('{"text": "a\\u0000", "label": 1}', 'train.jsonl:2 column "text": found a NUL character (1 row).'),
        ("[" * 100_000, "train.jsonl:2: found JSON that cannot be read: maximum recursion depth"),
        (
            '{"text": "a", "label": ' + "9" * 5000 + "}",
            "train.jsonl:2: found JSON that cannot be read: Exceeds the limit",
        ),
    ],
)
def test_bad_line_of_json_is_told(tmp_path, line, told):
    content = f'{{"text": "b", "label": "x"}}\n{line}\n{{"text": "c", "label": "y"}}\n'
    path = written(tmp_path, content, "train.jsonl")
    (found,) = faults(path)
    assert found.startswith(told)
    rows, facts = read_rows(path, COLUMNS, on_bad_row="skip")
    assert (rows.texts, facts.n_skipped) == (("b", "c"), 1)


def test_pair_of_surrogates_is_one_character(tmp_path):
    content = '{"text": "\\ud83d\\ude00", "label": 1}\n{"text": "b", "label": 2}\n'
    assert read_rows(written(tmp_path, content, "t.jsonl"), COLUMNS)[0].texts[0] == "\U0001f600"


def test_ids_and_groups_of_json_have_their_types(tmp_path):
    line = {"text": "a", "label": "x", "k": 1.5, "who": True, "when": [1]}
    path = written(tmp_path, json.dumps(line), "t.jsonl")
    assert "an id must be a string or a whole number" in faults(path, Columns("text", "label", id="k"))[0]
    assert "a group must be a string or a number" in faults(path, Columns("text", "label", group="who"))[0]
    assert "a time must be a string or a number" in faults(path, Columns("text", "label", time="when"))[0]


def test_misspelt_key_names_the_nearest(tmp_path):
    content = '{"text": "a", "lable": 1}\n' * 3
    (told,) = faults(written(tmp_path, content, "train.jsonl"))
    assert told == (
        'train.jsonl:1 column "label": found no such key (3 rows); the keys there are: text, lable. '
        'Did you mean "lable"? Set data.label, or add the key, or pass --on-bad-row skip.'
    )


def test_json_array_is_told(tmp_path):
    (told,) = faults(written(tmp_path, '[\n{"text": "a", "label": 1}\n]', "train.json"))
    assert told.startswith("train.json: holds a JSON array, not one object a line. Write one object a line")


def test_wrong_types_of_parquet_are_told_together(tmp_path):
    table = polars.DataFrame(
        {"text": [1, 2], "label": [1.0, 0.0], "k": [1.5, 2.5], "who": [True, False], "when": [[1], [2]]}
    )
    table.write_parquet(tmp_path / "t.parquet")
    told = faults(tmp_path / "t.parquet", Columns("text", "label", id="k", group="who", time="when"))
    assert told == [
        't.parquet column "text": holds int64; a text must be a string. Cast the column.',
        't.parquet column "label": holds double; a label must be a string, a whole number, or true or false. '
        "Cast the column, for example to int64.",
        't.parquet column "k": holds double; an id must be a string or a whole number. Cast the column.',
        't.parquet column "who": holds bool; a group must be a string or a number. Cast the column.',
        't.parquet column "when": holds large_list<element: int64>; a time must be a string, a date, a time stamp or a '
        "number. Cast the column.",
    ]


def test_missing_column_of_parquet_is_told(tmp_path):
    polars.DataFrame({"text": ["a"], "lable": ["x"]}).write_parquet(tmp_path / "t.parquet")
    (told,) = faults(tmp_path / "t.parquet")
    assert told == 't.parquet: no column "label"; the columns are: text, lable. Did you mean "lable"? Set data.label.'


@pytest.mark.parametrize("harm", ["cut", "middle", "empty", "csv"])
def test_broken_parquet_is_told(tmp_path, harm):
    path = tmp_path / "t.parquet"
    texts = [f"text {i}" for i in range(500)]
    polars.DataFrame({"text": texts, "label": ["x", "y"] * 250}).write_parquet(path)
    whole = path.read_bytes()
    middle = whole[:40] + bytes(255 - byte for byte in whole[40:400]) + whole[400:]
    path.write_bytes({"cut": whole[:-30], "middle": middle, "empty": b"", "csv": b"text,label\na,b\n"}[harm])
    (told,) = faults(path)
    assert told.startswith(
        "t.parquet: is empty (0 bytes)" if harm == "empty" else "t.parquet: is not a whole Parquet file ("
    )


@pytest.mark.parametrize(
    ("rare", "frequent", "is_told"),
    [
        ("positve", "positive", True),
        ("Positive", "positive", True),
        ("positive ", "positive", True),
        ("postiive", "positive", True),
        ("n", "N", True),
        ("positive", "negative", False),
        ("1", "0", False),
        ("class1", "class2", False),
        ("E", "D", False),
        ("긍정", "부정", False),
        ("male", "female", False),
    ],
)
def test_rare_label_near_a_frequent_one_is_told(tmp_path, rare, frequent, is_told):
    content = "text,label\n" + f"a,{frequent}\nb,something else\n" * 10 + f"c,{rare}\n"
    path = written(tmp_path, content)
    if not is_told:
        assert len(read_rows(path, COLUMNS)[0]) == 21
        return
    assert faults(path) == [
        f'train.csv:22 column "label": found "{rare}" (1 row); probably misspelt: "{frequent}" is frequent. '
        f'Did you mean "{frequent}"? Fix the cell, list it in data.labels if it is meant, or pass --on-bad-row skip.'
    ]
    assert read_rows(path, COLUMNS, on_bad_row="skip")[1].n_skipped == 1
    assert read_rows(path, COLUMNS, labels=(rare, frequent, "something else"))[1].n_skipped == 0


def test_few_rows_or_frequent_spellings_are_no_misspelling(tmp_path):
    few = "text,label\n" + "a,positive\n" * 10 + "b,positve\n"
    assert len(read_rows(written(tmp_path, few), COLUMNS)[0]) == 11
    often = "text,label\n" + "a,positive\n" * 20 + "b,Positive\n" * 3
    assert read_rows(written(tmp_path, often), COLUMNS)[1].notes == (
        'labels that differ only by case or blanks: "Positive" and "positive"',
    )


def test_many_labels_are_compared_in_reasonable_time(tmp_path):
    rare = "".join(f"a,one of many {chr(97 + i % 26)}{i}\n" for i in range(2000))
    frequent = "".join(f"a,frequent {chr(97 + i)}\n" * 20 for i in range(26))
    assert len(read_rows(written(tmp_path, f"text,label\n{rare}{frequent}"), COLUMNS)[0]) == 2520


@pytest.mark.parametrize(
    ("left", "right", "n"),
    [("", "abc", 3), ("kitten", "sitting", 3), ("abcd", "abdc", 1), ("ca", "abc", 3), ("a", "a", 0)],
)
def test_edits_are_those_of_the_literature(left, right, n):
    # kitten/sitting: Levenshtein 1966; ca/abc: optimal string alignment gives 3, unrestricted Damerau 2 (Boytsov 2011).
    assert _n_edits(left, right) == n


def test_shown_values_are_short_and_printable():
    assert shown("a\tb\nc\x07한") == '"a\\tb\\nc\\x07한"'
    assert len(shown("x" * 500)) == 62


def test_known_labels_of_a_large_set_are_cut(tmp_path):
    labels = tuple(f"label {i:03}" for i in range(100))
    (told,) = faults(written(tmp_path, "text,label\na,wrong\n"), labels=labels)
    assert "known labels: label 000, label 001," in told
    assert "label 019 and 80 more." in told
