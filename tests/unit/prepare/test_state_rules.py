"""Decoding by rules against a search of all sequences, and against the rules of the roster generator."""

from itertools import product

import numpy as np
import pytest

from seqwise.errors import UsageError
from seqwise.examples.roster import RosterRules
from seqwise.prepare.state_rules import read_rules
from seqwise.series_records import MISSING

STATES = ("D", "E", "N", "O")


def best_by_search(logs, before, rules):
    """The most probable of all sequences that break no rule, each window by itself."""
    n, n_steps, n_states = logs.shape
    every = np.array(list(product(range(n_states), repeat=n_steps)))
    found = []
    for window in range(n):
        broken = rules.violations(every, np.repeat(before[window : window + 1], len(every), axis=0)).any(axis=1)
        scores = np.where(broken, -np.inf, logs[window][np.arange(n_steps), every].sum(axis=1))
        found.append(every[scores.argmax()] if np.isfinite(scores.max()) else logs[window].argmax(axis=1))
    return np.array(found)


@pytest.mark.parametrize(
    ("forbidden", "longest"),
    [(("N>D", "E>D"), {}), ((), {"N": 2, "O": 1}), (("N>D", "N>E", "O>O"), {"N": 3, "D": 1}), (("D>D",), {"D": 3})],
)
def test_the_decoded_sequence_is_the_best_of_all_that_keep_the_rules(forbidden, longest):
    rng = np.random.default_rng(0)
    rules = read_rules(forbidden, longest, states=STATES)
    assert rules is not None
    logs = np.log(rng.dirichlet(np.full(4, 0.4), size=(60, 4)))
    before = rng.integers(MISSING, 4, size=(60, 3))
    decoded = rules.decode(logs, before)
    np.testing.assert_array_equal(decoded, best_by_search(logs, before, rules))
    assert (decoded != logs.argmax(axis=2)).any()
    assert not rules.violations(decoded, before).any()


def test_violations_are_those_of_the_generator_of_rosters():
    rng = np.random.default_rng(1)
    states = rng.integers(0, 4, size=(30, 12))
    own = read_rules(("N>D", "E>D"), {"N": 2, "O": 3}, states=STATES)
    other = RosterRules(forbidden=(("N", "D"), ("E", "D")), longest={"N": 2, "O": 3})
    assert own is not None
    found = own.violations(states[:, 5:], states[:, :5])
    np.testing.assert_array_equal(found, other.violations(np.array(STATES)[states])[:, 5:])


def test_where_no_sequence_keeps_the_rules_the_most_probable_states_are_taken():
    rules = read_rules(("D>D", "D>E"), {}, states=("D", "E"))
    assert rules is not None
    logs = np.log(np.array([[[0.9, 0.1], [0.2, 0.8]]]))
    assert rules.decode(logs, np.array([[0]])).tolist() == [[0, 1]]


def test_no_rules_are_none_and_unknown_states_are_told():
    assert read_rules((), {}, states=STATES) is None
    with pytest.raises(UsageError) as told:
        read_rules(("N>X", "N"), {"Q": 2}, states=STATES)
    assert [str(problem) for problem in told.value.problems] == [
        'data.forbidden: found "N". Write two states as "D>O".',
        'data.forbidden: found "X"; the states are D, E, N, O.',
        'data.longest: found "Q"; the states are D, E, N, O.',
    ]
