"""The baseline ``markov3``: a chain of order 3, with back-off to lower orders."""

from seqwise.baselines.markov import markov

BASELINE = markov(3)
