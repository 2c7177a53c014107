"""A network with more outputs begins from a trained one: the old tags are scored as before, the new ones afresh."""

import copy
from dataclasses import replace

import pytest
import torch
from ragged import batch_of
from torch import nn

from seqwise.model.contracts import HeadShape, Vocabulary
from seqwise.model.network import begin_from, build_network
from seqwise.settings.encoders import RecurrentSettings
from seqwise.settings.heads import TagsSettings
from seqwise.tensors import Units

OLD, NEW = 3, 5
TEXTS = [[1, 2, 3, 4], [5], [6, 7, 8]]
ENCODER = RecurrentSettings(embedding=4, hidden=6)
HEADS = (
    TagsSettings(),
    TagsSettings(crf=True),
    TagsSettings(pooling="ends", words=3, recurrent="lstm", hidden=5, crf=True),
)


def network(head: TagsSettings, n_tags: int, *, seed: int):
    shape = HeadShape(n_tags, n_words=9)
    return build_network(ENCODER, head, vocabulary=Vocabulary(10), shape=shape, seed=seed).double().eval()


def grown(head: TagsSettings):
    """An old network whose every weight is set, a new one before, and the new one that begins from the old."""
    old, fresh = network(head, OLD, seed=0), network(head, NEW, seed=1)
    generator = torch.Generator().manual_seed(2)
    for parameter in old.parameters():
        nn.init.normal_(parameter, generator=generator)
    new = copy.deepcopy(fresh)
    begin_from(new, old)
    return old, fresh, new


def batch():
    """Each token is a unit."""
    starts = torch.arange(sum(map(len, TEXTS)))
    units = Units(starts, starts + 1, tuple(map(len, TEXTS)), starts % 9)
    return replace(batch_of(TEXTS), units=units, rows=tuple(range(len(starts))))


@pytest.mark.parametrize("head", HEADS)
def test_old_tags_have_the_logits_that_they_had(head: TagsSettings) -> None:
    old, _, new = grown(head)
    torch.testing.assert_close(new(batch())[:, :OLD], old(batch()), rtol=0, atol=1e-14)


@pytest.mark.parametrize("head", HEADS)
def test_what_belongs_to_new_tags_alone_is_fresh(head: TagsSettings) -> None:
    _, fresh, new = grown(head)
    assert torch.equal(new.head.output.weight[OLD:], fresh.head.output.weight[OLD:])
    assert torch.equal(new.head.output.bias[OLD:], fresh.head.output.bias[OLD:])
    assert new.head.output.weight[OLD:].abs().min() > 0


@pytest.mark.parametrize("head", HEADS[1:])
def test_a_chain_without_its_new_tags_is_the_old_chain(head: TagsSettings) -> None:
    old, _, new = grown(head)
    logits = new(batch())
    logits[:, OLD:] = -1e9
    found = new.head.log_probabilities(logits, batch())[:, :OLD]
    torch.testing.assert_close(found, old.head.log_probabilities(old(batch()), batch()), rtol=0, atol=1e-12)


def test_a_network_with_as_many_outputs_becomes_the_old_one() -> None:
    old, other = network(HEADS[1], OLD, seed=0), network(HEADS[1], OLD, seed=1)
    begin_from(other, old)
    assert all(torch.equal(one, two) for one, two in zip(old.parameters(), other.parameters(), strict=True))
