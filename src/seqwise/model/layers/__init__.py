"""Layers over flat batches: attention, embeddings, recurrence, pooling; see each file."""
