"""One settings model for each learning-rate schedule; the class docstring is its summary."""

from typing import Annotated, Literal

from pydantic import Field

from seqwise.settings.frozen import Frozen

Warmup = Annotated[
    float,
    Field(
        ge=0.0, description="updates that rise from 0 to the rate: below 1 a share of all updates, from 1 on a number"
    ),
]


class ConstantSettings(Frozen):
    """Warm-up, then the same rate to the end."""

    name: Literal["constant"] = "constant"
    warmup: Warmup = 0.0


class LinearSettings(Frozen):
    """Warm-up, then straight down to zero at the last update."""

    name: Literal["linear"] = "linear"
    warmup: Warmup = 0.1
    total_updates: int | None = Field(
        default=None, ge=1, description="plan for this many updates; unset: the real number"
    )


class CosineSettings(Frozen):
    """Warm-up, then half a cosine down to ``floor`` times the rate."""

    name: Literal["cosine"] = "cosine"
    warmup: Warmup = 0.1
    floor: float = Field(default=0.0, ge=0.0, le=1.0, description="last rate as a share of the highest")
    total_updates: int | None = Field(
        default=None, ge=1, description="plan for this many updates; unset: the real number"
    )


class PlateauSettings(Frozen):
    """Lower the rate when the validation loss stops falling (ReduceLROnPlateau)."""

    name: Literal["plateau"] = "plateau"
    warmup: Warmup = 0.0
    factor: float = Field(default=0.25, gt=0.0, lt=1.0, description="multiply the rate by this")
    patience: int = Field(default=1, ge=0, description="evaluations without a fall before the rate is lowered")
    min_delta: float = Field(default=1e-4, ge=0.0, description="smallest fall of the loss that counts")
    cooldown: int = Field(default=0, ge=0, description="evaluations to wait after lowering")
    min_lr: float = Field(default=1e-5, ge=0.0, description="never below this rate")


class CyclicSettings(Frozen):
    """Up and down between the rate and ``max_lr`` (Smith 2017): triangular, triangular2 or exp_range."""

    name: Literal["cyclic"] = "cyclic"
    mode: Literal["triangular", "triangular2", "exp_range"] = Field(
        default="triangular", description="shape of the cycles"
    )
    max_lr: float = Field(gt=0.0, description="highest rate of a cycle")
    step_size: int = Field(default=2000, ge=1, description="updates in half a cycle")
    gamma: float = Field(default=0.99994, gt=0.0, le=1.0, description="decay an update, for exp_range")


ScheduleSettings = Annotated[
    ConstantSettings | LinearSettings | CosineSettings | PlateauSettings | CyclicSettings,
    Field(discriminator="name"),
]
