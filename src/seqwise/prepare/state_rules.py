"""Rules of states in, the most probable sequences that keep them out: which never follow, and how long one may last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqwise.errors import Problem, UsageError, did_you_mean
from seqwise.records import Array, Indices
from seqwise.series_records import MISSING

ARROW = ">"
NEVER = -np.inf


@dataclass(frozen=True)
class StateRules:
    """What sequences of states keep to.

    Attributes:
        follows: whether a state may come behind another one, shape (state, state).
        longest: steps in a row that each state may last, shape (state,); 0: any number.
    """

    follows: NDArray[np.bool_]
    longest: Indices

    def violations(self, states: Indices, before: Indices) -> NDArray[np.bool_]:
        """Steps that break a rule: the second of a pair, and each step past the longest run.

        Args:
            states: codes, shape (window, step).
            before: codes that came right before them, shape (window, input); `MISSING` keeps to every rule.
        """
        every = np.concatenate([before, states], axis=1)
        first, second = every[:, :-1], every[:, 1:]
        is_known = (first != MISSING) & (second != MISSING)
        broken = is_known & ~self.follows[first, second]
        limit = self.longest[every[:, 1:]]
        broken |= is_known & (limit > 0) & (_runs(every)[:, 1:] > limit)
        return broken[:, before.shape[1] - 1 :]

    def decode(self, log_probabilities: Array, before: Indices) -> Indices:
        """The most probable sequence of each window that breaks no rule, shape (window, step).

        The Viterbi algorithm (Forney 1973, https://doi.org/10.1109/PROC.1973.9030) over pairs of a state and how long
        it has lasted. Where no sequence keeps the rules, the most probable states are taken one by one.

        Args:
            log_probabilities: of each step, shape (window, step, state).
            before: codes that came right before, shape (window, input).
        """
        n, n_steps, _ = log_probabilities.shape
        most = max(1, int(self.longest.max(initial=0)))
        scores = self._begin(before, most)  # (window, state, run)
        came: list[Indices] = []
        for step in range(n_steps):
            scores, came_from = self._advance(scores, log_probabilities[:, step])
            came.append(came_from)
        flat = scores.reshape(n, -1)
        place, decoded = flat.argmax(axis=1), np.empty((n, n_steps), dtype=np.int64)
        rows = np.arange(n)
        for step in reversed(range(n_steps)):
            decoded[:, step] = place // most
            place = came[step].reshape(n, -1)[rows, place]
        is_impossible = ~np.isfinite(flat.max(axis=1))
        decoded[is_impossible] = log_probabilities[is_impossible].argmax(axis=2)
        return decoded

    def _begin(self, before: Indices, most: int) -> Array:
        """Scores of the last state seen with its run; where it is missing any state may have come before."""
        n_states = len(self.longest)
        scores = np.full((len(before), n_states, most), NEVER)
        last, run = before[:, -1], _runs(before)[:, -1]
        known = last != MISSING
        scores[known, last[known], np.minimum(run[known], most) - 1] = 0.0
        scores[~known] = 0.0
        return scores

    def _advance(self, scores: Array, log_probabilities: Array) -> tuple[Array, Indices]:
        """One step on: scores, shape (window, state, run), and the place, state * most + run, that each came from."""
        _, n_states, most = scores.shape
        best, run_of_best = scores.max(axis=2), scores.argmax(axis=2)  # (window, state)
        moved = np.where(self.follows, best[:, :, None], NEVER)  # (window, before, now)
        moved[:, np.arange(n_states), np.arange(n_states)] = NEVER
        source = moved.argmax(axis=1)  # (window, now)
        after = np.full_like(scores, NEVER)
        came_from = np.zeros(scores.shape, dtype=np.int64)
        after[:, :, 0] = moved.max(axis=1)
        came_from[:, :, 0] = source * most + np.take_along_axis(run_of_best, source, axis=1)
        stays = self.follows[np.arange(n_states), np.arange(n_states)]
        own = np.arange(n_states)[None, :] * most
        for run in range(most):
            is_allowed = stays & ((self.longest == 0) | (run + 1 < self.longest))  # it has lasted run + 1 steps
            lasted = np.where(is_allowed, scores[:, :, run], NEVER)
            now = min(run + 1, most - 1)
            is_better = lasted > after[:, :, now]
            after[:, :, now] = np.where(is_better, lasted, after[:, :, now])
            came_from[:, :, now] = np.where(is_better, own + run, came_from[:, :, now])
        return after + log_probabilities[:, :, None], came_from


def read_rules(forbidden: Sequence[str], longest: Mapping[str, int], *, states: Sequence[str]) -> StateRules | None:
    """The rules that settings name; None where they name none.

    Args:
        forbidden: pairs such as ``N>D``: D never comes the step behind N.
        longest: steps in a row by state.
        states: in the order of their codes.

    Raises:
        UsageError: with every pair that is none, and every state that is not known.
    """
    if not forbidden and not longest:
        return None
    pairs = [(pair, *pair.split(ARROW)) for pair in forbidden]
    problems = [
        Problem("data.forbidden", f'found "{pair[0]}".', f'Write two states as "{states[0]}{ARROW}{states[-1]}".')
        for pair in pairs
        if len(pair) != 3
    ]
    named = [("data.forbidden", state.strip()) for pair in pairs if len(pair) == 3 for state in pair[1:]]
    named += [("data.longest", state) for state in longest]
    problems += [
        Problem(key, f'found "{state}"; the states are {", ".join(states)}.', did_you_mean(state, states))
        for key, state in dict.fromkeys(named)
        if state not in states
    ]
    if problems:
        raise UsageError(problems)
    codes = {state: code for code, state in enumerate(states)}
    follows = np.ones((len(states), len(states)), dtype=np.bool_)
    for _, first, second in pairs:
        follows[codes[first.strip()], codes[second.strip()]] = False
    limits = np.array([longest.get(state, 0) for state in states], dtype=np.int64)
    return StateRules(follows, limits)


def _runs(states: Indices) -> Indices:
    """How many steps in a row each state has lasted up to each step, shape as given."""
    steps = np.arange(states.shape[1])
    is_new = np.ones(states.shape, dtype=np.bool_)
    is_new[:, 1:] = states[:, 1:] != states[:, :-1]
    return steps - np.maximum.accumulate(np.where(is_new, steps, 0), axis=1) + 1
