"""What windows of states teach: each time of a unit once, the shares of the states, the last state of a phase."""

from dataclasses import dataclass

import numpy as np

from seqwise.baselines.contract import label_counts
from seqwise.records import Array, Indices
from seqwise.series_records import MISSING, SeenWindows


@dataclass(frozen=True)
class Observed:
    """Known states, in the order of units and times, each time of a unit once; all have the shape (time,)."""

    units: Indices
    times: Indices
    codes: Indices


def observed(windows: SeenWindows, targets: Indices) -> Observed:
    """The states in inputs and targets; windows overlap, so most stand in many of them.

    Args:
        windows: of one channel.
        targets: of their steps, shape (window * horizon,).
    """
    codes = np.concatenate([windows.inputs[:, :, 0], targets.reshape(-1, windows.horizon)], axis=1)
    places = np.arange(codes.shape[1]) - windows.inputs.shape[1]
    units, unit_of_window = np.unique(windows.units, return_inverse=True)
    times = windows.times[:, None] + places  # (window, place)
    first, span = int(times.min()), int(np.ptp(times)) + 1
    keys = unit_of_window[:, None] * span + (times - first)
    is_known = codes != MISSING
    once, row = np.unique(keys[is_known], return_index=True)
    return Observed(units[once // span], first + once % span, codes[is_known][row].astype(np.int64))


def smoothed_shares(counts: Indices | Array) -> Array:
    """Shares with half a count more for each state, so that none is impossible, shape (label,).

    R. Krichevsky, V. Trofimov, "The performance of universal encoding", 1981, https://doi.org/10.1109/TIT.1981.1056331
    """
    return (counts + 0.5) / (counts.sum() + 0.5 * len(counts))


def target_shares(targets: Indices, n_labels: int) -> Array:
    """:func:`smoothed_shares` of the known targets, shape (label,)."""
    return smoothed_shares(label_counts(targets, n_labels))


def last_of_phase(windows: SeenWindows, season: int) -> Indices:
    """The last known state that a window sees a whole number of seasons before each step, shape (window, horizon).

    `MISSING` where it sees none.
    """
    n_inputs, horizon = windows.inputs.shape[1], windows.horizon
    found = np.full((len(windows.times), horizon), MISSING, dtype=np.int64)
    phase = np.arange(horizon) % season  # how many steps behind the first step, but for whole seasons
    for place in range(n_inputs):
        codes = windows.inputs[:, place, 0].astype(np.int64)
        has_phase = (place - n_inputs) % season == phase
        found = np.where(has_phase & (codes != MISSING)[:, None], codes[:, None], found)
    return found
