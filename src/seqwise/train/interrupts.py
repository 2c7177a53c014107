"""Ctrl-C and SIGTERM ask the loop to save and stop; a second one ends the process at once."""

import signal
from types import FrameType

CAUGHT = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """While it is open, the first signal only sets ``is_set``."""

    def __init__(self) -> None:
        """No signal seen yet."""
        self.is_set = False
        self._before: dict[int, object] = {}

    def __enter__(self) -> "StopRequest":
        """Listen to the signals; outside the main thread Python allows no handlers, and then none are set."""
        try:
            self._before = {number: signal.signal(number, self._hear) for number in CAUGHT}
        except ValueError:
            self._before = {}
        return self

    def __exit__(self, *_: object) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)  # pyright: ignore[reportArgumentType] # what signal.signal returned

    def _hear(self, number: int, _: FrameType | None) -> None:
        self.is_set = True
        signal.signal(number, signal.SIG_DFL)
