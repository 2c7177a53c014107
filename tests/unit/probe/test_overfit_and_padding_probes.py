"""A few rows by heart, and padding that is or is not read."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from seqwise.batch.flat import collate
from seqwise.check.engine import run_checks
from seqwise.errors import UsageError
from seqwise.gradient_evidence import GradientEvidence, OverfitFacts
from seqwise.model.contracts import HeadShape, Vocabulary
from seqwise.model.network import build_network
from seqwise.probe.overfit import overfit
from seqwise.probe.padding import padding_of_module, padding_of_network
from seqwise.records import Evidence, Examples, FlatTokens
from seqwise.settings.encoders import RecurrentSettings
from seqwise.settings.heads import LabelSettings

OFFSETS = np.array([0, 3, 5, 12, 13, 17, 21, 25, 30])
TOKENS = FlatTokens(np.random.default_rng(0).integers(0, 20, 30).astype(np.int32), OFFSETS)
EXAMPLES = Examples(tokens=TOKENS, targets=np.array([0, 1, 2, 0, 1, 2, 0, 1]))
ROWS = np.arange(8)


def network(dropout=0.5, hidden=12):
    encoder = RecurrentSettings(cell="gru", embedding=8, hidden=hidden, dropout=dropout)
    shape = HeadShape(n_outputs=3)
    return build_network(encoder, LabelSettings(), vocabulary=Vocabulary(20), shape=shape, seed=0)


class Detached(nn.Module):
    """An encoder whose states no gradient comes back to, and that says nothing of its input."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def pool(self, batch):
        return self.encoder.pool(batch).detach() * 0


def level(**facts):
    (finding,) = run_checks(
        Evidence("", gradients=GradientEvidence(**facts)), silence={}, only=["GR-OVERFIT1", "GR-LASTSTATE"]
    )
    return finding.level


def test_eight_rows_are_learned_by_heart_with_dropout_off_and_the_network_stays():
    asked = network()
    before = copy.deepcopy(asked.state_dict())
    facts = overfit(asked, collate(EXAMPLES, ROWS), rate=0.01, n_steps=300)
    assert (facts.n_right, facts.n_outputs, facts.n_rows) == (8, 8, 8)
    assert facts.n_steps < 300
    assert facts.last < facts.first
    assert level(overfit=facts) == "pass"
    assert all(torch.equal(value, before[name]) for name, value in asked.state_dict().items())
    assert asked.encoder.dropout.p == 0.5


def test_dropout_is_off_so_no_generator_counts():
    ends = set()
    for seed in (1, 2):
        torch.manual_seed(seed)
        ends.add(overfit(network(), collate(EXAMPLES, ROWS), rate=0.01, n_steps=10).last)
    assert len(ends) == 1


def test_a_network_that_does_not_see_its_input_learns_nothing_by_heart():
    broken = network()
    broken.encoder = Detached(broken.encoder)
    facts = overfit(broken, collate(EXAMPLES, ROWS), rate=0.01, n_steps=60)
    assert facts.n_steps == 60
    assert facts.n_right < 8
    assert level(overfit=facts) == "error"


@pytest.mark.parametrize(("last", "expected"), [(0.04, "pass"), (0.2, "error"), (float("nan"), "error")])
def test_of_numbers_little_of_the_error_may_be_left(last, expected):
    assert level(overfit=OverfitFacts(8, 56, 300, first=0.5, last=last, n_right=None)) == expected


def test_a_network_of_ours_sees_no_padding():
    facts = padding_of_network("net", network().double().eval(), examples=EXAMPLES, rows=ROWS)
    assert (facts.n_steps, facts.n_padded) == (1, 6)
    assert facts.error < 1e-12 < facts.scale
    assert level(padding=facts) == "pass"


class Reader(nn.Module):
    """A GRU whose last position is read, or all of its positions are given."""

    def __init__(self, what):
        super().__init__()
        torch.manual_seed(0)
        self.cell, self.what = nn.GRU(4, 5, batch_first=True), what

    def forward(self, x):
        states, _ = self.cell(x)
        return {"last": states[:, -1], "states": states, "mean": states.mean(1)}[self.what]


@pytest.mark.parametrize(("what", "expected"), [("last", "error"), ("mean", "error"), ("states", "pass")])
def test_a_module_that_reads_padding_is_found(what, expected):
    x = torch.randn(3, 7, 4, generator=torch.Generator().manual_seed(0))
    facts = padding_of_module("reader", Reader(what).eval(), inputs=(x,), n_padded=3)
    assert (facts.n_steps, facts.n_padded) == (7, 3)
    assert level(padding=facts) == expected


def test_what_has_no_steps_or_gives_no_tensor_is_refused():
    with pytest.raises(UsageError, match="no first input of shape"):
        padding_of_module("flat", torch.tanh, inputs=(torch.zeros(3),), n_padded=1)
    with pytest.raises(UsageError, match="gives no floating tensor"):
        padding_of_module("ids", torch.clone, inputs=(torch.zeros(3, 2, dtype=torch.long),), n_padded=1)
