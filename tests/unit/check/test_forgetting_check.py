"""GR-FORGET: what it says of old labels that are lost, and of names that are taught as O."""

from dataclasses import replace

import pytest

from seqwise.check.engine import run_checks
from seqwise.check.forgetting import is_forgetful
from seqwise.records import Evidence, Finding, Language
from seqwise.tag_evidence import Extension, Retention

KEPT = Retention("test", 300, "entity_f1", 0.912, 0.905, -0.014, 0.003, 0.02, {"LC": (0.9, 0.91), "PS": (0.92, 0.9)})
HEALTHY = Extension("runs/old", ("LC", "PS"), ("DR",), 120, 240, 95, 130, {}, {}, KEPT)
LOST = replace(KEPT, after=0.4, low=-0.6, high=-0.45, labels={"LC": (0.9, 0.91), "PS": (0.92, 0.1)})


def findings(extension: Extension, *, language: Language = "en", reason: str = "") -> tuple[Finding, ...]:
    evidence = Evidence(task="tag", language=language, extension=extension)
    return run_checks(evidence, silence={"GR-FORGET": reason} if reason else {}, only=["GR-FORGET"])


def test_a_fall_is_told_with_its_figures_its_labels_and_its_mend() -> None:
    (finding,) = findings(replace(HEALTHY, retention=LOST))
    assert (finding.level, finding.ids, finding.title) == ("error", ("GR-FORGET",), "Old labels are lost")
    assert finding.message == (
        "The model lost what it knew. On 300 test texts of runs/old, entity F1 of the old labels went from 0.912 to "
        '0.4: -0.512 [-0.6, -0.45], and a fall of 0.02 is allowed. By label, F1: "PS" 0.92 → 0.1. '
        "240 old texts were learned again beside 120 new ones."
    )
    assert "extend.rehearse" in finding.fix
    assert "training.learning_rate" in finding.fix
    assert finding.evidence["labels"] == {"LC": [0.9, 0.91], "PS": [0.92, 0.1]}


def test_only_a_fall_that_nobody_silenced_keeps_the_model_from_being_saved() -> None:
    assert is_forgetful(findings(replace(HEALTHY, retention=LOST)))
    assert not is_forgetful(findings(replace(HEALTHY, retention=LOST), reason="the old labels are not needed"))
    assert not is_forgetful(findings(HEALTHY))
    assert not is_forgetful(findings(replace(HEALTHY, n_old_marked=0)))


def test_new_texts_without_old_labels_are_told() -> None:
    (finding, kept) = findings(replace(HEALTHY, n_old_marked=0, old_unmarked={"Seoul": 40, "Ada": 2}))
    assert (finding.level, kept.level) == ("warning", "pass")
    assert finding.message == (
        'None of the 120 new texts has an old label ("LC", "PS"), so what belongs to them is taught as O. '
        'Names of old labels stand there untagged 42 times ("Seoul", "Ada").'
    )


@pytest.mark.parametrize(("n", "level"), [(6, "info"), (7, "warning")])
def test_names_of_the_new_type_in_rehearsed_texts_are_counted(n: int, level: str) -> None:
    found = findings(replace(HEALTHY, new_unmarked={"Aspirin": n}))
    (finding,) = [one for one in found if one.level != "pass"]
    assert finding.level == level
    assert f'untagged in the 240 rehearsed texts {n} times ("Aspirin")' in finding.message


def test_names_of_old_labels_in_new_texts_are_counted() -> None:
    found = findings(replace(HEALTHY, old_unmarked={"Seoul": 10}, retention=None))
    assert [one.level for one in found] == ["warning"]
    assert "beside 95 tagged entities" in found[0].message


def test_before_training_a_sound_extension_is_a_pass() -> None:
    (finding,) = findings(replace(HEALTHY, retention=None))
    assert (finding.level, finding.evidence["n_rehearsed"]) == ("pass", 240)


def test_texts_that_either_run_has_seen_are_told() -> None:
    scored, kept = findings(replace(HEALTHY, n_held_seen=7, n_scored_old=12))
    assert (kept.level, kept.evidence["n_held_seen"]) == ("pass", 7)
    assert kept.message.endswith("7 more of them are trained on now and were left out.")
    assert (scored.level, scored.evidence["n_scored_old"]) == ("warning", 12)
    assert "12 of its validation and test texts" in scored.message


def test_every_finding_is_told_in_korean() -> None:
    all_wrong = replace(HEALTHY, n_old_marked=0, new_unmarked={"Aspirin": 90}, retention=LOST)
    lost, *untagged = findings(all_wrong, language="ko")
    assert "0.912에서 0.4(으)로" in lost.message
    assert len(untagged) == 2
    assert all("O로 배웁니다" in one.message for one in untagged)
