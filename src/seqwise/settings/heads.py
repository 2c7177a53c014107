"""One settings model for each head; the class docstring is its summary."""

from typing import Annotated, Literal

from pydantic import Field

from seqwise.settings.encoders import Activation, Dropout, Width
from seqwise.settings.frozen import Frozen


class LabelSettings(Frozen):
    """One label a sequence: a linear layer, or layers stepping down with dropout; may stand on a baseline."""

    name: Literal["label"] = "label"
    hidden: tuple[Width, ...] = Field(
        default=(), description="widths of the layers before the last one, e.g. [128, 64]; []: linear"
    )
    dropout: Dropout = Field(default=0.1, description="before each layer, 0 to 1")
    activation: Activation = Field(default="relu", description="between the layers")
    stand_on: str = Field(
        default="",
        description="a baseline whose out-of-fold log-probabilities enter the logits, e.g. naive_bayes; empty: none",
    )


HeadSettings = Annotated[LabelSettings, Field()]
