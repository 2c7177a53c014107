"""What a run shows of its gradients: the batch before training, and the rows that are followed."""

from types import SimpleNamespace

import numpy as np

from seqwise.gradient_probing import LONGEST, probed_rows, start_facts
from seqwise.model.contracts import HeadShape, Vocabulary
from seqwise.model.network import build_network
from seqwise.records import Examples, FlatTokens, UnitPlaces
from seqwise.settings.encoders import TransformerSettings
from seqwise.settings.heads import TagsSettings


def examples(lengths):
    offsets = np.cumsum([0, *lengths])
    return Examples(tokens=FlatTokens(np.arange(offsets[-1], dtype=np.int32) % 9, offsets))


def test_the_longest_rows_are_followed_but_none_beyond_the_limit():
    assert probed_rows(examples([3, 9, 5, 7])).tolist() == [1, 2, 3]
    assert probed_rows(examples([3, LONGEST + 1, LONGEST])).tolist() == [0, 2]
    assert probed_rows(examples([LONGEST + 2, LONGEST + 1])).tolist() == [1]


def test_a_pooling_that_a_head_of_states_leaves_aside_is_no_fault():
    encoder = TransformerSettings(hidden=8, layers=1, heads=2, feed_forward=8, pooling="attention")
    network = build_network(encoder, TagsSettings(), vocabulary=Vocabulary(9), shape=HeadShape(n_outputs=3), seed=0)
    rows = examples([2, 3])
    starts = np.array([0, 1, 0, 1, 2])
    units = UnitPlaces(tokens=np.stack([starts, starts + 1], axis=1), offsets=np.array([0, 2, 5]))
    data = Examples(tokens=rows.tokens, targets=np.array([0, 1, 2, 0, 1]), units=units)
    settings = SimpleNamespace(head=SimpleNamespace(stand_on=""), training=SimpleNamespace(freeze="none"))
    facts = start_facts(settings, SimpleNamespace(examples={"train": data}), network=network)
    assert (facts.without_gradient, facts.discarded) == ((), ())
    assert abs(facts.loss / facts.chance - 1) < 0.3
