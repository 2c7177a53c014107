"""The representation probe, beside cosines and variances counted pair by pair."""

from itertools import combinations

import numpy as np
import pytest
import torch

from seqwise.batch.flat import collate
from seqwise.check.engine import run_checks
from seqwise.probe.representation import distinct_inputs, effective_rank, representation
from seqwise.records import Evidence, Examples, FlatTokens
from seqwise.series_evidence import SeriesEvidence

LENGTHS = (5, 1, 3, 5)


def batch(lengths=LENGTHS, *, tokens=None):
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    ids = np.arange(offsets[-1]) if tokens is None else np.array(tokens)
    return collate(Examples(tokens=FlatTokens(ids.astype(np.int32), offsets)), np.arange(len(lengths)))


def drawn(n=14, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, 6)) + 0.5)


def by_hand(states, groups):
    """Mean cosine over pairs of a group, and variance inside groups of two or more over the mean square."""
    states, groups = states.numpy(), groups.numpy()
    kept = [np.flatnonzero(groups == group) for group in np.unique(groups) if (groups == group).sum() > 1]
    pairs = [pair for rows in kept for pair in combinations(rows, 2)]
    cosines = [states[i] @ states[j] / np.linalg.norm(states[i]) / np.linalg.norm(states[j]) for i, j in pairs]
    inside = sum(((states[rows] - states[rows].mean(axis=0)) ** 2).sum() for rows in kept)
    return np.mean(cosines), inside / sum((states[rows] ** 2).sum() for rows in kept)


def test_cosines_and_shares_are_those_counted_pair_by_pair():
    rows, states = batch(), drawn()
    facts = representation(lambda _: states, rows)
    assert (facts.position_cosine, facts.position_share) == pytest.approx(by_hand(states, rows.sequence))
    assert (facts.input_cosine, facts.input_share) == pytest.approx(by_hand(states, rows.positions))
    assert (facts.n_states, facts.n_inputs) == (14, 4)


def test_the_effective_rank_is_that_of_the_singular_values():
    assert effective_rank(torch.eye(5, dtype=torch.float64)) == pytest.approx(5)
    assert effective_rank(torch.ones(9, 4, dtype=torch.float64)) == pytest.approx(1)
    assert effective_rank(torch.zeros(9, 4, dtype=torch.float64)) == 1
    # Shares 3/4 and 1/4: exp of their entropy.
    expected = np.exp(-0.75 * np.log(0.75) - 0.25 * np.log(0.25))
    assert effective_rank(torch.diag(torch.tensor([3.0, 1.0], dtype=torch.float64))) == pytest.approx(expected)


def test_an_input_that_is_repeated_counts_once():
    rows = batch((2, 2, 2), tokens=[1, 2, 1, 2, 3, 4])
    assert distinct_inputs(rows).tolist() == [True, True, False, False, True, True]
    facts = representation(lambda batch: batch.tokens[:, None].double(), rows)
    assert (facts.n_inputs, facts.n_states) == (2, 4)


def test_tokens_that_are_asked_for_are_compared_alone():
    rows, states = batch(), drawn()
    compared = rows.positions < 2
    facts = representation(lambda _: states, rows, compared=compared)
    assert facts.position_cosine == pytest.approx(by_hand(states[compared], rows.sequence[compared])[0])
    assert facts.n_states == 7


def test_what_cannot_be_compared_is_none():
    facts = representation(lambda _: drawn(5), batch((5,)))
    assert (facts.input_cosine, facts.input_share) == (None, None)
    assert facts.position_share > 0.1
    facts = representation(lambda _: drawn(3), batch((1, 1, 1)))
    assert (facts.position_cosine, facts.position_share) == (None, None)
    assert facts.input_share > 0.1


def levels(states, lengths=LENGTHS):
    facts = representation(lambda _: states, batch(lengths))
    found = run_checks(Evidence(task="forecast", series=SeriesEvidence(representation=facts)), silence={})
    return [(finding.level, finding.title) for finding in found]


def test_broken_twins_of_states_are_named_and_the_healthy_one_is_not():
    rows, states = batch(), drawn()
    assert levels(states) == [("pass", "States differ")]
    of_input, of_position = states[rows.sequence], states[rows.positions]
    assert levels(of_input) == [("error", "States do not depend on positions")]
    assert levels(of_position) == [("error", "States do not depend on inputs")]
    assert [level for level, _ in levels(torch.ones(14, 6) + 1e-4 * states)] == ["error", "error"]
    assert [level for level, _ in levels(torch.zeros(14, 6))] == ["error", "error"]
