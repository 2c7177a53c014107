"""A network and sources in, the texts that it writes out; and what it says where it is told the truth."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from seqwise.answers import ToldTruth
from seqwise.batch.plan import prediction_batches
from seqwise.model.heads.text import TextHead
from seqwise.model.network import Network
from seqwise.model.search import Beams, search
from seqwise.prepare.pairs import PairPreparation
from seqwise.records import Array, Examples, FlatTokens
from seqwise.tensors import Batch

# Tokens of sources that are answered at once: each has as many paths as the search keeps.
AT_ONCE = 2048
# An answer is at most so many times as long as its source, and so many tokens more.
TIMES, MORE = 2, 10


@dataclass(frozen=True)
class Written:
    """Of each row the text, its log-probability with its end, and whether it came to its end."""

    texts: list[str]
    log_probabilities: Array
    has_ended: np.ndarray[Any, np.dtype[np.bool_]]


class _Steps:
    """The decoder of a head as the search asks it."""

    def __init__(self, head: TextHead) -> None:
        self.head = head

    def step(self, tokens: Int[Tensor, " path"], state: Any) -> tuple[Float[Tensor, "path vocab"], Any]:
        x, after = self.head.decoder.step(self.head.vectors(tokens.to(self.head.bias.device)), state)
        return self.head.logits(x).float().log_softmax(dim=1), after

    def follow(self, state: Any, rows: Int[Tensor, " path"]) -> Any:
        return self.head.decoder.follow(state, rows.to(self.head.bias.device))


def write(network: Network, tokens: FlatTokens, *, preparation: PairPreparation, device: torch.device) -> Written:
    """The text that the search finds for each source.

    Args:
        network: with a head of text.
        tokens: of the sources.
        preparation: that the tokens come from.
        device: of the network.
    """
    head = text_head(network)
    beams = Beams(head.settings.beam, length_penalty=head.settings.length_penalty, end=head.end)
    n_rows = len(tokens)
    answers: list[list[int]] = [[] for _ in range(n_rows)]
    scores, ended = np.zeros(n_rows), np.zeros(n_rows, dtype=np.bool_)
    network.eval()
    with torch.inference_mode():
        for batch in prediction_batches(Examples(tokens=tokens), batch_tokens=AT_ONCE):
            placed = batch.to(device)
            memory = head.memory(network.encoder(placed).hidden, placed)
            state = head.decoder.begin(memory, n_paths=beams.size)
            longest = [TIMES * n + MORE for n in batch.lengths]
            found = search(_Steps(head), state, longest=longest, beams=beams)
            for row, answer in zip(batch.rows, found.tokens, strict=True):
                answers[row] = answer
            scores[list(batch.rows)], ended[list(batch.rows)] = found.log_probabilities, found.has_ended
    return Written(preparation.texts(answers), scores, ended)


def tell_truth(
    network: Network, examples: Examples, *, preparation: PairPreparation, device: torch.device
) -> ToldTruth:
    """What a network says of the tokens of true answers where it is told those before.

    Args:
        network: with a head of text.
        examples: with answers.
        preparation: that they come from.
        device: of the network.
    """
    answers = examples.answers
    assert answers is not None
    losses, likeliest = np.zeros(len(examples)), [np.zeros(0, dtype=np.int64)] * len(examples)
    network.eval()
    with torch.inference_mode():
        for batch in prediction_batches(examples):
            logits = network(batch.to(device)).float()
            for row, loss, tokens in _by_row(batch, logits, text_head(network).end):
                losses[row], likeliest[row] = loss, tokens
    return ToldTruth(preparation.texts([each.tolist() for each in likeliest]), losses, answers.lengths)


def text_head(network: Network) -> TextHead:
    """The head of a network that writes texts."""
    assert isinstance(network.head, TextHead)
    return network.head


def _by_row(
    batch: Batch, logits: Float[Tensor, "target vocab"], end: int
) -> list[tuple[int, float, np.ndarray[Any, np.dtype[np.int64]]]]:
    """Of each row its summed loss and its likeliest tokens, its last place and what is told an end left out."""
    assert batch.targets is not None
    assert batch.target_lengths is not None
    each = F.cross_entropy(logits, batch.targets.to(logits.device), reduction="none").double().cpu().numpy()
    best = logits.argmax(dim=1).cpu().numpy()
    ends = np.cumsum(batch.target_lengths)
    found: list[tuple[int, float, np.ndarray[Any, np.dtype[np.int64]]]] = []
    for row, last, n_tokens in zip(batch.rows, ends.tolist(), batch.target_lengths, strict=True):
        tokens = best[last - n_tokens : last - 1]
        found.append((row, float(each[last - n_tokens : last].sum()), tokens[tokens != end]))
    return found
