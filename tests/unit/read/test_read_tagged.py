"""Readers of tagged files on files by hand: what each format means, and what each fault says."""

import gzip
import json

import pytest

from seqwise.errors import DataError, UsageError
from seqwise.read import TAG_FORMATS
from seqwise.read.tagged import reading
from seqwise.read.tagged.agreement import compare_forms
from seqwise.read.tagged.reading import DEFAULT, Layout, read_tagged
from seqwise.records import Span

KLUE = (
    "## 토큰 구분자 : \\t\n## id-1\t<경찰:OG>은 또\n경\tB-OG\n찰\tI-OG\n은\tO\n \tO\n또\tO\n\n"
    "## id-2\t#1\n#\tO\n1\tO\n\n"
)
KMOU = (
    "## file a.txt\n## 1\n## <2> 서울에_서\n## <<2>:NOH> <서울:LOC>에_서\n"
    "<\t<\tSS\tB-NOH\n2\t2\tSN\tI-NOH\n>\t>\tSS\tI-NOH\n"
    "_\t_\t_\tO\n서울\t서울\tNNP\tB-LOC\n에\t에\tJKB\tO\n_\t_\tSW\tO\n서\t서\tJKB\tO\n\n"
    "## 2\n## # 담긴\n## # 담긴\n#\t#\tSW\tO\n_\t_\t_\tO\n담긴\t담기+ㄴ\tVV+ETM\tO\n\n"
    "## file b.txt\n## 1\n## ## 끝\n## ## <끝:POH>\n##\t##\tSW\tO\n_\t_\t_\tO\n끝\t끝\tNNG\tB-POH\n\n"
)
UNDERSCORES = "\t_" * 8
CONLLU = (
    "# newdoc id = d1\n# sent_id = s1\n# text = I cannot go.\n1\tI\tI\tPRON\tPRP\t_\t0\troot\t_\t_\n"
    "2-3\tcannot\t_\t_\t_\t_\t_\t_\t_\t_\n2\tcan\tcan\tAUX\tMD\t_\t_\t_\t_\t_\n3\tnot\tnot\tPART\tRB\t_\t_\t_\t_\t_\n"
    "3.1\tthen\tthen\tADV\tRB\t_\t_\t_\t_\t_\n4\tgo\tgo\tVERB\tVB\t_\t_\t_\t_\tSpaceAfter=No|NER=B-ACT\n"
    "5\t.\t.\tPUNCT\t.\t_\t_\t_\t_\t_\n\n# sent_id = s2\n# text = zu der\n"
    "1-2\tzur\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No\n1\tzu\t_\tADP\t_\t_\t_\t_\t_\t_\n2\tder\t_\tDET\t_\t_\t_\t_\t_\t_\n"
    "3\t!\t!\tPUNCT\t_\t_\t_\t_\t_\t_\n\n"
)
BIO = "EU\tNNP\tB-ORG\n#\tSYM\tO\nMr\tNNP\tB-PER\nBean\tNNP\tI-PER\n"


def written(tmp_path, content: str | bytes, name="tagged.txt"):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(tmp_path, content, layout=DEFAULT, *, name="tagged.txt", **how):
    return read_tagged(written(tmp_path, content, name), layout, **how)


def only(rows):
    assert len(rows) == 1
    return rows.texts[0], rows.annotations[0]


def surfaces(rows):
    return [
        [(text[span.start : span.end], span.label) for span in annotation.entities]
        for text, annotation in zip(rows.texts, rows.annotations, strict=True)
    ]


def words(rows):
    pairs = zip(rows.texts, rows.annotations, strict=True)
    return [[text[start:end] for start, end in annotation.words] for text, annotation in pairs]


def message(tmp_path, content, layout=DEFAULT, **how):
    with pytest.raises(DataError) as error:
        read(tmp_path, content, layout, **how)
    return str(error.value)


def test_every_format_of_the_table_has_a_parser():
    assert list(TAG_FORMATS) == [*reading.PARSERS, reading.SPACY]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (BIO, "conll"),
        ("a B-X\nb O\n\nc O\n", "conll"),
        (CONLLU, "conllu"),
        (KLUE, "klue"),
        (KMOU, "kmou"),
        ("plain\n<서울:LC>에\n", "inline"),
        ('{"text": "a", "label": []}\n', "spans"),
        ('[\n {"data": {"text": "a"}, "annotations": [{"result": []}]}]', "spans"),
    ],
)
def test_the_first_lines_tell_the_format(tmp_path, content, name):
    found, facts = read(tmp_path, content)
    given, facts_given = read(tmp_path, content, format=name)
    assert (found.texts, found.annotations, facts) == (given.texts, given.annotations, facts_given)


def test_conll_words_are_joined_by_a_space_and_a_hash_is_a_token(tmp_path):
    text, annotation = only(read(tmp_path, BIO)[0])
    assert text == "EU # Mr Bean"
    assert annotation.words == ((0, 2), (3, 4), (5, 7), (8, 12))
    assert annotation.entities == (Span(0, 2, "ORG"), Span(5, 12, "PER"))


def test_a_line_of_one_tab_separates_sentences(tmp_path):
    rows, _ = read(tmp_path, "a\tB-X\n\t\nb\tI-X\n", Layout(scheme="BIO"), on_bad_row="repair", format="conll")
    assert (rows.texts, rows.lines.tolist()) == (("a", "b"), [1, 3])
    assert rows.ids == ("tagged.txt:1", "tagged.txt:3")


def test_conll_columns_are_numbered_from_1(tmp_path):
    text, annotation = only(read(tmp_path, BIO, Layout(token="2", tag="1", scheme="none"))[0])
    assert (text, annotation.tags, annotation.entities) == ("NNP SYM NNP NNP", ("EU", "#", "Mr", "Bean"), ())


def test_conll_documents_are_groups_and_their_lines_are_counted(tmp_path):
    rows, facts = read(tmp_path, f"-DOCSTART- -X- O\n\n{BIO}\n-DOCSTART- -X- O\n\n{BIO}")
    assert rows.groups == ("tagged.txt:1", "tagged.txt:8")
    assert facts.notes == ("lines of -DOCSTART-, skipped: 2, the first in line 1",)


def test_a_token_of_a_blank_or_a_line_separator_is_a_token(tmp_path):
    rows, facts = read(tmp_path, "a\tB-X\n\xa0\tO\n\u2028\tO\nb\x85c\tO\n")
    assert words(rows) == [["a", "\xa0", "\u2028", "b\x85c"]]
    assert facts.notes == ("tokens of blanks alone: 2, the first in line 2",)


def test_conll_rows_with_other_columns_are_told_together(tmp_path):
    told = message(tmp_path, f"{BIO}\nx\tO\n\ny\n\n\tNN\tO\n\nz\tNN\t\n\nz\tNN\tO\tO\n", format="conll")
    assert "tagged.txt:6: found 2 columns (1 row); the first row has 3 columns." in told
    assert "tagged.txt:14: found 4 columns (1 row); the first row has 3 columns." in told
    assert "tagged.txt:8: found 1 column (1 row); a sentence needs a token and a tag a line." in told
    assert 'tagged.txt:10 column "1": found an empty token (1 row).' in told
    assert 'tagged.txt:12 column "3": found an empty tag (1 row).' in told


def test_a_column_that_is_no_number_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r'data\.label: found "ner"; allowed: the number of a column, from 1\.'):
        read(tmp_path, BIO, Layout(tag="ner"), format="conll")
    with pytest.raises(UsageError, match=r'data\.text: found "word"; allowed: the number of a column, from 1\.'):
        read(tmp_path, BIO, Layout(token="word"), format="conll")
    assert "tagged.txt:1: found 3 columns (1 row); column 4 is asked for." in message(tmp_path, BIO, Layout(tag="4"))


def test_conllu_has_the_raw_text_with_ranges_and_without_empty_nodes(tmp_path):
    rows, facts = read(tmp_path, CONLLU)
    assert rows.texts == ("I cannot go.", "zur!")
    assert words(rows) == [["I", "can", "not", "go", "."], ["zur", "zur", "!"]]
    assert rows.annotations[0].tags == ("PRON", "AUX", "PART", "VERB", "PUNCT")
    assert (rows.ids, rows.groups, rows.lines.tolist()) == (("s1", "s2"), ("d1", "d1"), [1, 12])
    assert facts.notes == (
        "empty nodes, skipped: 1, the first in line 4",
        "sentences with a text in which its words do not stand in order, rebuilt from the words: 1, "
        "the first in line 12",
    )


def test_conllu_text_with_more_than_the_words_is_rebuilt(tmp_path):
    rows, facts = read(tmp_path, CONLLU.replace("I cannot go.", "I cannot go. No"))
    assert rows.texts[0] == "I cannot go."
    assert "rebuilt from the words: 2," in facts.notes[1]


def test_conllu_columns_go_by_name_and_entities_by_a_key_of_the_last(tmp_path):
    rows, _ = read(tmp_path, CONLLU, Layout(tag="xpos"))
    assert rows.annotations[0].tags == ("PRP", "MD", "RB", "VB", ".")
    rows, _ = read(tmp_path, CONLLU, Layout(tag="misc:NER"))
    assert surfaces(rows) == [[("go", "ACT")], []]
    with pytest.raises(UsageError, match=r'data\.label: found "pos"; allowed: upos, xpos, lemma'):
        read(tmp_path, CONLLU, Layout(tag="pos"))


def test_conllu_paragraphs_are_groups_in_a_file_without_documents(tmp_path):
    row = "1\ta\ta\tX\t_\t_\t0\troot\t_\t_\n\n"
    rows, _ = read(tmp_path, f"# newpar id = p1\n{row}{row}# newpar\n{row}")
    assert rows.groups == ("p1", "p1", "newpar in line 6")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("1\ta\n", "tagged.txt:1: found 2 columns between TABs (1 row); CoNLL-U has 10."),
        (f"x\ta{UNDERSCORES}\n", 'tagged.txt:1 column "id": found "x" (1 row); an id is 1, 1-2 or 1.1.'),
        (f"1\t{UNDERSCORES}\n", 'tagged.txt:1 column "form": found an empty form (1 row).'),
        (
            f"2\ta{UNDERSCORES}\n",
            'column "id": found "2" (1 row); the words of a sentence count from 1, and this is word 1.',
        ),
    ],
)
def test_conllu_faults_name_their_line(tmp_path, content, told):
    assert told in message(tmp_path, content, format="conllu")


def test_klue_blanks_are_characters_and_a_hash_is_one(tmp_path):
    rows, facts = read(tmp_path, KLUE)
    assert (rows.texts, rows.ids, rows.lines.tolist()) == (("경찰은 또", "#1"), ("id-1", "id-2"), [2, 9])
    assert surfaces(rows) == [[("경찰", "OG")], []]
    assert (words(rows), facts.notes) == ([[], []], ())


def test_klue_spans_are_told_where_the_form_that_was_asked_for_has_them(tmp_path):
    spaced = KLUE.replace("은 또\n", "은< 또:X>\n").replace(" \tO\n또\tO", " \tB-X\n또\tI-X")
    assert 'tagged.txt:6 column "2": sentence "id-1": span 3 to 5 (X) begins' in message(tmp_path, spaced)
    assert 'tagged.txt:2 column "17": sentence "id-1"' in message(tmp_path, spaced, Layout(tag="inline"))
    parted = KLUE.replace(" \tO\n또\tO", " \tO\n또\tB-X")
    assert [str(one) for one in compare_forms(written(tmp_path, parted), format="klue").disagreements] == [
        'line 7 (id-1): "또" (4 to 5, X) in rows and ours, not in inline'
    ]


def test_klue_marks_that_spell_another_text_are_counted(tmp_path):
    rows, facts = read(tmp_path, KLUE.replace("찰:OG>", "찰:OG>관"), Layout(tag="inline"))
    assert facts.notes == ("comments whose marked text is not that of the characters: 1, the first in line 2",)
    assert surfaces(rows) == [[], []]


def test_klue_lines_without_a_tag_are_told(tmp_path):
    assert "tagged.txt:6: found " in message(tmp_path, KLUE.replace(" \tO", " \t"), format="klue")
    told = message(tmp_path, KLUE.replace("은\tO", "은"), format="klue")
    assert 'tagged.txt:5: found "은" (1 row); a line is a character, a TAB and a tag.' in told


@pytest.mark.parametrize("source", ["inline", "rows"])
def test_kmou_entities_are_the_same_by_marks_and_by_rows(tmp_path, source):
    rows, _ = read(tmp_path, KMOU, Layout(tag=source))
    assert rows.texts == ("<2> 서울에_서", "# 담긴", "## 끝")
    assert surfaces(rows) == [[("<2>", "NOH"), ("서울", "LOC")], [], [("끝", "POH")]]
    assert words(rows) == [["<", "2", ">", "서울", "에", "_", "서"], ["#", "담긴"], ["##", "끝"]]
    assert (rows.ids, rows.groups) == (("a.txt:1", "a.txt:2", "b.txt:1"), ("a.txt", "a.txt", "b.txt"))


def test_kmou_rows_that_do_not_spell_the_text_leave_eojeols(tmp_path):
    off = KMOU.replace("담긴\t담기", "담기\t담기")
    rows, facts = read(tmp_path, off)
    assert words(rows)[1] == ["#", "담긴"]
    assert facts.notes[0].startswith("sentences whose rows do not spell the text, so that words are its eojeols: 1, ")
    assert words(read(tmp_path, KMOU.replace("끝\t끝\tNNG\tB-POH\n", ""))[0])[2] == ["##", "끝"]
    told = message(tmp_path, off, Layout(tag="rows"))
    assert "tagged.txt:14: found rows that do not spell the text (1 row)." in told


def test_kmou_faults_name_their_line(tmp_path):
    told = message(
        tmp_path, KMOU.replace("## <<2>", "## <<3>").replace("\tSW\tO\n_\t_\t_\tO\n담", "\tSW\n_\t_\t_\tO\n담")
    )
    assert 'tagged.txt:4 column "6": found a mark (1 row); up to there it spells the raw text of the line above' in told
    assert "tagged.txt:17: found 3 columns (1 row); a row is surface, morpheme, part of speech and tag" in told
    told = message(tmp_path, KMOU.replace("## 2\n", ""))
    assert "tagged.txt:14: found 2 lines that begin with ## and 3 rows (1 row); a sentence has three" in told


def test_inline_marks_take_labels_of_any_length_and_leave_brackets_and_colons_alone(tmp_path):
    rows, _ = read(tmp_path, "<서울:LC>에 <12:30>까지, a < b: <2:00:TIME-X>\n", format="inline")
    assert rows.texts == ("서울에 <12:30>까지, a < b: 2:00",)
    assert surfaces(rows) == [[("서울", "LC"), ("2:00", "TIME-X")]]


@pytest.mark.parametrize("broken", ["<<서울:LC>시:LC>", "서울:LC>에", "<서울:LC 에"])
def test_an_inline_mark_that_is_cut_or_nested_is_told(tmp_path, broken):
    told = message(tmp_path, f"<부산:LC>\n\n{broken}\n", format="inline")
    assert "tagged.txt:3: found " in told
    assert "which is part of no mark (1 row); a mark is <TEXT:LABEL>, and marks do not nest." in told


def test_parallel_files_give_the_text_of_the_plain_one(tmp_path):
    plain = written(tmp_path, "<2> 0.279는\r\n\n서울:LC>\n".encode("cp949"), "plain.txt")
    rows, facts = read(
        tmp_path, "<<2>:NOH> <0.279:PNT>는\n\n<서울:LC>:LC>\n", Layout(plain=str(plain)), format="inline"
    )
    assert rows.texts == ("<2> 0.279는", "서울:LC>")
    assert surfaces(rows) == [[("<2>", "NOH"), ("0.279", "PNT")], [("서울", "LC")]]
    assert (facts.n_empty, rows.lines.tolist()) == (1, [1, 3])
    assert facts.notes[0].startswith(f"plain text from {plain} (cp949, sha256 ")


def test_parallel_files_that_part_are_told(tmp_path):
    plain = written(tmp_path, "서울에\n부산\n", "plain.txt")
    layout = Layout(plain=str(plain))
    told = message(tmp_path, "<서울:LC>이\n부산\n", layout, format="inline")
    assert f'tagged.txt:1 column "8": found another text (1 row); up to there the line spells that of {plain}' in told
    assert f"has 1 lines, and {plain} has 2." in message(tmp_path, "<서울:LC>에\n", layout, format="inline")
    assert f"has 4 lines, and {plain} has 2." in message(tmp_path, "<서울:LC>에\n부산\na\nb\n", layout, format="inline")


DOCCANO = {"id": 7, "text": "a 서울", "label": [[2, 4, "LC"]]}
RELATIONS = {
    "text": "a 서울",
    "entities": [{"id": 1, "start_offset": 2, "end_offset": 4, "label": "LC"}],
    "relations": [],
}
OURS = {"id": "x", "text": "a 서울", "entities": [{"start": 2, "end": 4, "label": "LC"}]}
CHOICE = {"value": {"choices": ["a"]}}
STUDIO = {
    "id": 3,
    "data": {"text": "a 서울"},
    "annotations": [
        {"was_cancelled": True, "result": []},
        {
            "result": [
                {"value": {"start": 2, "end": 4, "text": "서울", "labels": ["LC"]}},
                {"value": {"choices": ["a"]}},
            ]
        },
    ],
}


@pytest.mark.parametrize("record", [DOCCANO, RELATIONS, OURS, STUDIO])
@pytest.mark.parametrize("is_array", [False, True])
def test_spans_of_doccano_label_studio_and_our_own(tmp_path, record, is_array):
    content = json.dumps([record, record], indent=1) if is_array else f"{json.dumps(record)}\n\n{json.dumps(record)}\n"
    rows, _ = read(tmp_path, content)
    assert rows.texts == ("a 서울",) * 2
    assert surfaces(rows) == [[("서울", "LC")]] * 2
    begins = " {" if is_array else "{"
    assert rows.lines.tolist() == [
        line for line, text in enumerate(content.split("\n"), 1) if text == begins or (text and not is_array)
    ]


def test_places_of_a_browser_are_turned_to_characters(tmp_path):
    value = {"start": 3, "end": 5, "text": "서울", "labels": ["LC"]}
    record = {"data": {"text": "😀 서울"}, "annotations": [{"result": [{"value": value}]}]}
    rows, facts = read(tmp_path, json.dumps(record))
    assert only(rows)[1].entities == (Span(2, 4, "LC"),)
    assert facts.notes == ("places in units of UTF-16, turned to characters: 1, the first in line 1",)
    value["text"] = "부산"
    assert 'column "result[0]": found "부산" (1 row); at 3 to 5 the text has "울".' in message(
        tmp_path, json.dumps(record)
    )


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ("{", "tagged.txt:1: found broken JSON at column 2"),
        ('{"label": []}', 'column "text": found no such key (1 row); a text is a string; keys: label.'),
        ('{"text": 3, "label": []}', 'column "text": found 3 (1 row); a text is a string'),
        ('{"text": "a"}', "found no list of entities (1 row); the entities stand in entities, label, labels or spans"),
        ('{"text": "a", "label": [[0, "1", "X"]]}', 'column "label[0]": found [0, \\"1\\", \\"X\\"]'),
        ('{"text": "a", "label": [[0, 1, ""]]}', 'column "label[0]": found'),
        ('{"text": "a", "label": [[true, 1, "X"]]}', 'column "label[0]": found'),
        ('{"data": {"text": "a"}}', 'column "annotations": found a task without an annotation'),
        ('[{"text": "a", "label": []}, 3]', "found 3 (1 row); a record must be a JSON object."),
        ('[{"text": "a", "label": []}', "found broken JSON, and nothing behind it is read"),
        ('{"text": "a", "words": [[0, 2]], "label": []}', 'column "words[0]": found [0, 2]'),
        ('{"text": "a", "words": [[0, 1]], "tags": [3]}', 'column "tags": found 1 tags for 1 words'),
        ('{"text": "a", "words": [[0, 1]], "tags": []}', 'column "tags": found 0 tags for 1 words'),
    ],
)
def test_bad_records_are_told(tmp_path, record, told):
    assert told.replace('\\"', '"') in message(tmp_path, record, format="spans").replace('\\"', '"')


def test_tags_that_break_their_scheme_name_line_sentence_and_the_nearest_tag(tmp_path):
    bad = f"{BIO}\na\tX\tO\nb\tX\tI-PER\nc\tX\tI-ORG\n"
    told = message(tmp_path, bad)
    assert "Mixed or faulty: no scheme fits all sequences; 1 of 2 are not valid in BIO spelt B-PS (first: 1)" in told
    place = 'tagged.txt:7 column "3": sentence of line 6: tag "I-PER" after "O" and before "I-ORG" is not valid in BIO'
    assert place in told
    assert 'Did you mean "B-PER"?' in told
    assert 'tagged.txt:8 column "3"' in told
    rows, facts = read(tmp_path, bad, Layout(scheme="BIO"), on_bad_row="skip")
    assert (len(rows), facts.n_skipped) == (1, 1)
    assert facts.notes[0].startswith("1 sentences with faults left out, the first: ")
    rows, facts = read(tmp_path, bad, Layout(scheme="BIO"), on_bad_row="repair")
    assert surfaces(rows)[1] == [("b", "PER"), ("c", "ORG")]
    assert facts.notes == ("tags that break their scheme, read as conlleval does: 2, the first in line 6",)


def test_mixed_schemes_are_not_guessed(tmp_path):
    told = message(tmp_path, "a\tB-X\nb\tE-X\n\nc\tB-X\nd\tI-X\n\n")
    assert "Mixed or faulty: no scheme fits all sequences" in told
    assert 'Pass data.scheme, for example "BIO"' in told


@pytest.mark.parametrize(
    ("scheme", "content"),
    [
        ("BIO spelt PS_B", "a\tX_B\nb\tX_I\n"),
        ("BIO spelt B_PS", "a\tB_X\nb\tI_X\n"),
        ("BILOU", "a\tB-X\nb\tL-X\n"),
        ("IOB1", "a\tI-X\nb\tI-X\n"),
    ],
)
def test_schemes_are_found_and_can_be_given(tmp_path, scheme, content):
    found, _ = read(tmp_path, content)
    given, _ = read(tmp_path, content, Layout(scheme=scheme))
    assert found.annotations[0].entities == given.annotations[0].entities == (Span(0, 3, "X"),)
    with pytest.raises(UsageError, match=r'data\.scheme: found "BIOS"; allowed: auto, none, .*Did you mean "BIO'):
        read(tmp_path, content, Layout(scheme="BIOS"))


SPANS = '{"id": "s1", "text": "ab cd", "label": [[2, 0, "X"], [3, 9, "X"], [2, 4, "Y"], [2, 3, "Z"]]}\n'


def test_faults_of_spans_are_told_with_line_column_and_repair(tmp_path):
    told = message(tmp_path, SPANS).split("\n")
    assert told[0].startswith("")
    whole = "\n".join(told)
    path = tmp_path / "tagged.txt"
    assert (
        f'{path}:1 column "label[0]": sentence "s1": span 2 to 0 (X) ends before it begins (1 row). Use 0 to 2.'
        in whole
    )
    assert f'{path}:1 column "label[1]": sentence "s1": span 3 to 9 (X) leaves the text of 5 characters' in whole
    assert f'{path}:1 column "label[2]": sentence "s1": span 2 to 4 (Y) begins or ends with a blank' in whole
    assert f'{path}:1 column "label[2]": sentence "s1": span 3 to 4 (Y) overlaps span 3 to 5 (X)' in whole
    assert f'{path}:1 column "label[3]": sentence "s1": span 2 to 3 (Z) holds nothing but blanks' in whole


def test_faults_of_spans_are_repaired_and_counted_when_asked(tmp_path):
    rows, facts = read(tmp_path, SPANS, on_bad_row="repair")
    assert only(rows)[1].entities == (Span(0, 2, "X"), Span(3, 5, "X"))
    assert facts.notes == ("faults of spans, repaired: 5, the first in line 1",)
    with pytest.raises(DataError):
        read(tmp_path, SPANS, on_bad_row="skip")
    told = message(tmp_path, f"{SPANS}3\n", on_bad_row="repair")
    assert told.startswith(f"{tmp_path}/tagged.txt:2: found the whole number 3")


def test_odd_texts_are_kept_as_they_are_and_counted(tmp_path):
    texts = ["각\u200b에", "１２" + "명" * 27, "", "x" * 30, "\u1100\u1161"]
    content = "".join(f"{json.dumps({'id': 'same', 'text': text, 'label': []})}\n" for text in texts)
    rows, facts = read(tmp_path, content, max_characters=29)
    assert rows.texts == ("각\u200b에", "１２" + "명" * 27, "x" * 30, "\u1100\u1161")
    assert (facts.n_rows, facts.n_empty) == (4, 1)
    assert facts.notes == (
        "empty sentences, left out: 1, the first in line 3",
        "sentences with zero-width characters: 1, the first in line 1",
        "sentences with full-width digits: 1, the first in line 2",
        "ids that stand above already: 3, the first in line 2",
        "sentences of more than 29 characters: 1, the first in line 4",
        "sentences not in NFC: 1, the first in line 5",
    )


def test_offsets_in_decomposed_hangul_are_those_of_the_raw_text(tmp_path):
    text, annotation = only(read(tmp_path, "<\u1100\u1161\u11a8:LC>에\n", format="inline")[0])
    assert (text, annotation.entities) == ("\u1100\u1161\u11a8에", (Span(0, 3, "LC"),))


@pytest.mark.parametrize("pack", [lambda data: data, gzip.compress])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_encodings_and_gzip_are_read_as_elsewhere(tmp_path, pack, encoding):
    content = pack(KMOU.replace("\n", "\r\n").encode(encoding))
    rows, _ = read(tmp_path, content)
    assert rows.texts == ("<2> 서울에_서", "# 담긴", "## 끝")


def test_a_nul_and_a_file_without_sentences_are_told(tmp_path):
    assert "found a NUL character" in message(tmp_path, f"{BIO}\na\x00b\tX\tO\n")
    rows, facts = read(tmp_path, f"{BIO}\na\x00b\tX\tO\n", on_bad_row="skip")
    assert (len(rows), rows.groups, facts.n_skipped) == (1, None, 1)
    assert "has no sentence." in message(tmp_path, "\n\n", format="conll")
    assert "its first lines do not tell the format. Pass data.format: conll, conllu" in message(tmp_path, "one\ntwo\n")
    assert "its first lines do not tell the format." in message(tmp_path, "one two\n\nthree\n")
    with pytest.raises(UsageError, match=r'data\.format: found "conl"; .*Did you mean "conll"'):
        read(tmp_path, BIO, format="conl")


def test_forms_that_part_are_listed_with_their_lines(tmp_path):
    content = (
        KMOU.replace("서\t서\tJKB\tO", "서\t서\tJKB\tB-LOC")
        .replace("<끝:POH>", "< 끝:POH>")
        .replace("## ## <", "## ##<")
    )
    found = compare_forms(written(tmp_path, content))
    assert (found.n_sentences, found.n_agreeing) == (3, 1)
    assert found.n_entities == {"inline": 3, "rows": 4, "ours": 3}
    assert [str(one) for one in found.disagreements] == [
        'line 12 (a.txt:1): "서" (8 to 9, LOC) in rows, not in inline and ours',
        'line 24 (b.txt:1): " 끝" (2 to 4, POH) in inline, not in rows and ours',
        'line 27 (b.txt:1): "끝" (3 to 4, POH) in rows and ours, not in inline',
    ]
    broken = compare_forms(written(tmp_path, content.replace("<서울:LOC>", "서울:LOC>")))
    assert (broken.n_sentences, len(broken.faults)) == (2, 1)
