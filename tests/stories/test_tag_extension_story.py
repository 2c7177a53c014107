"""A type is added to a finished run: the old ones are kept and the model is saved, or they are lost and it is not."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from seqwise import cli, workflow
from seqwise.batch.plan import prediction_batches
from seqwise.errors import DataError, SeqwiseError, UsageError
from seqwise.extending import extension_of
from seqwise.predict import load_predictor
from seqwise.read.splits import read_tagged_splits
from seqwise.settings.reading import LoadedSettings, settings_from_tables
from seqwise.settings.writing import to_toml
from seqwise.tasks.tag import build, prepare
from seqwise.tasks.tag_extension import OldRun, open_old_run
from seqwise.workflow import FitOptions

NAMES = {
    "PS": ("Ada", "Kim Minsu", "Bela", "Song Hana"),
    "LC": ("Seoul", "New York", "Busan"),
    "DR": ("Aspirin", "Zol Forte", "Nefil"),
}
OLD = (
    "<PS> lives in <LC> .",
    "yesterday <PS> went from home to <LC> and back",
    "in <LC> one meets <PS> .",
    "nothing .",
)
BRIEF: dict[str, object] = {"epochs": 1}
NEW = ("<PS> takes <DR> at home .", "in <LC> they sell <DR> .", "yesterday <DR> helped <PS> and <PS>")


def write_sentences(
    path: Path, n: int, *, frames: tuple[str, ...], untagged: tuple[str, ...] = (), is_of_words: bool = False
) -> None:
    rng = np.random.default_rng(n)
    blocks: list[str] = []
    for _ in range(n):
        lines: list[str] = []
        for word in str(rng.choice(frames)).split():
            label = word.strip("<>") if word.startswith("<") else ""
            parts = str(rng.choice(NAMES[label])).split() if label else [word]
            for place, part in enumerate(parts):
                tag = "O" if not label or label in untagged else f"{'I' if place else 'B'}-{label}"
                lines.append(f"{part}\t{(label or 'WORD') if is_of_words else tag}")
        blocks.append("\n".join(lines))
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def tables(train: Path, test: Path, **changes: dict[str, object]) -> LoadedSettings:
    base: dict[str, dict[str, object]] = {
        "data": {"train": str(train), "test": str(test), "validation": 0.2},
        "prepare": {"tokens": "character", "max_length": 80},
        "encoder": {"name": "recurrent", "embedding": 16, "hidden": 24},
        "head": {"pooling": "ends"},
        "training": {"epochs": 12, "batch_size": 16, "learning_rate": 0.01, "patience": 0},
        "evaluate": {"samples": 200, "baselines": ["majority"]},
    }
    for name, table in changes.items():
        base[name] = {**base.get(name, {}), **table}
    return settings_from_tables({"task": "tag", **base}, origin="test")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("extension")
    write_sentences(folder / "train.conll", 200, frames=OLD)
    write_sentences(folder / "test.conll", 60, frames=OLD)
    write_sentences(folder / "new.conll", 90, frames=NEW)
    write_sentences(folder / "new-test.conll", 40, frames=NEW)
    write_sentences(folder / "bare.conll", 91, frames=NEW, untagged=("PS", "LC"))
    write_sentences(folder / "bare-test.conll", 41, frames=NEW, untagged=("PS", "LC"))
    fit(tables(folder / "train.conll", folder / "test.conll"), folder / "old")
    return folder


def fit(loaded: LoadedSettings, out: Path) -> workflow.RunResult:
    return workflow.fit(loaded, out, options=FitOptions(is_quiet=True))


def forgetting(run: Path) -> list[dict[str, Any]]:
    found = json.loads((run / "findings.json").read_text(encoding="utf-8"))
    return [finding for finding in found if finding["check"] == "forgetting"]


def f1(run: Path, label: str = "") -> float:
    scores = json.loads((run / "scores.json").read_text(encoding="utf-8"))["splits"]["test"]
    return scores["metrics"][f"entity_f1{label}"]["value"]


def words_of(out: str) -> str:
    return " ".join(out.split())


def test_a_new_type_is_learned_and_the_old_ones_are_kept(folder: Path, tmp_path: Path) -> None:
    extend = {"run": str(folder / "old"), "rehearse": 2.0}
    loaded = tables(folder / "new.conll", folder / "new-test.conll", extend=extend)
    fit(loaded, tmp_path / "run")
    assert (tmp_path / "run" / "model").exists()
    (finding,) = forgetting(tmp_path / "run")
    assert finding["level"] == "pass"
    evidence = finding["evidence"]
    assert (evidence["n_new"], evidence["n_rehearsed"], evidence["n"]) == (72, 144, 60)
    assert (evidence["old"], evidence["new"], evidence["metric"]) == (["LC", "PS"], ["DR"], "entity_f1")
    assert evidence["before"] == f1(folder / "old")
    assert evidence["after"] > 0.95
    assert f1(tmp_path / "run", ".DR") > 0.95
    model, old = (load_predictor(run / "model").artefact for run in (tmp_path / "run", folder / "old"))
    assert model.labels == (*old.labels, "B-DR", "I-DR")
    assert model.preparation.vocabulary == old.preparation.vocabulary
    data = json.loads((tmp_path / "run" / "environment.json").read_text(encoding="utf-8"))["data"]
    assert str(folder / "train.conll") in data


def bare(folder: Path, **changes: dict[str, object]) -> LoadedSettings:
    """New texts without old labels, many epochs of them at a high rate, and nothing else."""
    extend = {"run": str(folder / "old"), "rehearse": 0.0}
    training = {"epochs": 20, "learning_rate": 0.05}
    return tables(folder / "bare.conll", folder / "bare-test.conll", extend=extend, training=training, **changes)


def test_a_model_that_forgets_is_told_and_not_saved(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, run = tmp_path / "forgetful.toml", tmp_path / "run"
    settings.write_text(to_toml(bare(folder).settings), encoding="utf-8")
    assert cli.main(["fit", str(settings), "--out", str(run), "--strict"]) == 1
    assert "GR-FORGET: Old labels are lost." in words_of(capsys.readouterr().out)
    lost, untagged = forgetting(run)
    assert (lost["level"], untagged["level"]) == ("error", "warning")
    assert lost["evidence"]["before"] - lost["evidence"]["after"] > 0.5
    assert lost["evidence"]["high"] < -0.02
    assert untagged["evidence"]["n_old_marked"] == 0
    assert set(untagged["evidence"]["old_unmarked"]) == {*NAMES["PS"], *NAMES["LC"]}
    assert not (run / "model").exists()
    assert {path.name for path in run.iterdir()} >= {"findings.json", "predictions", "report.html", "scores.json"}
    assert "Old labels are lost" in (run / "report.html").read_text(encoding="utf-8")
    assert cli.main(["predict", str(run), str(folder / "bare-test.conll")]) == 65
    assert "forgot old labels" in words_of(capsys.readouterr().err)


def test_a_reason_lets_a_model_that_forgets_be_saved(folder: Path, tmp_path: Path) -> None:
    loaded = bare(folder, checks={"silence": {"GR-FORGET": "the old labels are not needed any more"}})
    fit(loaded, tmp_path / "run")
    assert (tmp_path / "run" / "model").exists()
    assert forgetting(tmp_path / "run")[0]["level"] == "error"


def test_before_the_first_update_the_old_model_speaks(folder: Path) -> None:
    extend = {"run": str(folder / "old")}
    settings = tables(folder / "new.conll", folder / "new-test.conll", extend=extend).settings
    work = prepare(read_tagged_splits(settings.data, seed=0), settings, None, None)
    old, new = load_predictor(folder / "old" / "model").artefact.network, build(work, settings, None).eval()
    assert new.head.n_outputs == old.head.n_outputs + 2
    for batch in prediction_batches(work.examples["validation"]):
        torch.testing.assert_close(new(batch)[:, : old.head.n_outputs], old(batch), rtol=0, atol=1e-5)


def rehearsed(folder: Path, n: float, *, seed: int = 0) -> OldRun:
    extend: dict[str, object] = {"run": str(folder / "old"), "rehearse": n}
    loaded = tables(folder / "new.conll", folder / "new-test.conll", extend=extend, runtime={"seed": seed}).settings
    old = open_old_run(loaded, read_tagged_splits(loaded.data, seed=seed))
    assert old is not None
    return old


def test_old_texts_are_drawn_by_the_seed_and_each_once(folder: Path) -> None:
    old = rehearsed(folder, 1.5)
    lines = old.rehearsed.lines.tolist()
    assert len(lines) == len(set(lines)) == 108
    trained = tables(folder / "train.conll", folder / "test.conll").settings
    assert set(lines) < set(read_tagged_splits(trained.data, seed=0).train.lines.tolist())
    assert old.rehearsed.lines.tolist() == sorted(lines)
    assert rehearsed(folder, 1.5).rehearsed.lines.tolist() == lines
    assert rehearsed(folder, 1.5, seed=1).rehearsed.lines.tolist() != lines
    assert len(rehearsed(folder, 0.0).rehearsed) == 0
    assert len(rehearsed(folder, 1000.0).rehearsed) == 160


def test_held_out_texts_that_are_trained_on_now_are_left_out(folder: Path, tmp_path: Path) -> None:
    trained, mixed = tables(folder / "train.conll", folder / "test.conll").settings, tmp_path / "mixed.conll"
    held = read_tagged_splits(trained.data, seed=0).test
    assert held is not None
    mixed.write_text("\n".join((folder / name).read_text() for name in ("new.conll", "test.conll")))
    loaded = tables(mixed, folder / "new-test.conll", extend={"run": str(folder / "old")}).settings
    splits = read_tagged_splits(loaded.data, seed=0)
    old = open_old_run(loaded, splits)
    assert old is not None
    seen = set(splits.train.texts)
    assert list(old.texts.held.texts) == [text for text in held.texts if text not in seen]
    assert old.texts.n_held_seen == len(held) - len(old.texts.held) > 0
    with pytest.raises(DataError, match="hold every text that the old run held out"):
        open_old_run(loaded, replace(splits, train=held))


def test_names_of_the_new_type_that_old_texts_leave_untagged_are_counted(folder: Path, tmp_path: Path) -> None:
    old, new = tmp_path / "old.conll", folder / "new.conll"
    write_sentences(old, 60, frames=NEW, untagged=("DR",))
    fit(tables(old, old, training=BRIEF), tmp_path / "old")
    settings = tables(new, new, extend={"run": str(tmp_path / "old")}).settings
    work = prepare(read_tagged_splits(settings.data, seed=0), settings, None, None)
    extension = extension_of(work)
    assert extension is not None
    assert (extension.n_new, extension.n_rehearsed) == (72, 48)
    assert set(extension.new_unmarked) == set(NAMES["DR"])
    assert sum(extension.new_unmarked.values()) == 48  # one in each text
    assert extension.old_unmarked == {}
    assert work.splits.train.place(72).startswith(str(old))


def test_what_an_extended_run_extends_is_rehearsed_and_asked_too(folder: Path, tmp_path: Path) -> None:
    once = tables(folder / "new.conll", folder / "new-test.conll", extend={"run": str(folder / "old")}, training=BRIEF)
    fit(once, tmp_path / "once")
    twice = tables(folder / "bare.conll", folder / "bare-test.conll", extend={"run": str(tmp_path / "once")}).settings
    texts = open_old_run(twice, read_tagged_splits(twice.data, seed=0))
    assert texts is not None
    assert len(texts.texts.train) == 72 + 72
    assert set(texts.texts.train.files) == {str(folder / "new.conll"), str(folder / "train.conll")}
    assert texts.texts.held.files == (str(folder / "new-test.conll"), str(folder / "test.conll"))
    assert len(texts.texts.held) + texts.texts.n_held_seen == 40 + 60


def test_tags_of_words_are_extended_too(folder: Path, tmp_path: Path) -> None:
    for name, n, frames in (("old", 100, OLD), ("new", 60, NEW)):
        write_sentences(tmp_path / f"{name}.conll", n, frames=frames, is_of_words=True)
    own_tags: dict[str, object] = {"scheme": "none", "test": None}
    old, new = tmp_path / "old.conll", tmp_path / "new.conll"
    fit(tables(old, old, data=own_tags), tmp_path / "old")
    fit(tables(new, new, data=own_tags, extend={"run": str(tmp_path / "old")}), tmp_path / "run")
    (finding,) = forgetting(tmp_path / "run")
    assert finding["level"] == "pass"
    evidence = finding["evidence"]
    assert (evidence["split"], evidence["n"], evidence["metric"]) == ("validation", 20, "accuracy")
    assert (evidence["old"], evidence["new"]) == (["LC", "PS", "WORD"], ["DR"])
    assert set(evidence["labels"]) == {"LC", "PS", "WORD"}


def refused(loaded: LoadedSettings, out: Path, error: type[SeqwiseError] = UsageError) -> str:
    with pytest.raises(error) as told:
        fit(loaded, out)
    assert not out.exists()
    return str(told.value)


def test_what_the_old_network_needs_is_told_where_settings_differ(folder: Path, tmp_path: Path) -> None:
    loaded = tables(
        folder / "new.conll",
        folder / "new-test.conll",
        extend={"run": str(folder / "old")},
        encoder={"hidden": 32},
        prepare={"scheme": "BIOES"},
        head={"crf": True},
    )
    told = refused(loaded, tmp_path / "run").split("\n")
    run = folder / "old"
    assert told == [
        f'prepare.scheme: found "BIOES"; {run}, which is extended, has "BIO". Write that, or leave extend.run out.',
        f"encoder.hidden: found 32; {run}, which is extended, has 24. Write that, or leave extend.run out.",
        f"head.crf: found true; {run}, which is extended, has false. Write that, or leave extend.run out.",
    ]


def test_old_files_that_are_gone_or_have_changed_are_told(folder: Path, tmp_path: Path) -> None:
    train = tmp_path / "train.conll"
    shutil.copy(folder / "train.conll", train)
    fit(tables(train, folder / "test.conll", training=BRIEF), tmp_path / "old")
    loaded = tables(folder / "new.conll", folder / "new-test.conll", extend={"run": str(tmp_path / "old")})
    train.write_text(train.read_text(encoding="utf-8") + "\nAda\tB-PS\n", encoding="utf-8")
    changed = refused(loaded, tmp_path / "run", DataError)
    assert changed == f"{train}: has changed since {tmp_path / 'old'} read it. Put the old file back to extend the run."
    train.unlink()
    gone = refused(loaded, tmp_path / "run", DataError)
    assert gone == f"{train}: is gone; {tmp_path / 'old'} read it. Put it back to extend the run."


def test_only_a_finished_run_of_the_same_kind_of_tags_is_extended(folder: Path, tmp_path: Path) -> None:
    new = folder / "new.conll"
    nothing = refused(tables(new, new, extend={"run": str(folder / "nothing")}), tmp_path / "run")
    assert nothing.startswith(f'extend.run: found "{folder / "nothing"}", which is not a complete run.')
    loaded = tables(new, new, data={"scheme": "none"}, extend={"run": str(folder / "old")})
    other = refused(loaded, tmp_path / "run")
    assert other.startswith(f"{new}: has words with tags of their own; {folder / 'old'}, which is extended, learned")
    assert other.endswith("learned from entities in words. Give texts that are tagged in the same way.")
    with pytest.raises(UsageError, match=r'extend.run: found "old"; only the task tag extends a run.'):
        settings_from_tables(
            {"task": "classify", "data": {"train": "x"}, "encoder": {"name": "bag"}, "extend": {"run": "old"}},
            origin="test",
        )
