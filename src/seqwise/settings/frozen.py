"""The frozen base of every settings model: unknown keys are errors, values are never changed after reading."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A settings table: no unknown keys, no changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, protected_namespaces=())
