"""Gradients beside differences: every layer of ours is right, and a planted fault is found and located."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest
import torch
from torch import nn

import seqwise.model.layers
from seqwise.check.engine import run_checks
from seqwise.check.gradcheck import TOLERANCE, place_of, wrong_blocks
from seqwise.errors import UsageError
from seqwise.gradient_evidence import GradientEvidence
from seqwise.model.layers import cells
from seqwise.probe.layers import N_ENTRIES, layer_names, layer_subject
from seqwise.probe.numerical import Subject, gradcheck, subject_of
from seqwise.records import Evidence

RIGHT = cells._Gru


class WrongGru(RIGHT):
    """The GRU of ours with the sign of the slope of the reset gate turned."""

    @staticmethod
    def backward(ctx, slope):
        gates, weight, bias, start, sizes = RIGHT.backward(ctx, slope)
        hidden = weight.shape[1]
        wrong = weight.clone()
        wrong[:hidden] *= -1
        return gates, wrong, bias, start, sizes


class WrongScale(torch.autograd.Function):
    """The double of what comes in; one number of the slope has the wrong sign."""

    @staticmethod
    def forward(ctx, x):
        return 2 * x

    @staticmethod
    def backward(ctx, slope):
        wrong = 2 * slope
        wrong.view(-1)[777] *= -1
        return wrong


@pytest.mark.parametrize("name", layer_names())
def test_the_gradients_of_every_layer_are_those_of_differences(name):
    facts = gradcheck(layer_subject(name), n_entries=N_ENTRIES)
    assert wrong_blocks(facts) == []
    assert facts.worst.error < TOLERANCE / 100
    assert facts.n_forwards >= 2 * sum(block.n_checked for block in facts.blocks)
    assert any(block.analytic != 0 for block in facts.blocks)


def test_the_table_has_every_layer_that_we_wrote():
    folder = Path(seqwise.model.layers.__file__).parent
    written = {
        kind
        for file in folder.glob("*.py")
        for kind in vars(import_module(f"seqwise.model.layers.{file.stem}")).values()
        if inspect.isclass(kind) and issubclass(kind, nn.Module) and kind.__module__.startswith("seqwise.model.layers")
    }
    asked = {
        type(part) for name in layer_names() for subject in [layer_subject(name)] for part in subject.module.modules()
    }
    assert {kind for kind in written if not inspect.isabstract(kind)} <= asked


def test_a_wrong_sign_in_one_gate_is_found_in_its_block(monkeypatch):
    monkeypatch.setattr(cells, "_Gru", WrongGru)
    facts = gradcheck(layer_subject("recurrence.gru"), n_entries=N_ENTRIES)
    names = {block.name for block in wrong_blocks(facts)}
    assert names == {f"layer.directions.{number}.cell.weight_hh_l0" for number in (0, 1)}
    worst = facts.worst
    assert worst.place[0] < 4  # rows of the reset gate, of four units
    assert worst.analytic == pytest.approx(-worst.numerical, rel=1e-5)
    (finding,) = run_checks(Evidence("", gradients=GradientEvidence((facts,))), silence={}, only=["GR-GRADCHECK"])
    assert finding.level == "error"
    assert place_of(worst) in finding.message
    assert finding.evidence["place"] == place_of(worst)


def test_one_wrong_number_of_a_thousand_is_found_by_halving():
    x = torch.randn(100, 10, generator=torch.Generator().manual_seed(0))
    facts = gradcheck(subject_of("scale", WrongScale.apply, inputs=(x,)), n_entries=4)
    assert [place_of(block) for block in wrong_blocks(facts)] == ["input 0[77, 7]"]
    assert facts.worst.analytic == pytest.approx(-facts.worst.numerical)
    assert facts.n_forwards < 60


def test_gradients_are_right_by_hand():
    facts = gradcheck(subject_of("square", lambda x: x**2, inputs=(torch.tensor([3.0]),)))
    assert facts.worst.error < 1e-9
    assert facts.worst.analytic == pytest.approx(facts.worst.numerical)
    assert facts.n_forwards == 3


def test_a_kink_is_no_fault_and_is_counted():
    facts = gradcheck(subject_of("relu", torch.relu, inputs=(torch.tensor([0.0, 1.0, -1.0]),)))
    assert wrong_blocks(facts) == []
    assert facts.blocks[0].n_kinks == 1


def test_dropout_is_off_and_numbers_that_need_no_gradient_are_left_out():
    module = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.5), nn.Linear(3, 1))
    module[0].bias.requires_grad_(requires_grad=False)
    facts = gradcheck(subject_of("net", module, inputs=(torch.randn(4, 2),)))
    assert wrong_blocks(facts) == []
    assert [block.name for block in facts.blocks] == ["0.weight", "2.weight", "2.bias", "input 0"]


def test_outputs_may_be_tuples_and_mappings_and_each_counts():
    def outputs(x):
        return {"a": x * 2, "b": (WrongScale.apply(x.repeat(800)), x.round().long())}

    facts = gradcheck(subject_of("many", outputs, inputs=(torch.tensor([1.0]),)))
    assert len(wrong_blocks(facts)) == 1


def test_what_cannot_be_checked_is_refused():
    with pytest.raises(UsageError, match=r"two results for the same input.*Turn off dropout"):
        gradcheck(subject_of("noise", lambda x: x + torch.rand(()), inputs=(torch.zeros(2),)))
    with pytest.raises(UsageError, match="neither a parameter that is trained nor a floating tensor"):
        gradcheck(subject_of("ids", lambda x: x, inputs=(torch.arange(3),)))
    with pytest.raises(UsageError, match="nothing that depends on its inputs"):
        gradcheck(subject_of("detached", lambda x: x.detach(), inputs=(torch.zeros(2),)))


def test_a_gradient_that_is_no_number_is_wrong():
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    facts = gradcheck(Subject("root", {"x": x}, lambda: torch.sqrt(x * x)))
    assert len(wrong_blocks(facts)) == 1
