"""What is left open in settings of series follows from the table."""

import pytest

from seqwise.errors import UsageError
from seqwise.settings.heads import NumbersSettings
from seqwise.settings.names import BASELINES
from seqwise.settings.reading import settings_from_tables
from seqwise.settings.series import OF_KIND, settled

STATES = ("D", "N")


def given(**tables):
    base = {"data": {"train": "x", "time": "t"}, "encoder": {"name": "recurrent"}}
    return settings_from_tables({"task": "forecast", **base, **tables}, origin="test").settings


def told(states, **tables):
    with pytest.raises(UsageError) as caught:
        settled(given(**tables), states)
    return str(caught.value)


def test_states_have_steps_and_log_loss():
    found = settled(given(), STATES)
    assert (found.data.kind, found.data.labels, found.head.name) == ("states", STATES, "steps")
    assert (found.training.stop_on, found.evaluate.verdict_on) == ("log_loss", "log_loss")
    assert found.evaluate.baselines == BASELINES["forecast"]


def test_numbers_have_their_head_and_mae():
    found = settled(given(), ())
    assert (found.data.kind, found.data.labels, found.head) == ("numbers", (), NumbersSettings())
    assert (found.training.stop_on, found.evaluate.verdict_on) == ("mae", "mae")
    assert found.evaluate.baselines == OF_KIND["numbers"]
    assert not {"ets", "theta"} & set(found.evaluate.baselines)  # they need an extra package


def test_what_is_given_stays_and_settling_again_changes_nothing():
    tables = {"evaluate": {"baselines": ["last"], "verdict_on": "accuracy"}, "training": {"stop_on": "macro_f1"}}
    found = settled(given(**tables), STATES)
    assert (found.evaluate.baselines, found.evaluate.verdict_on, found.training.stop_on) == (
        ("last",),
        "accuracy",
        "macro_f1",
    )
    for states in (STATES, ()):
        once = settled(given(), states)
        assert settled(once, states) == once


def test_faults_are_told_together():
    message = told(
        STATES,
        head={"name": "numbers"},
        evaluate={"baselines": ["naive"], "verdict_on": "mae"},
        training={"stop_on": "mse"},
    )
    assert 'head.name: found "numbers"; these series are of states. Write "steps" or "decoder".' in message
    assert 'evaluate.baselines: found "naive"; series of states have majority' in message
    assert 'training.stop_on: found "mse"; series of states have log_loss, accuracy, macro_f1.' in message
    assert 'evaluate.verdict_on: found "mae"; series of states have' in message
    assert 'head.name: found "decoder"; these series are of numbers. Write "numbers".' in told(
        (), head={"name": "decoder"}
    )
    assert 'found "markov1"; series of numbers have naive' in told((), head={"name": "numbers", "stand_on": "markov1"})
