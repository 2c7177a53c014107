"""Rebuilds the failures that people publish, and their healthy twins, and prints what the checks say of each.

Run: python benchmarks/faults.py; needs no data. Exit 1 when a fault is not named or a healthy twin is.
"""

import sys
from collections.abc import Callable

import numpy as np
import tag_faults

from seqwise.check.engine import run_checks
from seqwise.check.predictions import evidence_from_predictions
from seqwise.records import Finding

LOUD = {"error", "warning"}
AUTHORS = ("EAP", "HPL", "MWS")
SHIFTS = ("D", "E", "N", "O")


def findings_on(labels: tuple[str, ...], values: np.ndarray, truth: np.ndarray) -> tuple[Finding, ...]:
    ids = tuple(str(number) for number in range(len(values)))
    return run_checks(evidence_from_predictions(ids, labels=labels, probabilities=values, truth=truth), silence={})


def softmax(values: np.ndarray) -> np.ndarray:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def skilful_logits(n: int, n_labels: int, skill: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n_labels)
    truth = rng.integers(n_labels, size=n)
    logits = rng.normal(size=(n, n_labels))
    logits[np.arange(n), truth] += skill
    return logits, truth


def roster() -> tuple[Finding, ...]:
    """21 days, 9 of them Off, all predicted Off."""
    truth = np.array([3] * 9 + [0] * 5 + [1] * 4 + [2] * 3)
    return findings_on(SHIFTS, np.tile([0.2, 0.2, 0.17, 0.43], (21, 1)), truth)


def logits_written() -> tuple[Finding, ...]:
    """Raw scores of three authors in the columns of probabilities."""
    logits, truth = skilful_logits(1000, 3, 2.5)
    return findings_on(AUTHORS, logits, truth)


def softmax_twice() -> tuple[Finding, ...]:
    """Softmax of a softmax: no row passes e / (e + 2)."""
    logits, truth = skilful_logits(1000, 3, 9.0)
    return findings_on(AUTHORS, softmax(softmax(logits)), truth)


def healthy(n_labels: int, n: int, skill: float) -> Callable[[], tuple[Finding, ...]]:
    def twin() -> tuple[Finding, ...]:
        logits, truth = skilful_logits(n, n_labels, skill)
        return findings_on(tuple(f"label {number}" for number in range(n_labels)), softmax(logits), truth)

    return twin


FAULTS = {
    "roster post: the majority, 9 of 21": (roster, "GR-COLLAPSE"),
    "author post: logits written as probabilities": (logits_written, "GR-PROBS"),
    "author post: softmax twice": (softmax_twice, "GR-DOUBLEACT"),
    **tag_faults.FAULTS,
}
HEALTHY = {
    "2 labels, 2,000 rows": healthy(2, 2000, 2.0),
    "3 labels, 1,000 rows": healthy(3, 1000, 2.5),
    "10 labels, 5,000 rows": healthy(10, 5000, 3.0),
    **tag_faults.HEALTHY,
}


def main() -> int:
    n_wrong = 0
    for name, (make, wanted) in FAULTS.items():
        found = [finding for finding in make() if finding.level in LOUD]
        is_named = any(wanted in finding.ids for finding in found)
        n_wrong += not is_named
        print(f"{name}: {wanted} {'named' if is_named else 'NOT NAMED'}")
        for finding in found:
            print(f"    {finding.level} {', '.join(finding.ids)}: {finding.message}")
    for name, make in HEALTHY.items():
        found = [finding for finding in make() if finding.level in LOUD]
        n_wrong += len(found)
        print(f"healthy, {name}: {'silent' if not found else [(f.level, f.ids, f.message) for f in found]}")
    return 1 if n_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
