"""Flat batches: which rows stand together in which step, and the rows as tensors without padding."""
