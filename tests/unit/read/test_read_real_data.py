"""Counts are those of the data's own README, and of a second reader (polars)."""

from collections import Counter
from pathlib import Path

import polars
import pytest

from seqwise.read.tables import Columns, read_rows, stream_rows

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real data in {DATA}")

NSMC = Columns("document", "label", id="id")
IMDB = Columns("text", "label", id="split_id")
SPOOKY = Columns("text", "author", id="id")


def test_nsmc_has_all_but_its_empty_rows():
    rows, facts = read_rows(DATA / "nsmc" / "ratings_train.txt.gz", NSMC)
    assert (len(rows), facts.n_empty, facts.n_skipped) == (149_995, 5, 0)
    assert Counter(rows.labels) == {"0": 75_173 - 3, "1": 74_827 - 2}  # three of the empty ones are negative
    second = polars.read_csv(
        DATA / "nsmc" / "ratings_train.txt.gz", separator="\t", schema_overrides={"id": str, "label": str}
    ).drop_nulls("document")
    assert rows.ids == tuple(second["id"])
    assert rows.texts == tuple(second["document"])


def test_imdb_is_read_without_quoting():
    rows, facts = read_rows(DATA / "imdb" / "train.tsv.gz", IMDB)
    assert (len(rows), facts.n_empty, facts.n_skipped) == (25_000, 0, 0)
    assert Counter(rows.labels) == {"0": 12_500, "1": 12_500}
    assert facts.notes[0].startswith("quotation marks are read as text")
    assert sum(text.startswith('"') for text in rows.texts) == 546  # zcat train.tsv.gz | grep -cP '\t"'
    assert any("\x85" in text for text in rows.texts)


def test_spooky_equals_a_second_reader():
    rows, facts = read_rows(DATA / "spooky" / "train.csv", SPOOKY)
    second = polars.read_csv(DATA / "spooky" / "train.csv")
    assert (len(rows), facts.n_bytes) == (16_000, (DATA / "spooky" / "train.csv").stat().st_size)
    assert rows.texts == tuple(second["text"])
    assert rows.labels == tuple(second["author"])


def test_test_rows_without_labels_are_streamed():
    assert sum(len(rows) for rows in stream_rows(DATA / "spooky" / "test.csv", SPOOKY)) == 8_392
