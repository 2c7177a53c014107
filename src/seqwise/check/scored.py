"""Predictions with a usable truth, and what they show: hits, losses a row, intervals, and whether they know anything.

The sums here are written apart from ``seqwise.evaluate`` on purpose: a check must not share a mistake with the score
that it judges.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from seqwise.records import Array, Evidence, Indices, Predictions

# Half-width of a 95 % interval in standard errors; also the bar for "this is no accident".
Z = 1.96
# Rows written with two decimals and a handful of labels miss 1 by at most about this much.
ROUNDING = 0.02
# Float32 arithmetic may step over 0 and 1 by a hair.
FLOAT_SLACK = 1e-6
# The platforms clip here before the logarithm; the same as the default of evaluate.clip.
CLIP = 1e-15


@dataclass(frozen=True)
class Scored:
    """Finite outputs (row, label) beside label numbers that exist, for one split."""

    split: str
    labels: tuple[str, ...]
    outputs: Array
    truth: Indices
    are_probabilities: bool

    @property
    def n(self) -> int:
        """Number of rows, at least 1."""
        return len(self.truth)

    @property
    def predicted(self) -> Indices:
        """Label number of the largest output, shape (row,)."""
        return self.outputs.argmax(axis=1)

    @property
    def n_right(self) -> int:
        """Rows where the largest output is the truth."""
        return int((self.predicted == self.truth).sum())

    @property
    def label_counts(self) -> Indices:
        """True rows of each label, shape (label,)."""
        return np.bincount(self.truth, minlength=self.outputs.shape[1])

    @property
    def majority(self) -> int:
        """Number of the most frequent true label."""
        return int(self.label_counts.argmax())

    @property
    def n_majority(self) -> int:
        """Rows of the most frequent true label."""
        return int(self.label_counts.max())

    @property
    def n_minority(self) -> int:
        """Rows of all other labels: the only ones on which a model can beat the majority."""
        return self.n - self.n_majority

    def row_losses(self) -> Array:
        """Minus the log of the true label's probability, shape (row,)."""
        return -np.log(np.clip(self.outputs[np.arange(self.n), self.truth], CLIP, 1.0))

    def label_entropy(self) -> float:
        """Log loss, in nats, of the best constant answer on these very rows."""
        return entropy(self.label_counts)


def label_name(labels: tuple[str, ...], index: int) -> str:
    """The label's name, or its number where the outputs have more columns than there are labels."""
    return labels[index] if index < len(labels) else f"#{index}"


def scored(split: str, predictions: Predictions) -> Scored | None:
    """Predictions ready to be judged, or None when they have no rows, no truth, or outputs that are not numbers."""
    outputs, truth = predictions.probabilities, predictions.truth
    if truth is None or not is_finite_table(outputs) or len(truth) != len(outputs):
        return None
    if truth.min() < 0 or truth.max() >= outputs.shape[1]:
        return None
    return Scored(split, predictions.labels, outputs, truth, is_probability_table(outputs))


def scored_splits(evidence: Evidence, *, with_train: bool = False) -> list[Scored]:
    """Every split that can be judged, in the order of the evidence; training rows only when asked for."""
    found = [scored(split, predictions) for split, predictions in evidence.predictions.items()]
    return [one for one in found if one is not None and (with_train or one.split != "train")]


def main_split(splits: Mapping[str, object]) -> str | None:
    """The split that carries the claim: test, else validation, else the first that is not train."""
    for name in ("test", "validation"):
        if name in splits:
            return name
    return next((name for name in splits if name != "train"), None)


def is_finite_table(outputs: Array) -> bool:
    """At least one row and two columns, all finite."""
    return outputs.ndim == 2 and len(outputs) > 0 and outputs.shape[1] > 1 and bool(np.isfinite(outputs).all())


def is_probability_table(outputs: Array) -> bool:
    """Every row is a probability distribution, up to rounding."""
    if not is_finite_table(outputs):
        return False
    in_range = outputs.min() >= -FLOAT_SLACK and outputs.max() <= 1.0 + FLOAT_SLACK
    return bool(in_range and np.abs(outputs.sum(axis=1) - 1.0).max() <= ROUNDING)


def entropy(counts: Indices) -> float:
    """Entropy of a distribution given by counts, in nats."""
    shares = counts[counts > 0] / max(int(counts.sum()), 1)
    return float(-(shares * np.log(shares)).sum()) + 0.0


def wilson(n_right: float, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927, Journal of the American Statistical Association 22, 209-212).

    Unlike the textbook's normal interval it does not shrink to nothing at 0 % and 100 %.
    """
    middle = (n_right + Z**2 / 2) / (n + Z**2)
    half = Z / (n + Z**2) * float(np.sqrt(max(n_right * (n - n_right) / n, 0.0) + Z**2 / 4))
    return max(0.0, middle - half), min(1.0, middle + half)


def agreement_z(rows: Scored) -> float:
    """How far the answers agree with the truth beyond what their shares alone give, in standard errors.

    Cohen's kappa over its standard error under independence (Fleiss, Cohen and Everitt 1969, Psychological Bulletin
    72, 323-327). It is 0 for a constant answer and far below 0 when the columns stand in another order than the truth.
    """
    truth = rows.label_counts / rows.n
    answers = np.bincount(rows.predicted, minlength=rows.outputs.shape[1]) / rows.n
    expected = float((truth * answers).sum())
    variance = (expected + expected**2 - float((truth * answers * (truth + answers)).sum())) / rows.n
    return (rows.n_right / rows.n - expected) / variance**0.5 if variance > 1e-15 else 0.0


def mean_z(differences: Array) -> float:
    """Mean of paired differences over its standard error; 0 for fewer than two rows, infinite without spread."""
    if len(differences) < 2 or abs(float(differences.mean())) < 1e-9:
        return 0.0
    mean, error = float(differences.mean()), float(differences.std(ddof=1)) / len(differences) ** 0.5
    return mean / error if error > 1e-12 else float(np.copysign(np.inf, mean))


def log_loss_z(rows: Scored) -> float:
    """How far the log loss lies under that of the best constant answer, in standard errors; 0 without probabilities."""
    if not rows.are_probabilities:
        return 0.0
    constant = -np.log(rows.label_counts[rows.truth] / rows.n)
    return mean_z(constant - rows.row_losses())


def is_skilful(rows: Scored) -> bool:
    """Answers or probabilities depend on the truth: healthy models pass, on unbalanced labels too."""
    return max(agreement_z(rows), log_loss_z(rows)) > Z
