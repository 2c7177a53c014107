"""Makers of evidence for the tests of checks: calibrated models of any skill, rows, files."""

import hashlib
from dataclasses import replace

import numpy as np

from seqwise.check.predictions import evidence_from_predictions
from seqwise.records import FileFacts, Predictions, Rows

ROSTER_TRUTH = ("Off",) * 9 + ("D",) * 5 + ("E",) * 4 + ("N",) * 3


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def calibrated(n, k, *, spread=3.0, bias=0.0, seed=0):
    """Probabilities (row, label) and a truth drawn from them, so that they mean what they say."""
    rng = np.random.default_rng(seed)
    probabilities = softmax(rng.normal(size=(n, k)) * spread + np.linspace(bias, 0, k))
    truth = (probabilities.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1).clip(0, k - 1)
    return probabilities, truth.astype(np.int64)


def label_names(k):
    return [f"label{i}" for i in range(k)]


def bare(probabilities, truth=None, *, labels=None, language="en"):
    names = label_names(probabilities.shape[1]) if labels is None else labels
    ids = [str(i) for i in range(len(probabilities))]
    return evidence_from_predictions(ids, names, probabilities=probabilities, truth=truth, language=language)


def under(evidence, split):
    """The same evidence with its one table of predictions under another split's name."""
    (one,) = evidence.predictions.values()
    return replace(evidence, predictions={split: one})


def rows(texts, labels=None, *, file="train.csv", first_line=2):
    return Rows(
        ids=tuple(f"{file}:{first_line + i}" for i in range(len(texts))),
        texts=tuple(texts),
        files=(file,),
        file_of=np.zeros(len(texts), dtype=np.int64),
        lines=np.arange(first_line, first_line + len(texts)),
        labels=None if labels is None else tuple(labels),
    )


def facts(path, content=None, n_rows=10):
    digest = hashlib.sha256((content or path).encode()).hexdigest()
    return FileFacts(path=path, sha256=digest, n_bytes=10, n_rows=n_rows, encoding="utf-8")


def predictions(ids, labels, probabilities, truth):
    return Predictions(tuple(ids), tuple(labels), np.asarray(probabilities, dtype=np.float64), truth)


def roster():
    """The roster story: 21 shifts, 9 of them Off, and Off is the answer to all."""
    probabilities = np.tile([0.5, 0.2, 0.2, 0.1], (21, 1)) + np.random.default_rng(0).normal(0, 0.01, (21, 4))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return bare(probabilities, ROSTER_TRUTH, labels=["Off", "D", "E", "N"])


def levels(findings):
    return [finding.level for finding in findings]


def alarms(findings):
    return [(finding.check, finding.level) for finding in findings if finding.level in ("error", "warning")]
