"""``seqwise gradcheck`` and ``seqwise probe``: settings, a run, and what a user names to import."""

import json
from pathlib import Path

import pytest

from seqwise.cli import main
from seqwise.model.encoders import recurrent
from seqwise.model.layers.initialisation import initialise

WORDS = {"pos": "good", "neg": "bad"}
ROWS = [f"{number},{word} film {number % 7},{label}" for number in range(30) for label, word in WORDS.items()]
SETTINGS = """task = "classify"
[data]
train = "train.csv"
validation = 0.2
text = "text"
label = "label"
[encoder]
name = "recurrent"
cell = "rnn"
embedding = 6
hidden = 5
[training]
epochs = 1
clip = 0.05
[evaluate]
baselines = ["majority"]
samples = 100
[runtime]
threads = 1
"""
MINE = """import torch
from torch import nn

class Turned(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.tanh()
    @staticmethod
    def backward(ctx, slope):
        (x,) = ctx.saved_tensors
        return -slope * (1 - x.tanh() ** 2)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.below, self.above = nn.Linear(3, 4), nn.Linear(4, 2)
    def forward(self, x):
        return self.above(Turned.apply(self.below(x)))

def wrong():
    return Net(), (torch.randn(5, 3),)

def right():
    return nn.LSTM(3, 4, batch_first=True), (torch.randn(2, 12, 3),)

class Last(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRU(3, 4, batch_first=True)
    def forward(self, x):
        return self.cell(x)[0][:, -1]

def last():
    return Last(), (torch.randn(2, 6, 3),)

def neither():
    return 3
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.csv").write_text("\n".join(["id,text,label", *ROWS]))
    Path("settings.toml").write_text(SETTINGS)
    Path("their_modules.py").write_text(MINE)


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict:
    assert main([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_wrong_sign_in_a_module_of_the_user_is_found_and_located(capsys):
    found = told(capsys, "gradcheck", "their_modules:wrong", "--strict", code=1)
    (finding,) = found["findings"]
    assert finding["level"] == "error"
    assert "Wrong blocks: 3 of 5" in finding["message"]
    assert {name for name in ("below.weight", "below.bias", "input 0") if name in finding["message"]} == {
        "below.weight",
        "below.bias",
        "input 0",
    }
    assert told(capsys, "gradcheck", "their_modules:wrong")["findings"] == [finding]
    assert told(capsys, "gradcheck", "their_modules:right", "--strict")["findings"][0]["level"] == "pass"


def test_the_network_of_settings_is_checked_with_its_loss_and_the_cost_is_told(capsys):
    assert main(["gradcheck", "settings.toml", "--strict"]) == 0
    out = capsys.readouterr().out
    assert "Cost: 2 evaluations for each number checked" in out
    (facts,) = told(capsys, "gradcheck", "settings.toml")["differences"]
    names = [block["name"] for block in facts["blocks"]]
    assert "encoder.embedding.table.weight" in names
    assert "head.output.bias" in names
    assert all(block["error"] < 1e-6 for block in facts["blocks"])
    assert facts["n_forwards"] >= 2 * sum(block["n_checked"] for block in facts["blocks"])


def test_the_gradients_of_settings_and_of_a_run_are_followed_through_time(capsys):
    flows = told(capsys, "probe", "gradient", "settings.toml")["flows"]
    assert [facts["name"] for facts in flows] == ["encoder.layers.0.directions.0", "encoder.layers.0.directions.1"]
    assert all(len(facts["loss"]) == len(facts["last"]) == 3 for facts in flows)
    assert all(facts["clip"] is None for facts in flows)
    assert main(["fit", "settings.toml", "--out", "run"]) == 0
    capsys.readouterr()
    for facts in told(capsys, "probe", "gradient", "run")["flows"]:
        assert facts["clip"]["threshold"] == 0.05
        assert facts["clip"]["n_clipped"] > 0


def test_cells_side_by_side_are_drawn_and_judged(capsys):
    assert (
        main(["probe", "gradient", "rnn", "gru", "their_modules:right", "--length", "40", "--out", "cells.html"]) == 0
    )
    out = capsys.readouterr().out
    assert "rnn: vanishing" in out
    assert "Wrote cells.html" in out
    assert Path("cells.html").read_text("utf-8").count("<svg") == 1
    assert main(["probe", "gradient", "gru", "--length", "200", "--memory-bias", "6", "--lang", "ko"]) == 0
    assert "gru: 정상" in capsys.readouterr().out


def test_the_graph_is_told_and_drawn(capsys):
    assert main(["probe", "graph", "--out", "graph.svg"]) == 0
    out = capsys.readouterr().out
    assert "to y: upstream 3 x local 1 = downstream 3" in out
    assert "(p - 1)" in out
    assert Path("graph.svg").exists()
    assert [graph["error"] < 1e-14 for graph in told(capsys, "probe", "graph")["graphs"]] == [True, True]
    assert main(["probe", "graph", "--lang", "ko"]) == 0
    assert "분배" in capsys.readouterr().out


def test_eight_rows_of_settings_are_learned_by_heart_or_not(capsys):
    assert main(["probe", "overfit", "settings.toml", "--rate", "0.05", "--strict"]) == 0
    assert "8 of 8 outputs are right" in capsys.readouterr().out
    slow = ["--rate", "1e-9", "--steps", "10"]
    assert main(["probe", "overfit", "settings.toml", *slow, "--strict", "--lang", "ko"]) == 1
    assert "오류 데이터 몇 개도 외우지 못함 [GR-OVERFIT1]" in capsys.readouterr().out


def test_padding_that_is_read_is_found_in_a_module_of_the_user_and_not_in_ours(capsys):
    assert main(["probe", "padding", "their_modules:last", "--strict"]) == 1
    assert "The answer is read from padding [GR-LASTSTATE]" in capsys.readouterr().out
    found = told(capsys, "probe", "padding", "settings.toml", "--strict")
    assert found["padding"]["error"] < 1e-12


def test_a_fit_says_how_it_began_and_how_its_gradients_came_through_time(capsys):
    assert main(["fit", "settings.toml", "--out", "run"]) == 0
    findings = {name: one for one in json.loads(Path("run/findings.json").read_text()) for name in one["ids"]}
    assert findings["GR-INIT"]["evidence"]["chance"] == pytest.approx(0.6931, abs=1e-3)
    assert findings["GR-DEADPARAM"]["level"] == findings["GR-NOOP"]["level"] == "pass"
    assert findings["GR-VANISH"]["evidence"]["n_clipped"] > 0
    flows = json.loads(Path("run/details.json").read_text())["flows"]
    assert [facts["name"] for facts in flows] == ["encoder.layers.0.directions.0", "encoder.layers.0.directions.1"]
    page = Path("run/report.html").read_text("utf-8")
    assert "Gradient of the loss with respect to the state so many steps before the last" in page
    assert main(["report", "run", "--lang", "ko"]) == 0
    assert "마지막에서 그만큼 앞선 상태에 대한 손실의 기울기" in Path("run/report.html").read_text("utf-8")


@pytest.mark.parametrize(("gain", "title"), [(0.8, "Gradients vanish"), (2.5, "Gradients explode, and are clipped")])
def test_a_fit_whose_gradients_explode_is_clipped_and_told_so(gain, title, monkeypatch):
    """Tanh units behind a large random matrix and small inputs are chaotic (Sompolinsky et al. 1988)."""

    def planted(module, how):
        initialise(module, how)
        for name, parameter in module.named_parameters():
            if parameter.ndim == 2:
                parameter.data.mul_(gain if "weight_hh" in name else 0.1)

    monkeypatch.setattr(recurrent, "initialise", planted)
    texts = {label: f"{word} film " * 40 for label, word in WORDS.items()}
    rows = [f"{number},{texts[label]},{label}" for number in range(30) for label in WORDS]
    Path("train.csv").write_text("\n".join(["id,text,label", *rows]))
    changes = ["encoder.initialisation=orthogonal", "encoder.hidden=64", "encoder.bidirectional=false"]
    changes += ["training.clip=1", "training.learning_rate=1e-5"]
    assert main(["fit", "settings.toml", "--out", "run", *(word for one in changes for word in ("--set", one))]) == 0
    findings = {one["title"]: one for one in json.loads(Path("run/findings.json").read_text())}
    evidence = findings[title]["evidence"]
    assert (findings[title]["level"], evidence["steps"]) == ("warning", 80)
    if gain > 1:
        assert evidence["factor"] > 1.1
        assert evidence["n_clipped"] == evidence["n_logged"] > 0
        assert evidence["median_norm"] > 1000
        assert "Clipping keeps the updates small" in findings[title]["fix"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["gradcheck", "atention"],
            "atention: is neither a settings file (.toml) nor a run, and no module.path:name. Did",
        ),
        (["gradcheck", "nowhere:x"], "nowhere: cannot be imported: No module named 'nowhere'. Run in the folder"),
        (["gradcheck", "their_modules:neither"], "their_modules:neither: is no function that takes nothing and gives"),
        (["gradcheck", "their_modules:Net"], "their_modules:Net: is no function that takes nothing and gives"),
        (["gradcheck", "their_modules:none"], "their_modules:none: is no function that takes nothing and gives"),
        (["probe", "gradient", "their_modules:wrong"], "their_modules:wrong: gives no recurrent layer of torch with"),
        (["probe", "gradient", "rn"], "rn: is neither a settings file (.toml) nor a run, and no module.path:name. Did"),
        (["probe", "gradient", "rnn", "--out", "x.gif"], "x.gif: cannot be drawn. Name a file with one of"),
    ],
)
def test_a_target_that_cannot_be_asked_is_refused(arguments, said, capsys):
    assert main(arguments) == 64
    assert capsys.readouterr().err.startswith(said)


def test_settings_without_a_recurrent_layer_have_nothing_to_follow(capsys):
    Path("bag.toml").write_text(SETTINGS.replace('"recurrent"\ncell = "rnn"\nembedding = 6\nhidden = 5', '"bag"'))
    assert main(["probe", "gradient", "bag.toml"]) == 64
    assert "bag.toml: has no recurrent layer" in capsys.readouterr().err
