"""Windows of neighbours."""

import torch
from ragged import batch_of, random_sequences

from seqwise.model.contracts import Vocabulary
from seqwise.model.encoders.window import WindowEncoder, neighbours
from seqwise.settings.encoders import WindowSettings


def encoder(**given):
    torch.manual_seed(0)
    return WindowEncoder(WindowSettings(embedding=3, hidden=(4,), **given), Vocabulary(20)).eval()


def test_neighbours_never_stand_in_another_sequence():
    found = neighbours(batch_of([[0, 0, 0], [0, 0]]), 1)
    beyond = 5
    assert found.tolist() == [[beyond, 0, 1], [0, 1, 2], [1, 2, beyond], [beyond, 3, 4], [3, 4, beyond]]


def test_a_window_is_a_convolution_over_the_sequence_alone():
    network = encoder(radius=2)
    with torch.no_grad():
        network.boundary.copy_(torch.tensor([1.0, -2.0, 3.0]))
    rows = random_sequences([1, 2, 6], vocabulary=20)
    linear = network.layers.layers[0].linear
    kernel = linear.weight.view(4, 5, 3).transpose(1, 2)  # (unit, vector, neighbour)
    expected = []
    for row in rows:
        vectors = network.embedding(torch.tensor(row))
        beyond = network.boundary.expand(2, 3)
        known = torch.cat([beyond, vectors, beyond]).T.unsqueeze(0)  # (1, vector, token + 4)
        expected.append(torch.relu(torch.nn.functional.conv1d(known, kernel, linear.bias))[0].T)
    torch.testing.assert_close(network(batch_of(rows)).hidden, torch.cat(expected), rtol=0, atol=1e-6)


def test_what_is_further_away_than_the_radius_is_not_seen():
    network = encoder(radius=1)
    first, second = (network(batch_of([row])).hidden for row in ([1, 2, 3, 4], [1, 2, 3, 9]))
    assert torch.equal(first[:2], second[:2])
    assert not torch.equal(first[2], second[2])


def test_radius_zero_sees_one_word():
    network = encoder(radius=0)
    assert network.boundary is None
    hidden = network(batch_of([[1, 2, 1]])).hidden
    assert torch.equal(hidden[0], hidden[2])
