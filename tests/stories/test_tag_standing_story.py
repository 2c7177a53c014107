"""A head of tags that stands on a baseline: from tagged files to the same answers from the run's folder."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from seqwise import workflow
from seqwise.baselines.contract import TextUnits
from seqwise.baselines.members import build_baseline
from seqwise.errors import DataError, UsageError
from seqwise.evaluate.calibration import apply_temperature
from seqwise.predict import load_predictor
from seqwise.read.splits import read_tagged_rows
from seqwise.settings.reading import LoadedSettings, settings_from_tables
from seqwise.tasks.tag import TagWork, build, predict, prepare, read

NAMES = {"PER": ("Ann", "Ann Lee", "Bo"), "LOC": ("Oslo", "New York", "Rome")}
FILLER = ("met", "in", "saw", "the", "and", "old", "left", "again")


def write_conll(path: Path, n: int, *, seed: int) -> None:
    rng = np.random.default_rng(seed)
    lines: list[str] = []
    for _ in range(n):
        for _ in range(int(rng.integers(2, 6))):
            label = ("PER", "LOC")[int(rng.integers(2))]
            words = rng.choice(NAMES[label]).split()
            lines += [f"{rng.choice(FILLER)} O", f"{words[0]} B-{label}", *(f"{word} I-{label}" for word in words[1:])]
        lines.append("")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tagged")
    write_conll(folder / "train.conll", 60, seed=0)
    write_conll(folder / "test.conll", 20, seed=1)
    return folder


def tables(folder: Path, *, epochs: int = 1, **head: object) -> LoadedSettings:
    given = {
        "task": "tag",
        "data": {"train": str(folder / "train.conll"), "test": str(folder / "test.conll"), "validation": 0.2},
        "prepare": {"tokens": "character", "max_length": 40},
        "encoder": {"name": "bag", "embedding": 8, "hidden": []},
        "head": {"name": "tags", **head},
        "training": {"epochs": epochs, "batch_size": 16, "learning_rate": 0.03},
        "evaluate": {"baselines": ["majority"], "samples": 100},
    }
    return settings_from_tables(given, origin="test")


def prepared(loaded: LoadedSettings) -> TagWork:
    settings = loaded.settings
    work = prepare(read(settings.data, settings.runtime.seed), settings, None, None)
    assert isinstance(work, TagWork)
    return work


@pytest.mark.parametrize("name", ["majority", "prior", "unit_tag", "dictionary", "surface"])
@pytest.mark.parametrize("crf", [False, True])
def test_before_the_first_update_the_model_is_the_baseline(folder: Path, name: str, crf: bool) -> None:
    loaded = tables(folder, stand_on=name, crf=crf)
    work = prepared(loaded)
    network = build(work, loaded.settings, None)
    for split in ("validation", "test"):
        asked = TextUnits(work.splits.named()[split].texts, work.tagged[split].units, work.labels.names, work.scheme)
        theirs = np.exp(work.baselines.fitted[name].log_probabilities(asked))
        ours = predict(network, work, split, torch.device("cpu")).probabilities
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_training_units_have_priors_of_a_baseline_that_has_not_seen_their_text(folder: Path) -> None:
    work = prepared(tables(folder, stand_on="unit_tag"))
    examples, tagged = work.examples["train"], work.tagged["train"]
    assert examples.priors is not None
    assert examples.priors.shape == (len(tagged.units.edges), len(work.labels.names))
    asked = TextUnits(work.splits.train.texts, tagged.units, work.labels.names, work.scheme)
    assert examples.targets is not None
    seen = build_baseline("unit_tag").fit(asked, examples.targets, n_labels=len(work.labels.names), seed=0)
    of_target = np.arange(len(examples.targets)), examples.targets
    assert examples.priors[of_target].mean() < seen.log_probabilities(asked)[of_target].mean()


def test_texts_of_a_document_are_held_out_together(folder: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    for number in range(90):
        document = f"d{number % 30}"  # each has a name of its own, in three sentences
        words, entity = [[0, len(document)], [len(document) + 1, len(document) + 5]], {"start": 0, "end": len(document)}
        record = {"id": str(number), "text": f"{document} w{number:03}", "group": document, "words": words}
        lines.append(json.dumps({**record, "entities": [{**entity, "label": "PER"}]}))
    (tmp_path / "train.jsonl").write_text("\n".join(lines), encoding="utf-8")
    given = tables(folder, stand_on="unit_tag").settings.model_dump()
    data = {"train": str(tmp_path / "train.jsonl"), "format": "spans", "validation": 0.1, "group": "group"}
    loaded = settings_from_tables({**given, "data": {**data, "split": "random"}}, origin="test")
    priors = prepared(loaded).examples["train"].priors
    assert priors is not None
    # no name was seen, so each is judged as every unknown word of its fold
    assert len(np.unique(priors[::2], axis=0)) <= 3


@pytest.mark.parametrize(
    "head", [{"stand_on": "dictionary", "crf": True}, {"stand_on": "surface"}, {"stand_on": "unit_tag", "words": 4}]
)
def test_a_trained_model_says_the_same_from_its_folder(folder: Path, tmp_path: Path, head: dict[str, object]) -> None:
    loaded = tables(folder, epochs=2, pooling="mean", **head)
    result = workflow.fit(loaded, tmp_path / "run", options=workflow.FitOptions(is_quiet=True))
    rows, _ = read_tagged_rows(str(folder / "test.conll"), loaded.settings.data)
    predictor = load_predictor(result.folder / "model")
    found = predictor.predict(rows)
    work = prepared(loaded)
    theirs = predict(predictor.artefact.network, work, "test", torch.device("cpu"))
    assert found.decoded is not None
    assert theirs.decoded is not None
    np.testing.assert_array_equal(found.decoded, theirs.decoded)
    expected = apply_temperature(theirs.probabilities, predictor.artefact.temperature)
    np.testing.assert_allclose(found.probabilities, expected, atol=1e-7)
    assert result.scores is not None
    f1 = result.scores.splits["test"].metrics["entity_f1"].value
    assert f1 == pytest.approx(
        result.scores.splits["test"].baselines[str(head["stand_on"])]["entity_f1"].value, abs=0.1
    )


def test_words_of_the_same_letters_are_told_by_their_vectors(folder: Path, tmp_path: Path) -> None:
    lines = ["pots B-X\nstop O\n", "stop O\npots B-X\n", "tops B-Y\nspot O\n"] * 30
    (tmp_path / "train.conll").write_text("\n".join(lines), encoding="utf-8")
    found: list[float] = []
    for words in (0, 8):
        given = tables(folder, epochs=15, pooling="mean", words=words, dropout=0.0).settings.model_dump()
        data = {"train": str(tmp_path / "train.conll"), "validation": 0.2}
        training = {"epochs": 15, "batch_size": 4, "learning_rate": 0.03}
        loaded = settings_from_tables({**given, "data": data, "training": training}, origin="test")
        result = workflow.fit(loaded, tmp_path / str(words), options=workflow.FitOptions(is_quiet=True))
        assert result.scores is not None
        found.append(result.scores.splits["validation"].metrics["entity_f1"].value)
    assert found[0] < 0.9
    assert found[1] == 1.0


def test_a_model_folder_without_its_words_is_refused(folder: Path, tmp_path: Path) -> None:
    result = workflow.fit(tables(folder, words=4), tmp_path / "run", options=workflow.FitOptions(is_quiet=True))
    (result.folder / "model" / "words.json").unlink()
    with pytest.raises(DataError, match=r"words\.json: is missing or differs from its hash"):
        load_predictor(result.folder / "model")


def test_a_baseline_of_another_task_is_named(folder: Path) -> None:
    with pytest.raises(UsageError, match=r'head.stand_on: found "naive_bayes"; allowed: .*"dictionary", "surface"'):
        tables(folder, stand_on="naive_bayes")
