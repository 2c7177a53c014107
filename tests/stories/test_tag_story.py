"""From a file of tagged sentences to scores of entities, and to answers: the whole road on few sentences."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from seqeval.metrics import accuracy_score, f1_score
from seqeval.scheme import IOB2

from seqwise import workflow
from seqwise.checking import check_settings
from seqwise.predict import load_predictor
from seqwise.read.splits import read_tagged_rows
from seqwise.settings.reading import LoadedSettings, settings_from_tables
from seqwise.workflow import FitOptions

NAMES = ("Ada", "Kim Minsu", "Bela", "Song Hana")
PLACES = ("Seoul", "New York", "Busan")
FRAMES = ("{} lives in {} .", "yesterday {} went from home to {} and back", "in {1} one meets {0} .", "nothing happens")
ENTITIES = {"PS": NAMES, "LC": PLACES}


def write_sentences(path: Path, n: int, *, seed: int, is_of_words: bool = False) -> None:
    """Sentences of names and places that their words tell; or each word with a tag of its own."""
    rng = np.random.default_rng(seed)
    blocks: list[str] = []
    for _ in range(n):
        chosen = [rng.choice(NAMES), rng.choice(PLACES)]
        sentence = str(rng.choice(FRAMES)).format(*(f"<{name.replace(' ', '_')}>" for name in chosen))
        lines: list[str] = []
        for word in sentence.split():
            parts = word.strip("<>").split("_")
            label = "PS" if " ".join(parts) in NAMES else "LC" if " ".join(parts) in PLACES else ""
            for place, part in enumerate(parts):
                inside = f"{'I' if place else 'B'}-{label}" if label else "O"
                own = "NAME" if label else "DOT" if part == "." else "WORD"
                lines.append(f"{part}\t{own if is_of_words else inside}")
        blocks.append("\n".join(lines))
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def tables(folder: Path, **changes: dict[str, object]) -> LoadedSettings:
    base: dict[str, dict[str, object]] = {
        "data": {"train": str(folder / "train.conll"), "test": str(folder / "test.conll"), "validation": 0.2},
        "prepare": {"min_freq": 1},
        "encoder": {"name": "recurrent", "embedding": 16, "hidden": 16},
        "training": {"epochs": 6, "batch_size": 16, "learning_rate": 0.01},
        "evaluate": {"samples": 200},
    }
    for name, table in changes.items():
        base[name] = {**base.get(name, {}), **table}
    return settings_from_tables({"task": "tag", **base}, origin="test")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tags")
    write_sentences(folder / "train.conll", 200, seed=0)
    write_sentences(folder / "test.conll", 60, seed=1)
    workflow.fit(tables(folder), folder / "run", options=FitOptions(is_quiet=True))
    return folder


def scores_of(run: Path) -> dict[str, dict[str, float]]:
    return json.loads((run / "scores.json").read_text(encoding="utf-8"))["splits"]["test"]


def tags_of(run: Path, column: str) -> list[list[str]]:
    """The tags of each text of the test file, as the run folder has them."""
    table = pl.read_parquet(run / "predictions" / "test.parquet")
    return [part[column].to_list() for part in table.partition_by("id", maintain_order=True)]


def test_scores_are_those_of_seqeval_on_the_stored_tags_and_stand_beside_baselines(folder: Path) -> None:
    scores = scores_of(folder / "run")
    gold, predicted = tags_of(folder / "run", "truth"), tags_of(folder / "run", "prediction")
    assert scores["metrics"]["entity_f1"]["value"] == pytest.approx(
        f1_score(gold, predicted, mode="strict", scheme=IOB2)
    )
    assert scores["metrics"]["token_accuracy"]["value"] == pytest.approx(accuracy_score(gold, predicted))
    assert scores["metrics"]["entity_f1"]["value"] > 0.9
    assert set(scores["baselines"]) == {"majority", "unit_tag", "surface", "dictionary"}
    assert scores["baselines"]["majority"]["entity_f1"]["value"] == 0.0
    assert scores["verdict"]["metric"] == "entity_f1"
    assert scores["n"] == 60


def test_a_chain_with_a_layer_over_words_goes_the_whole_road(folder: Path, tmp_path: Path) -> None:
    head = {"crf": True, "recurrent": "gru", "hidden": 16, "pooling": "ends"}
    loaded = tables(folder, head=head, prepare={"tokens": "character", "scheme": "BIOES"})
    workflow.fit(loaded, tmp_path / "run", options=FitOptions(is_quiet=True))
    assert scores_of(tmp_path / "run")["metrics"]["entity_f1"]["value"] > 0.8
    assert {tag[0] for tags in tags_of(tmp_path / "run", "truth") for tag in tags} == set("BIESO") - {"I"}


def test_words_with_tags_of_their_own_have_accuracy_and_no_entities(tmp_path: Path) -> None:
    for name, n, seed in (("train", 200, 0), ("test", 40, 1)):
        write_sentences(tmp_path / f"{name}.conll", n, seed=seed, is_of_words=True)
    workflow.fit(tables(tmp_path, data={"scheme": "none"}), tmp_path / "run", options=FitOptions(is_quiet=True))
    scores = scores_of(tmp_path / "run")
    gold, predicted = tags_of(tmp_path / "run", "truth"), tags_of(tmp_path / "run", "prediction")
    assert scores["metrics"]["accuracy"]["value"] == pytest.approx(accuracy_score(gold, predicted))
    assert scores["metrics"]["accuracy"]["value"] > 0.9
    assert "entity_f1" not in scores["metrics"]
    assert scores["verdict"]["metric"] == "accuracy"


def test_the_model_folder_answers_as_the_run_did_and_a_text_alone_as_among_others(folder: Path) -> None:
    rows, _ = read_tagged_rows(str(folder / "test.conll"), tables(folder).settings.data)
    predictor = load_predictor(folder / "run" / "model")
    whole = predictor.predict(rows)
    stored = pl.read_parquet(folder / "run" / "predictions" / "test.parquet")
    names = [f"p_{label}" for label in whole.labels]
    np.testing.assert_allclose(whole.probabilities, stored.select(names).to_numpy(), atol=1e-6)
    assert whole.tagged is not None
    assert [whole.labels[number] for number in whole.predicted] == stored["prediction"].to_list()
    alone = predictor.predict(rows.take([7]))
    assert alone.tagged is not None
    assert alone.tagged.found[0] == whole.tagged.found[7]
    start, end = whole.tagged.units.offsets[7:9]
    np.testing.assert_allclose(alone.probabilities, whole.probabilities[start:end], atol=1e-6)


def test_plain_text_is_cut_into_words_for_a_model_of_words(folder: Path) -> None:
    rows, _ = read_tagged_rows(str(folder / "test.conll"), tables(folder).settings.data)
    text = "Kim Minsu lives in Seoul."
    plain = rows.take([0])
    plain = type(plain)(ids=("a",), texts=(text,), files=plain.files, file_of=plain.file_of, lines=plain.lines)
    found = load_predictor(folder / "run" / "model").predict(plain)
    assert found.tagged is not None
    assert found.truth is found.tagged.gold is None
    assert [(text[span.start : span.end], span.label) for span in found.tagged.found[0]] == [
        ("Kim Minsu", "PS"),
        ("Seoul", "LC"),
    ]


def test_a_text_longer_than_a_window_is_tagged_to_its_end(folder: Path, tmp_path: Path) -> None:
    loaded = tables(folder, prepare={"max_length": 6})
    workflow.fit(loaded, tmp_path / "run", options=FitOptions(is_quiet=True))
    assert list(map(len, tags_of(tmp_path / "run", "truth"))) == list(map(len, tags_of(folder / "run", "truth")))
    assert scores_of(tmp_path / "run")["metrics"]["entity_f1"]["value"] > 0.8


def test_tags_are_checked_before_training(tmp_path: Path) -> None:
    for name, n in (("train", 80), ("test", 20)):
        write_sentences(tmp_path / f"{name}.conll", n, seed=0)
    assert levels(tables(tmp_path), "GR-ALIGN") == {"pass"}
    held = [{"text": f"{name}에게 갔다", "entities": [[0, len(name), "PS"]]} for name in ("민수", "하나", "서연")] * 9
    (tmp_path / "held.jsonl").write_text("\n".join(map(json.dumps, held)))
    words = {"train": str(tmp_path / "held.jsonl"), "test": str(tmp_path / "held.jsonl")}
    assert levels(tables(tmp_path, data=words, prepare={"tokens": "word"}), "GR-ALIGN") == {"warning"}
    assert levels(tables(tmp_path, data=words, prepare={"tokens": "character"}), "GR-ALIGN") == {"pass"}


def levels(loaded: LoadedSettings, guardrail: str) -> set[str]:
    return {found.level for found in check_settings(loaded) if guardrail in found.ids}
