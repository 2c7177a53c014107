"""Gradients through time beside products by hand, and the verdicts on cells that vanish, explode and do neither."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from seqwise.check.engine import run_checks
from seqwise.check.gradient_flow import judge_flow
from seqwise.errors import UsageError
from seqwise.gradient_evidence import ClipFacts, FlowFacts, GradientEvidence
from seqwise.gradient_probing import clip_facts
from seqwise.probe.through_time import Fresh, _joined, flow_of, fresh_flow, recurrence_of
from seqwise.records import Evidence


def scaled_rnn(factor, hidden=6):
    """An RNN whose recurrent matrix turns and scales; over zeros it stays where tanh' is 1."""
    cell = nn.RNN(2, hidden)
    nn.init.orthogonal_(cell.weight_hh_l0)
    with torch.no_grad():
        cell.weight_hh_l0.mul_(factor)
        cell.bias_ih_l0.zero_()
        cell.bias_hh_l0.zero_()
    return cell


def levels(flow, only="gradient_flow"):
    found = run_checks(Evidence("", gradients=GradientEvidence(flows=(flow,))), silence={}, only=[only])
    return {finding.ids[0]: finding.level for finding in found}


def test_the_profile_of_an_rnn_is_the_product_of_its_slopes():
    torch.manual_seed(0)
    cell, x = nn.RNN(3, 1), torch.randn(9, 1, 3)
    states = cell(x)[0].detach().double().flatten().numpy()
    weight = cell.weight_hh_l0.item()
    product = [1.0]
    for state in states[:0:-1]:
        product.append(product[-1] * abs((1 - state**2) * weight))
    assert flow_of("rnn", recurrence_of(cell), x=x).last == pytest.approx(product, rel=1e-5)


def test_the_norm_is_that_of_the_jacobian_of_a_wide_state():
    torch.manual_seed(1)
    cell, x, hidden = nn.GRU(2, 5).double(), torch.randn(4, 1, 2, dtype=torch.float64), 5
    start = cell(x[:1])[1].detach().requires_grad_()

    def after(state):
        return cell(x[1:], state)[1].flatten()

    jacobian = torch.autograd.functional.jacobian(after, start).reshape(hidden, hidden)
    expected = float(jacobian.norm()) / math.sqrt(hidden)
    draws = [flow_of("gru", recurrence_of(cell), x=x, seed=seed).last[-1] ** 2 for seed in range(200)]
    assert math.sqrt(np.mean(draws)) == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize(("factor", "verdict"), [(0.9, "vanishing"), (1.1, "exploding"), (1.0, "healthy")])
def test_a_matrix_that_scales_gives_its_own_power_and_verdict(factor, verdict):
    facts = flow_of("rnn", recurrence_of(scaled_rnn(factor)), x=torch.zeros(201, 3, 2))
    assert facts.last == pytest.approx([factor**k for k in range(201)], rel=1e-4)
    flow = judge_flow(facts)
    assert (flow.verdict, flow.factor) == (verdict, pytest.approx(factor))
    expected = {"GR-VANISH": "pass", "GR-EXPLODE": "pass"}
    expected |= {"vanishing": {"GR-VANISH": "warning"}, "exploding": {"GR-EXPLODE": "warning"}}.get(verdict, {})
    assert levels(facts) == expected


def test_the_profile_separates_the_cells_as_they_begin():
    reach = {cell: judge_flow(fresh_flow(cell, 200, fresh=Fresh())).reach for cell in ("rnn", "lstm", "gru")}
    ours = judge_flow(fresh_flow("lstm", 200, fresh=Fresh(initialisation="xavier")))
    assert reach["rnn"] < reach["lstm"] < reach["gru"] < ours.reach < 199
    assert ours.verdict == "vanishing"


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_gate_that_keeps_carries_the_gradient_over_two_hundred_steps(cell):
    kept = judge_flow(fresh_flow(cell, 200, fresh=Fresh(memory_bias=6.0)))
    assert kept.verdict == "healthy"
    assert kept.reach == 199


def test_a_bias_for_a_cell_without_gates_is_refused():
    with pytest.raises(UsageError, match="has no gate that keeps its state"):
        fresh_flow("rnn", 10, fresh=Fresh(memory_bias=1.0))


def test_a_layer_that_reads_both_ways_is_refused():
    with pytest.raises(UsageError, match="reads both ways"):
        recurrence_of(nn.LSTM(2, 3, bidirectional=True))


def test_exploding_that_is_clipped_is_named_so():
    events = [{"step": k, "grad_norm": norm} for k, norm in enumerate([0.5, 40.0, 300.0, None])] + [{"epoch": 1}]
    clip = clip_facts(events, threshold=1.0)
    assert clip == ClipFacts(1.0, n_logged=4, n_clipped=3, median=170.0)
    grown = tuple(1.2**k for k in range(200))
    for clipped, title in ((clip, "Gradients explode, and are clipped"), (None, "Gradients explode")):
        facts = FlowFacts("encoder.layers.0", 4, loss=grown, last=grown, clip=clipped)
        found = run_checks(Evidence("", gradients=GradientEvidence(flows=(facts,))), silence={}, only=["GR-EXPLODE"])
        loud = [finding for finding in found if finding.level == "warning"]
        assert [finding.title for finding in loud] == [title]
    assert clip_facts([], threshold=1.0) is None
    assert clip_facts(events, threshold=0.0).n_clipped == 0


@pytest.mark.parametrize("norms", [(1.0,), (0.0, 0.0, 0.0), ()])
def test_what_has_no_profile_has_no_verdict(norms):
    assert judge_flow(FlowFacts("x", 1, loss=(), last=norms)) is None


def test_a_gradient_that_stops_vanishes_and_one_that_is_not_finite_explodes():
    assert judge_flow(FlowFacts("x", 1, (), (1.0, 1.0, 0.0, 0.0))).verdict == "vanishing"
    assert judge_flow(FlowFacts("x", 1, (), (1.0, 1.0, 0.0, 0.0))).reach == 1
    facts = FlowFacts("x", 1, (), (1.0, math.inf, math.nan))
    assert judge_flow(facts).verdict == "exploding"
    assert levels(facts)["GR-EXPLODE"] == "warning"


@pytest.mark.parametrize("factor", [0.2, 0.7, 1.5])
def test_sequences_joined_have_the_factor_of_each_also_where_float32_ends(factor):
    profile = tuple(factor**k for k in range(512))
    joined = _joined("x", [FlowFacts("x", 1, profile, profile), FlowFacts("x", 1, profile[:200], profile[:200])])
    flow = judge_flow(joined)
    assert joined.loss[:200] == pytest.approx(profile[:200], rel=1e-12)
    assert flow.factor == pytest.approx(factor, rel=1e-4)
    assert flow.verdict == ("vanishing" if factor < 1 else "exploding")


def test_the_loss_decides_where_there_is_one():
    read_everywhere = FlowFacts("x", 1, loss=(1.0,) * 50, last=tuple(0.5**k for k in range(50)))
    assert judge_flow(read_everywhere).verdict == "healthy"
