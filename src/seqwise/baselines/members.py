"""A baseline by its name: only names of the table are ever imported."""

from typing import Any, cast

from seqwise import catalog
from seqwise.baselines import BASELINES
from seqwise.baselines.contract import Baseline, BaselineSpec
from seqwise.baselines.numbers import NumberBaseline, NumberBaselineSpec
from seqwise.baselines.texts import TextBaseline, TextBaselineSpec


def build_baseline(name: str) -> Baseline[Any]:
    """The baseline of this name, not fitted.

    Raises:
        UsageError: if the table has no such baseline.
    """
    loaded = catalog.load("seqwise.baselines", name, constant="BASELINE", table=BASELINES)
    return cast(BaselineSpec, loaded).build()


def build_number_baseline(name: str) -> NumberBaseline:
    """The baseline of numeric series of this name, not fitted.

    Raises:
        UsageError: if the table has no such baseline.
    """
    return number_spec(name).build()


def number_spec(name: str) -> NumberBaselineSpec:
    """What the table says of a baseline of numeric series.

    Raises:
        UsageError: if the table has no such baseline.
    """
    return cast(NumberBaselineSpec, catalog.load("seqwise.baselines", name, constant="BASELINE", table=BASELINES))


def build_text_baseline(name: str) -> TextBaseline:
    """The baseline of this name that writes texts, not fitted.

    Raises:
        UsageError: if the table has no such baseline.
    """
    loaded = catalog.load("seqwise.baselines", name, constant="BASELINE", table=BASELINES)
    return cast(TextBaselineSpec, loaded).build()
