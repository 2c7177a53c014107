"""The page of a run whose units have tags: entities in tables, texts in colour, words of texts instead of rows."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from report_fake_tags import PLACE, TEXT, entity_facts, worst_text, write_tag_run
from report_html import Element, parse

from seqwise.report import page as page_module
from seqwise.report.facts import RunFacts
from seqwise.report.load import read_run
from seqwise.report.marked_text import hues, marked_text
from seqwise.report.page import render, sections
from seqwise.report.tag_facts import Mark, MarkedPair
from seqwise.report.tag_words import ENTITIES, TAGS
from seqwise.report.text import summary_lines
from seqwise.report.words import WORDS, placeholders, words

MOST_BYTES = 3_000_000
HOSTILE = "<script>alert('x')</script>"


@pytest.fixture(scope="module")
def entity_run(tmp_path_factory: pytest.TempPathFactory) -> RunFacts:
    return read_run(write_tag_run(tmp_path_factory.mktemp("runs") / "ner"))


@pytest.fixture(autouse=True)
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are drawn elsewhere; here only the page around them matters."""
    for name in ("interval_dots", "loss_curves", "rate_curves"):
        monkeypatch.setattr(page_module.figures, name, lambda *_, **__: None)
    monkeypatch.setattr(page_module, "reliability", lambda *_, **__: None)


def _tree(facts: RunFacts) -> Element:
    return parse(render(facts, language="en"))


def _grid(tree: Element, name: str) -> list[list[str]]:
    return next(one for one in tree.all("table") if name in one.attributes.get("class", "").split()).grid()


def test_the_part_of_the_details_comes_back_as_it_was_written(entity_run: RunFacts) -> None:
    assert entity_run.details.tags == entity_facts()
    assert entity_run.wording == "entities"


def test_the_page_has_a_section_of_entities_behind_the_scores(entity_run: RunFacts) -> None:
    anchors = [one.attributes["id"] for one in _tree(entity_run).all("section")]
    assert anchors == list(sections(entity_run))
    assert anchors[anchors.index("scores") + 1] == "tags"


def test_scores_across_leave_labels_and_token_accuracy_to_other_places(entity_run: RunFacts) -> None:
    tree = _tree(entity_run)
    headings = [cell.rsplit(" ", maxsplit=1)[0] for cell in _grid(tree, "scores")[0]]
    assert [one.split(" ↑")[0] for one in headings[1:5]] == [
        "entity F1",
        "entity precision",
        "entity recall",
        "entity macro F1",
    ]
    assert tree.with_class("footnote")[0].text == (
        "Token accuracy on test texts: model 0.9700 [0.920, 1.020]; majority, with an entity F1 of 0.1000, 0.9000 "
        "[0.850, 0.950]. It counts units outside of entities, so it says little."
    )


def test_a_label_has_its_scores_with_intervals_and_its_counts(entity_run: RunFacts) -> None:
    score = "0.7100 [0.660, 0.760]"
    assert _grid(_tree(entity_run), "labels")[1] == ["LC", score, score, score, "3", "4", "2"]


def test_errors_are_counted_by_kind_and_wrong_edges_at_particles_told(entity_run: RunFacts) -> None:
    tree = _tree(entity_run)
    assert _grid(tree, "kinds")[1:] == [
        ["correct", "2", "25.0 %"],
        ["wrong label", "0", "0.0 %"],
        ["wrong edge", "4", "50.0 %"],
        ["wrong edge and label", "0", "0.0 %"],
        ["missed", "1", "12.5 %"],
        ["spurious", "1", "12.5 %"],
    ]
    assert "test texts: 3 of 4 wrong edges (75.0 %) are a particle" in tree.with_id("tags").text


def test_levels_and_what_tags_cannot_hold_are_told(entity_run: RunFacts) -> None:
    tree = _tree(entity_run)
    levels = ["characters", "units that have a tag", "eojeols: words between blanks"]
    assert [row[0] for row in _grid(tree, "levels")[1:]] == levels
    assert "training texts 40 38 (95.0 %) 2 0 0 0" in tree.with_id("tags").text
    assert _grid(tree, "held")[1] == [PLACE, "송재우는 서울 에서 산다.", "LC", "Edge inside unit", "서울에서"]
    assert "training texts 30 240 33 3 1" in tree.with_id("data").text


def test_entities_have_no_confusion_matrix_and_are_counted_by_label(entity_run: RunFacts) -> None:
    tree = _tree(entity_run)
    assert [one for one in tree.all("table") if one.attributes.get("class") == "confusion"] == []
    assert [row[0] for row in _grid(tree, "classes")] == ["Label", "LC", "PS", "Total"]


def test_the_pieces_of_a_marked_text_join_to_the_text_and_lie_under_their_marks() -> None:
    found = marked_text(worst_text())
    assert "".join(piece.text for piece in found.pieces) == TEXT
    assert [(piece.text, piece.gold is not None, piece.predicted is not None) for piece in found.pieces] == [
        ("송재우", True, True),
        ("는", False, True),
        (" ", False, False),
        ("서울", True, False),
        ("에서 ", False, False),
        ("산다", False, True),
        (".", False, False),
    ]
    assert [piece.text for piece in found.pieces if piece.begins_predicted] == ["송재우", "산다"]
    assert [piece.text for piece in found.pieces if piece.is_wrong] == ["송재우", "는", "서울", "산다"]
    assert (found.errors, found.labels) == ({"boundary": 1, "missed": 1, "spurious": 1}, ("LC", "PS"))


def test_a_right_entity_is_no_error_of_its_text() -> None:
    right = MarkedPair("correct", gold=Mark(0, 3, "PS"), predicted=Mark(0, 3, "PS", 0.9))
    found = marked_text(replace(worst_text(), pairs=(right,)))
    assert (found.errors, found.labels) == ({}, ())
    assert not any(piece.is_wrong for piece in found.pieces)


def test_labels_have_hues_of_their_own() -> None:
    pairs = tuple(MarkedPair("missed", gold=Mark(0, 1, f"L{number}"), predicted=None) for number in range(20))
    found = hues(replace(entity_facts(), worst=(replace(worst_text(), pairs=pairs),)))
    assert len(set(found.values())) == 20


def test_a_worst_text_stands_on_the_page_with_gold_over_predicted(entity_run: RunFacts) -> None:
    row = _tree(entity_run).with_id("worst-rows").all("tr")[1]
    assert row.attributes["data-labels"] == "LC\tPS"
    assert row.attributes["data-kinds"] == "wrong edge\tmissed\tspurious"
    assert "".join("".join(map(str, one.children)) for one in row.with_class("held")) == "송재우는서울산다"
    assert [one.text for one in row.with_class("gold")] == ["PS", "LC"]
    assert [one.text for one in row.with_class("predicted")] == ["PS 0.61", "LC 0.50"]
    assert "2 more in the rest of the text" in row.text
    assert "7.2" in row.text


def test_texts_and_labels_of_users_stay_texts(entity_run: RunFacts) -> None:
    tags = entity_facts()
    pair = MarkedPair("missed", gold=Mark(0, len(HOSTILE), f'"{HOSTILE}'), predicted=None)
    hostile = replace(tags, worst=(replace(worst_text(), text=HOSTILE, place=HOSTILE, pairs=(pair,)),))
    page = render(replace(entity_run, details=replace(entity_run.details, tags=hostile)), language="en")
    assert len(parse(page).all("script")) == 1
    assert "<script>alert" not in page


def test_a_hundred_long_texts_full_of_marks_stay_below_three_megabytes(entity_run: RunFacts) -> None:
    pairs = tuple(
        MarkedPair("type", gold=Mark(start, start + 5, "PS"), predicted=Mark(start, start + 5, "LC", 0.5))
        for start in range(0, 600, 6)
    )
    worst = (replace(worst_text(), text="가" * 600, pairs=pairs),) * 100
    details = replace(entity_run.details, tags=replace(entity_facts(), worst=worst))
    assert len(render(replace(entity_run, details=details), language="ko").encode()) < MOST_BYTES


def test_words_known_and_unknown_have_their_accuracy_or_a_dash(tmp_path: Path) -> None:
    facts = read_run(write_tag_run(tmp_path / "pos", has_entities=False))
    tree = _tree(facts)
    assert tree.with_id("tags").all("table")[0].grid()[1] == ["test texts", "0.9000 [0.850, 0.950]", "90", "–", "0"]
    assert tree.with_id("confusion").with_class("confusion")  # the tags of words are confused with each other
    assert facts.wording == "tags"


def test_the_last_lines_speak_of_texts_and_entities(entity_run: RunFacts) -> None:
    lines = summary_lines(entity_run)
    assert lines[0] == "test texts: 3. Better than majority"
    head = next(line for line in lines if line.startswith("test texts  "))
    assert re.split("  +", head) == ["test texts", "entity F1", "entity precision", "entity recall"]
    assert not any("baseline_rows" in line for line in lines)
    assert summary_lines(entity_run, language="ko")[0].startswith("시험 데이터: 글 3개.")


def test_a_korean_page_of_entities_has_no_english_headings(entity_run: RunFacts) -> None:
    tree = parse(render(entity_run, language="ko"))
    english = set(words("en", "entities").values()) - set(words("ko", "entities").values())
    headings = {one.text for tag in ("h2", "th", "caption", "label") for one in tree.all(tag)}
    assert headings & english == set()


@pytest.mark.parametrize("table", [TAGS, ENTITIES])
def test_words_of_tags_fill_in_the_same_names_in_both_languages_and_as_those_they_stand_for(
    table: dict[str, tuple[str, str]],
) -> None:
    for key, (english, korean) in table.items():
        assert placeholders(english) == placeholders(korean), key
        assert key not in WORDS or placeholders(WORDS[key][0]) == placeholders(english), key


def test_every_word_of_tags_is_used() -> None:
    room = Path(page_module.__file__).parent
    files = [path for path in [*room.glob("*.html"), *room.glob("*.py")] if not path.name.endswith("words.py")]
    written = "".join(path.read_text(encoding="utf-8") for path in files)
    made_up = ("kind_", "reason_", "level_of_", "metric_")
    unused = [key for key in {**TAGS, **ENTITIES} if not re.search(rf"""(w\.|["'\[]){key}\b""", written)]
    assert [key for key in unused if key not in WORDS and not key.startswith(made_up)] == []
