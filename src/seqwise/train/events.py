"""``events.jsonl``: one object an update, and one an evaluation."""

import json
import os
from pathlib import Path
from typing import TextIO

FLUSH_EVERY = 50


class EventLog:
    """Appends lines to ``events.jsonl``; a resumed run first drops what the checkpoint does not know."""

    def __init__(self, path: Path, *, step: int) -> None:
        """Open the log and keep only the events up to ``step``."""
        self._path = path
        _keep_until(path, step)
        self._file: TextIO = path.open("a", encoding="utf-8")
        self._n_pending = 0

    def write(self, event: dict[str, object]) -> None:
        """Append one event."""
        self._file.write(json.dumps(event) + "\n")
        self._n_pending += 1
        if self._n_pending >= FLUSH_EVERY or "event" in event:
            self.flush()

    def flush(self) -> None:
        """Hand what was written to the system."""
        self._file.flush()
        self._n_pending = 0

    def __enter__(self) -> "EventLog":
        """The open log."""
        return self

    def __exit__(self, *_: object) -> None:
        """Flush and close."""
        self._file.close()


def read_events(path: Path) -> list[dict[str, object]]:
    """All whole lines of a log; a line torn by a kill is left out."""
    if not path.exists():
        return []
    events: list[dict[str, object]] = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        try:
            events.append(json.loads(line))
        except ValueError:
            continue
    return events


def _keep_until(path: Path, step: int) -> None:
    kept = [event for event in read_events(path) if int(str(event["step"])) <= step]
    beside = path.with_name(path.name + ".unfinished")
    with beside.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(event) + "\n" for event in kept)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
