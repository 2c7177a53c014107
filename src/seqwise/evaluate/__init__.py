"""Scores on arrays: metrics, calibration, intervals and paired tests, verdicts. Never imports torch."""
