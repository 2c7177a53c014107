"""Steps behind a tagger, from the command line: particles cut off, counts as numbers; nothing changes without them."""

import random
from pathlib import Path

import polars as pl
import pytest

from seqwise import workflow
from seqwise.cli import main
from seqwise.read.tagged.reading import read_tagged
from seqwise.settings.reading import settings_from_tables
from seqwise.tasks.tag_steps import Steps
from seqwise.workflow import FitOptions

# Particles stand in the entities of the training file, as in files that were tagged by eojeols.
PLACES, PEOPLE, COUNTS = (
    ("부산에서", "서울까지", "제주"),
    ("지은이", "재우에게", "민수"),
    ("세 명", "3천5백 원", "서너 개"),
)
STEPPED = [("부산에서", "부산"), ("서울까지", "서울"), ("재우에게", "재우")]


def write(path: Path, n: int, *, has_own_tags: bool = False) -> Path:
    rng = random.Random(0)
    lines: list[str] = []
    for _ in range(n):
        for surface, label in ((rng.choice(PEOPLE), "PS"), (rng.choice(PLACES), "LC"), (rng.choice(COUNTS), "QT")):
            words = surface.split()
            tags = ["N"] * len(words) if has_own_tags else [f"{'I' if i else 'B'}-{label}" for i in range(len(words))]
            lines += [f"{word}\t{tag}" for word, tag in zip(words, tags, strict=True)]
        lines += [f"봤다\t{'V' if has_own_tags else 'O'}", ""]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def fit(folder: Path, name: str, **data: str) -> None:
    tables: dict[str, object] = {
        "task": "tag",
        "data": {"train": str(folder / f"{name}.conll"), "validation": 0.2, **data},
        "prepare": {"min_freq": 1},
        "encoder": {"name": "window", "embedding": 16, "hidden": [16]},
        "training": {"epochs": 5, "learning_rate": 0.02, "batch_size": 8},
        "evaluate": {"samples": 100, "baselines": ["unit_tag"]},
    }
    loaded = settings_from_tables(tables, origin="test")
    workflow.fit(loaded, folder / f"{name}-run", options=FitOptions(is_quiet=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("steps")
    write(folder / "entities.conll", 60)
    write(folder / "words.conll", 20, has_own_tags=True)
    fit(folder, "entities")
    fit(folder, "words", scheme="none")
    return folder


def answer(folder: Path, ending: str, *flags: str, run: str = "entities") -> Path:
    out = folder / f"answers{''.join(flags)}{ending}"
    assert main(["predict", str(folder / f"{run}-run"), str(folder / f"{run}.conll"), "--out", str(out), *flags]) == 0
    return out


def test_particles_are_cut_and_counted_and_all_else_stays(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in (folder / "entities-run").rglob("*") if path.is_file()}
    raw = pl.read_csv(answer(folder, ".csv"))
    assert "particles" not in capsys.readouterr().err
    cut = pl.read_csv(answer(folder, ".csv", "--steps", "particles"))
    assert raw.columns == cut.columns
    assert cut.drop("end", "text").equals(raw.drop("end", "text"))
    assert set(zip(raw["text"], cut["text"], strict=True)) == {
        *STEPPED,
        *((s, s) for s in ("제주", "지은이", "민수", *COUNTS)),
    }
    assert (cut["end"] - cut["start"]).to_list() == cut["text"].str.len_chars().to_list()
    n_cut = int((raw["text"] != cut["text"]).sum())
    assert f"particles: {n_cut} of 180 entities shortened\n" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in before} == before
    assert pl.read_csv(answer(folder, ".csv")).equals(raw)


def test_counts_have_a_number_and_what_is_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = pl.read_parquet(answer(folder, ".parquet", "--steps", "particles,counts"))
    assert table.columns == ["id", "start", "end", "label", "text", "probability", "value", "counter"]
    expected = {"세 명": (3, "명"), "3천5백 원": (3500, "원")}
    assert set(table.select("text", "value", "counter").rows()) == {
        (text, *expected.get(text, (None, None))) for text in table["text"]
    }
    n_read = table["value"].is_not_null().sum()
    assert f"counts: {n_read} of 180 entities read as a number\n" in capsys.readouterr().err
    nested = pl.read_ndjson(answer(folder, ".jsonl", "--steps", "particles,counts")).explode("entities")
    assert nested.unnest("entities", separator=".")["entities.value"].to_list() == table["value"].to_list()


def test_a_number_in_the_name_of_a_place_is_no_count() -> None:
    record = {"start": 4, "end": 6, "label": "LC", "text": "공주", "probability": 0.5}
    steps = Steps(("counts",))
    assert steps.apply(record) == {**record, "value": None, "counter": None}
    assert steps.apply({**record, "label": "QT_COUNT", "text": "두 주"})["value"] == 2
    assert steps.notes() == ("counts: 1 of 2 entities read as a number",)


def test_marked_text_has_the_shorter_entities(folder: Path) -> None:
    rows, _ = read_tagged(answer(folder, ".txt", "--steps", "particles"), format="inline")
    found = {
        t[s.start : s.end] for t, each in zip(rows.texts, rows.annotations or (), strict=True) for s in each.entities
    }
    assert found == {"부산", "서울", "재우", "제주", "지은이", "민수", *COUNTS}
    assert any("부산에서" in text for text in rows.texts)


@pytest.mark.parametrize(
    ("run", "flags", "told"),
    [
        (
            "entities",
            ["--steps", "particle"],
            '--steps: found "particle"; known: particles, counts. Did you mean "particles"?',
        ),
        ("entities", ["--steps", "counts", "--out", "x.conll"], "known endings: .csv, .jsonl, .parquet. "),
        ("words", ["--steps", "particles"], "--steps: steps are for entities; this run gives words tags of their own."),
    ],
)
def test_steps_that_cannot_be_are_told(
    folder: Path, run: str, flags: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", str(folder / f"{run}-run"), str(folder / f"{run}.conll"), *flags]) == 64
    assert told in capsys.readouterr().err
