"""From a small CoNLL file to a run of the task tag, and from the run to answers in every format."""

import io
import json
import random
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from seqwise import checking, predicting, workflow
from seqwise.cli import main
from seqwise.errors import DataError, UsageError
from seqwise.read.tagged.reading import Layout, read_tagged
from seqwise.report.load import read_run
from seqwise.settings.reading import settings_from_tables
from seqwise.workflow import FitOptions

PEOPLE, PLACES = ("Kim", "Lee", "Ann Park", "Bo Choi"), ("Seoul", "Busan", "New York")
NEW = ["Kim lives in Busan .", "it rained", "the road to New York is long", "Bo Choi and Lee met in Seoul"]


def sentence(rng: random.Random) -> list[tuple[str, str, str]]:
    person, other, place = rng.choice(PEOPLE), rng.choice(PEOPLE), rng.choice(PLACES)
    parts = rng.choice(
        [
            [(person, "PS"), ("lives in", ""), (place, "LC"), (".", "")],
            [("the road to", ""), (place, "LC"), ("is long", "")],
            [(person, "PS"), ("and", ""), (other, "PS"), ("met in", ""), (place, "LC")],
            [("it rained", "")],
        ]
    )
    return [
        (word, "NAME" if label else "REST", f"{'I' if i else 'B'}-{label}" if label else "O")
        for text, label in parts
        for i, word in enumerate(text.split())
    ]


def write(path: Path, n: int, *, seed: int) -> Path:
    rng = random.Random(seed)
    lines = ["".join("\t".join(word) + "\n" for word in sentence(rng)) + "\n" for _ in range(n)]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def fit(folder: Path, name: str, **data: str) -> None:
    tables: dict[str, object] = {
        "task": "tag",
        "data": {"train": str(folder / "train.conll"), "test": str(folder / "test.conll"), "validation": 0.2, **data},
        "prepare": {"min_freq": 1},
        "encoder": {"name": "window"},
        "training": {"epochs": 3, "learning_rate": 0.01, "batch_size": 16},
        "evaluate": {"samples": 100, "temperature": False},
    }
    workflow.fit(settings_from_tables(tables, origin="test"), folder / name, options=FitOptions(is_quiet=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tags")
    write(folder / "train.conll", 120, seed=0)
    write(folder / "test.conll", 20, seed=1)
    (folder / "new.txt").write_text("\n".join(NEW) + "\n", encoding="utf-8")
    fit(folder, "run")
    fit(folder, "words", label="2", scheme="none")
    return folder


def answers(folder: Path, source: str, *, run: str = "run", ending: str = ".jsonl") -> Path:
    out = folder / f"answers-{run}-{source}{ending}"
    predicting.predict(folder / run, str(folder / source), out=out)
    return out


def records(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def places(record: dict[str, object]) -> list[tuple[int, int, str]]:
    return [(each["start"], each["end"], each["label"]) for each in record["entities"]]  # type: ignore[index]


def test_entities_of_new_lines_have_their_characters(folder: Path) -> None:
    found = records(answers(folder, "new.txt"))
    assert [each["id"] for each in found] == [f"{folder}/new.txt:{line}" for line in (1, 2, 3, 4)]
    assert [places(each) for each in found] == [
        [(0, 3, "PS"), (13, 18, "LC")],
        [],
        [(12, 20, "LC")],
        [(0, 7, "PS"), (12, 15, "PS"), (23, 28, "LC")],
    ]
    assert [each["text"] for each in found[3]["entities"]] == ["Bo Choi", "Lee", "Seoul"]  # type: ignore[union-attr]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_table_has_a_row_an_entity(folder: Path, ending: str) -> None:
    out = answers(folder, "new.txt", ending=ending)
    table = pl.read_csv(out) if ending == ".csv" else pl.read_parquet(out)
    assert table.columns == ["id", "start", "end", "label", "text", "probability"]
    whole = [
        (each["id"], *entity.values())
        for each in records(answers(folder, "new.txt"))
        for entity in each["entities"]  # type: ignore[union-attr]
    ]
    assert table.rows() == whole


def test_a_table_of_texts_without_entities_has_its_header(folder: Path) -> None:
    (folder / "none.txt").write_text("it rained\n")
    assert answers(folder, "none.txt", ending=".csv").read_text() == "id,start,end,label,text,probability\n"


@pytest.mark.parametrize(("ending", "format_"), [(".conll", "conll"), (".txt", "inline")])
def test_files_of_tagged_text_hold_the_same_entities(folder: Path, ending: str, format_: str) -> None:
    rows, _ = read_tagged(answers(folder, "new.txt", ending=ending), format=format_)
    assert list(rows.texts) == NEW
    found = [[(span.start, span.end, span.label) for span in each.entities] for each in rows.annotations or ()]
    assert found == [places(each) for each in records(answers(folder, "new.txt"))]


def test_the_probability_of_an_entity_is_the_geometric_mean_over_its_stored_words(folder: Path) -> None:
    stored = pl.read_parquet(folder / "run" / "predictions" / "test.parquet")
    table = pl.read_csv(answers(folder, "test.conll", ending=".csv"))
    assert table.height >= 20
    for row_id, start, end, label, _, probability in table.rows():
        inside = stored.filter((pl.col("id") == row_id) & (pl.col("start") >= start) & (pl.col("end") <= end))
        assert inside["prediction"].to_list() == [f"B-{label}"] + [f"I-{label}"] * (inside.height - 1)
        chosen = [row[f"p_{row['prediction']}"] for row in inside.to_dicts()]
        assert probability == pytest.approx(np.prod(chosen) ** (1 / len(chosen)), abs=1e-6)


def test_words_with_their_own_tags_are_those_of_the_file(folder: Path) -> None:
    table = pl.read_csv(answers(folder, "test.conll", run="words", ending=".csv"))
    given = [line.split("\t") for line in (folder / "test.conll").read_text().splitlines() if line]
    assert table.columns == ["id", "start", "end", "text", "tag", "probability"]
    assert table["text"].to_list() == [word for word, _, _ in given]
    assert np.mean([tag == own for tag, (_, own, _) in zip(table["tag"], given, strict=True)]) > 0.9
    nested = records(answers(folder, "test.conll", run="words"))
    assert [each["tag"] for one in nested for each in one["words"]] == table["tag"].to_list()  # type: ignore[union-attr]
    rows, _ = read_tagged(answers(folder, "test.conll", run="words", ending=".conll"), Layout(scheme="none"))
    assert [tag for each in rows.annotations or () for tag in each.tags] == table["tag"].to_list()


@pytest.mark.parametrize("run", ["run", "words"])
def test_tags_in_a_file_to_be_answered_say_nothing(folder: Path, run: str) -> None:
    own = (folder / "test.conll").read_text()
    (folder / "strange.conll").write_text(own.replace("\tB-PS", "\tI-XX").replace("\tNAME", "\tWHAT"))
    expected = [{**each, "id": ""} for each in records(answers(folder, "test.conll", run=run))]
    assert [{**each, "id": ""} for each in records(answers(folder, "strange.conll", run=run))] == expected


@pytest.mark.parametrize("run", ["run", "words"])
def test_the_answer_to_a_text_does_not_depend_on_the_others(folder: Path, run: str) -> None:
    whole = records(answers(folder, "new.txt", run=run))
    for text, together in zip(NEW, whole, strict=True):
        (folder / "one.txt").write_text(text + "\n")
        (alone,) = records(answers(folder, "one.txt", run=run))
        kind = "entities" if run == "run" else "words"
        ours, theirs = together[kind], alone[kind]
        sure = [[each.pop("probability") for each in side] for side in (ours, theirs)]  # type: ignore[union-attr]
        assert ours == theirs
        assert sure[0] == pytest.approx(sure[1], abs=1e-6)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("column.csv", "n,text\n" + "".join(f"{i},{text}\n" for i, text in enumerate(NEW))),
        ("column.tsv", "n\ttext\n" + "".join(f"{i}\t{text}\n" for i, text in enumerate(NEW))),
        ("column.jsonl", "".join(json.dumps({"n": 1, "text": text}) + "\n" for text in NEW)),
        ("spans.jsonl", "".join(json.dumps({"text": text, "entities": [[0, 2, "XX"]]}) + "\n" for text in NEW)),
        ("inline.txt", "\n".join(["<Kim:XX> lives in Busan .", *NEW[1:]]) + "\n"),
        ("words.conll", "".join("".join(f"{word}\tO\n" for word in text.split()) + "\n" for text in NEW)),
    ],
)
def test_a_text_is_the_same_text_in_every_kind_of_file(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content, encoding="utf-8")
    found = records(answers(folder, name))
    assert [each["text"] for each in found] == NEW
    assert [places(each) for each in found] == [places(each) for each in records(answers(folder, "new.txt"))]


def test_lines_are_typed(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lines = "\n" * 300 + "Kim lives in Busan .\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    assert main(["predict", str(folder / "run"), "-"]) == 0
    table = pl.read_csv(io.StringIO(capsys.readouterr().out))
    assert table["id"].to_list() == ["stdin:301"] * 2
    assert table["text"].to_list() == ["Kim", "Busan"]


@pytest.mark.parametrize(("run", "metric"), [("run", "entity_f1"), ("words", "accuracy")])
def test_evaluate_gives_the_scores_of_the_run(folder: Path, run: str, metric: str) -> None:
    result = predicting.evaluate(folder / run, folder / "test.conll")
    stored = json.loads((folder / run / "scores.json").read_text())["splits"]["test"]
    score = result.scores.splits["test.conll"]
    assert set(score.metrics) == set(stored["metrics"])
    for name in (metric, "log_loss"):
        assert score.metrics[name].value == pytest.approx(stored["metrics"][name]["value"], abs=1e-6)
        for baseline, values in stored["baselines"].items():
            assert score.baselines[baseline][name].value == pytest.approx(values[name]["value"], abs=1e-6)
    assert score.verdict.best_baseline == stored["verdict"]["best_baseline"]
    assert score.verdict.metric == metric
    assert not [finding for finding in result.findings if finding.level == "error"]


def test_evaluate_on_the_training_file_is_told(folder: Path) -> None:
    result = predicting.evaluate(folder / "run", folder / "train.conll")
    assert [finding.ids for finding in result.findings if finding.level == "error"] == [("GR-EVALONTRAIN",)]


def test_the_run_folder_has_a_row_a_word(folder: Path) -> None:
    table = pl.read_parquet(folder / "run" / "predictions" / "test.parquet")
    tags = ["O", "B-LC", "I-LC", "B-PS", "I-PS"]
    assert table.columns == ["id", "start", "end", "truth", "prediction", *(f"p_{tag}" for tag in tags)]
    given = [line.split("\t") for line in (folder / "test.conll").read_text().splitlines() if line]
    assert table["truth"].to_list() == [tag for _, _, tag in given]
    assert (table["end"] - table["start"]).to_list() == [len(word) for word, _, _ in given]
    assert set(read_run(folder / "run").predictions) == {"validation", "test"}
    assert [finding for finding in checking.check(folder / "run") if finding.level == "error"] == [
        finding for finding in read_run(folder / "run").findings if finding.level == "error"
    ]


def test_a_run_of_tags_writes_no_competition_file(folder: Path) -> None:
    sample = folder / "sample.csv"
    sample.write_text("id,PS\n1,0.5\n")
    with pytest.raises(UsageError, match="is a run of the task tag; a competition file has a row of probabilities"):
        predicting.submit(folder / "run", folder / "test.conll", sample=sample, out=folder / "submission.csv")


def test_tags_of_words_have_no_inline_form(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"known endings: \.csv, \.jsonl, \.parquet, \.conll\. "):
        answers(folder, "new.txt", run="words", ending=".txt")


def test_a_table_without_the_column_of_texts_is_told_to_be_read_as_tokens(folder: Path) -> None:
    (folder / "other.tsv").write_text("sentence\tid\nhello\t1\n")
    notes = predicting.predict(folder / "run", str(folder / "other.tsv"), out=folder / "other.csv").notes
    assert 'no column "text": read as tagged text, a token a line' in notes
    (folder / "texts.tsv").write_text("text\tid\nhello\t1\n")
    assert not predicting.predict(folder / "run", str(folder / "texts.tsv"), out=folder / "other.csv").notes


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("blank.txt", "\n \n", "has no line with text"),
        ("other.csv", "document\nKim\n", 'no column "text"'),
        ("broken.conll", "Kim\n\nLee B-PS\n", "broken.conll"),
    ],
)
def test_a_file_that_holds_no_texts_is_told(folder: Path, name: str, content: str, told: str) -> None:
    (folder / name).write_text(content)
    with pytest.raises(DataError, match=told):
        answers(folder, name)
    assert not list(folder.glob("*.unfinished"))


def test_evaluate_tells_tags_that_are_not_known(folder: Path) -> None:
    (folder / "types.conll").write_text("Kim\tNAME\tB-XX\nsleeps\tREST\tO\n")
    with pytest.raises(DataError, match=r'types\.conll:1: tag "B-XX" is not one of the training rows'):
        predicting.evaluate(folder / "run", folder / "types.conll")


def test_evaluate_of_word_tags_needs_word_tags(folder: Path) -> None:
    (folder / "entities.jsonl").write_text('{"text": "Kim lives", "words": [[0, 3], [4, 9]], "entities": []}\n')
    with pytest.raises(DataError, match="has 0 tags for 2 words"):
        predicting.evaluate(folder / "words", folder / "entities.jsonl")


def test_convert_data_writes_another_format_and_tells_losses(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert main(["convert-data", "test.conll", "there.jsonl"]) == 0
    assert capsys.readouterr().out.endswith("nothing is lost: read back, every sentence is equal\n")
    assert main(["convert-data", "there.jsonl", "back.txt", "--to", "conll", "--scheme", "BIOES"]) == 0
    rows, again = (read_tagged(path, format="conll")[0] for path in ("test.conll", "back.txt"))
    assert (again.texts, again.annotations) == (rows.texts, rows.annotations)
    assert "\tE-LC" in Path("back.txt").read_text()
    assert main(["convert-data", "test.conll", "tags.conllu", "--label", "2", "--from-scheme", "none"]) == 0
    assert "\tNAME\t" in Path("tags.conllu").read_text()


def test_convert_data_takes_the_option_that_its_errors_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.conll").write_text("Kim\tB-PS\n\nSeoul\tI-LC\n\n")
    arguments = ["convert-data", "bad.conll", "good.jsonl", "--from-scheme", "BIO"]
    assert main(arguments) == 65
    assert "or pass --on-bad-row skip, or repair." in capsys.readouterr().err
    assert main([*arguments, "--on-bad-row", "skip"]) == 0
    assert [each["text"] for each in records(Path("good.jsonl"))] == ["Kim"]
    assert main([*arguments, "--on-bad-row", "repair"]) == 0
    assert [places(each) for each in records(Path("good.jsonl"))] == [[(0, 3, "PS")], [(0, 5, "LC")]]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["test.conll", "test.conll"], 64, "test.conll: is the file that is read."),
        (["test.conll", "there.docx"], 64, "there.docx: its ending stands for no format; known: .conll"),
        (["nowhere.conll", "there.jsonl"], 65, "nowhere.conll"),
        (["test.conll", "there.jsonl", "--from", "conl"], 64, 'data.format: found "conl"'),
    ],
)
def test_what_cannot_be_converted_is_a_sentence(
    folder: Path,
    arguments: list[str],
    code: int,
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    assert main(["convert-data", *arguments]) == code
    assert capsys.readouterr().err.startswith(told)
