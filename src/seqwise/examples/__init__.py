"""Data made on purpose: what can be learned in it is known, so that models, baselines and checks can be tried on it."""
