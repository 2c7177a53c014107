"""Whatever a table holds, reading gives it back; however rows are divided, each stands on one side once."""

import csv
import json

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqwise.read.hold_out import Draw, hold_out
from seqwise.read.tables import Columns, read_rows, stream_rows
from seqwise.records import Rows

COLUMNS = Columns("text", "label")
CHARACTERS = st.one_of(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"), st.sampled_from("\r\n\t,\"' \x85\u2028\ufeff")
)
TEXTS = st.text(CHARACTERS, min_size=1).filter(lambda text: bool(text.strip()))
TABLES = st.lists(st.tuples(TEXTS, st.sampled_from(["x", "y"])), min_size=1, max_size=8)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def check_read_back(path, table):
    rows, _ = read_rows(path, COLUMNS, labels=("x", "y"))
    assert list(zip(rows.texts, rows.labels, strict=True)) == table
    parts = list(stream_rows(path, COLUMNS, block=3))
    assert tuple(text for part in parts for text in part.texts) == rows.texts
    assert np.concatenate([part.lines for part in parts]).tolist() == rows.lines.tolist()


@QUICK
@given(TABLES, st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_any_csv_is_read_back(tmp_path, table, line_end, quoting):
    path = tmp_path / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator=line_end, quoting=quoting)
        writer.writerows([("text", "label"), *table])
    check_read_back(path, table)


@QUICK
@given(TABLES)
def test_any_quoted_tsv_is_read_back(tmp_path, table):
    path = tmp_path / "t.tsv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter="\t", quoting=csv.QUOTE_ALL).writerows([("text", "label"), *table])
    check_read_back(path, table)


@QUICK
@given(TABLES, st.booleans())
def test_any_jsonl_is_read_back(tmp_path, table, ensure_ascii):
    path = tmp_path / "t.jsonl"
    lines = [json.dumps({"text": text, "label": label}, ensure_ascii=ensure_ascii) for text, label in table]
    path.write_text("\n".join(lines), encoding="utf-8", newline="")
    check_read_back(path, table)


@QUICK
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("pqrs")), min_size=2, max_size=60),
    st.floats(0.01, 0.99),
    st.integers(0, 2**31 - 1),
    st.sampled_from(["random", "stratified", "grouped", "time"]),
)
def test_held_out_rows_and_the_rest_are_all_rows_once(pairs, share, seed, how):
    labels, groups = zip(*pairs, strict=True)
    n = len(pairs)
    if (how == "grouped" and len(set(groups)) < 2) or (how == "stratified" and len(set(labels)) == n):
        return
    rows = Rows(
        ids=tuple(map(str, range(n))),
        texts=("t",) * n,
        files=("f.csv",),
        file_of=np.zeros(n, dtype=np.int64),
        lines=np.arange(n),
        labels=labels,
        groups=groups,
        times=tuple(str(i * 37 % 11) for i in range(n)),
    )
    held = hold_out(rows, how, draw=Draw(name="test", share=share, seed=seed, stream=1))
    rest = held.rest(n)
    assert sorted([*held.rows.tolist(), *rest.tolist()]) == list(range(n))
    assert len(held.rows)
    assert len(rest)
    if how == "grouped":
        assert not set(rows.take(held.rows).groups) & set(rows.take(rest).groups)
    if how == "stratified":
        assert set(rows.take(rest).labels) == set(labels)
    if how in ("random", "time"):
        assert len(held.rows) == min(max(1, int(share * n + 0.5)), n - 1)
