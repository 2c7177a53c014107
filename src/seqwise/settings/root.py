"""The whole settings file: the task on top and one table for each station."""

from collections.abc import Mapping
from typing import Literal, cast

from pydantic import model_validator

from seqwise.settings.encoders import EncoderSettings
from seqwise.settings.frozen import Frozen
from seqwise.settings.heads import HeadSettings, LabelSettings
from seqwise.settings.stations import (
    ChecksSettings,
    DataSettings,
    EvaluateSettings,
    PrepareSettings,
    RuntimeSettings,
    TrainingSettings,
)
from seqwise.settings.task_defaults import with_task_defaults


class Settings(Frozen):
    """Everything a run needs to know."""

    task: Literal["classify", "tag"]
    data: DataSettings
    prepare: PrepareSettings = PrepareSettings()
    encoder: EncoderSettings
    head: HeadSettings = LabelSettings()
    training: TrainingSettings = TrainingSettings()
    evaluate: EvaluateSettings = EvaluateSettings()
    checks: ChecksSettings = ChecksSettings()
    runtime: RuntimeSettings = RuntimeSettings()

    @model_validator(mode="before")
    @classmethod
    def _bring_task_defaults(cls, tables: object) -> object:
        return with_task_defaults(cast("Mapping[str, object]", tables)) if isinstance(tables, Mapping) else tables
