"""A tagger from its file to its report: what is told of entities agrees with the scores, in details, page and lines."""

import json
import random

import pytest

from seqwise import workflow
from seqwise.report.load import read_run
from seqwise.settings.reading import settings_from_tables
from seqwise.workflow import FitOptions, RunResult

FRAMES = ("{PS}는 {LC}에 산다.", "{PS}은 {LC}까지 걸었다.", "오늘은 비가 왔다.", "{LC}에서 {PS}를 보았다.")
NAMES = {"PS": ("송재우", "김민지", "이은"), "LC": ("서울", "부산시", "제주도")}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    folder, draw = tmp_path_factory.mktemp("tags"), random.Random(0)
    lines = [
        draw.choice(FRAMES).format(**{label: f"<{draw.choice(names)}:{label}>" for label, names in NAMES.items()})
        for _ in range(60)
    ]
    (folder / "ner.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    tables = {
        "task": "tag",
        "data": {"train": str(folder / "ner.txt"), "validation": 0.3, "format": "inline"},
        "prepare": {"tokens": "character", "min_freq": 1, "max_length": 12},
        "encoder": {"name": "recurrent", "embedding": 16, "hidden": 16},
        "training": {"epochs": 2, "learning_rate": 0.01},
        "evaluate": {"baselines": ["majority", "unit_tag"], "samples": 200},
        "runtime": {"lang": "ko"},
    }
    return workflow.fit(settings_from_tables(tables, origin="test"), folder / "run", options=FitOptions(is_quiet=True))


def test_the_level_of_characters_has_the_scores_of_the_run(result: RunResult) -> None:
    tags = read_run(result.folder).details.tags
    assert tags is not None
    assert result.scores is not None
    metrics = result.scores.splits["validation"].metrics
    level = tags.scores["validation"].levels[0]
    assert level.level == "character"
    assert dict(level.scores) == {name: metrics[name] for name in level.scores}


def test_matches_windows_and_labels_count_the_same_entities(result: RunResult) -> None:
    tags = read_run(result.folder).details.tags
    assert tags is not None
    scores, alignment = tags.scores["validation"], tags.alignment["validation"]
    n_gold = sum(label.n_gold for label in scores.labels)
    assert sum(n for kind, n in scores.kinds.items() if kind != "spurious") == n_gold == alignment.n_entities
    assert sum(scores.kinds.values()) - scores.kinds["missed"] == sum(label.n_predicted for label in scores.labels)
    assert alignment.n_windows > alignment.n_texts == 18
    counts = json.loads((result.folder / "details.json").read_text(encoding="utf-8"))["class_counts"]
    assert counts["validation"] == {label.label: label.n_gold for label in scores.labels}


def test_the_last_lines_count_texts_and_name_the_scores_of_entities(result: RunResult) -> None:
    assert result.lines[0].startswith("검증 데이터: 글 18개.")
    assert any("개체 F1" in line and "개체 정밀도" in line and "개체 재현율" in line for line in result.lines)
    assert not any("baseline_rows" in line for line in result.lines)
    assert result.scores is not None
    assert "글 18개" in result.scores.splits["validation"].verdict.sentence


def test_the_page_is_there_and_small(result: RunResult) -> None:
    page = (result.folder / "report.html").read_text(encoding="utf-8")
    assert 'id="tags"' in page
    assert len(page.encode()) < 3_000_000
