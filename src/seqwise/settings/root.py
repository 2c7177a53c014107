"""The whole settings file: the task on top and one table for each station."""

from typing import Literal

from seqwise.settings.encoders import EncoderSettings
from seqwise.settings.frozen import Frozen
from seqwise.settings.heads import HeadSettings, LabelSettings
from seqwise.settings.stations import (
    ChecksSettings,
    DataSettings,
    EvaluateSettings,
    ExtendSettings,
    PrepareSettings,
    RuntimeSettings,
    TrainingSettings,
)


class Settings(Frozen):
    """Everything a run needs to know."""

    task: Literal["classify", "tag", "forecast", "translate"]
    data: DataSettings
    prepare: PrepareSettings = PrepareSettings()
    encoder: EncoderSettings
    head: HeadSettings = LabelSettings()
    extend: ExtendSettings = ExtendSettings()
    training: TrainingSettings = TrainingSettings()
    evaluate: EvaluateSettings = EvaluateSettings()
    checks: ChecksSettings = ChecksSettings()
    runtime: RuntimeSettings = RuntimeSettings()

    @property
    def baselines(self) -> tuple[str, ...]:
        """The baselines that a run fits: those that its scores stand beside, and the one under its head."""
        return tuple(dict.fromkeys((*self.evaluate.baselines, *filter(None, [self.head.stand_on]))))
