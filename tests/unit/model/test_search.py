"""The search against all answers there are, of models so small that they can be listed."""

from itertools import product

import pytest
import torch

from seqwise.model.search import Beams, search

END = 3


class Chain:
    """The next token depends on the one before it and on how many there are.

    A state holds all that was told to each path.
    """

    def __init__(self, n_sequences, n_steps=5, *, seed=0):
        generator = torch.Generator().manual_seed(seed)
        self.table = torch.randn(n_sequences, n_steps, END + 1, END + 1, generator=generator, dtype=torch.float64)
        self.table = (2 * self.table).log_softmax(dim=3)

    def begin(self, n_paths):
        owners = torch.arange(len(self.table)).repeat_interleave(n_paths)
        return owners, [torch.full((len(owners),), END)]

    def step(self, tokens, state):
        owners, told = state
        n_steps = len(told) - 1
        scores = self.table[owners, n_steps, tokens]
        return scores, (owners, [*told, tokens])

    def follow(self, state, rows):
        owners, told = state
        assert torch.equal(owners, owners[rows])  # a path goes on from one of its own sequence
        return owners, [each[rows] for each in told]


class Remembering(Chain):
    """The next token depends on the first one that was written, which only the right past knows."""

    def step(self, tokens, state):
        owners, told = state
        first = told[2] if len(told) > 2 else tokens
        return self.table[owners, len(told) - 1, first], (owners, [*told, tokens])


def score_of(chain, sequence, tokens):
    """Log-probability of an answer with its end."""
    told, total = END, 0.0
    for step, token in enumerate([*tokens, END]):
        total += float(chain.table[sequence, step, told, token])
        told = token
    return total


def best_by_listing(chain, sequence, *, longest, alpha):
    answers = (tokens for n in range(longest) for tokens in product(range(END), repeat=n))
    scored = [(score_of(chain, sequence, t) / ((5 + len(t) + 1) / 6) ** alpha, list(t)) for t in answers]
    return max(scored)


@pytest.mark.parametrize("alpha", [0.0, 0.6, 2.0])
def test_a_search_wide_enough_finds_the_best_of_all_answers(alpha):
    chain = Chain(6)
    beams = Beams(size=81, length_penalty=alpha, end=END)
    found = search(chain, chain.begin(81), longest=[5] * 6, beams=beams)
    for sequence in range(6):
        score, tokens = best_by_listing(chain, sequence, longest=5, alpha=alpha)
        assert found.tokens[sequence] == tokens
        total = score_of(chain, sequence, tokens)
        assert found.log_probabilities[sequence] == pytest.approx(total, abs=1e-12)
        assert total / beams.penalty(len(tokens) + 1) == pytest.approx(score, abs=1e-12)
    assert all(found.has_ended)


def test_one_path_takes_the_likeliest_token_each_time():
    chain = Chain(20, n_steps=12)
    found = search(chain, chain.begin(1), longest=[12] * 20, beams=Beams(1, length_penalty=0.0, end=END))
    for sequence, tokens in enumerate(found.tokens):
        told, expected = END, []
        for step in range(12):
            told = int(chain.table[sequence, step, told].argmax())
            expected.append(told)
            if told == END:
                break
        has_ended = expected[-1] == END
        assert tokens == (expected[:-1] if has_ended else expected)
        assert found.has_ended[sequence] is has_ended


@pytest.mark.parametrize("size", [1, 3])
def test_an_answer_does_not_depend_on_the_others_of_its_batch(size):
    chain, beams = Chain(8, n_steps=9), Beams(size, length_penalty=0.6, end=END)
    longest = [3, 9, 5, 1, 7, 2, 9, 4]
    together = search(chain, chain.begin(size), longest=longest, beams=beams)
    for sequence in range(8):
        alone = Chain(8, n_steps=9)
        alone.table = alone.table[sequence : sequence + 1]
        found = search(alone, alone.begin(size), longest=[longest[sequence]], beams=beams)
        assert found.tokens[0] == together.tokens[sequence]
        assert found.log_probabilities[0] == pytest.approx(together.log_probabilities[sequence], abs=1e-12)


def test_a_wider_search_is_never_told_a_worse_score_than_its_own_answer():
    chain = Chain(50, n_steps=8, seed=3)
    scores = []
    for size in (1, 2, 8):
        found = search(chain, chain.begin(size), longest=[8] * 50, beams=Beams(size, length_penalty=0.0, end=END))
        for sequence, tokens in enumerate(found.tokens):
            if found.has_ended[sequence]:
                assert found.log_probabilities[sequence] == pytest.approx(score_of(chain, sequence, tokens), abs=1e-12)
        scores.append(sum(found.log_probabilities))
    assert scores[0] < scores[-1]


def test_paths_keep_their_own_past():
    chain = Remembering(10, seed=5)
    found = search(chain, chain.begin(81), longest=[5] * 10, beams=Beams(81, length_penalty=0.0, end=END))

    def total(sequence, tokens):
        told = [END, *tokens]
        firsts = [told[0], *(tokens[:1] * len(tokens))]
        steps = zip(firsts, [*tokens, END], strict=True)
        return sum(float(chain.table[sequence, step, first, token]) for step, (first, token) in enumerate(steps))

    for sequence in range(10):
        answers = (list(tokens) for n in range(5) for tokens in product(range(END), repeat=n))
        assert found.tokens[sequence] == max(answers, key=lambda tokens: total(sequence, tokens))


def test_a_path_that_never_ends_is_cut_off_and_says_so():
    chain = Chain(2, n_steps=6)
    chain.table[:, :, :, END] = -1e4
    found = search(chain, chain.begin(2), longest=[6, 4], beams=Beams(2, length_penalty=0.6, end=END))
    assert [len(tokens) for tokens in found.tokens] == [6, 4]
    assert found.has_ended == [False, False]


def test_one_path_ends_at_its_first_end_whatever_the_length_is_worth():
    chain = Chain(1, n_steps=4)
    chain.table[:] = torch.tensor([-30.0, -30.0, -0.713, -0.693], dtype=torch.float64)  # the end is likeliest
    chain.table[0, 1, 2] = torch.tensor([-30.0, -30.0, -7.0, -0.001], dtype=torch.float64)
    greedy = search(chain, chain.begin(1), longest=[4], beams=Beams(1, length_penalty=0.6, end=END))
    assert (greedy.tokens, greedy.log_probabilities) == ([[]], [pytest.approx(-0.693)])
    wide = search(chain, chain.begin(2), longest=[4], beams=Beams(2, length_penalty=0.6, end=END))
    assert wide.tokens == [[2]]
