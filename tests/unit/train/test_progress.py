"""What a person reads while training runs."""

import pytest

from seqwise.records import Finding
from seqwise.train.progress import Pace, Progress, Yardstick, announce


def pace(step: int) -> Pace:
    return Pace(step=step, n_updates=100, epoch=0.5, loss=0.69, rate=1e-3, tokens_per_s=12345.0)


def test_away_from_a_terminal_plain_lines_name_loss_rate_speed_and_time_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Progress(yardstick=None) as progress:
        progress.update(pace(50))
    line = capsys.readouterr().err
    for part in ("update 50/100", "loss 0.6900", "lr 1.00e-03", "12,345 tokens/s", "ETA"):
        assert part in line


def test_plain_lines_are_few(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(yardstick=None) as progress:
        for step in range(1, 60):
            progress.update(pace(step))
    assert capsys.readouterr().err.count("\n") == 1


def test_an_evaluation_stands_beside_the_best_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    yardstick = Yardstick(metric="log_loss", baseline="naive_bayes", value=0.35)
    Progress(yardstick=yardstick).evaluation(epoch=1.0, train_loss=0.5, validation_loss=0.4, metric=0.4)
    assert "log_loss 0.4000 (naive_bayes 0.3500)" in capsys.readouterr().err


def test_a_quiet_run_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(yardstick=None, is_quiet=True) as progress:
        progress.update(pace(50))
        progress.evaluation(epoch=1.0, train_loss=0.5, validation_loss=0.4, metric=0.4)
        progress.say("a line")
    assert not capsys.readouterr().err


def test_faults_are_told_before_training_and_silenced_ones_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    loud = Finding(check="rate_plan", level="error", title="", message="[50] updates.", ids=("GR-LRPLAN",), fix="Mend.")
    silenced = Finding(check="x", level="error", title="", message="hush", ids=("GR-DUP",), silenced="known")
    passed = Finding(check="y", level="pass", title="", message="fine", ids=("GR-TRUNC",))
    announce([loud, silenced, passed])
    assert capsys.readouterr().err == "error: [50] updates. Mend. [GR-LRPLAN]\n"
