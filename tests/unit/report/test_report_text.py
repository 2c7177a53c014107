"""The last lines of a run: verdict, scores, findings and the way to the report, in both languages."""

from dataclasses import replace
from pathlib import Path

import pytest
from report_fake_run import write_run

from seqwise.records import Finding
from seqwise.report.facts import RunFacts
from seqwise.report.load import read_run
from seqwise.report.text import summary_lines


def test_the_verdict_of_the_test_rows_comes_first(facts: RunFacts) -> None:
    lines = summary_lines(facts)
    assert facts.scores is not None
    verdict = facts.scores.splits["test"].verdict
    assert lines[0] == "test rows: 600. Better than naive_bayes"
    assert lines[1] == f"  gain in log loss: {verdict.difference:.4f} [{verdict.low:.3f}, {verdict.high:.3f}]"


def test_every_baseline_stands_beside_the_model(facts: RunFacts) -> None:
    assert facts.scores is not None
    scores = facts.scores.splits["test"]
    lines = summary_lines(facts)
    head = next(number for number, line in enumerate(lines) if line.startswith("test rows  "))
    rows = lines[head + 1 : head + 2 + len(scores.baselines)]
    assert [row.split()[0] for row in rows] == [
        "model",
        "naive_bayes",
        "tfidf_logistic",
        "tfidf_forest",
        "prior",
        "majority",
    ]
    for row in rows:
        metrics = scores.baselines.get(row.split()[0], scores.metrics)
        assert f"{metrics['log_loss'].value:.4f} [{metrics['log_loss'].low:.3f}" in row
        assert f"{metrics['accuracy'].value:.4f} [{metrics['accuracy'].low:.3f}" in row


def test_findings_worth_reading_are_told_with_their_fix(facts: RunFacts) -> None:
    lines = summary_lines(facts)
    assert "Findings: errors 1, warnings 1, passed 2" in lines
    told = [line for line in lines if "GR-" in line]
    assert [line.split()[:2] for line in told] == [["Error", "GR-EVALONTRAIN:"], ["Warning", "GR-DUP:"]]
    assert "    Fix: Give data.validation another file or a share." in lines


def test_the_report_is_named_only_when_it_is_there(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    assert not any("Report:" in line for line in summary_lines(read_run(folder)))
    (folder / "report.html").write_text("x")
    assert summary_lines(read_run(folder))[-1] == f"Report: {folder / 'report.html'}"


def test_korean_columns_stand_under_each_other(facts: RunFacts) -> None:
    lines = summary_lines(facts, language="ko")
    rows = [line for line in lines if line.startswith(("시험 데이터  ", "모델 ", "naive_bayes ", "majority "))]
    starts = []
    for row in rows:
        column = next(i for i in range(len(row)) if row[i - 2 : i] == "  " and row[i] != " ")
        starts.append(sum(2 if letter >= "가" else 1 for letter in row[:column]))
    assert len(rows) == 4
    assert len(set(starts)) == 1


def test_a_run_without_scores_says_how_to_go_on(facts: RunFacts) -> None:
    lines = summary_lines(replace(facts, scores=None, findings=(), missing=("findings.json", "scores.json")))
    assert lines[0] == "No scores yet: the run did not come to its evaluation."
    assert lines[1] == "Go on with: seqwise fit spooky-gru/settings.toml --out spooky-gru --resume"
    assert not any("Findings" in line for line in lines)


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\r\n", "\x07"])
def test_a_text_of_a_user_cannot_repaint_the_terminal(hostile: str, facts: RunFacts) -> None:
    finding = Finding(check="x", level="error", title=f"a{hostile}b", message="", ids=("GR-X",))
    lines = summary_lines(replace(facts, findings=(finding,)))
    assert all(line.isprintable() for line in lines)
