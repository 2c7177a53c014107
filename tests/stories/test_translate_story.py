"""From pairs of texts to a run folder, texts in files, scores, a report, and errors that say what to do."""

import json
import os
import shutil
import signal

import numpy as np
import polars as pl
import pytest
import sacrebleu

from seqwise import Translator
from seqwise.cli import main
from seqwise.errors import DataError
from seqwise.examples.dates import date_pairs
from seqwise.train import loop

SETTINGS = """
task = "translate"
[data]
train = "train.{date,iso}"
validation = "validation.{date,iso}"
test = "test.{date,iso}"
[prepare]
tokens = "character"
max_length = 40
[encoder]
name = "recurrent"
cell = "gru"
embedding = 32
hidden = 32
dropout = 0.0
[head]
cell = "gru"
attention = "general"
hidden = 64
layers = 1
dropout = 0.0
beam = 3
[training]
epochs = 12
batch_size = 16
learning_rate = 1e-2
[evaluate]
bleu_words = "char"
samples = 200
[runtime]
threads = 1
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("translate")
    for seed, (name, n) in enumerate((("train", 500), ("validation", 60), ("test", 60))):
        sources, targets = date_pairs(n, seed=seed)
        (where / f"{name}.date").write_text("\n".join(sources) + "\n", encoding="utf-8")
        (where / f"{name}.iso").write_text("\n".join(targets) + "\n", encoding="utf-8")
    (where / "dates.toml").write_text(SETTINGS, encoding="utf-8")
    assert main(["fit", str(where / "dates.toml"), "--out", str(where / "run")]) == 0
    return where


def scores_of(folder):
    return json.loads((folder / "run" / "scores.json").read_text(encoding="utf-8"))["splits"]


def test_two_runs_are_compared_on_the_same_sentences(folder, capsys):
    less = ["--set", "training.epochs=2", "--set", "head.beam=1"]
    assert main(["fit", str(folder / "dates.toml"), "--out", str(folder / "less"), *less]) == 0
    capsys.readouterr()
    assert main(["compare", str(folder / "less"), str(folder / "run"), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["comparisons"]
    scores = [
        sacrebleu.corpus_bleu(table["prediction"].to_list(), [table["truth"].to_list()], tokenize="char").score
        for table in (pl.read_parquet(folder / name / "predictions" / "test.parquet") for name in ("run", "less"))
    ]
    assert (found["split"], found["metric"], found["mcnemar"]) == ("test", "bleu", None)
    assert found["difference"]["value"] == pytest.approx(scores[0] - scores[1])
    assert 0 < found["difference"]["low"] < found["difference"]["value"] < found["difference"]["high"]
    shutil.copytree(folder / "run", folder / "words")  # the same texts, of a run that would cut them otherwise
    settings = folder / "words" / "settings.toml"
    settings.write_text(settings.read_text("utf-8").replace('bleu_words = "char"', 'bleu_words = "13a"'), "utf-8")
    assert main(["compare", str(folder / "run"), str(folder / "words")]) == 0
    assert "0.0000 [0.0000, 0.0000]" in capsys.readouterr().out
    shutil.copytree(folder / "less", folder / "torn")
    pl.DataFrame({"id": ["a"]}).write_parquet(folder / "torn" / "predictions" / "test.parquet")
    assert main(["compare", str(folder / "torn"), str(folder / "run")]) == 65
    assert "these are no translations" in capsys.readouterr().err


def test_the_scores_are_those_of_the_texts_in_the_folder(folder):
    table = pl.read_parquet(folder / "run" / "predictions" / "test.parquet")
    assert table.columns == [
        *("id", "source", "truth", "prediction", "log_probability", "has_ended", "truth_loss", "truth_tokens"),
    ]
    found = scores_of(folder)["test"]
    texts, truth = table["prediction"].to_list(), table["truth"].to_list()
    expected = sacrebleu.corpus_bleu(texts, [truth], tokenize="char").score
    assert found["metrics"]["bleu"]["value"] == pytest.approx(expected)
    assert found["metrics"]["chrf"]["value"] == pytest.approx(sacrebleu.corpus_chrf(texts, [truth]).score)
    perplexity = np.exp(table["truth_loss"].sum() / table["truth_tokens"].sum())
    assert found["metrics"]["perplexity"]["value"] == pytest.approx(perplexity)
    assert (table["truth_tokens"] == 11).all()  # ten characters and the end


def test_the_model_is_better_than_every_baseline_where_the_order_is_another(folder):
    test = scores_of(folder)["test"]
    assert set(test["baselines"]) == {"copy_source", "translation_memory", "word_by_word"}
    assert test["verdict"]["metric"] == "bleu"
    assert test["verdict"]["better"]
    assert test["verdict"]["difference"] > 10


def test_no_finding_speaks_of_labels(folder):
    findings = json.loads((folder / "run" / "findings.json").read_text(encoding="utf-8"))
    assert not [finding for finding in findings if finding["level"] == "error"]
    assert "GR-LABELSPACE" not in {name for finding in findings for name in finding["ids"]}


def test_texts_are_written_into_files_as_they_are_told(folder, capsys):
    asked, run = folder / "test.date", folder / "run"
    known = pl.read_parquet(run / "predictions" / "test.parquet")["prediction"].to_list()
    for ending in ("txt", "csv", "jsonl", "parquet"):
        assert main(["predict", str(run), str(asked), "--out", str(folder / f"out.{ending}")]) == 0
    assert (folder / "out.txt").read_text(encoding="utf-8").splitlines() == known
    assert pl.read_csv(folder / "out.csv")["prediction"].to_list() == known
    assert pl.read_parquet(folder / "out.parquet")["prediction"].to_list() == known
    capsys.readouterr()
    assert main(["predict", str(run), str(folder / "test.{date,iso}")]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "id,source,prediction,log_probability,has_ended"


def test_evaluate_scores_new_pairs_as_fit_did(folder, capsys):
    assert main(["--json", "evaluate", str(folder / "run"), str(folder / "test.{date,iso}")]) == 0
    (found,) = json.loads(capsys.readouterr().out)["scores"]["splits"].values()
    expected = scores_of(folder)["test"]["metrics"]
    for name, interval in found["metrics"].items():
        assert interval["value"] == pytest.approx(expected[name]["value"], rel=1e-6)


def test_evaluating_the_training_pairs_is_told(folder, capsys):
    assert main(["evaluate", str(folder / "run"), str(folder / "train.{date,iso}")]) == 0
    assert "GR-EVALONTRAIN" in capsys.readouterr().out


def test_the_report_shows_texts_signature_and_attention(folder):
    page = (folder / "run" / "report.html").read_text(encoding="utf-8")
    assert 'id="translations"' in page
    assert "tok:char" in page
    assert page.count("rotate(-90)") > 10
    details = json.loads((folder / "run" / "details.json").read_text(encoding="utf-8"))["translation"]
    for one in details["attention"]:
        assert np.allclose(np.sum(one["weights"], axis=1), 1.0, atol=1e-2)
    worst = [row["chrf"] for row in details["worst"]]
    assert worst == sorted(worst)
    assert main(["--lang", "ko", "report", str(folder / "run")]) == 0
    assert "번역" in (folder / "run" / "report.html").read_text(encoding="utf-8")


def test_a_stopped_run_goes_on_to_the_same_texts(folder, tmp_path, monkeypatch):
    shutil.copytree(folder, tmp_path / "again", ignore=shutil.ignore_patterns("run", ".cache", "out.*"))
    settings = tmp_path / "again" / "dates.toml"
    short = ["--set", "training.epochs=2", "--set", "training.checkpoint_s=0", "--set", "head.teacher_forcing=0.5"]
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert main(["fit", str(settings), "--out", str(whole), *short]) == 0
    update, count = loop._update, [0]

    def stopping(*arguments):
        count[0] += 1
        if count[0] == 40:
            os.kill(os.getpid(), signal.SIGINT)
        return update(*arguments)

    monkeypatch.setattr(loop, "_update", stopping)
    assert main(["fit", str(settings), "--out", str(parts), *short]) == 75
    assert main(["fit", str(settings), "--out", str(parts), "--resume", *short]) == 0
    one, other = (pl.read_parquet(run / "predictions" / "test.parquet") for run in (whole, parts))
    assert one.equals(other)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--train", "nowhere.{date,iso}"], 65, "nowhere.date"),
        (["--train", "train.date"], 65, 'no column "source"'),
        (["--train", "train.{date,iso}", "--set", 'evaluate.baselines=["majority"]'], 64, "copy_source"),
        (["--train", "train.{date,iso}", "--set", "training.stop_on=accuracy"], 64, "bleu, chrf, perplexity"),
        (["--train", "train.{date,iso}", "--set", "head.name=label"], 64, 'the head of the task translate is "text"'),
        (["--train", "train.{date,iso}", "--unit", "who"], 64, "--unit"),
    ],
)
def test_wrong_usage_is_told(folder, monkeypatch, capsys, arguments, code, told):
    monkeypatch.chdir(folder)
    assert main(["fit", "--task", "translate", "--out", "other", *arguments]) == code
    assert told in capsys.readouterr().err
    assert not (folder / "other").exists()


def test_the_estimator_goes_the_same_road():
    sources, targets = date_pairs(80)
    head = {"cell": "gru", "hidden": 16, "layers": 1, "attention": "bahdanau"}
    settings = {"head": head, "encoder": {"name": "recurrent", "hidden": 8, "embedding": 8}, "runtime": {"threads": 1}}
    translator = Translator(encoder="recurrent", tokens="character", epochs=1, settings=settings).fit(sources, targets)
    texts = translator.predict(sources[:5])
    assert texts == [translator.predict([source])[0] for source in sources[:5]]
    assert translator.predict([]) == []
    assert translator.score(sources, targets) == pytest.approx(
        sacrebleu.corpus_bleu(translator.predict(sources), [targets]).score
    )
    assert {finding.check for finding in translator.findings_} >= {"baseline"}
    for wrong in (["one", " "], ["one", 2], "one"):
        with pytest.raises(DataError):
            translator.predict(wrong)
    with pytest.raises(DataError, match="1 texts for 2 sources"):
        translator.score(["a", "b"], ["c"])


def test_other_verbs_know_the_task(folder, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(folder)
    assert main(["init", "translate", "--out", str(tmp_path / "new.toml")]) == 0
    assert 'train = "train.{de,en}"' in (tmp_path / "new.toml").read_text(encoding="utf-8")
    assert main(["check", "dates.toml"]) == 0
    assert main(["check", "run"]) == 0
    assert "GR-LABELSPACE" not in capsys.readouterr().out
    assert main(["compare", "dates.toml", "--imbalance", "--seeds", "1", "--out", str(tmp_path / "out")]) == 64
    assert "texts, which have no labels" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_table_is_read_as_a_table_and_blank_lines_are_told(folder, capsys):
    table, lines = folder / "new.csv", folder / "new.date"
    table.write_text("id,source,target\na,5. Mai 2021,2021-05-05\n", encoding="utf-8")
    assert main(["predict", str(folder / "run"), str(table), "--out", str(folder / "new.jsonl")]) == 0
    (told,) = (folder / "new.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(told)["source"] == "5. Mai 2021"
    lines.write_text("5. Mai 2021\n\n6. Mai 2021\n", encoding="utf-8")
    assert main(["predict", str(folder / "run"), str(lines), "--out", str(folder / "new.txt")]) == 0
    assert "1 blank lines have no answer, the first is line 2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("training.focal=2.0", "training.focal: is for labels"),
        ("training.class_weights=balanced", "training.class_weights: is for labels"),
        ("prepare.tokens=morpheme", "cannot be joined to a text again"),
        ("evaluate.verdict_on=perplexity", "which no baseline has"),
        ("data.format=idx", "the task translate reads"),
    ],
)
def test_settings_that_texts_have_not_are_told(folder, monkeypatch, capsys, change, told):
    monkeypatch.chdir(folder)
    assert main(["fit", "dates.toml", "--out", "other", "--set", change]) == 64
    assert told in capsys.readouterr().err


def test_frozen_layers_can_be_trained_above(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(folder)
    changes = ["--set", "training.freeze=all", "--set", "training.epochs=1"]
    assert main(["fit", "dates.toml", "--out", str(tmp_path / "frozen"), *changes]) == 0
