"""What every decoder offers: what was told before in, the state of each target out, at once or step by step."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from jaxtyping import Float, Int
from torch import Tensor, nn

State = TypeVar("State")


@dataclass(frozen=True)
class Memory:
    """What targets look at: the states of an encoder.

    Attributes:
        hidden: flat, sequence after sequence.
        lengths: sources of each sequence, 1 or more, on the host.
        summary: what a recurrence begins from, one vector a sequence.
    """

    hidden: Float[Tensor, "source hidden"]
    lengths: tuple[int, ...]
    summary: Float[Tensor, "sequence summary"]


class MemoryShape(NamedTuple):
    """Units of a state of a memory, and of its summary."""

    hidden: int
    summary: int


class Decoder(nn.Module, ABC, Generic[State]):
    """Vectors of what each target is told in, states of the targets out; a target never sees what later ones are told.

    The targets of all sequences are flat. Step by step the numbers are those of the whole pass.
    """

    @abstractmethod
    def forward(
        self, x: Float[Tensor, "target hidden"], memory: Memory, *, lengths: tuple[int, ...]
    ) -> Float[Tensor, "target hidden"]:
        """The states of all targets at once, for what they are told is known; ``lengths`` are the targets' own."""

    @abstractmethod
    def begin(self, memory: Memory, *, n_paths: int = 1) -> State:
        """What stands before the first step.

        Args:
            memory: looked at once, however many steps and paths follow.
            n_paths: paths that each sequence follows side by side: rows of a step are sequences, and in each its paths.
        """

    @abstractmethod
    def step(self, x: Float[Tensor, "row hidden"], state: State) -> tuple[Float[Tensor, "row hidden"], State]:
        """One target more for every path: its state, and what stands before the next step."""

    @abstractmethod
    def follow(self, state: State, rows: Int[Tensor, " row"]) -> State:
        """What stands before the next step where each path goes on from another one of its own sequence.

        Args:
            state: before the step.
            rows: for each path the row that it goes on from.
        """

    @abstractmethod
    def weights(self, x: Float[Tensor, "target hidden"], memory: Memory) -> Float[Tensor, "target source"]:
        """How much each target of a single sequence looks at each source, each row summing to 1; none looks: all 0."""
