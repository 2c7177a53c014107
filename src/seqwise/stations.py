"""Seconds and peak memory of each station of the road, for ``environment.json``."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from seqwise.runtime import peak_memory_mb


@dataclass
class Stations:
    """Collects what each station cost, in the order of the road."""

    costs: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])

    @contextmanager
    def station(self, name: str) -> Generator[None]:
        """Measure the seconds of the block, and the process's peak memory at its end."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.costs[name] = {
                "seconds": round(time.monotonic() - began, 3),
                "peak_memory_mb": round(peak_memory_mb(), 1),
            }
