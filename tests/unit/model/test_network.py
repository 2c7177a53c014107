"""An encoder and a head joined: names, seeds, depths, freezing."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from ragged import batch_of

from seqwise.errors import UsageError
from seqwise.model.contracts import Head, HeadShape, Vocabulary
from seqwise.model.network import Network, build_network, encoder_spec, freeze, head_spec, n_parameters
from seqwise.settings.encoders import BagSettings, RecurrentSettings
from seqwise.settings.heads import LabelSettings

RECURRENT = RecurrentSettings(embedding=4, hidden=3, layers=2, pooling="attention")


def network(encoder=RECURRENT, *, seed=0, **vocabulary):
    return build_network(
        encoder,
        LabelSettings(hidden=[5]),
        vocabulary=Vocabulary(10, **vocabulary),
        shape=HeadShape(2),
        seed=seed,
    )


class TokenHead(Head):
    """Gives back the states that it reads."""

    reads = "hidden"

    def forward(self, states, batch):
        return states

    def loss(self, logits, batch):
        raise NotImplementedError


@pytest.mark.parametrize("reads", ["hidden", "pooled"])
def test_a_head_is_given_the_states_that_it_reads(reads, monkeypatch):
    monkeypatch.setattr(TokenHead, "reads", reads)
    encoder = network().encoder.eval()
    batch = batch_of([[1, 2, 3], [4]])
    expected = {"hidden": encoder(batch).hidden, "pooled": encoder(batch).pooled}[reads]
    assert torch.equal(Network(encoder, TokenHead())(batch), expected)


def weights(made):
    return torch.cat([parameter.detach().flatten() for parameter in made.parameters()])


def trained(made):
    return {name for name, parameter in made.named_parameters() if parameter.requires_grad}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (encoder_spec, 'encoder: found "bagg"; known: bag, bert, recurrent, transformer, window. Did you mean "bag"?'),
        (head_spec, 'head: found "bagg"; known: decoder, label, numbers, steps, tags, text.'),
    ],
)
def test_a_misspelt_name_is_told_with_the_nearest(spec, message):
    with pytest.raises(UsageError) as caught:
        spec("bagg")
    assert str(caught.value) == message


def test_the_first_weights_are_a_function_of_the_seed_alone():
    torch.manual_seed(1)
    first = weights(network(seed=7))
    torch.manual_seed(2)
    assert torch.equal(weights(network(seed=7)), first)
    assert not torch.equal(weights(network(seed=8)), first)


def test_building_leaves_the_generator_alone():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    network()
    assert torch.equal(torch.rand(3), expected)


def test_given_vectors_reach_the_encoder():
    vectors = np.random.default_rng(0).normal(size=(10, 4)).astype(np.float32)
    made = network(RECURRENT.model_copy(update={"initialisation": "normal"}), vectors=vectors)
    assert torch.equal(made.encoder.embedding.table.weight, torch.from_numpy(vectors))


def test_parameters_are_counted_by_hand():
    made = network(BagSettings(embedding=4, hidden=(3,)))
    assert n_parameters(made) == 10 * 4 + (4 * 3 + 3) + (3 * 5 + 5) + (5 * 2 + 2)


def test_depths_rise_from_the_embeddings_to_the_head():
    depths = network().depths()
    by_part = {name.rsplit(".directions")[0]: depth for name, depth in depths.items()}
    assert set(depths) == {name for name, _ in network().named_parameters()}
    assert by_part == {
        "encoder.embedding.table.weight": 0,
        "encoder.layers.0": 1,
        "encoder.layers.1": 2,
        "encoder.pooling.query": 3,
        "head.layers.layers.0.linear.weight": 4,
        "head.layers.layers.0.linear.bias": 4,
        "head.output.weight": 4,
        "head.output.bias": 4,
    }


@pytest.mark.parametrize(
    ("how", "layers", "lowest"),
    [("none", 2, 0), ("embeddings", 2, 1), ("layers", 0, 1), ("layers", 1, 2), ("all", 0, 4)],
)
def test_freezing_trains_what_is_above(how, layers, lowest):
    made = network()
    freeze(made, how, layers=layers)
    assert trained(made) == {name for name, depth in made.depths().items() if depth >= lowest}


def test_freezing_less_later_trains_again():
    made = network()
    freeze(made, "all", layers=0)
    freeze(made, "none", layers=0)
    assert trained(made) == set(made.depths())


def test_frozen_parameters_get_no_gradient():
    made = network()
    freeze(made, "layers", layers=1)
    batch = replace(batch_of([[1, 2], [3]]), targets=torch.tensor([0, 1]))
    made.head.loss(made(batch), batch).total.backward()
    assert {name for name, parameter in made.named_parameters() if parameter.grad is not None} == trained(made)


def test_more_frozen_layers_than_there_are_is_told():
    with pytest.raises(UsageError) as caught:
        freeze(network(), "layers", layers=3)
    assert str(caught.value) == (
        'training.freeze_layers: found 3; the encoder has 2 layers. Use 0 to 2, or training.freeze = "all".'
    )
