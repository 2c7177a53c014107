"""One settings model for each encoder; the class docstring is its summary. No torch here, so checking is quick."""

from typing import Annotated, Literal

from pydantic import Field

from seqwise.settings.frozen import Frozen

Activation = Literal["relu", "gelu", "tanh", "silu", "elu", "leaky_relu"]
Initialisation = Literal["default", "xavier", "kaiming", "orthogonal", "normal"]
RecurrentInitialisation = Literal["default", "xavier", "kaiming", "orthogonal", "identity", "normal"]
Pooling = Literal["final", "mean", "max", "attention"]
Dropout = Annotated[float, Field(ge=0.0, lt=1.0)]
Width = Annotated[int, Field(ge=1, le=65536)]


class BagSettings(Frozen):
    """Mean of word vectors, then a feed-forward net (Iyyer et al. 2015)."""

    name: Literal["bag"] = "bag"
    embedding: Width = Field(default=128, description="width of a word vector")
    hidden: tuple[Width, ...] = Field(default=(256,), description="widths of the feed-forward layers; [] for none")
    dropout: Dropout = Field(default=0.3, description="share of units dropped in training, 0 to 1")
    activation: Activation = Field(default="relu", description="between the layers")
    initialisation: Initialisation = Field(
        default="default", description="of the weight matrices; default: torch's own"
    )


class WindowSettings(Frozen):
    """Each token sees its neighbours' vectors side by side in a window (Collobert and Weston 2008), then pooling."""

    name: Literal["window"] = "window"
    embedding: Width = Field(default=128, description="width of a word vector")
    radius: int = Field(default=2, ge=0, le=64, description="neighbours on each side; 2 gives windows of 5 tokens")
    hidden: tuple[Width, ...] = Field(default=(256,), min_length=1, description="widths of the layers over a window")
    dropout: Dropout = Field(default=0.3, description="share of units dropped in training, 0 to 1")
    activation: Activation = Field(default="relu", description="between the layers")
    initialisation: Initialisation = Field(
        default="default", description="of the weight matrices; default: torch's own"
    )
    pooling: Pooling = Field(default="max", description="how a sequence becomes one vector; final: the last real token")


class RecurrentSettings(Frozen):
    """RNN, GRU, LSTM or minGRU; stacked, one or two directions, read at the last real step or pooled."""

    name: Literal["recurrent"] = "recurrent"
    cell: Literal["rnn", "gru", "lstm", "mingru"] = Field(
        default="lstm", description="the recurrence; mingru: all steps at once (Feng et al. 2024)"
    )
    embedding: Width = Field(default=128, description="width of a word vector")
    hidden: Width = Field(default=256, description="units of one direction of one layer")
    layers: int = Field(default=1, ge=1, le=32, description="stacked layers; more layers before more units")
    bidirectional: bool = Field(default=True, description="read both ways and join the states")
    dropout: Dropout = Field(default=0.3, description="on embeddings, between layers and on the output, 0 to 1")
    initial_state: Literal["zero", "learned"] = Field(default="zero", description="state before the first step")
    initialisation: RecurrentInitialisation = Field(
        default="default",
        description="of the weight matrices; default: torch's own; identity: of plain RNNs over long texts",
    )
    pooling: Pooling = Field(default="final", description="final: last real step of each direction")


class TransformerSettings(Frozen):
    """Transformer encoder from scratch (Vaswani et al. 2017), pre-normalised."""

    name: Literal["transformer"] = "transformer"
    hidden: Width = Field(default=256, description="width of the token states")
    layers: int = Field(default=4, ge=1, le=96, description="number of blocks")
    heads: int = Field(default=4, ge=1, le=128, description="attention heads; divides hidden")
    feed_forward: Width = Field(default=1024, description="width of the inner layer of a block")
    positions: Literal["learned", "sinusoidal", "rotary", "none"] = Field(
        default="learned", description="how a token knows its place; none: the order cannot be seen"
    )
    max_positions: int = Field(default=512, ge=1, description="longest sequence for learned positions, tokens")
    dropout: Dropout = Field(default=0.1, description="on embeddings, attention and both halves of a block, 0 to 1")
    activation: Activation = Field(default="gelu", description="inside the feed-forward layer")
    initialisation: Initialisation = Field(default="normal", description="normal: standard deviation 0.02, as BERT")
    pooling: Pooling = Field(default="mean", description="how a sequence becomes one vector")


class BertSettings(Frozen):
    """BERT, RoBERTa, ELECTRA, DistilBERT or MiniLM from a Hugging Face folder, computed without padding."""

    name: Literal["bert"] = "bert"
    checkpoint: str = Field(description="a folder, all-MiniLM-L6-v2 (extra minilm), or a hub id")
    dropout: Dropout | None = Field(
        default=None, description="hidden and attention dropout; unset: as the checkpoint says"
    )
    attention_dropout: Dropout | None = Field(
        default=None, description="of attention weights alone; unset: as dropout. 0 is faster, most of all on a GPU"
    )
    pooling: Literal["final", "mean", "max", "attention", "first"] = Field(
        default="first", description="first: the state of the first special token; final: the last real token"
    )


EncoderSettings = Annotated[
    BagSettings | WindowSettings | RecurrentSettings | TransformerSettings | BertSettings,
    Field(discriminator="name"),
]
