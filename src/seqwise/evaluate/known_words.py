"""Tags of words in, their accuracy out, apart for words that were seen in training and words that were not."""

import numpy as np
from numpy.typing import NDArray

from seqwise.evaluate.tallies import Tally, by_text
from seqwise.records import Array, Predictions

KNOWN, UNKNOWN = "known", "unknown"


def known_word_tally(system: Predictions, is_known: NDArray[np.bool_]) -> Tally:
    """The tally of two accuracies, drawn by text: ``known`` and ``unknown``; one of no words is 0.

    Args:
        system: tags of units, with truth.
        is_known: whether a unit is a word of the training texts, shape (unit,).
    """
    assert system.truth is not None
    assert system.tagged is not None
    is_right = system.predicted == system.truth
    columns = np.stack([is_known & is_right, is_known, ~is_known & is_right, ~is_known], axis=1)  # (unit, sum)
    return Tally(
        table=by_text(columns.astype(np.float64), system.tagged.units.offsets),
        metrics=_accuracies,
        parts={KNOWN: np.array([0, 1]), UNKNOWN: np.array([2, 3])},
        sizes={KNOWN: int(is_known.sum()), UNKNOWN: int((~is_known).sum())},
    )


def _accuracies(sums: Array) -> dict[str, Array]:
    right, n = sums[..., 0::2], sums[..., 1::2]
    shares = np.divide(right, n, out=np.zeros_like(right), where=n > 0)
    return {KNOWN: shares[..., 0], UNKNOWN: shares[..., 1]}
