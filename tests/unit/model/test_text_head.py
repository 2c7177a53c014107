"""The head that writes texts: what is told, what is lost, and what no token may see."""

import math

import pytest
import torch
from ragged import batch_of, random_sequences
from torch.nn import functional as F

from seqwise.model.contracts import HeadShape
from seqwise.model.heads.text import HEAD, TextHead
from seqwise.settings.heads import TextSettings

WIDTH, N_TOKENS = 6, 11
SOURCES, TARGETS = (3, 1, 5), (2, 6, 4)
MODELS = [("transformer", "none"), ("gru", "none"), ("lstm", "general"), ("gru", "concat"), ("lstm", "bahdanau")]


def head(cell="transformer", attention="general", *, smoothing=0.0, **given):
    torch.manual_seed(0)
    settings = TextSettings(cell=cell, attention=attention, hidden=8, layers=1, heads=2, **{"dropout": 0.0, **given})
    shape = HeadShape(n_outputs=N_TOKENS, label_smoothing=smoothing)
    return HEAD.build(settings, WIDTH, shape).double().eval()


def batch(targets=TARGETS, *, seed=1):
    """Answers of these lengths, each ended by the last token."""
    flat = batch_of(random_sequences(SOURCES, vocabulary=9))
    answers = random_sequences([n - 1 for n in targets], vocabulary=N_TOKENS - 1, seed=seed)
    joined = [token for answer in answers for token in (*answer, N_TOKENS - 1)]
    return flat.__class__(**{**vars(flat), "targets": torch.tensor(joined), "target_lengths": targets})


def states():
    return torch.randn(sum(SOURCES), WIDTH, dtype=torch.float64, generator=torch.Generator().manual_seed(2))


def test_each_token_is_told_the_one_before_and_the_first_the_end():
    told = head().told(torch.tensor([4, 5, 10, 6, 10, 10]), (3, 2, 1))
    assert told.tolist() == [10, 4, 5, 10, 6, 10]


@pytest.mark.parametrize(("cell", "attention"), MODELS)
def test_a_token_sees_no_later_one_and_no_other_answer(cell, attention):
    ours, given = head(cell, attention), batch()
    before = ours(states(), given)
    changed = given.targets.clone()
    changed[4:7] = (changed[4:7] + 1) % (N_TOKENS - 1)  # tokens 2, 3 and 4 of the second answer
    after = ours(states(), given.__class__(**{**vars(given), "targets": changed}))
    same = torch.ones(sum(TARGETS), dtype=torch.bool)
    same[5:8] = False  # those that are told a changed one
    torch.testing.assert_close(before[:5], after[:5], atol=1e-12, rtol=0)
    torch.testing.assert_close(before[8:], after[8:], atol=1e-12, rtol=0)
    assert not torch.allclose(before[5:8], after[5:8])


def test_the_loss_is_torchs_summed_over_tokens():
    ours, given = head(smoothing=0.1), batch()
    logits = ours(states(), given).float()
    smoothed, plain = ours.train().loss(logits, given), ours.eval().loss(logits, given)
    expected = F.cross_entropy(logits, given.targets, reduction="sum", label_smoothing=0.1)
    torch.testing.assert_close(smoothed.total, expected)
    torch.testing.assert_close(plain.total, F.cross_entropy(logits, given.targets, reduction="sum"))
    assert smoothed.weight == plain.weight == sum(TARGETS)


def test_the_vectors_are_the_output_layer_too():
    ours = head()
    names = {name for name, _ in ours.named_parameters() if "decoder" not in name}
    assert names == {"embedding.weight", "bias"}
    x = torch.randn(3, 8, dtype=torch.float64)
    torch.testing.assert_close(ours.logits(x), x @ ours.embedding.weight.T + ours.bias)
    torch.testing.assert_close(ours.vectors(torch.tensor([2])), ours.embedding.weight[2:3] * math.sqrt(8))


@pytest.mark.parametrize(("schedule", "progress", "share"), [
    ("constant", 0.0, 0.25), ("constant", 1.0, 0.25),
    ("linear", 0.0, 1.0), ("linear", 0.5, 0.625), ("linear", 1.0, 0.25),
])  # fmt: skip
def test_the_share_that_is_told_the_truth_follows_the_schedule(schedule, progress, share):
    ours = head(teacher_forcing=0.25, forcing_schedule=schedule)
    ours.progress = progress
    given, told = batch(), []
    ours.train()
    ours.vectors = lambda tokens: (told.append(tokens), TextHead.vectors(ours, tokens))[1]
    torch.manual_seed(0)
    for _ in range(300):
        ours(states(), given)
    true = ours.told(given.targets, TARGETS)
    mixed = told[1::2] if share < 1.0 else told  # first the pass that is told the truth
    kept = torch.stack([tokens == true for tokens in mixed]).double()
    is_first = torch.tensor([0, 2, 8])
    assert kept[:, is_first].all()  # what begins an answer is the end, whoever says so
    rest = torch.ones(sum(TARGETS), dtype=torch.bool)
    rest[is_first] = False
    expected = share + (1 - share) / N_TOKENS  # one that is drawn may be the true one; fresh logits are nearly even
    assert kept[:, rest].mean() == pytest.approx(expected, abs=0.06)


def test_outside_of_training_the_truth_is_told():
    given = batch()
    forced, free = head(), head(teacher_forcing=0.0)
    torch.testing.assert_close(forced(states(), given), free(states(), given))


@pytest.mark.parametrize(("cell", "attention"), MODELS)
def test_every_parameter_has_a_gradient(cell, attention):
    ours, given = head(cell, attention), batch()
    ours.train().loss(ours(states(), given), given).total.backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in ours.parameters())
