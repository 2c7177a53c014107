"""The baseline ``markov1``: a chain of order 1, with back-off to lower orders."""

from seqwise.baselines.markov import markov

BASELINE = markov(1)
