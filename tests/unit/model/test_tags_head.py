"""The head for one tag a unit, and the pooling of a unit's tokens."""

from dataclasses import replace

import pytest
import torch
from ragged import batch_of
from torch import nn
from torch.nn import functional as F

from seqwise.model.contracts import HeadShape
from seqwise.model.heads.tags import TagsHead
from seqwise.model.layers.crf import LinearChainCrf
from seqwise.model.layers.unit_pooling import UNIT_POOLINGS
from seqwise.settings.heads import TagsSettings
from seqwise.tensors import Units

WIDTH, N_TAGS = 6, 4
SHAPE = HeadShape(N_TAGS, n_words=5)
# Four texts of 5, 1, 4 and 3 tokens: tokens outside of units, one shared by two units, a text without units.
TOKENS = (5, 1, 4, 3)
UNITS = (((1, 2), (2, 4)), (), ((0, 3), (2, 3), (3, 4)), ((0, 1),))
N_UNITS = 6


def batch(order=(0, 1, 2, 3)):
    """The texts in this order, their units with targets and priors."""
    starts, ends, rows, begin = [], [], [], 0
    for text in order:
        starts += [begin + start for start, _ in UNITS[text]]
        ends += [begin + end for _, end in UNITS[text]]
        rows += range(sum(map(len, UNITS[:text])), sum(map(len, UNITS[: text + 1])))
        begin += TOKENS[text]
    generator = torch.Generator().manual_seed(3)
    targets = torch.randint(N_TAGS, (N_UNITS,), generator=generator)
    priors = torch.randn(N_UNITS, N_TAGS, generator=generator).log_softmax(dim=1)
    words = torch.tensor([0, 3, 1, 3, 4, 0])
    return replace(
        batch_of([[0] * TOKENS[text] for text in order]),
        rows=tuple(rows),
        targets=targets[rows],
        priors=priors[rows],
        units=Units(
            torch.tensor(starts, dtype=torch.int64),
            torch.tensor(ends, dtype=torch.int64),
            tuple(len(UNITS[text]) for text in order),
            words[rows],
        ),
    )


def states(order=(0, 1, 2, 3), kind=torch.float32):
    parts = torch.randn(sum(TOKENS), WIDTH, generator=torch.Generator().manual_seed(4)).split(TOKENS)
    return torch.cat([parts[text] for text in order]).to(kind)


def head(shape=SHAPE, **given):
    torch.manual_seed(5)
    made = TagsHead(TagsSettings(**given), WIDTH, shape=shape).eval()
    if made.crf is not None:
        for parameter in made.crf.parameters():
            nn.init.normal_(parameter)
    return made


def members():
    for pooling in UNIT_POOLINGS:
        for recurrent in ("none", "gru", "lstm"):
            yield {"pooling": pooling, "recurrent": recurrent, "hidden": 5, "crf": recurrent != "gru"}
    yield {"pooling": "ends", "words": 3, "recurrent": "lstm", "hidden": 5}


@pytest.mark.parametrize("name", UNIT_POOLINGS)
def test_a_unit_is_pooled_from_its_own_tokens(name):
    of_unit = {
        "first": lambda part: part[0],
        "mean": lambda part: part.mean(dim=0),
        "ends": lambda part: torch.cat([part[0], part[-1]]),
    }[name]
    parts = [
        text[start:end] for text, places in zip(states().split(TOKENS), UNITS, strict=True) for start, end in places
    ]
    expected = torch.stack([of_unit(part) for part in parts])
    torch.testing.assert_close(UNIT_POOLINGS[name](states(), batch().units), expected, rtol=0, atol=1e-6)


def test_without_a_recurrent_layer_the_head_is_linear():
    network = head()
    assert torch.equal(network(states(), batch()), network.output(states()[batch().units.starts]))


def test_the_vector_of_the_units_own_word_stands_beside_its_tokens():
    network = head(words=3)
    joined = torch.cat([states()[batch().units.starts], network.words.table.weight[batch().units.words]], dim=1)
    torch.testing.assert_close(network(states(), batch()), network.output(joined))


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_the_recurrent_layer_is_torchs_over_the_units_of_each_text(cell):
    network = head(recurrent=cell, hidden=5)
    theirs = {"gru": nn.GRU, "lstm": nn.LSTM}[cell](WIDTH, 5, bidirectional=True)
    ours = [value for direction in network.recurrent.layer.directions for value in direction.cell.parameters()]
    for value, of_theirs in zip(ours, theirs.parameters(), strict=True):
        of_theirs.data.copy_(value)
    pooled = states()[batch().units.starts].split([len(places) for places in UNITS])
    expected = torch.cat([network.output(theirs(part)[0]) for part in pooled if len(part)])
    torch.testing.assert_close(network(states(), batch()), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("given", members(), ids=str)
def test_the_order_of_texts_and_the_other_texts_change_nothing(given):
    network = head(**given)
    logits, tagged = network(states(), batch()), batch()
    probabilities = network.log_probabilities(logits, tagged)
    for order in ((3, 2, 1, 0), (2, 1), (0,), (3,)):
        other = batch(order)
        found = network(states(order), other)
        torch.testing.assert_close(found, logits[list(other.rows)], rtol=0, atol=1e-6)
        torch.testing.assert_close(
            network.log_probabilities(found, other), probabilities[list(other.rows)], rtol=0, atol=1e-5
        )


@pytest.mark.parametrize("given", members(), ids=str)
def test_a_batch_without_units_has_no_outputs_and_costs_nothing(given):
    network, empty = head(**given).train(), batch((1,))
    logits = network(states((1,)), empty)
    loss = network.loss(logits, empty)
    loss.total.backward()
    assert logits.shape == network.log_probabilities(logits, empty).shape == (0, N_TAGS)
    assert loss.total.item() == loss.weight.item() == 0


@pytest.mark.parametrize("given", members(), ids=str)
def test_the_gradient_reaches_every_parameter(given):
    network = head(**given).train()
    network.loss(network(states(), batch()), batch()).total.backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in network.parameters())


def test_the_loss_of_units_is_torchs_cross_entropy():
    weights = (0.5, 2.0, 1.0, 3.0)
    network = head(HeadShape(N_TAGS, class_weights=weights, label_smoothing=0.1)).double()
    logits = torch.randn(N_UNITS, N_TAGS, dtype=torch.float64)
    loss = network.loss(logits, batch())
    weight = torch.tensor(weights, dtype=torch.float64)
    expected = F.cross_entropy(logits, batch().targets, weight=weight, label_smoothing=0.1)
    torch.testing.assert_close(loss.total / loss.weight, expected, rtol=0, atol=1e-14)


def test_the_loss_of_chains_is_that_of_the_crf_a_unit():
    network, logits = head(crf=True), torch.randn(N_UNITS, N_TAGS)
    loss = network.loss(logits, batch())
    chain = LinearChainCrf(N_TAGS)
    chain.load_state_dict(network.crf.state_dict())
    parts = zip(logits.split([2, 0, 3, 1]), batch().targets.split([2, 0, 3, 1]), strict=True)
    expected = sum(chain(part, tags, lengths=(len(part),)).sum() for part, tags in parts)
    torch.testing.assert_close(loss.total, expected)
    assert float(loss.weight) == N_UNITS


def test_what_logits_mean_is_their_softmax_or_the_marginals():
    logits = torch.randn(N_UNITS, N_TAGS)
    assert torch.equal(head().log_probabilities(logits, batch()), logits.double().log_softmax(dim=1))
    network = head(crf=True)
    expected = network.crf.log_marginals(logits, lengths=(2, 0, 3, 1))
    assert torch.equal(network.log_probabilities(logits, batch()), expected)


def test_logits_are_float32_whatever_the_encoders_precision():
    assert head(recurrent="gru", hidden=5)(states(kind=torch.bfloat16), batch()).dtype is torch.float32


def test_dropout_stands_before_and_behind_the_recurrent_layer():
    network = head(dropout=0.5, recurrent="gru", hidden=50).train()
    network.dropout = Counted()
    network(states(), batch())
    assert network.dropout.shapes == [(N_UNITS, WIDTH), (N_UNITS, 100)]


class Counted(nn.Module):
    def __init__(self):
        super().__init__()
        self.shapes = []

    def forward(self, x):
        self.shapes.append(tuple(x.shape))
        return x


@pytest.mark.parametrize("is_chain", [False, True])
def test_a_head_on_a_baseline_starts_at_the_baseline(is_chain):
    torch.manual_seed(5)
    network = TagsHead(TagsSettings(stand_on="prior", crf=is_chain), WIDTH, shape=SHAPE)
    logits = network(states(), batch())
    found = network.log_probabilities(logits, batch())
    torch.testing.assert_close(found, batch().priors.double(), rtol=0, atol=1e-6)


def test_a_head_of_units_never_runs_without_them():
    with pytest.raises(AssertionError):
        head()(states(), replace(batch(), units=None))
