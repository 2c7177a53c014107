"""The baseline ``copy_source``: the source itself; right where names, numbers and shared words are all there is."""

from collections.abc import Sequence
from typing import Self

from seqwise.baselines.contract import BaselineState
from seqwise.baselines.texts import TEXTS, TextBaseline, TextBaselineSpec


class CopySource(TextBaseline):
    """Writes what it reads."""

    def fit(self, sources: Sequence[str], targets: Sequence[str], /) -> Self:
        """Learn nothing."""
        del sources, targets
        return self

    def translate(self, sources: Sequence[str], /) -> list[str]:
        """The sources."""
        return list(sources)

    def state(self) -> BaselineState:
        """Nothing but its kind."""
        return BaselineState(settings={TEXTS: True}, arrays={})

    def restore(self, state: BaselineState) -> None:
        """Nothing to take."""


BASELINE = TextBaselineSpec(name="copy_source", build=CopySource, paper="")
