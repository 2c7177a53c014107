"""Which steps of which units windows forecast, as frozen values."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Horizons:
    """What windows forecast: whose times, and which of them depend on each other.

    Attributes:
        units: name of each window's unit.
        origins: the time of the last step that each window sees.
        times: the time of each step to come, of all windows one behind the other.
        horizon: steps of a window.
        blocks: windows ``blocks[i]:blocks[i + 1]`` are drawn together by resampling, shape (block + 1,).
    """

    units: tuple[str, ...]
    origins: tuple[str, ...]
    times: tuple[str, ...]
    horizon: int
    blocks: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.units)
