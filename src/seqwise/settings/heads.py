"""One settings model for each head; the class docstring is its summary."""

from typing import Annotated, Literal

from pydantic import Field

from seqwise.settings.encoders import Activation, Dropout, Width
from seqwise.settings.frozen import Frozen

StandOn = Annotated[
    str,
    Field(description="a baseline whose out-of-fold log-probabilities enter the logits, e.g. naive_bayes; empty: none"),
]

Level = Annotated[float, Field(gt=0.0, lt=1.0)]


class LabelSettings(Frozen):
    """One label a sequence: a linear layer, or layers stepping down with dropout; may stand on a baseline."""

    name: Literal["label"] = "label"
    hidden: tuple[Width, ...] = Field(
        default=(), description="widths of the layers before the last one, e.g. [128, 64]; []: linear"
    )
    dropout: Dropout = Field(default=0.1, description="before each layer, 0 to 1")
    activation: Activation = Field(default="relu", description="between the layers")
    stand_on: StandOn = ""


class TagsSettings(Frozen):
    """One tag a unit, such as a word, by itself or in a chain (CRF); may have a recurrent layer over units."""

    name: Literal["tags"] = "tags"
    pooling: Literal["first", "mean", "ends"] = Field(
        default="first",
        description="a unit's vector from the states of its tokens; ends: first and last joined, for characters",
    )
    words: int = Field(
        default=0,
        ge=0,
        le=65536,
        description="width of a vector for the unit's own word beside its tokens' states, for characters; 0: none",
    )
    recurrent: Literal["none", "gru", "lstm"] = Field(
        default="none", description="a layer that reads the units both ways, above the encoder"
    )
    hidden: Width = Field(default=256, description="units of one direction of the recurrent layer")
    crf: bool = Field(default=False, description="score whole sequences of tags by a linear-chain CRF")
    dropout: Dropout = Field(default=0.1, description="on the vectors of units and on the recurrent layer, 0 to 1")
    stand_on: StandOn = ""


class StepsSettings(Frozen):
    """One answer for each step to come, all at once; may have a recurrent layer over the steps."""

    name: Literal["steps"] = "steps"
    recurrent: Literal["none", "gru", "lstm"] = Field(
        default="none", description="a layer that reads the steps to come both ways, above the encoder"
    )
    hidden: Width = Field(default=256, description="units of one direction of the recurrent layer")
    crf: bool = Field(default=False, description="score whole sequences of states by a linear-chain CRF")
    dropout: Dropout = Field(default=0.1, description="on the states and on the recurrent layer, 0 to 1")
    stand_on: StandOn = ""


class DecoderSettings(Frozen):
    """One state for each step to come, each told the one before: a decoder that looks at the steps seen."""

    name: Literal["decoder"] = "decoder"
    cell: Literal["transformer", "gru", "lstm"] = Field(
        default="transformer", description="what goes from step to step"
    )
    hidden: Width = Field(default=128, description="width of the decoder's states")
    layers: int = Field(default=2, ge=1, le=32, description="stacked layers of the decoder")
    heads: int = Field(default=4, ge=1, le=128, description="attention heads of a transformer; divides hidden")
    attention: Literal["general", "concat"] = Field(
        default="general", description="of gru and lstm, how a state is scored against those seen (Luong et al. 2015)"
    )
    teacher_forcing: float = Field(
        default=1.0,
        ge=0.0,
        le=1.0,
        description="share of training steps told the true state before; the others are told one drawn by the model",
    )
    paths: int = Field(
        default=0,
        ge=0,
        le=10000,
        description="drawn paths that forecasts are the mean of; 0: each step is told the likeliest state before",
    )
    dropout: Dropout = Field(default=0.1, description="on what is told, inside the decoder and above it, 0 to 1")
    stand_on: StandOn = ""


class TextSettings(Frozen):
    """A text for each row, token by token: a decoder that looks at the encoder's states, searched by beams."""

    name: Literal["text"] = "text"
    cell: Literal["transformer", "gru", "lstm"] = Field(
        default="transformer", description="what goes from token to token"
    )
    hidden: Width = Field(default=256, description="width of the decoder's states and of its tokens' vectors")
    layers: int = Field(default=2, ge=1, le=32, description="stacked layers of the decoder")
    heads: int = Field(default=4, ge=1, le=128, description="attention heads of a transformer; divides hidden")
    attention: Literal["none", "general", "concat", "bahdanau"] = Field(
        default="general",
        description="of gru and lstm: none; above the cells (Luong et al. 2015); bahdanau: fed to them (2015)",
    )
    teacher_forcing: float = Field(
        default=1.0,
        ge=0.0,
        le=1.0,
        description="share of training tokens told the true token before, at the end; the others are told one drawn",
    )
    forcing_schedule: Literal["constant", "linear"] = Field(
        default="constant", description="linear: the share falls from 1 to teacher_forcing over the training"
    )
    beam: int = Field(default=5, ge=1, le=100, description="paths that the search keeps; 1: greedy")
    length_penalty: float = Field(
        default=0.6, ge=0.0, le=5.0, description="power of the length that scores are divided by (Wu et al. 2016)"
    )
    dropout: Dropout = Field(default=0.1, description="on what is told, inside the decoder and above it, 0 to 1")
    stand_on: Literal[""] = Field(default="", description="always empty: no baseline gives probabilities of texts")


class NumbersSettings(Frozen):
    """Numbers for each step to come, all at once: points, quantiles, or a distribution."""

    name: Literal["numbers"] = "numbers"
    output: Literal["quantiles", "mean", "median", "student"] = Field(
        default="quantiles",
        description="mean, median: a point, by squared or absolute error; student: Student's t, by its likelihood",
    )
    levels: tuple[Level, ...] = Field(
        default=(0.05, 0.25, 0.5, 0.75, 0.95), min_length=1, description="the quantiles that are told, growing, 0 to 1"
    )
    recurrent: Literal["none", "gru", "lstm"] = Field(
        default="none", description="a layer that reads the steps to come both ways, above the encoder"
    )
    hidden: Width = Field(default=256, description="units of one direction of the recurrent layer")
    dropout: Dropout = Field(default=0.1, description="on the states and on the recurrent layer, 0 to 1")
    stand_on: Annotated[
        str, Field(description="a baseline that the numbers are added to, e.g. linear; empty: none")
    ] = ""


HeadSettings = Annotated[
    LabelSettings | TagsSettings | StepsSettings | DecoderSettings | NumbersSettings | TextSettings,
    Field(discriminator="name"),
]
