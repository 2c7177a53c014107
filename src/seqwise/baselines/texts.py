"""What a baseline that writes texts offers: fit on pairs, texts out, and a state of plain settings and arrays."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from seqwise.baselines.contract import BaselineState

TEXTS = "texts"  # in the settings of a state: that the baseline writes texts


class TextBaseline(ABC):
    """A model of texts given texts that is fitted in seconds and can be written down without pickle."""

    @abstractmethod
    def fit(self, sources: Sequence[str], targets: Sequence[str], /) -> Self:
        """Learn from training pairs, one or more, and return self."""

    @abstractmethod
    def translate(self, sources: Sequence[str], /) -> list[str]:
        """A text for each source."""

    @abstractmethod
    def state(self) -> BaselineState:
        """All that :meth:`restore` needs; the settings hold :data:`TEXTS`."""

    @abstractmethod
    def restore(self, state: BaselineState) -> None:
        """Become the baseline that :meth:`state` was taken from; its texts are identical."""


@dataclass(frozen=True)
class TextBaselineSpec:
    """A member of this folder that writes texts, in the constant ``BASELINE`` of its file."""

    name: str
    build: Callable[[], TextBaseline]
    paper: str
    tasks: tuple[str, ...] = ("translate",)
