"""Every layer that we wrote, as a small subject of a gradient check: the name of a layer in, its subject out."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from seqwise.batch.flat import collate
from seqwise.model.contracts import HeadShape
from seqwise.model.layers.attention import FlatSelfAttention, plan_attention
from seqwise.model.layers.block import Block, FeedForward
from seqwise.model.layers.cells import GRUCell, LSTMCell, RNNCell
from seqwise.model.layers.crf import LinearChainCrf
from seqwise.model.layers.cross_attention import LuongAttention, MultiHeadAttention, Score, plan_cross_attention
from seqwise.model.layers.decoder import Decoder, Memory, MemoryShape
from seqwise.model.layers.dropout import Dropout
from seqwise.model.layers.embeddings import WordEmbedding
from seqwise.model.layers.feed_forward import LayerStack
from seqwise.model.layers.pooling import AttentionPooling, FixedPooling, PoolingName
from seqwise.model.layers.positions import LearnedPositions, plan_rotation
from seqwise.model.layers.recurrence import Arrangement, Cell, RecurrentLayer, fastest_arrangement, plan_recurrence
from seqwise.model.layers.recurrent_decoder import BahdanauDecoder, RecurrentDecoder
from seqwise.model.layers.transformer_decoder import TransformerDecoder
from seqwise.model.layers.unit_pooling import ends, first, mean
from seqwise.model.layers.unit_recurrence import UnitRecurrence
from seqwise.model.logits import CrossEntropy
from seqwise.probe.numerical import Subject, subject_of
from seqwise.records import Examples, FlatTokens
from seqwise.tensors import Batch, Units

# Small enough that all numbers are checked in milliseconds, ragged, and with a sequence of one token.
LENGTHS, WIDTH, HEADS = (4, 1, 3), 6, 2
SOURCES = (2, 5, 1)
SHAPE = MemoryShape(hidden=5, summary=4)
# Numbers of a block that are checked one by one: all of most.
N_ENTRIES = 64


def layer_names() -> tuple[str, ...]:
    """All that can be asked for."""
    return tuple(_LAYERS)


def layer_subject(name: str, *, seed: int = 0) -> Subject:
    """A small instance of a layer with inputs of ragged lengths; a function of the seed alone."""
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        module, inputs = _LAYERS[name]()
        return subject_of(name, module, inputs=inputs, seed=seed)


class _Called(nn.Module):
    """A layer that is called in a way of its own: with the layer, and its input or the tuple of its inputs."""

    def __init__(self, layer: nn.Module, call: Callable[[Any, Any], object]) -> None:
        super().__init__()
        self.layer = layer
        self.call = call

    def forward(self, *inputs: Tensor) -> object:
        return self.call(self.layer, inputs[0] if len(inputs) == 1 else inputs)


Built = tuple[nn.Module, tuple[Tensor, ...]]


def _batch() -> Batch:
    offsets = np.cumsum([0, *LENGTHS])
    ids = np.arange(offsets[-1], dtype=np.int32) % WIDTH
    return collate(Examples(tokens=FlatTokens(ids, offsets)), np.arange(len(LENGTHS)))


def _states(lengths: tuple[int, ...] = LENGTHS, width: int = WIDTH) -> Float[Tensor, "token hidden"]:
    return torch.randn(sum(lengths), width)


def _units() -> Units:
    """Two units in the first sequence, none in the second, one in the third; the first two share a token."""
    return Units(torch.tensor([0, 1, 5]), torch.tensor([2, 4, 8]), (2, 0, 1))


def _recurrent(cell: Cell, arrangement: Arrangement) -> Built:
    layer = RecurrentLayer(cell, WIDTH, 4, n_directions=2, is_start_learned=True)
    layouts = plan_recurrence(LENGTHS, torch.device("cpu"), arrangement=arrangement)
    return _Called(layer, lambda each, x: each(x, layouts)), (_states(),)


def _self_attention(*, is_causal: bool = False, is_rotary: bool = False) -> Built:
    layer = FlatSelfAttention(WIDTH * 2, HEADS, dropout=0.0)
    return _Called(layer, _planned(is_causal=is_causal, is_rotary=is_rotary)), (_states(width=WIDTH * 2),)


def _planned(*, is_causal: bool = False, is_rotary: bool = False) -> Callable[[Any, Any], object]:
    batch = _batch()
    plan = plan_attention(batch, kind=torch.float64, is_causal=is_causal)
    if is_rotary:
        plan = replace(plan, rotation=plan_rotation(batch.positions, WIDTH, kind=torch.float64))
    return lambda layer, x: layer(x, plan)


def _block(*, is_pre_norm: bool) -> Built:
    layer = Block(
        FlatSelfAttention(WIDTH, HEADS, dropout=0.0),
        FeedForward(WIDTH, 2 * WIDTH, activation=nn.GELU()),
        attention_norm=nn.LayerNorm(WIDTH),
        feed_forward_norm=nn.LayerNorm(WIDTH),
        dropout=0.0,
        is_pre_norm=is_pre_norm,
    )
    return _Called(layer, _planned()), (_states(),)


def _block_first() -> Built:
    module, inputs = _block(is_pre_norm=True)
    batch = _batch()
    assert isinstance(module, _Called)
    return _Called(module.layer, lambda layer, x: layer.first(x, batch)), inputs


def _cross(layer: MultiHeadAttention | LuongAttention) -> Built:
    plan = plan_cross_attention(LENGTHS, SOURCES, like=torch.empty(0, dtype=torch.float64))

    return _Called(layer, lambda each, x: each(x[0], each.look_at(x[1], plan))), (_states(), _states(SOURCES, 5))


def _luong(score: Score) -> Built:
    return _cross(LuongAttention(WIDTH, source_width=5, score=score))


def _decoder(layer: Decoder[Any]) -> Built:
    def call(each: Any, x: Any) -> object:
        return each(x[0], Memory(x[1], SOURCES, summary=x[2]), lengths=LENGTHS)

    return _Called(layer, call), (_states(), _states(SOURCES, 5), torch.randn(len(SOURCES), SHAPE.summary))


def _recurrent_decoder(cell: Any, *, score: Score | None = "general") -> Built:
    return _decoder(RecurrentDecoder(cell, WIDTH, n_layers=2, memory=SHAPE, score=score, dropout=0.0))


def _bahdanau(cell: Any) -> Built:
    return _decoder(BahdanauDecoder(cell, WIDTH, n_layers=2, memory=SHAPE, dropout=0.0))


def _crf() -> Built:
    tags = torch.arange(sum(LENGTHS)) % 3
    layer = LinearChainCrf(3)
    return _Called(layer, lambda each, scores: each(scores, tags, lengths=LENGTHS)), (_states(width=3),)


def _pooling(name: PoolingName) -> Built:
    return _Called(FixedPooling(name), lambda layer, x: layer(x, _batch())), (_states(),)


def _attention_pooling() -> Built:
    return _Called(AttentionPooling(WIDTH), lambda layer, x: layer(x, _batch())), (_states(),)


def _unit_pooling() -> Built:
    return _Called(nn.Identity(), lambda _, x: [pool(x, _units()) for pool in (first, mean, ends)]), (_states(),)


def _unit_recurrence() -> Built:
    return _Called(UnitRecurrence("gru", WIDTH, 4), lambda layer, x: layer(x, _units())), (torch.randn(3, WIDTH),)


def _embedding() -> Built:
    layer, tokens = WordEmbedding(9, WIDTH, n_features=2), torch.tensor([0, 3, 3, 8])
    return _Called(layer, lambda each, features: each(tokens, features)), (torch.randn(4, 2),)


def _positions() -> Built:
    return _Called(LearnedPositions(5, WIDTH), lambda layer, _: layer(_batch().positions)), ()


def _layer_stack() -> Built:
    return LayerStack(WIDTH, (5, 4), dropout=0.0, activation="tanh"), (torch.randn(3, WIDTH),)


def _rectified() -> Built:
    return LayerStack(WIDTH, (5,), dropout=0.0, activation="relu"), (torch.randn(3, WIDTH),)


def _dropout() -> Built:
    return Dropout(0.5), (torch.randn(3, WIDTH),)


def _cross_entropy() -> Built:
    shape = HeadShape(3, class_weights=(1.0, 2.0, 0.5), focal=1.5, label_smoothing=0.1, logit_offsets=(0.3, 0.0, -0.2))
    targets = torch.tensor([0, 2, 1, -1])
    return _Called(CrossEntropy(shape), lambda layer, logits: layer(logits, targets).total), (torch.randn(4, 3),)


def _recurrences() -> dict[str, Callable[[], Built]]:
    """Each cell over a packed sequence and over groups, a CPU's choice without a suffix; and the scan of the minGRU."""
    cells: tuple[Cell, ...] = ("rnn", "gru", "lstm")
    arrangements: tuple[Arrangement, ...] = ("packed", "groups")
    device = torch.device("cpu")
    found: dict[str, Callable[[], Built]] = {
        f"recurrence.{cell}{'' if arrangement == fastest_arrangement(cell, device) else '.other'}": partial(
            _recurrent, cell, arrangement
        )
        for cell in cells
        for arrangement in arrangements
    }
    return {**found, "recurrence.mingru": partial(_recurrent, "mingru", "flat")}


def _cell(build: type[RNNCell] | type[GRUCell]) -> Built:
    return _Called(build(WIDTH, 4), lambda layer, x: layer(*x)), (torch.randn(3, WIDTH), torch.randn(3, 4))


def _lstm_cell() -> Built:
    inputs = (torch.randn(3, WIDTH), torch.randn(3, 4), torch.randn(3, 4))
    return _Called(LSTMCell(WIDTH, 4), lambda layer, x: layer(x[0], x[1:])), inputs


_LAYERS: dict[str, Callable[[], Built]] = {
    **_recurrences(),
    "cell.rnn": lambda: _cell(RNNCell),
    "cell.gru": lambda: _cell(GRUCell),
    "cell.lstm": _lstm_cell,
    "unit_recurrence": _unit_recurrence,
    "attention": _self_attention,
    "attention.causal": lambda: _self_attention(is_causal=True),
    "attention.rotary": lambda: _self_attention(is_rotary=True),
    "block.post_norm": lambda: _block(is_pre_norm=False),
    "block.pre_norm": lambda: _block(is_pre_norm=True),
    "block.first_token": _block_first,
    "cross_attention.heads": lambda: _cross(MultiHeadAttention(WIDTH, HEADS, source_width=5, dropout=0.0)),
    "cross_attention.luong": lambda: _luong("general"),
    "cross_attention.bahdanau": lambda: _luong("concat"),
    "decoder.gru": lambda: _recurrent_decoder("gru"),
    "decoder.lstm": lambda: _recurrent_decoder("lstm"),
    "decoder.lstm.alone": lambda: _recurrent_decoder("lstm", score=None),
    "decoder.gru.bahdanau": lambda: _bahdanau("gru"),
    "decoder.lstm.bahdanau": lambda: _bahdanau("lstm"),
    "decoder.transformer": lambda: _decoder(TransformerDecoder(WIDTH, 2, n_heads=HEADS, source_width=5, dropout=0.0)),
    "crf": _crf,
    "cross_entropy": _cross_entropy,
    "pooling.first": lambda: _pooling("first"),
    "pooling.final": lambda: _pooling("final"),
    "pooling.mean": lambda: _pooling("mean"),
    "pooling.max": lambda: _pooling("max"),
    "pooling.attention": _attention_pooling,
    "unit_pooling": _unit_pooling,
    "embeddings": _embedding,
    "positions": _positions,
    "feed_forward": _layer_stack,
    "feed_forward.relu": _rectified,
    "dropout": _dropout,
}
