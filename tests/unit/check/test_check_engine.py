import pytest
from check_evidence import bare, calibrated, levels, roster

from seqwise.check import CHECKS
from seqwise.check.engine import check, known_ids, run_checks
from seqwise.errors import UsageError
from seqwise.records import Evidence


def test_errors_come_first_then_warnings_information_and_passes():
    found = levels(run_checks(roster(), silence={}))
    assert found == sorted(found, key=["error", "warning", "info", "pass"].index)
    assert found[0] == "error"


def test_without_evidence_every_check_is_silent():
    assert run_checks(Evidence(task="classify"), silence={}) == ()


def test_a_silenced_finding_keeps_its_level_and_carries_the_reason():
    plain = run_checks(roster(), silence={})
    silenced = run_checks(roster(), silence={"GR-COLLAPSE": "a test of the alarm"})
    assert levels(plain) == levels(silenced)
    assert {finding.silenced for finding in silenced if finding.check == "collapse"} == {"a test of the alarm"}
    assert {finding.silenced for finding in silenced if finding.check != "collapse"} == {""}


def test_a_pass_is_never_marked_as_silenced():
    evidence = bare(*calibrated(500, 3))
    found = run_checks(evidence, silence={"GR-COLLAPSE": "reason"}, only=["collapse"])
    assert [(finding.level, finding.silenced) for finding in found] == [("pass", "")]


@pytest.mark.parametrize("wanted", ["collapse", "GR-COLLAPSE"])
def test_only_takes_names_and_guardrail_ids(wanted):
    assert {finding.check for finding in run_checks(roster(), silence={}, only=[wanted])} == {"collapse"}


def test_an_unknown_id_in_silence_names_the_nearest():
    with pytest.raises(UsageError, match=r'checks\.silence: found "GR-COLAPSE"; known: .*Did you mean "GR-COLLAPSE"\?'):
        run_checks(roster(), silence={"GR-COLAPSE": "reason"})


def test_an_unknown_check_to_run_names_the_nearest():
    with pytest.raises(UsageError, match=r'checks to run: found "colapse"; .*Did you mean "collapse"\?'):
        run_checks(roster(), silence={}, only=["colapse"])


def test_silence_without_a_reason_is_refused():
    with pytest.raises(UsageError, match=r"checks\.silence\.GR-DUP: found no reason\. Write why"):
        run_checks(roster(), silence={"GR-DUP": " "})


def test_all_faults_of_silence_are_told_at_once():
    with pytest.raises(UsageError) as caught:
        run_checks(roster(), silence={"GR-DUP": "", "GR-NOPE": "reason"})
    assert len(caught.value.problems) == 2


def test_an_unknown_check_names_the_nearest():
    with pytest.raises(UsageError, match=r'check: found "colapse"; .*Did you mean "collapse"\?'):
        check("colapse")


def test_each_guardrail_names_all_checks_that_answer_for_it():
    answers = [(guardrail, name) for guardrail, names in known_ids().items() for name in names]
    assert sorted(answers) == sorted((guardrail, name) for name in CHECKS for guardrail in check(name).ids)
    assert {guardrail for guardrail, names in known_ids().items() if len(names) > 1} == {
        "GR-COLLAPSE",
        "GR-DUP",
        "GR-SCHEME",
    }
