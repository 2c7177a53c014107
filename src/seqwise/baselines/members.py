"""A baseline by its name: only names of the table are ever imported."""

from typing import Any, cast

from seqwise import catalog
from seqwise.baselines import BASELINES
from seqwise.baselines.contract import Baseline, BaselineSpec


def build_baseline(name: str) -> Baseline[Any]:
    """The baseline of this name, not fitted.

    Raises:
        UsageError: if the table has no such baseline.
    """
    loaded = catalog.load("seqwise.baselines", name, constant="BASELINE", table=BASELINES)
    return cast(BaselineSpec, loaded).build()
