"""Schemes of first weights: the spread that each paper gives, gate by gate for recurrent cells."""

import math

import pytest
import torch
from torch import nn

from seqwise.model.layers.cells import LSTMCell
from seqwise.model.layers.initialisation import initialise

CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


def filled(module, how):
    torch.manual_seed(0)
    initialise(module, how)
    return module


def test_default_changes_nothing():
    module = nn.Linear(4, 3)
    before = module.weight.clone()
    initialise(module, "default")
    assert torch.equal(module.weight, before)


@pytest.mark.parametrize(
    ("how", "deviation"),
    [
        ("xavier", math.sqrt(2 / (300 + 200))),  # Glorot and Bengio 2010, equation 12
        ("kaiming", math.sqrt(2 / 300)),  # He et al. 2015, equation 10
        ("normal", 0.02),
    ],
)
def test_a_linear_layer_has_the_papers_deviation(how, deviation):
    module = filled(nn.Linear(300, 200), how)
    assert module.weight.std().item() == pytest.approx(deviation, rel=0.02)
    assert not module.bias.any()


def test_an_orthogonal_matrix_keeps_lengths():
    weight = filled(nn.Linear(8, 8), "orthogonal").weight
    torch.testing.assert_close(weight @ weight.T, torch.eye(8))


@pytest.mark.parametrize("cell", CELLS)
def test_each_gate_of_a_recurrent_matrix_is_orthogonal(cell):
    module = filled(CELLS[cell](8, 8), "orthogonal")
    for gate in module.weight_hh_l0.split(8):
        torch.testing.assert_close(gate @ gate.T, torch.eye(8))


def test_beside_an_identity_what_is_read_is_near_zero():
    module = filled(nn.RNN(200, 50), "identity")
    assert torch.equal(module.weight_hh_l0, torch.eye(50))
    assert module.weight_ih_l0.std().item() == pytest.approx(0.001, rel=0.05)
    assert not module.bias_ih_l0.any()
    assert filled(nn.Embedding(200, 50), "identity").weight.std().item() == pytest.approx(0.02, rel=0.05)


def test_the_fans_of_a_cell_are_those_of_one_gate():
    module = filled(nn.LSTM(100, 300), "xavier")
    assert module.weight_ih_l0.std().item() == pytest.approx(math.sqrt(2 / 400), rel=0.02)


def test_only_the_forget_gate_of_an_lstm_starts_open():
    module = filled(nn.LSTM(3, 2), "xavier")
    assert module.bias_ih_l0.tolist() == [0, 0, 1, 1, 0, 0, 0, 0]
    assert not module.bias_hh_l0.any()
    assert filled(LSTMCell(3, 2), "xavier").bias_ih.tolist() == [0, 0, 1, 1, 0, 0, 0, 0]
    assert not filled(nn.GRU(3, 2), "xavier").bias_ih_l0.any()


@pytest.mark.parametrize("how", ["xavier", "kaiming", "orthogonal"])
def test_tables_keep_torchs_own_values_under_schemes_for_maps(how):
    table = nn.Embedding(5, 4)
    before = table.weight.clone()
    initialise(table, how)
    assert torch.equal(table.weight, before)


def test_normal_fills_tables():
    assert filled(nn.Embedding(500, 100), "normal").weight.std().item() == pytest.approx(0.02, rel=0.02)


def test_norms_stay_as_they_are():
    module = filled(nn.Sequential(nn.LayerNorm(4)), "normal")
    assert module[0].weight.tolist() == [1, 1, 1, 1]
