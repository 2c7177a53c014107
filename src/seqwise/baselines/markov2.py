"""The baseline ``markov2``: a chain of order 2, with back-off to lower orders."""

from seqwise.baselines.markov import markov

BASELINE = markov(2)
