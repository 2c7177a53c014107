"""Counts on real data: those that stand in the data's README, counted there with other code; and the time it takes."""

import csv
import gzip
from pathlib import Path
from time import process_time

import pytest
from check_evidence import calibrated, facts, predictions, rows

from seqwise.check.engine import run_checks
from seqwise.check.texts import repeated
from seqwise.records import Evidence

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"


def nsmc(split):
    with gzip.open(DATA / "nsmc" / f"ratings_{split}.txt.gz", "rt", encoding="utf-8", newline="") as stream:
        table = list(csv.DictReader(stream, delimiter="\t"))
    return rows([row["document"] for row in table], [row["label"] for row in table], file=f"ratings_{split}.txt.gz")


def imdb(split):
    with gzip.open(DATA / "imdb" / f"{split}.tsv.gz", "rt", encoding="utf-8", newline="\n") as stream:
        header, *lines = stream.read().rstrip("\n").split("\n")
    names = header.split("\t")
    cells = [line.split("\t") for line in lines]
    text, label = names.index("text"), names.index("label")
    return rows([row[text] for row in cells], [row[label] for row in cells], file=f"{split}.tsv.gz")


def finding_of(found, title, split):
    (finding,) = (one for one in found if one.title == title and one.evidence["split"] == split)
    return finding


@pytest.mark.skipif(not (DATA / "nsmc").is_dir(), reason="the NSMC files are not here")
def test_nsmcs_duplicates_are_those_of_its_description_and_take_seconds():
    train, test = nsmc("train"), nsmc("test")
    table, _ = calibrated(len(test), 2)
    evidence = Evidence(
        task="classify",
        labels=("0", "1"),
        rows={"train": train, "test": test},
        files=(facts("ratings_train.txt.gz"), facts("ratings_test.txt.gz")),
        predictions={"test": predictions(test.ids, ["0", "1"], table, None)},
    )
    # Processor time, so that a busy machine does not fail the test.
    start = process_time()
    found = run_checks(evidence, silence={})
    elapsed_s = process_time() - start
    across = finding_of(found, "Texts in training and in the scored rows", "test")
    assert (len(train), len(test)) == (150_000, 50_000)
    assert across.evidence["n_identical"] == 1571
    assert "1,571 of them letter for letter" in across.message
    # 158 documents byte for byte; folding case and spaces joins a few more.
    assert 158 <= finding_of(found, "Labels contradict each other", "train").evidence["n_texts"] <= 165
    assert [(one.check, one.level) for one in found if one.level in ("error", "warning")] == [("duplicates", "warning")]
    assert elapsed_s < 15


@pytest.mark.skipif(not (DATA / "imdb").is_dir(), reason="the IMDB files are not here")
def test_imdbs_duplicates_are_those_of_its_description():
    train, test = imdb("train"), imdb("test")
    evidence = Evidence(task="classify", rows={"train": train, "test": test})
    (finding,) = run_checks(evidence, silence={}, only=["GR-EVALONTRAIN"])
    assert (finding.level, finding.evidence["test"]["n"]) == ("pass", 25_000)
    assert finding.evidence["test"]["n_identical"] == 123
    assert (repeated(train.texts), repeated(test.texts)) == (96, 199)
