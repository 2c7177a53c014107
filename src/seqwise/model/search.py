"""A decoder that goes on token by token in, the answers that it finds likeliest out: greedy, or by beams."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

import torch
from jaxtyping import Float, Int
from torch import Tensor

State = TypeVar("State")


@runtime_checkable
class Continues(Protocol[State]):
    """What can be searched: a token for each path in, log-probabilities of the next one out."""

    def step(self, tokens: Int[Tensor, " path"], state: State) -> tuple[Float[Tensor, "path vocab"], State]:
        """Log-probabilities of what follows these tokens, and what stands before the next step."""
        ...

    def follow(self, state: State, rows: Int[Tensor, " path"]) -> State:
        """What stands before the next step where each path goes on from another row."""
        ...


@dataclass(frozen=True)
class Beams:
    """How to search.

    Attributes:
        size: paths that are kept for each sequence; 1 is greedy.
        length_penalty: alpha; the score of n tokens is their log-probability over ``((5 + n) / 6) ** alpha``. Wu et al.
            (2016), https://arxiv.org/abs/1609.08144, equation 14.
        end: the token that ends an answer, and is told before the first.
    """

    size: int
    length_penalty: float
    end: int

    def penalty(self, n_tokens: int) -> float:
        """What the log-probability of an answer of so many tokens, its end counted, is divided by."""
        return ((5.0 + n_tokens) / 6.0) ** self.length_penalty


@dataclass(frozen=True)
class Found:
    """The answer of each sequence: its tokens without the end, their log-probability with it, and whether it ended.

    The log-probability of one that has not ended is that of its tokens.
    """

    tokens: list[list[int]]
    log_probabilities: list[float]
    has_ended: list[bool]


def search(model: Continues[State], state: State, *, longest: Sequence[int], beams: Beams) -> Found:
    """The best answer of each sequence.

    At each step the paths of a sequence are continued by their likeliest tokens. Of as many likeliest continuations as
    there are paths those that end are answers, and of twice as many the likeliest others go on. A sequence is done when
    no path that goes on can become better than its best answer; a single path, which is greedy, at its first end. A
    path that reaches its longest length is an answer that has not ended; it counts where no other has ended.

    Args:
        model: steps of ``beams.size`` paths for each sequence, side by side.
        state: before the first step.
        longest: tokens of each sequence's answer at most, its end counted, 1 or more.
        beams: how to search.
    """
    walk = _Walk(longest, beams)
    for n_tokens in range(1, max(longest) + 1):
        told = walk.last()
        scores, state = model.step(told, state)
        rows = walk.extend(scores, n_tokens)
        if walk.is_done():
            break
        state = model.follow(state, rows)
    return walk.found()


class _Walk:
    """The paths so far, and the best answer of each sequence."""

    def __init__(self, longest: Sequence[int], beams: Beams) -> None:
        self.beams, self.longest = beams, list(longest)
        n = len(longest)
        self.tokens = torch.zeros((n, beams.size, 0), dtype=torch.int64)
        self.scores = torch.full((n, beams.size), -torch.inf, dtype=torch.float64)
        self.scores[:, 0] = 0.0  # all paths begin alike: one is enough
        self.best: list[tuple[float, list[int], float]] = [(-torch.inf, [], -torch.inf) for _ in longest]
        self.unended: list[tuple[list[int], float] | None] = [None for _ in longest]

    def last(self) -> Int[Tensor, " path"]:
        """The token that each path is told."""
        if not self.tokens.shape[2]:
            return torch.full((self.tokens.shape[0] * self.beams.size,), self.beams.end)
        return self.tokens[:, :, -1].flatten()

    def extend(self, scores: Float[Tensor, "path vocab"], n_tokens: int) -> Int[Tensor, " path"]:
        """Go one token on; the row that each path goes on from."""
        size, (n_sequences, _, _) = self.beams.size, self.tokens.shape
        n_vocabulary = scores.shape[1]
        totals = self.scores.unsqueeze(2) + scores.cpu().double().view(n_sequences, size, -1)
        most = min(2 * size, size * n_vocabulary)
        likeliest, places = totals.flatten(1).topk(most, dim=1)
        parents, tokens = places // n_vocabulary, places % n_vocabulary
        is_end = tokens == self.beams.end
        self._keep_answers(likeliest, parents, is_end=is_end, n_tokens=n_tokens)
        goes_on = likeliest.masked_fill(is_end, -torch.inf)
        self.scores, chosen = goes_on.topk(size, dim=1)
        kept = parents.gather(1, chosen)
        before = self.tokens.gather(1, kept.unsqueeze(2).expand(-1, -1, self.tokens.shape[2]))
        self.tokens = torch.cat([before, tokens.gather(1, chosen).unsqueeze(2)], dim=2)
        if size == 1:
            self.scores[is_end[:, :1]] = -torch.inf
        self._stop_longest(n_tokens)
        return (torch.arange(n_sequences).unsqueeze(1) * size + kept).flatten()

    def is_done(self) -> bool:
        """Whether no path can become better than the answers that there are."""
        reachable = self.scores.max(dim=1).values.tolist()
        return all(
            score == -torch.inf or score / self.beams.penalty(longest) <= best[0]
            for score, best, longest in zip(reachable, self.best, self.longest, strict=True)
        )

    def found(self) -> Found:
        """The best answers."""
        tokens: list[list[int]] = []
        scores: list[float] = []
        ended: list[bool] = []
        for (score, answer, total), open_answer in zip(self.best, self.unended, strict=True):
            has_ended = score > -torch.inf
            assert has_ended or open_answer is not None
            chosen, value = (answer, total) if has_ended or open_answer is None else open_answer
            tokens.append(chosen)
            scores.append(value)
            ended.append(has_ended)
        return Found(tokens, scores, ended)

    def _keep_answers(
        self, totals: Float[Tensor, "n more"], parents: Int[Tensor, "n more"], *, is_end: Tensor, n_tokens: int
    ) -> None:
        is_new = is_end[:, : self.beams.size] & totals[:, : self.beams.size].isfinite()
        for sequence, place in is_new.nonzero().tolist():
            total = float(totals[sequence, place])
            score = total / self.beams.penalty(n_tokens)
            if score > self.best[sequence][0] and n_tokens <= self.longest[sequence]:
                answer = self.tokens[sequence, int(parents[sequence, place])].tolist()
                self.best[sequence] = (score, answer, total)

    def _stop_longest(self, n_tokens: int) -> None:
        """Paths as long as they may be go no further."""
        for sequence, longest in enumerate(self.longest):
            if n_tokens == longest:
                self.unended[sequence] = (self.tokens[sequence, 0].tolist(), float(self.scores[sequence, 0]))
                self.scores[sequence] = -torch.inf
