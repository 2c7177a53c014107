"""What a person sees while training runs: one live line and a row for each evaluation; plain lines off a terminal."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.live import Live
from rich.text import Text

from seqwise.records import Finding

PLAIN_EVERY_S = 10.0
LIVE_EVERY_S = 0.1


@dataclass(frozen=True)
class Pace:
    """Where a run stands: updates done and planned, and the figures of the last update."""

    step: int
    n_updates: int
    epoch: float
    loss: float
    rate: float
    tokens_per_s: float


@dataclass(frozen=True)
class Yardstick:
    """The best baseline on validation rows, shown beside every metric."""

    metric: str
    baseline: str
    value: float


class Progress:
    """Prints to standard error, so that standard output stays clean for results."""

    def __init__(self, *, yardstick: Yardstick | None, is_quiet: bool = False) -> None:
        """Take a terminal as it is; a quiet one prints nothing."""
        self._console = Console(file=sys.stderr, highlight=False)
        self._yardstick = yardstick
        self._is_quiet = is_quiet
        self._is_live = self._console.is_terminal and not is_quiet
        self._live = Live(console=self._console, refresh_per_second=8, transient=True)
        self._started = time.monotonic()
        self._shown = 0.0
        self._metric: float | None = None
        self._first_step: int | None = None

    def __enter__(self) -> "Progress":
        """Begin the live line."""
        if self._is_live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the live line."""
        if self._is_live:
            self._live.stop()

    def update(self, pace: Pace) -> None:
        """Show an update; at most every tenth of a second live, every ten seconds as plain lines."""
        now = time.monotonic()
        if self._first_step is None:
            self._first_step, self._started = pace.step - 1, now
        wait = LIVE_EVERY_S if self._is_live else PLAIN_EVERY_S
        if self._is_quiet or now - self._shown < wait:
            return
        self._shown = now
        line = self._line(pace, now - self._started)
        if self._is_live:
            self._live.update(Text(line))
        else:
            self._console.print(line, soft_wrap=True)

    def evaluation(self, *, epoch: float, train_loss: float, validation_loss: float, metric: float) -> None:
        """Print the row of an evaluation, with the best baseline beside it."""
        self._metric = metric
        if self._is_quiet:
            return
        beside = self._beside(metric)
        self._console.print(
            f"epoch {epoch:.2f}  train loss {train_loss:.4f}  validation loss {validation_loss:.4f}  {beside}",
            soft_wrap=True,
        )

    def say(self, line: str) -> None:
        """Print a line of its own."""
        if not self._is_quiet:
            self._console.print(line, soft_wrap=True)

    def _line(self, pace: Pace, elapsed_s: float) -> str:
        done = max(1, pace.step - (self._first_step or 0))
        left_s = elapsed_s / done * (pace.n_updates - pace.step)
        metric = "" if self._metric is None else f"  {self._beside(self._metric)}"
        return (
            f"update {pace.step}/{pace.n_updates}  epoch {pace.epoch:.2f}  loss {pace.loss:.4f}{metric}  "
            f"lr {pace.rate:.2e}  {pace.tokens_per_s:,.0f} tokens/s  ETA {_clock(left_s)}"
        )

    def _beside(self, metric: float) -> str:
        if self._yardstick is None:
            return f"metric {metric:.4f}"
        return f"{self._yardstick.metric} {metric:.4f} ({self._yardstick.baseline} {self._yardstick.value:.4f})"


def announce(findings: Sequence[Finding]) -> None:
    """Tell errors and warnings before training begins; silenced ones are left to the report."""
    console = Console(file=sys.stderr, highlight=False)
    for finding in findings:
        if finding.level in {"error", "warning"} and not finding.silenced:
            line = f"{finding.level}: {finding.message} {finding.fix} [{', '.join(finding.ids)}]"
            console.print(line, soft_wrap=True, markup=False)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
