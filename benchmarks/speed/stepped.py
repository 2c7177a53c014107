"""A training run in a thread that does one update whenever it is asked, and waits between."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from results import Curves
from torch import Tensor
from turns import loss_after

LOSS_WINDOW = 640  # examples that a training loss is averaged over: one batch says little
N_POINTS = 8  # of a loss curve


@dataclass(frozen=True)
class Update:
    """One update: rows, real tokens, and the mean loss; on a GPU tensors, so that no step waits for its figures."""

    n_rows: int
    n_tokens: float | Tensor
    loss: float | Tensor


class Closed(BaseException):
    """Ends a run from within; not an Exception, so that no trainer catches it."""


class SteppedTraining:
    """Hands the processor to a training run for one update at a time.

    Args:
        run: trains; calls its argument after each update.
    """

    def __init__(self, run: Callable[[Callable[[Update], None]], None]) -> None:
        self.updates: list[Update] = []
        self._run = run
        self._go, self._done = threading.Semaphore(0), threading.Semaphore(0)
        self._error: BaseException | None = None
        self._is_closing = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def step(self) -> float:
        """One update; returns its real tokens.

        Raises:
            RuntimeError: if the run has failed or has come to its end.
        """
        n_before = len(self.updates)
        self._go.release()
        self._done.acquire()
        if len(self.updates) == n_before:
            raise RuntimeError("the training run is over") from self._error
        return cast("float", self.updates[-1].n_tokens)

    def close(self) -> None:
        """End the run where it stands."""
        self._is_closing = True
        self._go.release()
        self._thread.join()

    def examples(self) -> list[int]:
        """Rows of each update."""
        return [update.n_rows for update in self.updates]

    def losses(self) -> list[float]:
        """Mean loss of each update."""
        return [float(update.loss) for update in self.updates]

    def _work(self) -> None:
        try:
            self._wait()
            self._run(self._pause)
        except BaseException as error:  # noqa: BLE001 - told by step() in the other thread
            self._error = error
        finally:
            self._done.release()

    def _pause(self, update: Update) -> None:
        self.updates.append(update)
        self._done.release()
        self._wait()

    def _wait(self) -> None:
        self._go.acquire()
        if self._is_closing:
            raise Closed


def loss_curves(trainings: Mapping[str, SteppedTraining], n_examples: int) -> Curves:
    """Mean training losses over the last examples, at the same places for all, up to ``n_examples``."""
    marks = sorted({max(1, n_examples * place // N_POINTS) for place in range(1, N_POINTS + 1)})
    return Curves(
        x="examples",
        y=f"training loss over the last {LOSS_WINDOW}",
        points={
            name: [
                (mark, loss_after(mark, training.examples(), training.losses(), window=LOSS_WINDOW)) for mark in marks
            ]
            for name, training in trainings.items()
        },
    )
