"""A bidirectional classifier with embeddings on lengths like those of film reviews: our encoder beside torch's ways.

Lengths are the words of reviews of IMDB drawn at random, cut at 200; batches of 32 in random order, one layer, 128
inputs and 256 units a direction, forward and backward. What the words are does not matter: they are drawn.
"""

import copy
from collections.abc import Callable
from functools import partial
from itertools import cycle

import numpy as np
import torch
from meters import watch
from results import NO_FAST_BFLOAT16, Figure, Line, Report
from task import DATA
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from turns import Options, Step, Turn, rates, ratios, take_turns

from seqwise.batch.flat import collate
from seqwise.model.contracts import HeadShape, Vocabulary
from seqwise.model.encoders.recurrent import RecurrentEncoder
from seqwise.model.layers.recurrence import CELLS, Cell, RecurrentLayer
from seqwise.model.network import Network, build_network
from seqwise.read.tables import Columns, read_rows
from seqwise.records import Examples, FlatTokens, Indices
from seqwise.runtime import bfloat16_is_fast
from seqwise.settings.encoders import RecurrentSettings
from seqwise.settings.heads import LabelSettings
from seqwise.tensors import Batch

N_BATCHES, N_ROWS, N_WORDS = 4, 32, 20_000
EMBEDDING, HIDDEN, N_LABELS = 128, 256, 2
LONGEST = 200
OURS, HALF, PACKED, PADDED = "ours, float32", "ours, bfloat16", "packed, float32", "padded to the longest, float32"
TOLERANCE = 1e-5  # of logits that are the same function, summed in another order


class Tutorial(nn.Module):
    """What tutorials build: embedding, bidirectional cell, last states, linear layer."""

    def __init__(self, cell: Cell, *, is_packed: bool) -> None:
        super().__init__()
        self.embedding = nn.Embedding(N_WORDS, EMBEDDING)
        self.recurrence = CELLS[cell](EMBEDDING, HIDDEN, batch_first=True, bidirectional=True)
        self.output = nn.Linear(2 * HIDDEN, N_LABELS)
        self.is_packed = is_packed

    def forward(self, batch: Batch) -> Tensor:
        """Logits, shape (batch, label). Without packing the backward half reads padding: not the same function."""
        rows = pad_sequence(list(batch.tokens.split(batch.lengths)), batch_first=True)  # (batch, time)
        x = self.embedding(rows)
        if self.is_packed:
            x = pack_padded_sequence(x, torch.tensor(batch.lengths), batch_first=True, enforce_sorted=False)
        _, states = self.recurrence(x)
        last = states[0] if isinstance(states, tuple) else states  # (direction, batch, hidden)
        return self.output(torch.cat([last[0], last[1]], dim=1))


def run(options: Options) -> Report:
    """All cells; the goals are for the LSTM."""
    lines: list[Line] = []
    figures: dict[str, dict[str, Figure]] = {}
    for cell in CELLS:
        turns, difference = _compete(cell, options)
        lines += _lines(cell, turns)
        lines.append(Line(f"{cell}: largest difference from the packed logits", difference, f"<= {TOLERANCE}", unit=""))
        figures |= {f"{cell}, {name}": _columns(taken) for name, taken in turns.items()}
    return Report(lines=lines, figures=figures, spreads=options.spreads())


def _compete(cell: Cell, options: Options) -> tuple[dict[str, list[Turn]], float]:
    batches = _batches()
    network = _network(cell)
    packed, padded = (_tutorial(network, cell, is_packed=is_packed) for is_packed in (True, False))
    steps = {
        OURS: _step(network, batches),
        PACKED: _step(packed, batches),
        PADDED: _step(padded, batches),
    }
    if bfloat16_is_fast("cpu"):
        half = copy.deepcopy(network)
        half.encoder.to(torch.bfloat16)
        steps[HALF] = _step(half, batches)
    turns = take_turns(steps, turns=options.turns, seconds=options.seconds, watch=watch(torch.device("cpu")))
    with torch.inference_mode():
        difference = max(float((network(batch) - packed(batch)).abs().max()) for batch in batches)
    return turns, difference


def _lines(cell: Cell, turns: dict[str, list[Turn]]) -> list[Line]:
    is_goal = cell == "lstm"
    lines = []
    for ours, peer, goal in (
        (OURS, PACKED, ">= 6"),
        (HALF, PACKED, ">= 10"),
        (OURS, PADDED, ""),
        (HALF, PADDED, ">= 2.3"),
    ):
        what, wanted = f"{cell}: {ours} against {peer}", goal if is_goal else ""
        if ours in turns:
            lines.append(Line(what, ratios(turns[ours], turns[peer]), wanted))
        elif is_goal:
            lines.append(Line(what, goal=wanted, not_measured=NO_FAST_BFLOAT16))
    return lines


def _columns(turns: list[Turn]) -> dict[str, Figure]:
    return {"real tokens/s": rates(turns)}


def _batches() -> list[Batch]:
    columns = Columns(text="text", label="label")
    rows, _ = read_rows(DATA / "imdb" / "train.tsv.gz", columns, format="tsv", encoding="utf-8", labels=())
    rng = np.random.default_rng(0)
    drawn = rng.choice(len(rows), size=(N_BATCHES, N_ROWS), replace=False)
    return [_batch(np.array([min(len(rows.texts[row].split()), LONGEST) for row in one]), rng) for one in drawn]


def _batch(lengths: Indices, rng: np.random.Generator) -> Batch:
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    ids = rng.integers(1, N_WORDS, offsets[-1]).astype(np.int32)
    examples = Examples(tokens=FlatTokens(ids=ids, offsets=offsets), targets=rng.integers(N_LABELS, size=len(lengths)))
    return collate(examples, np.arange(len(lengths)))


def _network(cell: Cell) -> Network:
    settings = RecurrentSettings(cell=cell, embedding=EMBEDDING, hidden=HIDDEN, dropout=0.0)
    return build_network(
        settings,
        LabelSettings(dropout=0.0),
        vocabulary=Vocabulary(size=N_WORDS),
        shape=HeadShape(n_outputs=N_LABELS),
        seed=0,
    )


def _tutorial(network: Network, cell: Cell, *, is_packed: bool) -> Tutorial:
    """The same weights in torch's own modules."""
    encoder = network.encoder
    assert isinstance(encoder, RecurrentEncoder)
    layer, output = encoder.layers[0], network.head.get_submodule("output")
    assert isinstance(layer, RecurrentLayer)
    tutorial = Tutorial(cell, is_packed=is_packed)
    tutorial.embedding.load_state_dict(encoder.embedding.table.state_dict())
    tutorial.output.load_state_dict(output.state_dict())
    for direction, suffix in zip(layer.directions, ("_l0", "_l0_reverse"), strict=True):
        for name, weight in direction.get_submodule("cell").named_parameters():
            tutorial.recurrence.get_parameter(name.removesuffix("_l0") + suffix).data.copy_(weight)
    return tutorial


def _step(model: nn.Module, batches: list[Batch]) -> Step:
    return partial(_forward_and_backward, model, cycle(batches).__next__)


def _forward_and_backward(model: nn.Module, following: Callable[[], Batch]) -> float:
    batch = following()
    assert batch.targets is not None
    F.cross_entropy(model(batch).float(), batch.targets).backward()
    for parameter in model.parameters():
        parameter.grad = None
    return float(batch.n_tokens)
